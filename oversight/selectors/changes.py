"""Changes of the law: what each would alter, and what it would and would not touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from contracting.services.recount import Recount, open_periods
from core import clock
from core.enacted import selectors as enacted
from core.law.book import NATIONAL
from core.law.recounting import Period
from core.law.rule import Certainty, Rule
from core.workdays import Calendar, Day, beijing_date
from evaluation import periods as decisions
from oversight import rules
from oversight.models import Change
from oversight.selectors import disputed
from oversight.selectors.periods import effective
from oversight.selectors.register import above
from oversight.states import ChangeKind
from planning import guides
from planning.guide import Edition, Leaf, difference, leaves_of
from tendering import periods as asked
from tendering.facts import BegunFacts
from tendering.selectors import begun_in


@dataclass(frozen=True, slots=True)
class Reach:
    """What a change touches. `pinned` keep what they began under, `drafts` have no first notice yet.

    `moving` are provisional periods of contracts that are reckoned anew, `fixed` those that stay; `others` are the
    provisional times of questions, decisions, outages, challenges and complaints that move. `plans` keep the edition of
    a guiding catalogue that they were filed under.
    """

    pinned: list[BegunFacts]
    drafts: int
    moving: list[Recount]
    fixed: list[Recount]
    others: list[Period]
    plans: int = 0


def changes_of(jurisdiction: str) -> list[Change]:
    """Give the changes of a place, the newest first."""
    return list(Change.objects.filter(jurisdiction=jurisdiction)[:200])


def region_of(jurisdiction: str) -> str | None:
    """Give a jurisdiction as a region; the country is None."""
    return None if jurisdiction == NATIONAL else jurisdiction


def rule_of(change: Change) -> Rule:
    """Give the rule that a change of a value would enact."""
    return enacted.rule_of(change.content)


def base_of(rule: Rule, on: date | None = None) -> Rule | None:
    """Give what holds just before a new version for its cases: the nearest place's, and there the latest."""
    day = on or rule.since
    held = [
        other
        for other in effective(day, region_of(rule.jurisdiction))
        if other.id == rule.id
        and all(
            not mine or not theirs or mine & theirs
            for mine, theirs in (
                (other.level, rule.level),
                (other.category, rule.category),
                (other.method, rule.method),
            )
        )
    ]
    return held[-1] if held else None


def base_before(change: Change) -> Rule | None:
    """Give the version that a change of a value follows: of a published one, what its first day would else have had."""
    rule = rule_of(change)
    return base_of(rule, date.fromordinal(rule.since.toordinal() - 1) if change.decided_at else None)


def days_to_begin_with(jurisdiction: str, year: str) -> dict[str, Any]:
    """Give what the form of a year's days starts from: what is known of it there; nothing for no year."""
    today = beijing_date(clock.now())
    if not year:
        year = str(today.year + 1)
    if not (year.isascii() and year.isdecimal() and 2024 <= int(year) <= 2100):
        return {}
    table = enacted.calendar(region_of(jurisdiction))
    whole = jurisdiction == NATIONAL or int(year) not in table.documents
    days = table.specials if whole else table.local
    return {
        "year": int(year),
        "whole": whole,
        "document": table.documents.get(int(year), "") if whole else "",
        "since": today,
        "days": [
            {
                "first": day.first.isoformat(),
                "last": day.last.isoformat(),
                "kind": "work" if day.working else "off",
                "name": day.name,
            }
            for day in sorted(days, key=lambda day: day.first)
            if day.first.year == int(year)
        ],
    }


def editable(jurisdiction: str, today: date) -> list[Rule]:
    """Give the values in force at a place, each of which may get a version of its own there."""
    return effective(today, region_of(jurisdiction))


def wrong_with_rule(new: Rule, base: Rule) -> dict[str, str]:
    """Name what is wrong with a new version, by field."""
    return rules.wrong_with_value(new, base, above(new), beijing_date(clock.now()))


def edition_of(jurisdiction: str, since: date, content: Mapping[str, Any]) -> Edition:
    """Give the edition of a guiding catalogue that a change would enact."""
    leaves = leaves_of(content["items"])
    return Edition(jurisdiction, since, None, content["document"], Certainty.SOURCE_DOCUMENT.value, leaves)


def edition_before(jurisdiction: str, since: date) -> Edition | None:
    """Give the last edition of a place's catalogue that began before a day, also where it holds no more."""
    earlier = [one for one in guides.editions(jurisdiction) if one.since < since]
    return earlier[-1] if earlier else None


def guide_to_begin_with(jurisdiction: str) -> dict[str, Any]:
    """Give what the form of a guiding catalogue starts from: the place's last edition, or nothing."""
    known = guides.editions(jurisdiction)
    return {"items": [asdict(leaf) for leaf in known[-1].leaves] if known else []}


def guide_diff(change: Change) -> list[tuple[str, Leaf | None, Leaf | None]]:
    """Give what a change of a guiding catalogue alters of the edition before it."""
    new = edition_of(change.jurisdiction, change.effective_from, change.content)
    return difference(edition_before(change.jurisdiction, change.effective_from), new)


def calendars(jurisdiction: str, content: Mapping[str, Any]) -> tuple[Calendar, Calendar]:
    """Give the calendar of a place as it is and with a change. Raises ValueError for days that contradict."""
    old = enacted.calendar(region_of(jurisdiction))
    return old, enacted.with_days(old, content)


def calendar_diff(change: Change) -> list[tuple[Day, Day]]:
    """Give the days that a change alters, before and after; of a published one against the day before it."""
    old = enacted.calendar(region_of(change.jurisdiction), *_before(change))
    new = enacted.with_days(old, change.content)
    return rules.changed_days(old, new, int(change.content["year"]))


def _before(change: Change) -> tuple[date, ...]:
    return (date.fromordinal(change.effective_from.toordinal() - 1),) if change.decided_at else ()


def reach(change: Change) -> Reach:
    """Say what a change would and would not touch if it were published now."""
    begun = begun_in(region_of(change.jurisdiction))
    if change.kind == "rule":
        rule = rule_of(change)
        cases = [row for row in begun if rule.covers(row.budget_level or None, row.category, row.method)]
        return Reach([row for row in cases if row.published_at], _drafts(cases), [], [], [])
    if change.kind == ChangeKind.CATALOGUE:
        return Reach([], 0, [], [], [], guides.plans_under(change.jurisdiction))
    tables = (
        region_of(change.jurisdiction),
        enacted.calendar,
        lambda region: enacted.with_days(enacted.calendar(region), change.content),
    )
    periods = open_periods(*tables)
    others = [
        *asked.open_periods(*tables),
        *decisions.open_periods(*tables),
        *asked.rescued_periods(*tables),
        *asked.rescued_calls(*tables),
        *disputed.open_periods(*tables),
    ]
    first = min((was.on for was, _ in calendar_diff(change)), default=change.effective_from)
    pinned = [row for row in begun if row.bids_due_at and beijing_date(row.bids_due_at) >= first]
    return Reach(
        pinned,
        _drafts(begun),
        [row for row in periods if row.after != row.before],
        [row for row in periods if row.after == row.before],
        [row for row in others if row.moves],
    )


def _drafts(rows: list[BegunFacts]) -> int:
    return sum(row.published_at is None for row in rows)
