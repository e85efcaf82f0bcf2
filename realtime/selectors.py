"""Read events."""

from __future__ import annotations

from django.db.models import QuerySet

from realtime.models import Event, Stream


def events_after(stream: str, after: int, limit: int = 500) -> QuerySet[Event]:
    """Give at most `limit` events of `stream` with a number above `after`, in order."""
    return Event.objects.filter(stream=stream, seq__gt=after).order_by("seq")[:limit]


def newest(names: list[str]) -> dict[str, int]:
    """Give the newest number of each stream that has events."""
    return dict(Stream.objects.filter(name__in=names).values_list("name", "last_seq"))


def last_seq(stream: str) -> int:
    """Give the newest number of `stream`, 0 when it has none: what a page passes as `after`."""
    return Stream.objects.filter(name=stream).values_list("last_seq", flat=True).first() or 0
