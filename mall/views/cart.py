"""The purchaser's cart and the order that leaves it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from core.errors import Refused
from core.http import said
from mall import access
from mall.forms import OrderForm, PutForm
from mall.notes import rule_of
from mall.selectors import carts
from mall.services import carting, ordering
from parties.access import Request
from planning.selectors import budget_lines_of


@require_GET
def cart(request: Request) -> HttpResponse:
    """What stands in the cart: one block per order, with the budget that is left and the rule."""
    return _page(request, access.purchaser_desk(request.actor))


@require_POST
def put(request: Request) -> HttpResponse:
    """Put an offer into the cart, change how many, or take it out (zero)."""
    access.purchaser_desk(request.actor)
    form = PutForm(request.POST)
    if form.is_valid():
        carting.put(actor=request.actor, **form.cleaned_data)
    else:
        messages.warning(request, gettext("Give a whole number of units above zero."))
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = reverse("mall:cart")
    return HttpResponseRedirect(back, status=303)


@require_POST
def place_order(request: Request) -> HttpResponse:
    """Order one block of the cart; a repeated click leads to the same order."""
    org_id = access.purchaser_desk(request.actor)
    form = OrderForm(request.POST)
    if not form.is_valid():
        return _page(request, org_id, bound=form, status=422)
    try:
        order = ordering.place(actor=request.actor, **form.cleaned_data)
    except Refused as error:
        form.add_error(None, said(error) or gettext(error.title))
        return _page(request, org_id, bound=form, status=error.status)
    return HttpResponseRedirect(reverse("mall:order", args=[order.id]), status=303)


def _page(
    request: Request, org_id: uuid.UUID, *, bound: OrderForm | None = None, status: int = 200
) -> HttpResponse:
    lines = budget_lines_of(org_id)
    blocks: list[dict[str, Any]] = []
    for group in carts.cart_of(org_id):
        refused = bound is not None and bound.data.get("entrant") == str(group.entrant_id)
        initial = {
            "key": uuid.uuid4(),
            "lines": [f"{row.offer.id}:{row.quantity}" for row in group.lines],
            "expected": group.amount,
        }
        kind = next(iter(group.lines)).product.kind
        fitting = [line for line in lines if line.category == kind]
        blocks.append(
            {
                "group": group,
                "form": bound if refused else None,
                "initial": initial,
                "budget": fitting,
                "over_cap": group.amount > group.cap_left,
            }
        )
    context = {"blocks": blocks, "rule": rule_of(request.actor.region), "form": bound}
    return render(request, "mall/cart.html", context, status=status)
