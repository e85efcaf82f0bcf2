"""Reads of transaction records."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Sum, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from core import regions
from core.errors import NotFound
from core.money import Yuan
from disclosure import search
from disclosure.models import Transaction, TransactionItem
from disclosure.ocds import PARTY_SCHEME, instant
from disclosure.search import product_key
from disclosure.selectors.filters import TransactionFilters, cursor_text
from disclosure.selectors.notices import place_of, public_party

MOST_POINTS = 24
"""Points of a sparkline: the newest prices of a product."""


def matching(filters: TransactionFilters) -> QuerySet[Transaction]:
    """Give the records that match, newest first."""
    names = {"purchaser": filters.purchaser, "supplier": filters.supplier}
    codes = {role: text.removeprefix(f"{PARTY_SCHEME}-") for role, text in names.items() if _is_code(text)}
    words = [filters.q, *(text for role, text in names.items() if text and role not in codes)]
    rows = search.find(Transaction.objects.all(), " ".join(words))
    for role, code in codes.items():
        rows = rows.filter(**{f"{role}_code": code})
    for role, text in names.items():
        if text and role not in codes:
            rows = rows.filter(**{f"{role}_name__contains": text})
    if filters.region:
        prefix = regions.stem(filters.region)
        rows = rows.filter(region=prefix) if len(prefix) == 6 else rows.filter(region__startswith=prefix)
    for name in ("mode", "market"):
        if getattr(filters, name):
            rows = rows.filter(**{name: getattr(filters, name)})
    if filters.min_amount is not None:
        rows = rows.filter(amount__gte=filters.min_amount.amount)
    if filters.max_amount is not None:
        rows = rows.filter(amount__lte=filters.max_amount.amount)
    if filters.since is not None:
        rows = rows.filter(position__gte=place_of(filters.since))
    if filters.until is not None:
        rows = rows.filter(position__lt=place_of(filters.until))
    if filters.agreement:
        rows = rows.filter(framework_ocid=filters.agreement)
    if filters.category:
        line = TransactionItem.objects.filter(
            transaction=OuterRef("pk"), category__startswith=filters.category
        )
        rows = rows.filter(Exists(line))
    return rows.defer("search_text")


def sold_under(framework_ocid: str) -> dict[str, tuple[int, Yuan]]:
    """Give how many deals each supplier made under a framework agreement, and their total, by credit code."""
    rows = Transaction.objects.filter(framework_ocid=framework_ocid).order_by().values("supplier_code")
    return {
        row["supplier_code"]: (row["times"], Yuan(row["total"]))
        for row in rows.annotate(times=Count("pk"), total=Sum("amount"))
    }


def _is_code(text: str) -> bool:
    bare = text.removeprefix(f"{PARTY_SCHEME}-")
    return len(bare) == 18 and bare.isascii() and bare.isalnum()


def page(filters: TransactionFilters) -> tuple[list[Transaction], str | None]:
    """Give one page of the records that match, and the cursor of the next page, None at the end."""
    rows = matching(filters)
    if filters.cursor is not None:
        rows = rows.filter(position__lt=filters.cursor)
    found = list(rows[: filters.limit + 1])
    more = len(found) > filters.limit
    found = found[: filters.limit]
    return found, cursor_text(found[-1].position) if more else None


def transaction(id: uuid.UUID) -> Transaction:
    """Give one record, or raise NotFound."""
    row = Transaction.objects.filter(pk=id).first()
    if row is None:
        raise NotFound()
    return row


def of_process(ocid: str) -> Transaction | None:
    """Give the record whose process this is, if it is an order's."""
    return Transaction.objects.filter(ocid=ocid).first()


def orders_under(ocid: str, limit: int = 8) -> list[Transaction]:
    """Give the newest orders under a framework agreement."""
    return list(
        Transaction.objects.filter(framework_ocid=ocid).order_by("-position").defer("search_text")[:limit]
    )


def prices(products: Iterable[str]) -> dict[str, list[Decimal]]:
    """Give the newest unit prices of each product, at most 24, oldest first, in one query."""
    newest = Window(RowNumber(), partition_by=F("product"), order_by=[F("ordered_at").desc(), F("pk").desc()])
    rows = (
        TransactionItem.objects.filter(product__in=set(products))
        .annotate(place=newest)
        .filter(place__lte=MOST_POINTS)
        .order_by("ordered_at", "pk")
        .values_list("product", "unit_price")
    )
    found: defaultdict[str, list[Decimal]] = defaultdict(list)
    for product, price in rows:
        found[product].append(price.normalize())
    return dict(found)


def with_prices(rows: list[Transaction]) -> list[dict[str, Any]]:
    """Give rows for the table: each record, its lines, and each line's course of prices."""
    keys = {row.pk: [product_key(item) for item in row.items] for row in rows}
    known = prices(key for own in keys.values() for key in own)
    return [
        {
            "record": row,
            "lines": [
                {**item, "prices": known.get(key, [])}
                for item, key in zip(row.items, keys[row.pk], strict=True)
            ],
        }
        for row in rows
    ]


def public(row: Transaction) -> dict[str, Any]:
    """Give a record as the API shows it."""
    return {
        "id": str(row.pk),
        "ocid": row.ocid,
        "order_no": row.order_no,
        "mode": row.mode,
        "market": row.market,
        "region": row.region,
        "purchaser": public_party(row.purchaser),
        "supplier": public_party(row.supplier),
        "amount": str(Yuan(row.amount)),
        "items": row.items,
        "agreement": row.agreement or None,
        "framework_ocid": row.framework_ocid or None,
        "ordered_at": instant(row.ordered_at),
        "published_at": instant(row.published_at),
        "hash": row.hash,
        "url": f"{settings.PUBLIC_URL}{reverse('portal:transaction', args=[row.pk])}",
    }
