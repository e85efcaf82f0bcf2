"""What the home page tells: today in figures, regions, volume by month, prices to watch, the log."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.db.models.functions import Substr, TruncMonth

from core import clock, regions
from core.clock import BEIJING
from core.ledger import selectors as ledger
from disclosure.models import Notice, Transaction, TransactionItem
from disclosure.selectors.notices import HEAVY, place_of
from disclosure.selectors.open_data import last_number
from disclosure.selectors.transactions import prices
from disclosure.states import NoticeType

MONTHS, REGION_DAYS, WATCH_DAYS, WATCHED = 12, 90, 90, 6
CLOSING = (
    NoticeType.TENDER_NOTICE,
    NoticeType.PREQUALIFICATION,
    NoticeType.FRAMEWORK_CALL,
    NoticeType.MALL_CALL,
    NoticeType.AMENDMENT,
)


@dataclass(frozen=True)
class Today:
    """Figures of this day in Beijing."""

    closing: int
    opened: int
    awarded: int
    orders: int
    day: str
    tomorrow: str


@dataclass(frozen=True)
class LogHead:
    """The newest signed head of the transparency log and who cosigned it."""

    size: int
    root: str
    at: datetime
    note: str
    witnesses: list[str] = field(default_factory=list)


def today(now: datetime) -> Today:
    """Count what closes, opened and was awarded today, and orders of the last hour, in two queries."""
    start = now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    end = start + timedelta(days=1)
    published = Q(position__gte=place_of(start), position__lt=place_of(end))
    due = Q(due_at__gte=start, due_at__lt=end)
    closing = Q(due, ~Exists(Notice.objects.filter(corrects=OuterRef("pk"))), type__in=CLOSING)
    counts = Notice.objects.filter(published | due, external={}).aggregate(
        closing=Count("pk", filter=closing),
        opened=Count("pk", filter=published & Q(type=NoticeType.OPENING_RECORD)),
        awarded=Count("pk", filter=published & Q(type=NoticeType.AWARD)),
    )
    orders = Transaction.objects.filter(published_at__gte=now - timedelta(hours=1)).count()
    return Today(**counts, orders=orders, day=f"{start:%Y-%m-%d}", tomorrow=f"{end:%Y-%m-%d}")


def newest(limit: int = 8) -> list[Notice]:
    """Give the newest notices."""
    return list(Notice.objects.order_by("-position").defer(*HEAVY)[:limit])


def picture() -> dict[str, Any]:
    """Give what changes only with a publication or the hour: regions, volume by month, prices to watch.

    Kept in the cache under the number of the newest publication, so that it is never older than that.
    """
    now = clock.now()
    key = f"disclosure.picture.{last_number()}.{now:%Y%m%d%H}"
    said: dict[str, Any] | None = cache.get(key)
    if said is None:
        said = {"regions": _regions(now), "months": _months(now), "watch": _watch(now)}
        cache.set(key, said, 3600)
    return said


def _regions(now: datetime) -> list[dict[str, Any]]:
    since = place_of(now - timedelta(days=REGION_DAYS))
    rows = (
        Notice.objects.filter(position__gte=since)
        .annotate(province=Substr("region", 1, 2))
        .values("province")
        .annotate(n=Count("pk"))
        .order_by("-n", "province")
    )
    counts = {row["province"]: row["n"] for row in rows}
    return [
        {"code": region.code, "name": region.name, "n": counts.get(region.code[:2], 0)}
        for region in regions.provinces()
    ]


def _months(now: datetime) -> list[dict[str, Any]]:
    """Give awards and orders in yuan for each of the last twelve months, this one last."""
    here = now.astimezone(BEIJING).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    first = here
    for _ in range(MONTHS - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    awards = (
        Notice.objects.filter(
            position__gte=place_of(first), type=NoticeType.AWARD, external={}, corrects=None
        )
        .annotate(month=TruncMonth("published_at", tzinfo=BEIJING))
        .values_list("month")
        .annotate(total=Sum("amount"))
        .order_by("month")
    )
    orders = (
        Transaction.objects.filter(position__gte=place_of(first))
        .annotate(month=TruncMonth("published_at", tzinfo=BEIJING))
        .values_list("month")
        .annotate(total=Sum("amount"))
        .order_by("month")
    )
    awarded = {f"{month:%Y-%m}": total or 0 for month, total in awards}
    ordered = {f"{month:%Y-%m}": total or 0 for month, total in orders}
    rows, month = [], first
    while month <= here:
        name = f"{month:%Y-%m}"
        rows.append({"label": name, "values": [awarded.get(name, 0), ordered.get(name, 0)]})
        month = (month + timedelta(days=32)).replace(day=1)
    return rows


def _watch(now: datetime) -> list[dict[str, Any]]:
    """Give the products bought most often lately, with the course of their unit price."""
    rows = list(
        TransactionItem.objects.filter(position__gte=place_of(now - timedelta(days=WATCH_DAYS)))
        .values("product", "name", "category")
        .annotate(n=Count("pk"))
        .order_by("-n", "product")[:WATCHED]
    )
    known = prices(row["product"] for row in rows)
    return [{**row, "prices": known.get(row["product"], [])} for row in rows]


def log_head() -> LogHead | None:
    """Give the newest checkpoint of the transparency log, None before the first, in two queries."""
    checkpoint = ledger.newest_checkpoint()
    if checkpoint is None:
        return None
    witnesses = list(checkpoint.cosignatures.order_by("witness").values_list("witness", flat=True))
    return LogHead(
        size=checkpoint.size,
        root=bytes(checkpoint.root).hex(),
        at=checkpoint.at,
        note=checkpoint.note,
        witnesses=witnesses,
    )
