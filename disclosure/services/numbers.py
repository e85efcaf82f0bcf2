"""The number and the place in time of a publication."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from core import clock
from core.timers.services import schedule
from disclosure.models import Counter

BULK_AFTER = timedelta(seconds=20)
"""How long after a publication the bulk files are made again; the promise is sixty seconds."""
BULK_LOST = timedelta(seconds=120)


def next_number() -> int:
    """Give the number of this publication and hold the counter until the caller's commit.

    Whoever sees number n has seen all before it: a second publisher waits here for the first one's
    commit. Has the bulk files made again soon, unless that is to happen already.
    """
    table = Counter._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (name, last, bulk_due) VALUES ('public', 1, 0) "  # noqa: S608 - our own table
            f"ON CONFLICT (name) DO UPDATE SET last = {table}.last + 1 RETURNING last, bulk_due"
        )
        number, due = cursor.fetchone()
    now = clock.now()
    if abs(now.timestamp() - due) > BULK_LOST.total_seconds():
        soon = now + BULK_AFTER
        Counter.objects.filter(name="public").update(bulk_due=int(soon.timestamp()))
        schedule(verb="disclosure.bulk", subject="public", due_at=soon)
    return int(number)


def position(instant: datetime, seq: int) -> int:
    """Give a row's place in time: milliseconds since 1970, then its number, so that no two are the same."""
    milliseconds = int(instant.timestamp()) * 1000 + instant.microsecond // 1000
    return milliseconds * 2**20 + seq % 2**20


def bulk_begins() -> None:
    """Note that the bulk files are being made: the next publication asks for them again."""
    Counter.objects.filter(name="public").update(bulk_due=0)
