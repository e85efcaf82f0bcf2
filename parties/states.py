"""States and kinds of parties. Pure."""

from __future__ import annotations

from enum import StrEnum

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
