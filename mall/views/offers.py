"""The supplier's own offers: price, stock, delivery."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contracting.selectors import agreement_facts, entrant_facts, entries_of
from core.errors import NotFound, Refused
from core.forms import done
from core.http import said
from mall import access
from mall.forms import NewOfferForm, OfferForm
from mall.selectors import catalogue
from mall.services import listing
from parties.access import Request


@require_GET
def offers(request: Request) -> HttpResponse:
    """What this supplier offers, each line a small form."""
    return _page(request, access.supplier_desk(request.actor))


@require_POST
def change(request: Request, offer_id: uuid.UUID) -> HttpResponse:
    """Change one offer."""
    org_id = access.supplier_desk(request.actor)
    offer = catalogue.offer_facts(offer_id)
    if offer.supplier_id != org_id:
        raise NotFound()
    form = OfferForm(request.POST)
    if not form.is_valid():
        return _page(request, org_id, wrong=(offer_id, form), status=422)
    product = catalogue.product_facts(offer.product_id)
    agreed = next(p for p in entrant_facts(offer.entrant_id).prices if p.price == offer.agreed)
    try:
        listing.set_offer(
            actor=request.actor,
            product_id=product.id,
            entrant_id=offer.entrant_id,
            item_no=agreed.item_no,
            **form.cleaned_data,
        )
    except Refused as error:
        form.add_error(None, said(error) or gettext(error.title))
        return _page(request, org_id, wrong=(offer_id, form), status=error.status)
    return HttpResponseRedirect(reverse("mall:offers"), status=303)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request, entrant_id: uuid.UUID, item_no: str) -> HttpResponse:
    """List what we deliver for one item of our agreement."""
    org_id = access.supplier_desk(request.actor)
    entrant = entrant_facts(entrant_id)
    agreed = next((row for row in entrant.prices if row.item_no == item_no), None)
    if entrant.supplier_id != org_id or agreed is None:
        raise NotFound()
    item = next(row for row in agreement_facts(entrant.agreement_id).items if row.no == item_no)
    form = NewOfferForm(
        request.POST if request.method == "POST" else None,
        initial={"price": str(agreed.price), "spec": item.spec},
    )
    if done(
        form,
        lambda: listing.offer_item(
            actor=request.actor, entrant_id=entrant_id, item_no=item_no, **form.cleaned_data
        ),
    ):
        return HttpResponseRedirect(reverse("mall:offers"), status=303)
    context = {"form": form, "agreed": agreed, "entrant": entrant}
    return render(request, "mall/offer_new.html", context, status=422 if form.errors else 200)


def _page(
    request: Request,
    org_id: uuid.UUID,
    *,
    wrong: tuple[uuid.UUID, OfferForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = [
        {"product": product, "offer": offer, "form": wrong[1] if wrong and wrong[0] == offer.id else None}
        for product, offer in catalogue.offers_of(org_id)
    ]
    context = {"rows": rows, "entries": [row for row in entries_of(org_id) if row.prices]}
    return render(request, "mall/offers.html", context, status=status)
