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
