"""States of a tender: which verb leads from where to where. Pure."""

from __future__ import annotations

from enum import StrEnum

from core.errors import gettext_noop
from core.transitions import Step


class TenderStatus(StrEnum):
    """Where a procedure stands."""

    DRAFT = "draft"
    APPLYING = "applying"
    DRAWN = "drawn"
    ANNOUNCED = "announced"
    OPEN = "open"
    CLOSED = "closed"
    OPENED = "opened"
    NEGOTIATING = "negotiating"
    QUOTING = "quoting"
    QUOTED = "quoted"
    EVALUATED = "evaluated"
    AWARDED = "awarded"
    CONTRACTED = "contracted"
    FAILED = "failed"
    CANCELLED = "cancelled"


class EvaluationMethod(StrEnum):
    """How bids are compared, or a price is found. All but the agreed price are those of `evaluation recompute`.

    Source: 财政部令第87号第五十三条; 财政部令第74号第三十六条, 第四十九条; 财库〔2014〕214号第二十三条;
    财政部令第110号第二十五条.
    """

    WEIGHTED_SCORE = "weighted_score"
    LOWEST_EVALUATED_PRICE = "lowest_evaluated_price"
    LOWEST_FINAL_QUOTE = "lowest_final_quote"
    CONSULTATION_SCORE = "consultation_score"
    AGREED_PRICE = "agreed_price"
    PRICE_FIRST = "price_first"
    QUALITY_FIRST = "quality_first"


BY_SCORE = frozenset(
    {
        EvaluationMethod.WEIGHTED_SCORE,
        EvaluationMethod.CONSULTATION_SCORE,
        EvaluationMethod.QUALITY_FIRST,
    }
)
"""Methods in which points are added up; in the others the price alone is compared."""


class QualityGround(StrEnum):
    """Why suppliers of a framework may be compared by quality and not by price. Source: 财政部令第110号第二十五条."""

    STATE_PRICE = "state_price"
    TEST_EQUIPMENT = "test_equipment"


QUALITY_GROUND_WORDS: dict[str, str] = {
    QualityGround.STATE_PRICE: gettext_noop("The state sets or guides the price"),
    QualityGround.TEST_EQUIPMENT: gettext_noop(
        "Testing or laboratory equipment with special demands on quality"
    ),
}


class Silence(StrEnum):
    """What becomes of a bid whose bidder neither acknowledges a material amendment nor seals again."""

    KEEPS = "keeps"
    WITHDRAWS = "withdraws"


