"""States and kinds of parties. Pure."""

from __future__ import annotations

from enum import StrEnum

from core.errors import gettext_noop
from core.transitions import Step


class Kind(StrEnum):
    """In which capacity an organisation takes part; it may hold several."""

    PURCHASER = "purchaser"
    AGENCY = "agency"
    SUPPLIER = "supplier"
    SUPERVISOR = "supervisor"


class CapacityStatus(StrEnum):
    """Whether a capacity has been checked."""

    APPLIED = "applied"
    VERIFIED = "verified"
    REFUSED = "refused"
    SUSPENDED = "suspended"


class Role(StrEnum):
    """What a person does at an organisation's desk."""

    ADMIN = "admin"
    HANDLER = "handler"
    APPROVER = "approver"
    VIEWER = "viewer"


class Size(StrEnum):
    """Size of an enterprise as it declared it."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class Tie(StrEnum):
    """What ties an expert to an organisation."""

    EMPLOYEE = "employee"
    DIRECTOR = "director"
    CONTROLLER = "controller"
    KIN = "kin"


class Mark(StrEnum):
    """What a bad record is: it decides how long it stands against taking part (`parties.eligibility`)."""

    BAN = "ban"
    CRIMINAL = "criminal"
    STOPPED = "stopped"
    REVOKED = "revoked"
    FINE = "fine"
    CONDUCT = "conduct"


MAJOR = frozenset({Mark.CRIMINAL, Mark.STOPPED, Mark.REVOKED, Mark.FINE})
"""What counts as a grave illegal record. Source: 《政府采购法实施条例》第十九条."""
MARK_WORDS: dict[str, str] = {
    Mark.BAN: gettext_noop("Ban from government procurement, for a period"),
    Mark.CRIMINAL: gettext_noop("Criminal penalty for illegal business"),
    Mark.STOPPED: gettext_noop("Order to stop production or business"),
    Mark.REVOKED: gettext_noop("Permit or licence revoked"),
    Mark.FINE: gettext_noop("Fine"),
    Mark.CONDUCT: gettext_noop("Bad conduct record"),
}


class Condition(StrEnum):
    """The six conditions of taking part. Source: 《政府采购法》第二十二条."""

    CIVIL = "civil"
    MEANS = "means"
    GOVERNANCE = "governance"
    TAXES = "taxes"
    CLEAN = "clean"
    OTHER = "other"


EVIDENCE_WORDS: dict[str, str] = {
    Condition.CIVIL: gettext_noop("Able to bear civil liability by itself"),
    Condition.MEANS: gettext_noop("Facilities, staff and skills for the contract"),
    Condition.GOVERNANCE: gettext_noop("Internal governance, accounting and asset management"),
    Condition.TAXES: gettext_noop("Taxes and social security paid"),
    Condition.CLEAN: gettext_noop("No grave illegal record in the years before"),
    Condition.OTHER: gettext_noop("Other conditions of laws and registers"),
}


class Register(StrEnum):
    """The public lists that a credit query asks. Source: 财库〔2016〕125号."""

    DEBTORS = "debtors"
    TAXES = "taxes"
    PROCUREMENT = "procurement"


REGISTER_WORDS: dict[str, str] = {
    Register.DEBTORS: gettext_noop("persons subject to enforcement for dishonesty"),
    Register.TAXES: gettext_noop("grave tax offenders"),
    Register.PROCUREMENT: gettext_noop("grave offenders in government procurement"),
}


class Hold(StrEnum):
    """How two organisations are tied: one person, one holds or manages the other, one parent, one account that pays."""

    PERSON = "person"
    HOLDING = "holding"
    MANAGEMENT = "management"
    PARENT = "parent"
    ACCOUNT = "account"


CAPACITY_STEPS = (
    Step(
        "verify",
        frozenset({CapacityStatus.APPLIED, CapacityStatus.SUSPENDED}),
        CapacityStatus.VERIFIED,
        "parties.verify",
    ),
    Step("refuse", frozenset({CapacityStatus.APPLIED}), CapacityStatus.REFUSED, "parties.verify"),
    Step("suspend", frozenset({CapacityStatus.VERIFIED}), CapacityStatus.SUSPENDED, "parties.suspend"),
    Step("apply_again", frozenset({CapacityStatus.REFUSED}), CapacityStatus.APPLIED, "parties.apply"),
)
