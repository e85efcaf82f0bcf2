"""When an outage moves a deadline, and to when: published rules of the platform, the same for everybody. Pure.

The values are X-01.keeper_rescue_lead and X-10.* of the law that the procedure stands under; a procedure that began under a
law without them is not moved by itself. A deadline is moved in two cases: the outage was long enough and reached into the
last hours before the deadline, or over it; or it lasts when the deadline is near. New deadlines keep their hour of the day and
are spread over slots, so that no hour gets all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.law.book import Law
from core.uptime.rules import Part
from core.uptime.selectors import OutageFacts
from core.workdays import BEIJING, Unit

LEAD = "X-01.keeper_rescue_lead"
LEAST = "X-10.outage_min"
REACH = "X-10.outage_reach"
TIME = "X-10.outage_time"
SLOT = "X-10.outage_slot"
PER_SLOT = "X-10.outage_per_slot"
RULES = (LEAST, REACH, TIME, SLOT, PER_SLOT, LEAD)


@dataclass(frozen=True, slots=True)
class Affected:
    """One deadline that an outage moves: no earlier than `wanted`, in the next slot that is free. `key` breaks ties."""

    key: str
    due_at: datetime
    wanted: datetime
    slot: timedelta
    per_slot: int


def affected(law: Law, outage: OutageFacts, since: datetime, due_at: datetime, now: datetime) -> bool:
    """Tell whether an outage moves the deadline `due_at` of bids taken from `since` on. A disputed outage moves nothing.

    Only its time after `since` counts: what was over before the notice took nothing from anybody. Half-open as all
    periods: an outage that began at the deadline took nothing from it. One that lasts moves a deadline once it is nearer
    than LEAD; too few keepers do so however short the time is (R2), other parts from LEAST on.
    """
    if outage.disputed or outage.began_at >= due_at or not all(law.has(rule) for rule in RULES):
        return False
    until = outage.ended_at or now
    lost = min(timedelta(seconds=outage.seconds), until - max(outage.began_at, since))
    if lost <= timedelta(0):
        return False
    long_enough = outage.began_at + lost >= law.end_of(LEAST, outage.began_at).ends_at
    if outage.ended_at is None:
        near = now >= law.back_from(LEAD, due_at).begins_at
        return near and (long_enough or Part.KEEPERS in outage.parts)
    return long_enough and outage.ended_at > law.back_from(REACH, due_at).begins_at


def wanted(law: Law, outage: OutageFacts, due_at: datetime, now: datetime) -> datetime:
    """Give the earliest new deadline: TIME after the old one or after the outage, whichever is later, at the old hour.

    A year whose working days are not announced is counted as far as it is known: a deadline that waits for the notice
    would help nobody.
    """
    start = max(due_at, outage.ended_at or now)
    end = law.end_of(TIME, start, binding=False)
    if end.rule.unit not in list(Unit):
        return end.ends_at
    return datetime.combine(end.last_day, due_at.astimezone(BEIJING).time(), BEIJING)


def made_good(
    law: Law, outage: OutageFacts, moved: Iterable[tuple[datetime, datetime]], now: datetime
) -> bool:
    """Tell whether an outage has been made good already: one of its moves, (before, after), gave the whole time."""
    return any(after >= wanted(law, outage, before, now) for before, after in moved)


def spread(rows: Iterable[Affected], taken: Mapping[datetime, int]) -> dict[str, datetime]:
    """Give each its new deadline: by wish, then by old deadline, then by key; a full slot passes it on to the next.

    `taken` counts the deadlines that stand already. Nobody's is earlier than wanted.
    """
    count = Counter(taken)
    given: dict[str, datetime] = {}
    for row in sorted(rows, key=lambda row: (row.wanted, row.due_at, row.key)):
        at = row.wanted
        while count[at] >= row.per_slot:
            at += row.slot
        count[at] += 1
        given[row.key] = at
    return given


def slot_of(law: Law, start: datetime) -> timedelta:
    """Give the length of a slot."""
    return law.end_of(SLOT, start).ends_at - start
