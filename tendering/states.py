"""States of a tender: which verb leads from where to where. Pure."""

from __future__ import annotations

from enum import StrEnum

from core.errors import gettext_noop
from core.transitions import Step


class TenderStatus(StrEnum):
    """Where a procedure stands."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    OPENED = "opened"
    EVALUATED = "evaluated"
    AWARDED = "awarded"
    CONTRACTED = "contracted"
    FAILED = "failed"
    CANCELLED = "cancelled"


class EvaluationMethod(StrEnum):
    """How bids are compared. Source: 财政部令第87号第五十三条."""

    WEIGHTED_SCORE = "weighted_score"
    LOWEST_EVALUATED_PRICE = "lowest_evaluated_price"


class CriterionKind(StrEnum):
    """What a criterion asks: a judgement, a fact with a score, or a condition that is met or not."""

    SUBJECTIVE = "subjective"
    OBJECTIVE = "objective"
    QUALIFICATION = "qualification"
    CONFORMITY = "conformity"


SCORED = frozenset({CriterionKind.SUBJECTIVE, CriterionKind.OBJECTIVE})

S = TenderStatus
STEPS = (
    Step("edit", frozenset({S.DRAFT}), S.DRAFT, "T-01"),
    Step("publish", frozenset({S.DRAFT}), S.OPEN, "T-01"),
    Step("amend", frozenset({S.OPEN}), S.OPEN, "L-11"),
    Step("close", frozenset({S.OPEN}), S.CLOSED, "T-07"),
    Step("mark_opened", frozenset({S.CLOSED}), S.OPENED, "T-07"),
    Step("mark_evaluated", frozenset({S.OPENED}), S.EVALUATED, "L-16"),
    Step("mark_awarded", frozenset({S.EVALUATED}), S.AWARDED, "L-16"),
    Step("mark_contracted", frozenset({S.AWARDED}), S.CONTRACTED, "L-20"),
    Step("fail", frozenset({S.CLOSED, S.OPENED, S.EVALUATED}), S.FAILED, "L-14"),
    Step("cancel", frozenset({S.DRAFT, S.OPEN, S.CLOSED, S.OPENED, S.EVALUATED}), S.CANCELLED, "L-14"),
)


class QuestionStatus(StrEnum):
    """Where a supplier's question stands."""

    ASKED = "asked"
    PROPOSED = "proposed"
    ANSWERED = "answered"


Q = QuestionStatus
QUESTION_STEPS = (
    Step("propose", frozenset({Q.ASKED, Q.PROPOSED}), Q.PROPOSED, "S002-24"),
    Step("answer", frozenset({Q.ASKED, Q.PROPOSED}), Q.ANSWERED, "L-26"),
)

TERMINAL = frozenset({S.CONTRACTED, S.FAILED, S.CANCELLED})

STATUS_WORDS: dict[str, str] = {
    S.DRAFT: gettext_noop("Draft"),
    S.OPEN: gettext_noop("Accepting bids"),
    S.CLOSED: gettext_noop("Closed, waiting for the opening"),
    S.OPENED: gettext_noop("Bids opened"),
    S.EVALUATED: gettext_noop("Evaluated"),
    S.AWARDED: gettext_noop("Awarded"),
    S.CONTRACTED: gettext_noop("Contracted"),
    S.FAILED: gettext_noop("Failed"),
    S.CANCELLED: gettext_noop("Cancelled"),
}
STATUS_GLYPHS: dict[str, str] = {
    S.DRAFT: "draft",
    S.OPEN: "active",
    S.CLOSED: "sealed",
    S.OPENED: "opened",
    S.EVALUATED: "waiting",
    S.AWARDED: "done",
    S.CONTRACTED: "signed",
    S.FAILED: "failed",
    S.CANCELLED: "held",
}
QUESTION_WORDS: dict[str, str] = {
    Q.ASKED: gettext_noop("Waiting for an answer"),
    Q.PROPOSED: gettext_noop("The purchaser has to publish the answer"),
    Q.ANSWERED: gettext_noop("Answered"),
}
QUESTION_GLYPHS: dict[str, str] = {Q.ASKED: "waiting", Q.PROPOSED: "waiting", Q.ANSWERED: "done"}
KIND_WORDS: dict[str, str] = {
    CriterionKind.SUBJECTIVE: gettext_noop("Judgement"),
    CriterionKind.OBJECTIVE: gettext_noop("Fact with a score"),
    CriterionKind.QUALIFICATION: gettext_noop("Qualification"),
    CriterionKind.CONFORMITY: gettext_noop("Conformity"),
}
EVALUATION_WORDS: dict[str, str] = {
    EvaluationMethod.WEIGHTED_SCORE: gettext_noop("Comprehensive scoring"),
    EvaluationMethod.LOWEST_EVALUATED_PRICE: gettext_noop("Lowest evaluated price"),
}
