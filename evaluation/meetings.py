"""When and where a panel meets, for how long and what for: all that a drawn expert is told before the names are unsealed. Pure.

Source: 财库〔2016〕198号; 苏财规〔2017〕39号 (from when the list is open).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.law.book import Law
from core.law.rule import Rule
from core.money import Yuan

UNSEALED, DRAWN_EARLIEST, ANSWER = "E-06.list_unsealed_before", "E-03.expert_draw_before", "X-30.call_answer"
FEE, FEE_HOURS, FEE_FURTHER = "E-07.fee_first", "E-07.fee_first_hours", "E-07.fee_further"
MOST_HOURS = 24


@dataclass(frozen=True, slots=True)
class Meeting:
    """When (None: at once), where (empty: each from where they are) and for about how many hours a panel meets.

    `early`: why it is drawn longer before than the law has it in principle.
    """

    begins_at: datetime | None = None
    place: str = ""
    hours: int = 2
    early: str = ""


AT_ONCE = Meeting()


def names_open_at(law: Law, begins_at: datetime) -> datetime:
    """Give from when it may be seen who was drawn: as long before as the place has it, else when the panel meets."""
    return law.back_from(UNSEALED, begins_at).begins_at if law.has(UNSEALED) else begins_at


def is_early(law: Law, begins_at: datetime, now: datetime) -> Rule | None:
    """Give the rule by which a draw now is too long before the evaluation, or None where it is not."""
    if not law.has(DRAWN_EARLIEST):
        return None
    reach = law.back_from(DRAWN_EARLIEST, begins_at, binding=False)
    return reach.rule if now < reach.begins_at else None


def answer_by(law: Law, now: datetime, begins_at: datetime) -> datetime:
    """Give until when a call that is made now waits for its answer: never beyond a beginning that is still to come."""
    due = law.end_of(ANSWER, now).ends_at
    return min(due, begins_at) if now < begins_at else due


def fee(law: Law, seconds: float) -> Yuan | None:
    """Give what an expert is paid for so long, begun hours counted; None where the place has no standard on record."""
    if not law.has(FEE):
        return None
    further = max(0, math.ceil(seconds / 3600) - law.count(FEE_HOURS))
    return law.yuan(FEE) + law.yuan(FEE_FURTHER).times(further)


def said(law: Law, meeting: dict[str, Any]) -> dict[str, Any]:
    """Give what a call tells: nothing of it names the project, the purchaser or a bidder."""
    amount = fee(law, meeting["hours"] * 3600)
    return {**meeting, "fee_fen": amount.fen if amount is not None else None}
