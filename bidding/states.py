"""States of a bid and of an opening. Pure."""

from __future__ import annotations

from enum import StrEnum

from core.transitions import Step


class BidStatus(StrEnum):
    """Where one sealed bid stands. To its bidder the first two mean "NOT submitted".

    `void` is the bidder's own fault; `unreadable` is that of storage or platform and never the bidder's. `waiting` and
    `unreadable` are held: the procedure goes on when the supervisor has decided (`set_aside`, or gathered again).
    `not_opened` is a price envelope whose technical part did not pass: it stays sealed for good.
    """

    PREPARING = "preparing"
    CHECKED = "checked"
    SUBMITTED = "submitted"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    LISTED = "listed"
    GATHERED = "gathered"
    OPENED = "opened"
    VOID = "void"
    UNREADABLE = "unreadable"
    WAITING = "waiting"
    SET_ASIDE = "set_aside"
    NOT_OPENED = "not_opened"


class OpeningStatus(StrEnum):
    """The two visible phases of an opening (R4), and its end."""

    GATHERING = "gathering"
    OPENING = "opening"
    OPENED = "opened"
    NOT_HELD = "not_held"


class RehearsalStatus(StrEnum):
    """Where a rehearsal stands; it ends where a bid would be submitted."""

    PREPARING = "preparing"
    CHECKED = "checked"
    SUBMITTED = "submitted"


R = RehearsalStatus
REHEARSAL_STEPS = (
    Step("check", frozenset({R.PREPARING, R.CHECKED}), R.CHECKED, "sealing.R2"),
    Step("submit", frozenset({R.CHECKED}), R.SUBMITTED, "sealing.R1"),
)

B = BidStatus
BID_STEPS = (
    Step("check", frozenset({B.PREPARING, B.CHECKED}), B.CHECKED, "sealing.R2"),
    Step("submit", frozenset({B.CHECKED}), B.SUBMITTED, "sealing.R1"),
    Step("refuse", frozenset({B.CHECKED}), B.REFUSED, "sealing.R1"),
    Step("replace", frozenset({B.SUBMITTED}), B.SUPERSEDED, "sealing.R7"),
    Step("withdraw", frozenset({B.SUBMITTED}), B.WITHDRAWN, "sealing.R7"),
    Step("lapse", frozenset({B.SUBMITTED}), B.REFUSED, "sealing.R6"),
    Step("list", frozenset({B.SUBMITTED}), B.LISTED, "sealing.R3"),
    Step("gather", frozenset({B.LISTED, B.WAITING}), B.GATHERED, "sealing.R4"),
    Step("wait", frozenset({B.LISTED, B.WAITING}), B.WAITING, "sealing.R4"),
    Step("open", frozenset({B.GATHERED}), B.OPENED, "sealing.R4"),
    Step("void", frozenset({B.GATHERED}), B.VOID, "sealing.R4"),
    Step("fault", frozenset({B.GATHERED}), B.UNREADABLE, "sealing.R4"),
    Step("shut", frozenset({B.LISTED}), B.NOT_OPENED, "sealing.R6"),
    Step("again", frozenset({B.WAITING, B.UNREADABLE}), B.WAITING, "sealing.R4"),
    Step("set_aside", frozenset({B.WAITING, B.UNREADABLE}), B.SET_ASIDE, "B-05"),
)
HELD = (B.WAITING, B.UNREADABLE)
"""After its lot's opening such a bid waits for the supervisor (R4); nobody is evaluated and nothing fails before."""

O = OpeningStatus  # noqa: E741 - reads as the table's header
OPENING_STEPS = (
    Step("begin", frozenset({O.GATHERING}), O.OPENING, "sealing.R4"),
    Step("finish", frozenset({O.OPENING}), O.OPENED, "sealing.R4"),
    Step("again", frozenset({O.OPENED}), O.GATHERING, "sealing.R4"),
    Step("kit", frozenset({O.OPENED}), O.OPENING, "sealing.R8"),
)
