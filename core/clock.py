"""The one clock. Instants are aware and in UTC; civil time is Beijing's, which has no summer time.

With `TEST_CLOCK=1` (refused by `check --deploy`) the seconds in the file `CLOCK_OFFSET_FILE` are added, so that
running servers can be moved in time by whoever may write that file.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")

_cached: tuple[float, float] = (-1.0, 0.0)


def offset() -> timedelta:
    """Give what is added to the host's clock: zero unless this is a test clock."""
    global _cached
    if os.environ.get("TEST_CLOCK") != "1":
        return timedelta(0)
    name = os.environ.get("CLOCK_OFFSET_FILE", "")
    if not name:
        return timedelta(0)
    path = Path(name)
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        return timedelta(0)
    if changed != _cached[0]:
        _cached = (changed, float(path.read_text().strip() or "0"))
    return timedelta(seconds=_cached[1])


def now() -> datetime:
    """Give the present instant. A verb takes it once, at its top, and uses that."""
    return datetime.now(UTC) + offset()  # noqa: TID251


def stamp() -> datetime:
    """Give the instant that tickets and closing use: the database's clock on PostgreSQL, else the host's.

    One clock for all web processes: a web server whose clock is wrong can neither let a late bid in nor keep one out.
    """
    from django.db import connection

    if connection.vendor != "postgresql":
        return now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return of_database(cursor.fetchone()[0])


def of_database(instant: datetime) -> datetime:
    """Give the instant that the database's clock shows, where a statement has read it along with something else."""
    return instant.astimezone(UTC) + offset()
