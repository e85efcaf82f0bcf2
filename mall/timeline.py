"""An order as one line of dated acts, and what comes next."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from core.errors import gettext_noop
from mall.facts import OrderFacts
from mall.states import RELEASED, OrderStatus

S = OrderStatus


def acts(order: OrderFacts) -> list[dict[str, Any]]:
    """Give what has happened and what is to come, for the timeline component."""
    rows: list[dict[str, Any]] = [
        {
            "at": order.placed_at,
            "title": gettext("Order was placed"),
            "who": order.purchaser_name,
            "kind": "active",
        }
    ]
    if order.status in RELEASED:
        title = {
            S.DECLINED: gettext("Declined by the supplier"),
            S.LAPSED: gettext("Lapsed: not answered in time"),
            S.WITHDRAWN: gettext("Withdrawn by the purchaser"),
        }[S(order.status)]
        return [*rows, {"at": order.ended_at, "title": title, "detail": order.reason, "kind": "held"}]
    steps = (
        (order.confirmed_at, gettext("Confirmed: concluded and public"), order.supplier_name, "signed"),
        (order.delivered_at, gettext("Delivery reported"), order.supplier_name, "active"),
        (order.received_at, gettext("Accepted; the budget is spent"), order.purchaser_name, "done"),
    )
    reached = True
    for at, title, who, kind in steps:
        row: dict[str, Any] = {"at": at, "title": title, "kind": kind}
        if at is not None:
            row["who"] = who
        else:
            row["state"] = "now" if reached else "next"
            reached = False
        rows.append(row)
    if order.transaction_id:
        rows[1]["url"] = reverse("portal:transaction", args=[order.transaction_id])
    if order.separated is False:
        rows[-1]["detail"] = gettext("Ordered and accepted by the same person: the desk had nobody else.")
    return rows


def next_step(order: OrderFacts, side: str) -> dict[str, Any] | None:
    """Give the sentence, the button and the deadline of the next step; None when nothing is to come."""
    act = _NEXT.get((S(order.status), side)) or _NEXT.get((S(order.status), ""))
    if act is None:
        return None
    text, verb, label = act
    return {
        "text": gettext(text),
        "verb": verb,
        "label": gettext(label) if label else "",
        "url": reverse("mall:act", args=[order.id, verb]) if verb else "",
        "due": order.answer_due_at if order.status == S.PLACED else None,
    }


_NEXT: dict[tuple[OrderStatus, str], tuple[str, str, str]] = {
    (S.PLACED, "supplier"): (
        gettext_noop("Confirm that you deliver at these prices. The order then becomes public."),
        "confirm",
        gettext_noop("Confirm the order"),
    ),
    (S.PLACED, ""): (
        gettext_noop("The supplier answers; else the order lapses and nothing is spent."),
        "",
        "",
    ),
    (S.CONFIRMED, "supplier"): (
        gettext_noop("Deliver, then say so here."),
        "deliver",
        gettext_noop("Report the delivery"),
    ),
    (S.CONFIRMED, ""): (gettext_noop("The supplier delivers."), "", ""),
    (S.DELIVERED, "purchaser"): (
        gettext_noop("Check the delivery against the order, then accept it."),
        "receive",
        gettext_noop("Accept the delivery"),
    ),
    (S.DELIVERED, ""): (gettext_noop("The purchaser checks the delivery."), "", ""),
}
