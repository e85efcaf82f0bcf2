"""When somebody should have known, until when they may challenge and complain, and what a decision may do. Pure.

Rule ids: L-27 (periods), L-28 (should-know date), Q-02 (content), Q-04, Q-06, Q-07, Q-09 (outcomes).
Source: 《政府采购法》第五十二条至第五十七条; 《实施条例》第五十三条; 财政部令第94号.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from core.law.book import Deadline, Law
from core.workdays import Unit
from oversight.states import Effect, Subject

SUBMIT, REPLY, COMPLAIN, DECIDE = (
    "L-27.query_submit",
    "L-27.query_reply",
    "L-27.complaint_submit",
    "L-27.complaint_decide",
)
EXAMINE, CORRECT, REFER = (
    "Q-06.complaint_examine",
    "Q-06.complaint_correction",
    "Q-06.complaint_not_competent",
)
SERVE, ANSWER = "Q-06.complaint_serve", "Q-06.respondent_answer"
PUBLISH = "D-10.regulatory_notice"
RESULT_NOTICE = "T-24.result_notice_period"

STEPS_OF: dict[str, tuple[str, ...]] = {
    Subject.DOCUMENTS: ("publish", "amend"),
    Subject.OPENING: ("mark_opened",),
    Subject.EVALUATION: ("mark_evaluated",),
    Subject.RESULT: ("mark_awarded", "fail", "cancel"),
}
"""Verbs of a tender whose newest is the step that a challenge is about."""
RUNNING = frozenset({"open", "closed", "opened", "negotiating", "quoting", "quoted", "evaluated"})


@dataclass(frozen=True, slots=True)
class Window:
    """From when facts should have been known, and until when they can be challenged."""

    step_at: datetime
    known: Deadline | datetime
    until: Deadline

    @property
    def known_on(self) -> date | datetime:
        """The should-know date, or the instant of the step itself."""
        return self.known.last_day if isinstance(self.known, Deadline) else self.known


def window(law: Law, subject: str, acts: Mapping[str, datetime], notice_time: str) -> Window | None:
    """Give the window for a challenge about `subject`; None while its step has not happened.

    `acts` maps verbs of the tender to when they last happened, `notice_time` is the rule of the document's notice period.
    Documents should be known at the end of that period, a result at the end of its own, a step when it ends.
    Source: 《实施条例》第五十三条.
    """
    happened = [acts[verb] for verb in STEPS_OF[subject] if verb in acts]
    if not happened:
        return None
    at = max(happened)
    rule = {Subject.DOCUMENTS: notice_time, Subject.RESULT: RESULT_NOTICE}.get(Subject(subject), "")
    known = law.end_of(rule, at, binding=False) if rule and law.has(rule) else None
    return Window(at, known or at, following(law, SUBMIT, known or at))


def following(law: Law, rule: str, start: Deadline | datetime) -> Deadline:
    """Give the period `rule` that begins where another ends, or at an instant; in seconds where the law counts seconds."""
    if isinstance(start, Deadline):
        in_days = law.cite(rule).unit in {*Unit}
        return law.end_of(rule, start.last_day if in_days else start.ends_at, binding=False)
    return law.end_of(rule, start, binding=False)


def effects(
    status: str, subject: str, *, signed: bool, performed: bool, compared: bool = True
) -> tuple[Effect, ...]:
    """Give what a complaint that is upheld may do, where it affects or may affect the result (Q-09).

    Before the award the procurement is run again; an award without a contract is void, and another candidate is
    determined where the facts leave the evaluation standing; a signed contract is rescinded; one that is performed
    leaves damages. Where offers were not `compared`, because one supplier alone was asked, there is no other candidate.
    Source: 财政部令第94号第三十一条、第三十二条.
    """
    if performed:
        return (Effect.NONE, Effect.DAMAGES)
    if signed:
        return (Effect.NONE, Effect.RESCIND)
    if status == "awarded":
        if subject == Subject.DOCUMENTS or not compared:
            return (Effect.NONE, Effect.VOID_AGAIN)
        return (Effect.NONE, Effect.VOID_NEXT, Effect.VOID_AGAIN)
    if status in RUNNING:
        return (Effect.NONE, Effect.RUN_AGAIN)
    return (Effect.NONE,)