class Blind(StrEnum):
    """How technical parts are scored blind: under codes; `strict`: one that shows whose it is, is invalid."""

    CODES = "codes"
    STRICT = "strict"


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
    Step("set_aside", frozenset({S.AWARDED}), S.EVALUATED, "L-23"),
    Step("mark_contracted", frozenset({S.AWARDED}), S.CONTRACTED, "L-20"),
    Step("fail", frozenset({S.CLOSED, S.OPENED, S.EVALUATED}), S.FAILED, "L-14"),
    Step("cancel", frozenset({S.DRAFT, S.OPEN, S.CLOSED, S.OPENED, S.EVALUATED}), S.CANCELLED, "L-14"),
)
"""Open tender, and every method whose document everybody gets at once."""
_PUBLISHED = tuple(step for step in STEPS if step.verb in {"amend", "close", "mark_opened", "mark_evaluated"})
_LATER = tuple(step for step in STEPS if step.verb in {"mark_awarded", "set_aside", "mark_contracted"})
RESTRICTED_STEPS = (
    Step("edit", frozenset({S.DRAFT}), S.DRAFT, "T-01"),
    Step("call", frozenset({S.DRAFT}), S.APPLYING, "L-12"),
    Step("amend_call", frozenset({S.APPLYING}), S.APPLYING, "T-05.prequal_amend_before"),
    Step("draw", frozenset({S.APPLYING}), S.DRAWN, "L-08"),
    Step("publish", frozenset({S.DRAWN}), S.OPEN, "T-01"),
    *_PUBLISHED,
    *_LATER,
    Step("fail", frozenset({S.APPLYING, S.DRAWN, S.CLOSED, S.OPENED, S.EVALUATED}), S.FAILED, "L-14"),
    Step(
        "cancel",
        frozenset({S.DRAFT, S.APPLYING, S.DRAWN, S.OPEN, S.CLOSED, S.OPENED, S.EVALUATED}),
        S.CANCELLED,
        "L-14",
    ),
)
"""Restricted tender: applications and a draw come before the document is issued to those drawn."""
OPEN_STEPS = (
    Step("edit", frozenset({S.DRAFT}), S.DRAFT, "T-01"),
    Step("call", frozenset({S.DRAFT}), S.APPLYING, "L-12"),
    Step("amend_call", frozenset({S.APPLYING}), S.APPLYING, "T-05.prequal_amend_before"),
    Step("publish", frozenset({S.DRAFT, S.APPLYING}), S.OPEN, "T-01"),
    *_PUBLISHED,
    *_LATER,
    Step("fail", frozenset({S.APPLYING, S.CLOSED, S.OPENED, S.EVALUATED}), S.FAILED, "L-14"),
    Step(
        "cancel",
        frozenset({S.DRAFT, S.APPLYING, S.OPEN, S.CLOSED, S.OPENED, S.EVALUATED}),
        S.CANCELLED,
        "L-14",
    ),
)
"""Open tender: published at once, or after a prequalification where the draft asks for one."""
SINGLE_SOURCE_STEPS = (
    Step("edit", frozenset({S.DRAFT}), S.DRAFT, "N-09"),
    Step("announce", frozenset({S.DRAFT}), S.ANNOUNCED, "L-18"),
    Step("negotiate", frozenset({S.ANNOUNCED}), S.NEGOTIATING, "L-18"),
    Step("mark_evaluated", frozenset({S.NEGOTIATING}), S.EVALUATED, "N-09"),
    *(step for step in _LATER if step.verb != "set_aside"),
    Step("set_aside", frozenset({S.AWARDED}), S.NEGOTIATING, "L-23"),
    Step("fail", frozenset({S.ANNOUNCED, S.NEGOTIATING, S.EVALUATED}), S.FAILED, "N-10"),
    Step("cancel", frozenset({S.DRAFT, S.ANNOUNCED, S.NEGOTIATING, S.EVALUATED}), S.CANCELLED, "L-14"),
)
"""Single source: a public notice, then a price agreed with the one supplier; nothing is sealed or opened."""
EMERGENCY_STEPS = (
    Step("edit", frozenset({S.DRAFT}), S.DRAFT, "G-08"),
    Step("begin", frozenset({S.DRAFT}), S.NEGOTIATING, "G-08"),
    Step("mark_evaluated", frozenset({S.NEGOTIATING}), S.EVALUATED, "G-08"),
    *(step for step in _LATER if step.verb != "set_aside"),
    Step("set_aside", frozenset({S.AWARDED}), S.NEGOTIATING, "L-23"),
    Step("fail", frozenset({S.NEGOTIATING, S.EVALUATED}), S.FAILED, "G-08"),
    Step("cancel", frozenset({S.DRAFT, S.NEGOTIATING, S.EVALUATED}), S.CANCELLED, "G-08"),
)
"""Emergency: begun at once by an authority's decision, made public with the award."""


_LATE = frozenset({S.AWARDED, S.CONTRACTED, S.FAILED, S.CANCELLED})


def _rounds(changes: str, finals: str) -> tuple[Step, ...]:
    """Give the steps of a method with rounds; `changes` and `finals` are its rules for both."""
    return (
        *(step for step in STEPS if step.verb in {"edit", "publish", "amend", "close", "mark_opened"}),
        Step("begin_rounds", frozenset({S.OPENED}), S.NEGOTIATING, changes),
        Step("change_term", frozenset({S.NEGOTIATING}), S.NEGOTIATING, changes),
        Step("call_finals", frozenset({S.NEGOTIATING}), S.QUOTING, finals),
        Step("close_finals", frozenset({S.QUOTING}), S.QUOTED, finals),
        Step("mark_evaluated", frozenset({S.OPENED, S.NEGOTIATING, S.QUOTED}), S.EVALUATED, "L-16"),
        *_LATER,
        Step("fail", frozenset({S.CLOSED, S.OPENED, S.NEGOTIATING, S.QUOTED, S.EVALUATED}), S.FAILED, finals),
        Step("cancel", frozenset(S) - {S.APPLYING, S.DRAWN, S.ANNOUNCED, *_LATE}, S.CANCELLED, "L-14"),
    )


