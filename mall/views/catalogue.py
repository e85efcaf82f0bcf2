"""Pages of the catalogue, for anyone: browse, one product, comparison, pictures."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.core.files.storage import storages
from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core.errors import NotFound
from disclosure.selectors import transactions
from mall.pictures import place_of
from mall.selectors import carts, catalogue
from mall.selectors.catalogue import Filters
from mall.states import SORT_WORDS
from parties.access import Actor, Request
from parties.states import Kind

FOR_EVER = "public, max-age=31536000, immutable"


@require_GET
def browse(request: Request) -> HttpResponse:
    """Search and narrow down; every choice is a link or a plain form."""
    filters = catalogue.read_filters(request.GET)
    found = catalogue.find(filters)
    return render(
        request,
        "mall/browse.html",
        {
            "found": found,
            "filters": filters,
            "sorts": [(sort, words) for sort, words in SORT_WORDS.items()],
            "chips": _chips(request, found),
            "without_category": _link(request, category=None, page=None),
            "pages": _pages(request, found),
            **_shopper(request.actor),
        },
    )


@require_GET
def product(request: Request, product_id: uuid.UUID) -> HttpResponse:
    """One product: pictures, offers beside each other, what was paid for it before."""
    facts = catalogue.product_facts(product_id)
    paid = transactions.prices([facts.key]).get(facts.key, [])
    return render(request, "mall/product.html", {"product": facts, "paid": paid, **_shopper(request.actor)})


@require_GET
def compare(request: Request) -> HttpResponse:
    """Two to four products beside each other."""
    ids = []
    for text in request.GET.getlist("p"):
        try:
            ids.append(uuid.UUID(text))
        except ValueError:
            continue
    products = catalogue.compared(ids)
    labels = list(dict.fromkeys(label for row in products for label, _ in row.attributes))
    rows = [
        {"label": label, "values": values, "differs": len(set(values)) > 1}
        for label in labels
        for values in [[dict(row.attributes).get(label, "") for row in products]]
    ]
    cheapest = min((row.best.price for row in products if row.best), default=None)
    context = {"products": products, "rows": rows, "cheapest": cheapest, "too_few": len(products) < 2}
    return render(request, "mall/compare.html", {**context, **_shopper(request.actor)})


@require_GET
def picture(request: Request, sha256: str) -> HttpResponse:
    """A picture under the hash of its bytes: it never changes, so readers keep it for good."""
    if len(sha256) != 64 or any(c not in "0123456789abcdef" for c in sha256):
        raise NotFound()
    media_type = catalogue.picture_type(sha256)
    etag = f'"{sha256}"'
    headers = {"Cache-Control": FOR_EVER, "ETag": etag, "X-Content-Type-Options": "nosniff"}
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponseNotModified(headers=headers)
    try:
        with storages["default"].open(place_of(sha256)) as file:
            return HttpResponse(file.read(), content_type=media_type, headers=headers)
    except FileNotFoundError:
        raise NotFound() from None


def _shopper(actor: Actor) -> dict[str, Any]:
    """Say whether this person may put things into a cart, and how many lines stand there."""
    buys = actor.org_id is not None and actor.acts_as(Kind.PURCHASER)
    return {
        "buys": buys,
        "has_orders": any(actor.acts_as(kind) for kind in (Kind.PURCHASER, Kind.SUPPLIER, Kind.SUPERVISOR)),
        "in_cart": carts.units_in_cart(actor.org_id) if buys and actor.org_id else 0,
    }


def _link(request: Request, **changes: Any) -> str:
    """Give this address with some parameters changed; None takes one away, a list gives its values."""
    query = {name: request.GET.getlist(name) for name in request.GET}
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value if isinstance(value, list) else [str(value)]
    return f"{request.path}?{urlencode(query, doseq=True)}" if query else request.path


def _chips(request: Request, found: catalogue.Found) -> list[dict[str, str]]:
    filters: Filters = found.filters
    chips = []
    if filters.q:
        chips.append({"text": f"“{filters.q}”", "remove_url": _link(request, q=None, page=None)})
    for facets, name in ((found.brands, "brand"), (found.suppliers, "supplier")):
        for facet in facets:
            if facet.chosen:
                rest = [value for value in request.GET.getlist(name) if value != facet.value]
                chips.append(
                    {"text": facet.label, "remove_url": _link(request, page=None, **{name: rest or None})}
                )
    for name, sign in (("low", "≥"), ("high", "≤")):
        price = getattr(filters, name)
        if price is not None:
            chips.append(
                {"text": f"{sign} ¥{price}", "remove_url": _link(request, page=None, **{name: None})}
            )
    return chips


def _pages(request: Request, found: catalogue.Found) -> dict[str, str]:
    page = min(found.filters.page, found.pages)
    return {
        "previous": _link(request, page=page - 1) if page > 1 else "",
        "next": _link(request, page=page + 1) if page < found.pages else "",
        "shown": f"{page} / {found.pages}",
    }
