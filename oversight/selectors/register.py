"""The public register: every value in force on a day, and the history of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from core import regions
from core.enacted import selectors as enacted
from core.enacted.models import Enactment
from core.errors import Invalid, NotFound, gettext_noop
from core.law.book import NATIONAL, SANDBOX, jurisdictions, scope_code
from core.law.rule import Certainty, Rule
from core.law.titles import english_name
from oversight.selectors.periods import effective, region_of

DIMENSIONS = ("level", "category", "method")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader asks of the register; empty means any."""

    on: date
    region: str | None = None
    level: str | None = None
    category: str | None = None
    method: str | None = None
    certainty: str = ""
    q: str = ""

    @classmethod
    def of(
        cls,
        *,
        on: date,
        region: str = "",
        level: str = "",
        category: str = "",
        method: str = "",
        certainty: str = "",
        q: str = "",
    ) -> Filters:
        """Check what was asked. Raises Invalid, which names the wrong part."""
        codes: dict[str, str | None] = {}
        for name, given in (("level", level), ("category", category), ("method", method)):
            try:
                codes[name] = scope_code(name, given or None)
            except ValueError:
                raise Invalid(errors={name: gettext_noop("The law packs do not know this.")}) from None
        if certainty and certainty not in list(Certainty):
            raise Invalid(errors={"certainty": gettext_noop("The law packs do not know this.")})
        return cls(on=on, region=region_of(region), certainty=certainty, q=q.strip()[:100], **codes)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a rule: `state` is `past`, `now` or `coming`; `changed` what it changed of the one before.

    `enactment` is what published it, where it was not a pack.
    """

    rule: Rule
    state: str
    before: Rule | None
    changed: tuple[str, ...]
    enactment: Enactment | None


def in_force(asked: Filters) -> list[Rule]:
    """Give the values that hold on the day and place asked for, narrowed by what else was asked."""
    words = asked.q.casefold()
    return [
        rule
        for rule in effective(asked.on, asked.region)
        if rule.covers(asked.level, asked.category, asked.method)
        and (not asked.certainty or rule.certainty == asked.certainty)
        and (not words or words in _text(rule))
    ]


def _text(rule: Rule) -> str:
    return f"{rule.id} {rule.name} {rule.citation} {english_name(rule.id)} {rule.value}".casefold()


def history(rule_id: str, today: date) -> dict[str, list[Version]]:
    """Give every version of a rule by jurisdiction, the newest first. Raises NotFound."""
    rules = [rule for rule in enacted.book().rules if rule.id == rule_id]
    if not rules:
        raise NotFound()
    sources = _sources(rule_id)
    places = sorted({rule.jurisdiction for rule in rules}, key=lambda code: (code != NATIONAL, code))
    return {
        place: [
            _version(rule, [other for other in rules if other.jurisdiction == place], today, sources)
            for rule in sorted(rules, key=lambda rule: (rule.since, rule.key), reverse=True)
            if rule.jurisdiction == place
        ]
        for place in places
    }


def _sources(rule_id: str) -> list[tuple[Rule, Enactment]]:
    rows = [row for row in enacted.enactments("rule") if row.content["rule_id"] == rule_id]
    return [(enacted.rule_of(row.content), row) for row in rows]


def _version(
    rule: Rule, others: Iterable[Rule], today: date, sources: list[tuple[Rule, Enactment]]
) -> Version:
    state = "now" if rule.in_force(today) else "coming" if rule.since > today else "past"
    earlier = [other for other in others if other.since < rule.since and _meets(other, rule)]
    before = max(earlier, key=lambda other: other.since, default=None)
    enactment = next(
        (
            row
            for origin, row in reversed(sources)
            if origin.jurisdiction == rule.jurisdiction
            and (origin.value, origin.citation) == (rule.value, rule.citation)
            and origin.since <= rule.since
        ),
        None,
    )
    return Version(rule, state, before, changed(before, rule) if before else (), enactment)


def _meets(one: Rule, other: Rule) -> bool:
    pairs = ((one.level, other.level), (one.category, other.category), (one.method, other.method))
    return all(not mine or not theirs or bool(mine & theirs) for mine, theirs in pairs)


def changed(before: Rule, after: Rule) -> tuple[str, ...]:
    """Name what differs between two versions."""
    names = (
        "value",
        "operator",
        "unit",
        "roll",
        *DIMENSIONS,
        "name",
        "citation",
        "certainty",
        "effective_to",
    )
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def above(rule: Rule) -> list[Rule]:
    """Give the rules of wider jurisdictions that speak about the same cases at the same time."""
    if rule.jurisdiction in {NATIONAL, SANDBOX}:
        return []
    chain = jurisdictions(regions.get(rule.jurisdiction).code)[:-1]
    return [
        other
        for other in enacted.book().rules
        if other.id == rule.id and other.jurisdiction in chain and other.overlaps(rule)
    ]
