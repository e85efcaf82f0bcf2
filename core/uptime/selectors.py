"""Reads of what the platform measured of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.uptime.models import Outage, Span
from core.uptime.rules import Beat, Since


@dataclass(frozen=True, slots=True)
class OutageFacts:
    """An outage as other packages see it. `ended_at` is None while it lasts; `seconds` is its measured length.

    `disputed`: a keeper has cosigned the log within it, so the platform was not silent as it says.
    """

    id: UUID
    began_at: datetime
    ended_at: datetime | None
    seconds: int
    parts: tuple[str, ...]
    disputed: bool
    entry_index: int | None


def facts_of(row: Outage) -> OutageFacts:
    """Give the facts of one row."""
    return OutageFacts(
        id=row.pk,
        began_at=row.began_at,
        ended_at=row.ended_at,
        seconds=row.seconds,
        parts=tuple(row.parts),
        disputed=bool(row.witnessed.get("within")),
        entry_index=row.entry_index,
    )


def newest_span() -> Span | None:
    """Give the span of the newest heartbeat; None where the heart has never beaten."""
    return Span.objects.order_by("-pk").first()


def since_of(row: Span | None) -> Since | None:
    """Give a span as the rules take it."""
    if row is None:
        return None
    away = frozenset(row.away)
    return Since(Beat(row.began_at, row.began_host_at, away), Beat(row.last_at, row.last_host_at, away))


def outages(since: datetime | None = None, limit: int = 100) -> list[Outage]:
    """Give the newest outages first: those that last, and those over since `since`."""
    rows = Outage.objects.all()
    if since is not None:
        rows = rows.filter(ended_at=None) | rows.filter(ended_at__gt=since)
    return list(rows.order_by("-began_at")[:limit])


def outage(outage_id: UUID) -> Outage | None:
    """Give one outage."""
    return Outage.objects.filter(pk=outage_id).first()
