"""Write events; nudge whoever shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from core import clock
from realtime import hub
from realtime.models import Event, Stream


def push(stream: str, type: str, /, **data: Any) -> int:
    """Append an event to `stream` in the caller's transaction and give its sequence number.

    The stream's row is locked until the commit, so that numbers become visible in order and a reader that has seen
    `n` has seen all before it. After the commit the hub is told; a lost nudge costs one second.
    """
    with transaction.atomic(savepoint=False):
        with connection.cursor() as cursor:
            cursor.execute(NEXT, [stream])
            seq = int(cursor.fetchone()[0])
        Event.objects.create(stream=stream, seq=seq, type=type, at=clock.now(), data=data)
        nudge = _Nudge(stream)
        if all(waiting[1] != nudge for waiting in connection.run_on_commit):
            transaction.on_commit(nudge, robust=True)
    return seq


# On PostgreSQL and SQLite alike; the row stays locked until the commit.
NEXT = f"""
INSERT INTO {Stream._meta.db_table} (name, last_seq) VALUES (%s, 1)
ON CONFLICT (name) DO UPDATE SET last_seq = {Stream._meta.db_table}.last_seq + 1
RETURNING last_seq
"""  # noqa: S608 - the name of our own table


@dataclass(frozen=True, slots=True)
class _Nudge:
    """Tells the hub about a stream, once for all events of one transaction."""

    stream: str

    def __call__(self) -> None:
        hub.nudge(self.stream)
