"""States of a bid and of an opening. Pure."""

from __future__ import annotations

from enum import StrEnum

from core.errors import gettext_noop
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


class SecurityForm(StrEnum):
    """How a bid security is given; never in cash. Source: 《政府采购法实施条例》第三十三条."""

    TRANSFER = "transfer"
    DRAFT = "draft"
    GUARANTEE = "guarantee"


SECURITY_FORM_WORDS: dict[str, str] = {
    SecurityForm.TRANSFER: gettext_noop("Bank transfer"),
    SecurityForm.DRAFT: gettext_noop("Cheque or draft"),
    SecurityForm.GUARANTEE: gettext_noop("Guarantee of a bank or guarantor"),
}


class SecurityStatus(StrEnum):
    """What is known of the security of an opened bid, and what became of it."""

    MISSING = "missing"
    DECLARED = "declared"
    HELD = "held"
    RETURNED = "returned"
    KEPT = "kept"


SECURITY_STEPS = (
    Step(
        "confirm",
        frozenset({SecurityStatus.MISSING, SecurityStatus.DECLARED}),
        SecurityStatus.HELD,
        "L-13.bid_bond_max_rate",
    ),
    Step("deny", frozenset({SecurityStatus.DECLARED}), SecurityStatus.MISSING, "T-21"),
    Step("give_back", frozenset({SecurityStatus.HELD}), SecurityStatus.RETURNED, "L-13.bond_refund_loser"),
    Step("keep", frozenset({SecurityStatus.HELD}), SecurityStatus.KEPT, "L-13.bid_bond_max_rate"),
)
SECURITY_WORDS: dict[str, tuple[str, str]] = {
    SecurityStatus.MISSING: (gettext_noop("no security"), "failed"),
    SecurityStatus.DECLARED: (gettext_noop("named in the bid, not checked"), "waiting"),
    SecurityStatus.HELD: (gettext_noop("received"), "done"),
    SecurityStatus.RETURNED: (gettext_noop("returned"), "done"),
    SecurityStatus.KEPT: (gettext_noop("not returned, by law"), "held"),
}


class ConsortiumStatus(StrEnum):
    """An agreement of suppliers that bid together (联合协议): it holds once every member's desk has signed."""

    OFFERED = "offered"
    AGREED = "agreed"
    ENDED = "ended"


C = ConsortiumStatus
CONSORTIUM_STEPS = (
    Step("sign", frozenset({C.OFFERED}), C.OFFERED, "L-04.agreement"),
    Step("conclude", frozenset({C.OFFERED}), C.AGREED, "L-04.agreement"),
    Step("end", frozenset({C.OFFERED, C.AGREED}), C.ENDED, "L-04.agreement"),
)
CONSORTIUM_WORDS: dict[str, tuple[str, str]] = {
    C.OFFERED: (gettext_noop("not signed by all"), "waiting"),
    C.AGREED: (gettext_noop("signed by all members"), "signed"),
    C.ENDED: (gettext_noop("ended"), "held"),
}
