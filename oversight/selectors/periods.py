"""Which periods can be reckoned, and how one ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from core import regions
from core.enacted import selectors as enacted
from core.errors import Invalid, NotFound, gettext_noop
from core.law.book import NATIONAL, SANDBOX, jurisdictions
from core.law.deadlines import Reckoning, reckon
from core.law.rule import Rule
from core.law.titles import reaches_back, sources
from core.workdays import Unit

UNITS = frozenset(Unit)


@dataclass(frozen=True, slots=True)
class Answer:
    """A reckoned period with the rule it follows, if it follows one."""

    reckoning: Reckoning
    region: str
    rule: Rule | None = None


def periods(day: date, region: str | None) -> list[Rule]:
    """Give the rules in force that are periods of days or working days, by id: what a region overrides is left out."""
    return [rule for rule in effective(day, region) if rule.unit in UNITS and isinstance(rule.value, int)]


def effective(day: date, region: str | None) -> list[Rule]:
    """Give the rules of a day and place, for every level, category and method, without those wholly overridden."""
    chain = jurisdictions(region)
    held = [r for r in enacted.book().rules if r.jurisdiction in chain and r.in_force(day)]
    return [
        rule
        for rule in sorted(held, key=lambda r: (r.id, chain.index(r.jurisdiction), r.key))
        if not any(_hides(other, rule, chain) for other in held)
    ]


def _hides(nearer: Rule, rule: Rule, chain: list[str]) -> bool:
    """Tell whether a nearer jurisdiction says something else for every case of `rule`."""
    return (
        nearer.id == rule.id
        and chain.index(nearer.jurisdiction) > chain.index(rule.jurisdiction)
        and all(
            not wide or bool(narrow) and narrow <= wide
            for wide, narrow in (
                (nearer.level, rule.level),
                (nearer.category, rule.category),
                (nearer.method, rule.method),
            )
        )
    )


def places() -> list[str]:
    """Give the jurisdictions for which values or days of their own exist; the country first."""
    found = {rule.jurisdiction for rule in enacted.book().rules}
    found |= {row.jurisdiction for row in enacted.enactments("calendar")}
    return [NATIONAL, *sorted(found - {NATIONAL, SANDBOX})]


def region_of(code: str) -> str | None:
    """Give a region by its code; the whole country and nothing are None. Raises Invalid."""
    if code in {"", NATIONAL}:
        return None
    try:
        return regions.get(code).code
    except NotFound:
        raise Invalid(errors={"region": gettext_noop("There is no region with this code.")}) from None


def period_named(name: str, day: date, region: str | None) -> Rule:
    """Give the period with this id, or id and scopes (`Rule.key`). Raises Invalid with what to choose from."""
    found = periods(day, region)
    chosen = [rule for rule in found if rule.key == name] or [rule for rule in found if rule.id == name]
    if len(chosen) == 1:
        return chosen[0]
    if not chosen:
        raise Invalid(errors={"rule": gettext_noop("No such period is in force on that day.")})
    raise Invalid(
        errors={"rule": gettext_noop("There are several; choose one of them by its full name.")},
        choose_from=[rule.key for rule in chosen],
    )


def answer_rule(name: str, start: date, region: str | None) -> Answer:
    """Reckon a period of the law as it stands on `start`. Raises Invalid."""
    rule = period_named(name, start, region)
    if not isinstance(rule.value, int):
        raise Invalid(errors={"rule": gettext_noop("No such period is in force on that day.")})
    back = reaches_back(rule.id)
    return Answer(_reckon(start, rule.value, rule.unit, rule.roll, back, region), region or NATIONAL, rule)


def answer_count(start: date, count: int, unit: str, roll: bool, back: bool, region: str | None) -> Answer:
    """Reckon a number of days of one's own. Raises Invalid."""
    if unit not in UNITS:
        raise Invalid(errors={"unit": gettext_noop("The unit is day, workday, month or year.")})
    return Answer(_reckon(start, count, unit, roll, back, region), region or NATIONAL)


def _reckon(start: date, count: int, unit: str, roll: bool, back: bool, region: str | None) -> Reckoning:
    try:
        return reckon(
            start, count, unit, roll=roll and not back, backward=back, calendar=enacted.calendar(region)
        )
    except (ValueError, OverflowError):
        raise Invalid(
            errors={"count": gettext_noop("A period of that length from that day cannot be reckoned.")}
        ) from None


def demonstration() -> bool:
    """Tell whether this installation shortens periods for a demonstration: the calculator answers with the law's."""
    return bool(settings.SANDBOX)


def grouped(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    """Give rules by the letter of what they stand in: the law first, then orders, policies, the platform's own."""
    groups: dict[str, list[Rule]] = {prefix: [] for prefix in sources()}
    for rule in rules:
        groups[rule.id[0]].append(rule)
    return {prefix: group for prefix, group in groups.items() if group}