NEGOTIATION_STEPS = _rounds("N-06", "N-04")
CONSULTATION_STEPS = _rounds("C-05", "C-05")
"""Negotiation and consultation: rounds with each supplier, then final quotes that are sealed in a window of their own.

A report follows the review, or the rounds, without final quotes where too few suppliers are left.
"""


OPEN_FRAMEWORK_STEPS = (
    Step("edit", frozenset({S.DRAFT}), S.DRAFT, "F-04"),
    Step("invite", frozenset({S.DRAFT}), S.APPLYING, "F-02"),
    Step("mark_contracted", frozenset({S.APPLYING}), S.CONTRACTED, "F-05"),
    Step("fail", frozenset({S.APPLYING}), S.FAILED, "F-05"),
    Step("cancel", frozenset({S.DRAFT}), S.CANCELLED, "L-14"),
)
"""Open framework: suppliers apply as long as it runs; at the end of its term it is over, or failed where nobody entered."""


class Part(StrEnum):
    """What somebody did for a project before it is bid for. Source: 《政府采购法实施条例》第十八条."""

    DESIGN = "design"
    SPECIFICATION = "specification"
    MANAGEMENT = "management"
    SUPERVISION = "supervision"
    TESTING = "testing"


PART_WORDS: dict[str, str] = {
    Part.DESIGN: gettext_noop("Overall design"),
    Part.SPECIFICATION: gettext_noop("Writing of the specification"),
    Part.MANAGEMENT: gettext_noop("Project management"),
    Part.SUPERVISION: gettext_noop("Supervision of the works"),
    Part.TESTING: gettext_noop("Testing"),
}


class Ground(StrEnum):
    """Why one supplier alone is asked. Source: 《政府采购法》第三十一条."""

    ONLY_SUPPLIER = "only_supplier"
    EMERGENCY = "emergency"
    ADDITION = "addition"


class RoundsGround(StrEnum):
    """Why a negotiation or a consultation is held. Source: 《政府采购法》第三十条; 财库〔2014〕214号第三条.

    `social_capital` is a purchased service whose supplier is chosen with social capital. Source: 财库〔2015〕124号.
    """

    NO_BIDS = "no_bids"
    COMPLEX = "complex"
    URGENT = "urgent"
    PRICE_UNKNOWN = "price_unknown"
    PURCHASED_SERVICE = "purchased_service"
    SOCIAL_CAPITAL = "social_capital"
    RESEARCH = "research"
    WORKS = "works"


ROUNDS_GROUND_WORDS: dict[str, str] = {
    RoundsGround.NO_BIDS: gettext_noop("A tender brought no bids, no qualified bid, or cannot be repeated"),
    RoundsGround.COMPLEX: gettext_noop(
        "The object is technically complex or of a special nature: its details cannot be fixed beforehand"
    ),
    RoundsGround.URGENT: gettext_noop("A tender would take longer than the user’s urgent need allows"),
    RoundsGround.PRICE_UNKNOWN: gettext_noop("The total price cannot be computed beforehand"),
    RoundsGround.PURCHASED_SERVICE: gettext_noop("The government purchases a service (政府购买服务)"),
    RoundsGround.SOCIAL_CAPITAL: gettext_noop(
        "The government purchases a service together with social capital (政府和社会资本合作)"
    ),
    RoundsGround.RESEARCH: gettext_noop(
        "A research project without enough competition, or results of research that need support"
    ),
    RoundsGround.WORKS: gettext_noop("Works that need not be put out to tender by the law on tendering"),
}


class TermKind(StrEnum):
    """What rounds may change of a document, and nothing else. Source: 财政部令第74号第三十二条 (rule N-06)."""

    TECHNICAL = "technical"
    SERVICE = "service"
    CONTRACT = "contract"


TERM_WORDS: dict[str, str] = {
    TermKind.TECHNICAL: gettext_noop("Technical requirement"),
    TermKind.SERVICE: gettext_noop("Service requirement"),
    TermKind.CONTRACT: gettext_noop("Term of the draft contract"),
}
GROUND_WORDS: dict[str, str] = {
    Ground.ONLY_SUPPLIER: gettext_noop("It can be had from one supplier alone"),
    Ground.EMERGENCY: gettext_noop("An unforeseeable emergency leaves no other supplier"),
    Ground.ADDITION: gettext_noop("It has to match an earlier purchase from the same supplier"),
}


class ApplicationStatus(StrEnum):
    """Where an application to be invited stands."""

    APPLIED = "applied"
    QUALIFIED = "qualified"
    REFUSED = "refused"
    INVITED = "invited"


