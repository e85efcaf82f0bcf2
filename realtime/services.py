"""Write events; nudge whoever shows them."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.db.models import F

from core import clock
from realtime import hub
from realtime.models import Event, Stream


def push(stream: str, type: str, /, **data: Any) -> int:
    """Append an event to `stream` in the caller's transaction and give its sequence number.

    The stream's row is locked until the commit, so that numbers become visible in order and a reader that has seen
    `n` has seen all before it. After the commit the hub is told; a lost nudge costs one second.
    """
    with transaction.atomic():
        if not Stream.objects.filter(name=stream).update(last_seq=F("last_seq") + 1):
            Stream.objects.bulk_create([Stream(name=stream)], ignore_conflicts=True)
            Stream.objects.filter(name=stream).update(last_seq=F("last_seq") + 1)
        seq = Stream.objects.values_list("last_seq", flat=True).get(name=stream)
        Event.objects.create(stream=stream, seq=seq, type=type, at=clock.now(), data=data)
    transaction.on_commit(lambda: hub.nudge(stream), robust=True, using=connection.alias)
    return seq
