"""States of an order. Pure."""

from __future__ import annotations

from enum import StrEnum

from core.errors import gettext_noop
from core.transitions import Step


class OrderStatus(StrEnum):
    """Where an order stands: concluded (成交) from the supplier's confirmation on."""

    PLACED = "placed"
    CONFIRMED = "confirmed"
    DELIVERED = "delivered"
    RECEIVED = "received"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class OffListStatus(StrEnum):
    """Where a purchase off the list of a framework agreement stands."""

    ASKED = "asked"
    MATCHED = "matched"
    UNMATCHED = "unmatched"
    CONCLUDED = "concluded"
    WITHDRAWN = "withdrawn"


class Sort(StrEnum):
    """How products are put in order."""

    RELEVANT = "relevant"
    PRICE = "price"
    PRICE_DOWN = "price_down"
    SALES = "sales"
    NEWEST = "newest"


S = OrderStatus
STEPS = (
    Step("confirm", frozenset({S.PLACED}), S.CONFIRMED, "D-14"),
    Step("decline", frozenset({S.PLACED}), S.DECLINED, "F-05"),
    Step("lapse", frozenset({S.PLACED}), S.LAPSED, "F-05"),
    Step("withdraw", frozenset({S.PLACED}), S.WITHDRAWN, "F-05"),
    Step("deliver", frozenset({S.CONFIRMED}), S.DELIVERED, "D-14"),
    Step("send_back", frozenset({S.DELIVERED}), S.CONFIRMED, "D-09"),
    Step("receive", frozenset({S.DELIVERED}), S.RECEIVED, "D-09"),
)
OL = OffListStatus
OFF_LIST_STEPS = (
    Step("answer", frozenset({OL.ASKED}), OL.ASKED, "F-13"),
    Step("match", frozenset({OL.ASKED}), OL.MATCHED, "F-13"),
    Step("exhaust", frozenset({OL.ASKED}), OL.UNMATCHED, "F-13"),
    Step("conclude", frozenset({OL.MATCHED, OL.UNMATCHED}), OL.CONCLUDED, "F-13"),
    Step("withdraw", frozenset({OL.ASKED, OL.MATCHED, OL.UNMATCHED}), OL.WITHDRAWN, "F-13"),
    Step("fall", frozenset({OL.CONCLUDED}), OL.WITHDRAWN, "L-20"),
)
OFF_LIST_WORDS = {
    OL.ASKED: gettext_noop("Suppliers of the agreement are asked"),
    OL.MATCHED: gettext_noop("A supplier of the agreement goes as low"),
    OL.UNMATCHED: gettext_noop("Nobody goes as low: may be bought outside"),
    OL.CONCLUDED: gettext_noop("Concluded and public"),
    OL.WITHDRAWN: gettext_noop("Given up"),
}
OFF_LIST_GLYPHS = {
    OL.ASKED: "waiting",
    OL.MATCHED: "active",
    OL.UNMATCHED: "active",
    OL.CONCLUDED: "done",
    OL.WITHDRAWN: "held",
}
TERMINAL = frozenset({S.RECEIVED, S.DECLINED, S.LAPSED, S.WITHDRAWN})
RELEASED = frozenset({S.DECLINED, S.LAPSED, S.WITHDRAWN})
"""States in which an order holds nothing of cap, stock and budget any more."""

STATUS_WORDS = {
    S.PLACED: gettext_noop("Waiting for the supplier"),
    S.CONFIRMED: gettext_noop("Confirmed, in delivery"),
    S.DELIVERED: gettext_noop("Delivered, waiting for acceptance"),
    S.RECEIVED: gettext_noop("Accepted"),
    S.DECLINED: gettext_noop("Declined by the supplier"),
    S.LAPSED: gettext_noop("Not answered in time"),
    S.WITHDRAWN: gettext_noop("Withdrawn"),
}
STATUS_GLYPHS = {
    S.PLACED: "waiting",
    S.CONFIRMED: "active",
    S.DELIVERED: "waiting",
    S.RECEIVED: "done",
    S.DECLINED: "held",
    S.LAPSED: "late",
    S.WITHDRAWN: "held",
}
SORT_WORDS = {
    Sort.RELEVANT: gettext_noop("Best match"),
    Sort.PRICE: gettext_noop("Price, low to high"),
    Sort.PRICE_DOWN: gettext_noop("Price, high to low"),
    Sort.SALES: gettext_noop("Most ordered"),
    Sort.NEWEST: gettext_noop("Newest"),
}