A = ApplicationStatus
APPLICATION_STEPS = (
    Step("apply", frozenset({A.APPLIED}), A.APPLIED, "L-12"),
    Step("qualify", frozenset({A.APPLIED, A.REFUSED}), A.QUALIFIED, "L-12"),
    Step("refuse", frozenset({A.APPLIED, A.QUALIFIED}), A.REFUSED, "L-12"),
    Step("invite", frozenset({A.QUALIFIED}), A.INVITED, "L-08"),
)
APPLICATION_WORDS: dict[str, str] = {
    A.APPLIED: gettext_noop("applied"),
    A.QUALIFIED: gettext_noop("qualified"),
    A.REFUSED: gettext_noop("not qualified"),
    A.INVITED: gettext_noop("invited"),
}
APPLICATION_GLYPHS: dict[str, str] = {
    A.APPLIED: "waiting",
    A.QUALIFIED: "done",
    A.REFUSED: "failed",
    A.INVITED: "signed",
}


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
BEING_OPENED = frozenset({S.CLOSED, S.OPENED, S.QUOTED})
"""Statuses in which something is opened, or can be opened again."""
BEFORE_BIDS = frozenset({S.APPLYING, S.DRAWN, S.FAILED})
"""States in which a procedure has begun under its law and no deadline for bids need be fixed."""

STATUS_WORDS: dict[str, str] = {
    S.DRAFT: gettext_noop("Draft"),
    S.APPLYING: gettext_noop("Taking applications"),
    S.DRAWN: gettext_noop("Suppliers drawn"),
    S.ANNOUNCED: gettext_noop("Announced, objections possible"),
    S.OPEN: gettext_noop("Accepting bids"),
    S.CLOSED: gettext_noop("Closed, waiting for the opening"),
    S.OPENED: gettext_noop("Bids opened"),
    S.NEGOTIATING: gettext_noop("Negotiating"),
    S.QUOTING: gettext_noop("Accepting final quotes"),
    S.QUOTED: gettext_noop("Final quotes closed"),
    S.EVALUATED: gettext_noop("Evaluated"),
    S.AWARDED: gettext_noop("Awarded"),
    S.CONTRACTED: gettext_noop("Contracted"),
    S.FAILED: gettext_noop("Failed"),
    S.CANCELLED: gettext_noop("Cancelled"),
}
STATUS_GLYPHS: dict[str, str] = {
    S.DRAFT: "draft",
    S.APPLYING: "active",
    S.DRAWN: "waiting",
    S.ANNOUNCED: "active",
    S.OPEN: "active",
    S.CLOSED: "sealed",
    S.OPENED: "opened",
    S.NEGOTIATING: "active",
    S.QUOTING: "active",
    S.QUOTED: "sealed",
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
SILENCE_WORDS: dict[str, str] = {
    Silence.KEEPS: gettext_noop("Silence keeps the bid: it counts, under the documents as amended."),
    Silence.WITHDRAWS: gettext_noop("Silence withdraws the bid: it stays sealed and is not opened."),
}
OPEN_NAMES = gettext_noop("The panel sees the bidders’ names")
BLIND_WORDS: dict[str, str] = {
    Blind.CODES: gettext_noop("The panel sees codes instead of names until its technical result is logged."),
    Blind.STRICT: gettext_noop(
        "The panel sees codes instead of names until its technical result is logged; a technical part that shows whose it "
        "is, is invalid."
    ),
}
EVALUATION_WORDS: dict[str, str] = {
    EvaluationMethod.WEIGHTED_SCORE: gettext_noop("Comprehensive scoring"),
    EvaluationMethod.LOWEST_EVALUATED_PRICE: gettext_noop("Lowest evaluated price"),
    EvaluationMethod.LOWEST_FINAL_QUOTE: gettext_noop("Lowest quote that meets quality and service"),
    EvaluationMethod.CONSULTATION_SCORE: gettext_noop("Comprehensive scoring after consultation"),
    EvaluationMethod.AGREED_PRICE: gettext_noop("Price agreed with the supplier"),
    EvaluationMethod.PRICE_FIRST: gettext_noop(
        "Price first: the lowest of those that meet quality and service"
    ),
    EvaluationMethod.QUALITY_FIRST: gettext_noop(
        "Quality first: the best of those within the ceiling prices"
    ),
}
