"""Pages of orders: the lists of both sides, one order with its timeline, and its acts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from core.errors import NotFound, Refused
from core.http import said
from mall import access, timeline
from mall.facts import OrderFacts
from mall.forms import ReasonForm
from mall.notes import rule_of
from mall.selectors import orders as selectors
from mall.services import fulfilling
from mall.states import STATUS_GLYPHS, STATUS_WORDS, OrderStatus
from parties.access import Request
from parties.states import Kind
from planning.selectors import budget_facts
from realtime.selectors import last_seq

# verb of the address -> side, service, name of the argument that takes the reason (empty: none)
ACTS: dict[str, tuple[Kind, Callable[..., OrderFacts], str]] = {
    "confirm": (Kind.SUPPLIER, fulfilling.confirm, ""),
    "decline": (Kind.SUPPLIER, fulfilling.decline, "reason"),
    "deliver": (Kind.SUPPLIER, fulfilling.deliver, "note"),
    "withdraw": (Kind.PURCHASER, fulfilling.withdraw, "reason"),
    "receive": (Kind.PURCHASER, fulfilling.receive, ""),
    "send-back": (Kind.PURCHASER, fulfilling.send_back, "reason"),
}


@require_GET
def order_list(request: Request) -> HttpResponse:
    """The orders of this desk: what it ordered, and what was ordered from it."""
    actor = request.actor
    actor.require_user()
    status = request.GET.get("status", "")
    status = status if status in set(OrderStatus) else ""
    lists: list[dict[str, Any]] = []
    for kind, title in (
        (Kind.PURCHASER, gettext("Placed by us")),
        (Kind.SUPPLIER, gettext("Placed with us")),
    ):
        if actor.org_id is not None and actor.acts_as(kind):
            rows = selectors.orders_of(actor.org_id, side=str(kind), status=status)
            lists.append({"title": title, "rows": _rows(rows), "side": str(kind)})
    if actor.acts_as(Kind.SUPERVISOR):
        rows = selectors.supervised_orders(actor.region, status)
        lists.append({"title": gettext("Orders of the region"), "rows": _rows(rows), "side": "supervisor"})
    if not lists:
        raise NotFound()
    states = [(value, STATUS_WORDS[value]) for value in OrderStatus]
    return render(request, "mall/orders.html", {"lists": lists, "states": states, "status": status})


def _rows(rows: list[OrderFacts]) -> list[dict[str, Any]]:
    return [
        {
            "order": row,
            "word": gettext(STATUS_WORDS[OrderStatus(row.status)]),
            "glyph": STATUS_GLYPHS[OrderStatus(row.status)],
        }
        for row in rows
    ]


@require_GET
def order(request: Request, order_id: uuid.UUID) -> HttpResponse:
    """One order: next step, timeline, lines, what it holds of the budget."""
    return _page(request, access.order_to_view(request.actor, order_id))


@require_POST
def act(request: Request, order_id: uuid.UUID, verb: str) -> HttpResponse:
    """Do what one side may do: confirm, decline, deliver, withdraw, receive, send back."""
    if verb not in ACTS:
        raise NotFound()
    kind, service, argument = ACTS[verb]
    facts = access.order_of_side(request.actor, order_id, kind)
    form = ReasonForm(request.POST)
    form.is_valid()
    given = {argument: form.cleaned_data.get("reason", "")} if argument else {}
    try:
        service(actor=request.actor, order_id=order_id, **given)
    except Refused as error:
        errors = [gettext(text) for text in getattr(error, "errors", {}).values()]
        said_so = said(error) or " ".join(errors) or gettext(error.title)
        return _page(request, facts, refused=(verb, said_so), status=error.status)
    return HttpResponseRedirect(reverse("mall:order", args=[order_id]), status=303)


def _page(
    request: Request, facts: OrderFacts, *, refused: tuple[str, str] | None = None, status: int = 200
) -> HttpResponse:
    side = access.side_of(request.actor, facts)
    current = OrderStatus(facts.status)
    budget = budget_facts(facts.budget_line_id) if side == Kind.PURCHASER else None
    context = {
        "order": facts,
        "side": side,
        "next": timeline.next_step(facts, side),
        "acts": timeline.acts(facts),
        "word": gettext(STATUS_WORDS[current]),
        "glyph": STATUS_GLYPHS[current],
        "budget": budget,
        "refused": refused,
        "rule": rule_of(facts.region),
        "stream": f"order.{facts.id}",
        "seq": last_seq(f"order.{facts.id}"),
    }
    fragment = "mall/_order.html" if request.headers.get("HX-Request") else "mall/order.html"
    return render(request, fragment, context, status=status)
