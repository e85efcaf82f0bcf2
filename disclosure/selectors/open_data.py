"""Reads of releases and records, as they are served."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from core.errors import NotFound
from disclosure.models import Counter, Record, Release
from disclosure.ocds.merge import versioned
from disclosure.ocds.text import dumps, loads


def last_number() -> int:
    """Give the number of the newest publication, 0 before the first."""
    return Counter.objects.filter(name="public").values_list("last", flat=True).first() or 0


def releases(*, after: int, since: datetime | None, limit: int) -> tuple[list[Release], bool]:
    """Give releases with a number above `after` and published from `since` on, in order, and whether there are more.

    A publisher holds the counter until its commit, so whoever has seen a number has seen all before it.
    """
    rows = Release.objects.filter(seq__gt=after)
    if since is not None:
        rows = rows.filter(published_at__gte=since)
    found = list(rows.order_by("seq")[: limit + 1])
    return found[:limit], len(found) > limit


def release(release_id: str) -> Release:
    """Give one release by its id, or raise NotFound."""
    row = Release.objects.filter(release_id=release_id).first()
    if row is None:
        raise NotFound()
    return row


def record(ocid: str) -> tuple[Record, list[Release]]:
    """Give a process's record and its releases in order, or raise NotFound."""
    row = Record.objects.filter(pk=ocid).first()
    if row is None:
        raise NotFound()
    return row, list(Release.objects.filter(ocid=ocid).order_by("seq"))


def record_body(row: Record, rows: list[Release]) -> str:
    """Write a record with its releases, compiled release and versioned release."""
    bodies = ",".join(release.body for release in rows)
    history = dumps(versioned(loads(release.body) for release in rows))
    return (
        f'{{"ocid":{dumps(row.ocid)},"releases":[{bodies}],'
        f'"compiledRelease":{row.compiled},"versionedRelease":{history}}}'
    )


def compiled_of(ocid: str) -> dict[str, Any] | None:
    """Give the compiled release of a process, None if it has none."""
    text = Record.objects.filter(pk=ocid).values_list("compiled", flat=True).first()
    return loads(text) if text else None


def all_compiled(chunk: int = 500) -> Iterator[tuple[str, str, datetime]]:
    """Give (ocid, compiled release, date of the first release) of every process, by ocid, a chunk at a time."""
    last = ""
    while True:
        rows = list(
            Record.objects.filter(pk__gt=last)
            .order_by("pk")
            .values_list("ocid", "compiled", "first_at")[:chunk]
        )
        yield from rows
        if len(rows) < chunk:
            return
        last = rows[-1][0]
