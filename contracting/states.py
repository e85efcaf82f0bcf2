"""States of contracts, framework agreements and entrants. Pure."""

from __future__ import annotations

from enum import StrEnum

from core.errors import gettext_noop
from core.transitions import Step


class ContractStatus(StrEnum):
    """Where a contract stands, from its frozen terms to the last payment."""

    FORMED = "formed"
    SIGNED = "signed"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    VOID = "void"


class Party(StrEnum):
    """The two sides of a contract."""

    PURCHASER = "purchaser"
    SUPPLIER = "supplier"


class Result(StrEnum):
    """What an acceptance (履约验收) found."""

    PASSED = "passed"
    PASSED_WITH_RECTIFICATION = "passedWithRectification"
    FAILED = "failed"


class BondForm(StrEnum):
    """How a performance bond is given; never in cash. Source: 《政府采购法实施条例》第四十八条."""

    TRANSFER = "transfer"
    CHEQUE = "cheque"
    DRAFT = "draft"
    GUARANTEE = "guarantee"


class AlterationStatus(StrEnum):
    """Where an agreed change of a signed contract stands that changes no money."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    REFUSED = "refused"


class Ground(StrEnum):
    """Why a signed contract is changed at all."""

    FORCE_MAJEURE = "force_majeure"
    PUBLIC_INTEREST = "public_interest"
    PURCHASER = "purchaser"
    DISCONTINUED = "discontinued"
    SUBCONTRACTOR = "subcontractor"


GROUND_WORDS: dict[str, str] = {
    Ground.FORCE_MAJEURE: gettext_noop("Force majeure keeps it from being performed as agreed"),
    Ground.PUBLIC_INTEREST: gettext_noop("Performed as agreed it would harm the public interest"),
    Ground.PURCHASER: gettext_noop(
        "A cause on the purchaser's side: the place or the time of need has moved"
    ),
    Ground.DISCONTINUED: gettext_noop(
        "What was offered is made no more; what replaces it is as good or better, at the same price"
    ),
    Ground.SUBCONTRACTOR: gettext_noop("Work passes to another subcontractor"),
}
SPEC_GROUNDS = frozenset({Ground.PUBLIC_INTEREST, Ground.DISCONTINUED})
"""Grounds on which the specification of an item may change; on any other it stays what won."""
BOND_WORDS: dict[str, str] = {
    BondForm.TRANSFER: gettext_noop("Bank transfer"),
    BondForm.CHEQUE: gettext_noop("Cheque"),
    BondForm.DRAFT: gettext_noop("Draft or promissory note"),
    BondForm.GUARANTEE: gettext_noop("Guarantee of a bank or guarantor"),
}


class AgreementStatus(StrEnum):
    """Where a framework agreement stands; whether its term runs is derived from its dates."""

    DRAFT = "draft"
    ACTIVE = "active"
    CLOSED = "closed"


class Selection(StrEnum):
    """How a supplier is chosen for each order under a framework agreement. Source: 财政部令第110号第三十二条至第三十四条."""

    DIRECT = "direct"
    IN_TURN = "in_turn"
    COMPETITION = "competition"


class EntryApplicationStatus(StrEnum):
    """Where an application to an open framework agreement stands."""

    APPLIED = "applied"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class EntrantStatus(StrEnum):
    """Whether an admitted supplier may be called upon: not before both sides have signed."""

    NAMED = "named"
    ADMITTED = "admitted"
    EXPELLED = "expelled"
    LEFT = "left"


C = ContractStatus
CONTRACT_STEPS = (
    Step("sign", frozenset({C.FORMED}), C.FORMED, "L-20"),
    Step("conclude", frozenset({C.FORMED}), C.SIGNED, "L-20"),
    Step("void", frozenset({C.FORMED}), C.VOID, "L-20"),
    Step("deliver", frozenset({C.SIGNED}), C.DELIVERED, "L-20"),
    Step("accept", frozenset({C.DELIVERED}), C.ACCEPTED, "D-09"),
    Step("reject", frozenset({C.DELIVERED}), C.SIGNED, "D-09"),
    Step("pay", frozenset({C.SIGNED}), C.SIGNED, "P-03"),
    Step("pay", frozenset({C.DELIVERED}), C.DELIVERED, "P-03"),
    Step("pay", frozenset({C.ACCEPTED}), C.ACCEPTED, "P-03"),
    Step("complete", frozenset({C.ACCEPTED}), C.COMPLETED, "P-03"),
)
ALTERATION_STEPS = (
    Step("sign", frozenset({AlterationStatus.PROPOSED}), AlterationStatus.PROPOSED, "L-39"),
    Step("agree", frozenset({AlterationStatus.PROPOSED}), AlterationStatus.AGREED, "L-39"),
    Step("refuse", frozenset({AlterationStatus.PROPOSED}), AlterationStatus.REFUSED, "L-39"),
)
ALTERATION_WORDS: dict[str, str] = {
    AlterationStatus.PROPOSED: gettext_noop("Waiting for signatures"),
    AlterationStatus.AGREED: gettext_noop("Agreed and public"),
    AlterationStatus.REFUSED: gettext_noop("Not agreed"),
}
ALTERATION_GLYPHS: dict[str, str] = {
    AlterationStatus.PROPOSED: "waiting",
    AlterationStatus.AGREED: "done",
    AlterationStatus.REFUSED: "held",
}
AGREEMENT_STEPS = (
    Step("open", frozenset({AgreementStatus.DRAFT}), AgreementStatus.ACTIVE, "F-02"),
    Step("admit", frozenset({AgreementStatus.DRAFT, AgreementStatus.ACTIVE}), AgreementStatus.ACTIVE, "F-09"),
    Step("close", frozenset({AgreementStatus.DRAFT, AgreementStatus.ACTIVE}), AgreementStatus.CLOSED, "F-12"),
)
E = EntrantStatus
ENTRANT_STEPS = (
    Step("sign", frozenset({E.NAMED}), E.NAMED, "F-09"),
    Step("conclude", frozenset({E.NAMED}), E.ADMITTED, "F-09"),
    Step("expel", frozenset({E.NAMED, E.ADMITTED}), E.EXPELLED, "F-10"),
    Step("leave", frozenset({E.ADMITTED}), E.LEFT, "F-04"),
)
A = EntryApplicationStatus
ENTRY_APPLICATION_STEPS = (
    Step("accept", frozenset({A.APPLIED}), A.ACCEPTED, "F-14"),
    Step("refuse", frozenset({A.APPLIED}), A.REFUSED, "F-14"),
)
APPLICATION_WORDS: dict[str, str] = {
    A.APPLIED: gettext_noop("applied"),
    A.ACCEPTED: gettext_noop("entered"),
    A.REFUSED: gettext_noop("refused"),
}
APPLICATION_GLYPHS: dict[str, str] = {A.APPLIED: "waiting", A.ACCEPTED: "done", A.REFUSED: "failed"}
TERMINAL = frozenset({C.COMPLETED, C.VOID})

STATUS_WORDS = {
    C.FORMED: gettext_noop("Waiting for signatures"),
    C.SIGNED: gettext_noop("Signed, in performance"),
    C.DELIVERED: gettext_noop("Delivered, waiting for acceptance"),
    C.ACCEPTED: gettext_noop("Accepted, waiting for payment"),
    C.COMPLETED: gettext_noop("Completed"),
    C.VOID: gettext_noop("Not concluded"),
}
STATUS_GLYPHS = {
    C.FORMED: "waiting",
    C.SIGNED: "signed",
    C.DELIVERED: "waiting",
    C.ACCEPTED: "done",
    C.COMPLETED: "done",
    C.VOID: "held",
}
RESULT_WORDS = {
    Result.PASSED: gettext_noop("Passed"),
    Result.PASSED_WITH_RECTIFICATION: gettext_noop("Passed after rectification"),
    Result.FAILED: gettext_noop("Not passed"),
}
SELECTION_WORDS: dict[str, str] = {
    Selection.DIRECT: gettext_noop("Direct selection among the admitted suppliers"),
    Selection.IN_TURN: gettext_noop("In turn: each admitted supplier once in every round, in a fixed order"),
    Selection.COMPETITION: gettext_noop(
        "Second competition: the lowest of sealed quotes of the admitted suppliers"
    ),
}
ENTRANT_WORDS: dict[str, str] = {
    E.NAMED: gettext_noop("chosen, agreement not signed yet"),
    E.ADMITTED: gettext_noop("entered"),
    E.EXPELLED: gettext_noop("expelled"),
    E.LEFT: gettext_noop("left"),
}
ENTRANT_GLYPHS: dict[str, str] = {E.NAMED: "waiting", E.ADMITTED: "done", E.EXPELLED: "held", E.LEFT: "held"}
AGREEMENT_WORDS = {
    AgreementStatus.DRAFT: gettext_noop("Before admission"),
    AgreementStatus.ACTIVE: gettext_noop("In force"),
    AgreementStatus.CLOSED: gettext_noop("Closed"),
}
