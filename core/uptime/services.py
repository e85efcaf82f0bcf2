"""Let the heart beat, and write down what it finds.

Nobody can enter, change or end an outage: it follows from the beats. What the platform says of itself is set beside what
keepers signed meanwhile: a silence within which a keeper cosigned the log is disputed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from core import clock
from core.audit.services import record
from core.ledger import selectors as ledger_reads
from core.ledger import services as ledger
from core.uptime.models import Outage, Span
from core.uptime.rules import PATIENCE, Beat, Found, Part, goes_on, read
from core.uptime.selectors import OutageFacts, facts_of, newest_span, since_of


@transaction.atomic
def beat(
    away: Collection[str] = (), *, at: datetime | None = None, host_at: datetime | None = None
) -> list[OutageFacts]:
    """Note one heartbeat and what it found away, and give the outages that it ended or found to go on.

    `at` and `host_at` are the platform's clock and the host's; by default both are read now.
    """
    at = at or clock.stamp()
    said = Beat(at, host_at or at - clock.offset(), frozenset(away))
    row = Span.objects.select_for_update().order_by("-pk").first()
    since = since_of(row)
    found = [_write(one) for one in read(since, said)]
    if row is not None and goes_on(since, said):
        row.last_at, row.last_host_at = said.at, said.host_at
        row.away = sorted({*row.away, *said.away})
        row.save(update_fields=["last_at", "last_host_at", "away"])
    else:
        Span.objects.create(
            began_at=said.at,
            began_host_at=said.host_at,
            last_at=said.at,
            last_host_at=said.host_at,
            away=sorted(said.away),
        )
    return [facts_of(one) for one in found]


def catch_up() -> list[OutageFacts]:
    """Beat now if the heart stood still until now: whoever is about to act on a deadline asks this first.

    Where the heart has never beaten nothing is measured.
    """
    row = newest_span()
    at = clock.stamp()
    if row is None or min(at - row.last_at, at - clock.offset() - row.last_host_at) <= PATIENCE:
        return []
    return beat(row.away, at=at)


def _write(found: Found) -> Outage:
    row = Outage.objects.filter(began_at=found.began_at).first()
    if row is None:
        row = Outage(began_at=found.began_at, seconds=0, parts=[])
    new = row._state.adding
    if row.entry_index is not None:
        return row
    row.ended_at, row.seconds, row.parts = found.ended_at, found.seconds, list(found.parts)
    if found.ended_at is not None:
        row.witnessed = _witnessed(found)
        row.entry_index = ledger.append(
            {
                "type": "mingcai/v1/outage",
                "log_origin": settings.LEDGER_ORIGIN,
                "outage": str(row.pk),
                "began_at": _said(found.began_at),
                "ended_at": _said(found.ended_at),
                "seconds": found.seconds,
                "parts": list(found.parts),
                "witnessed": row.witnessed,
            }
        )
    row.save()
    if new or found.ended_at is not None:
        record(
            actor="clock",
            verb="end-outage" if found.ended_at is not None else "find-outage",
            subject=f"outage.{row.pk}",
            rule="X-10.outage_min",
            began_at=_said(found.began_at),
            seconds=found.seconds,
            parts=list(found.parts),
        )
    return row


def _witnessed(found: Found) -> dict[str, Any]:
    """Give the newest cosigned checkpoint before, and of a silence also any that keepers signed within it."""
    ended = found.ended_at or found.began_at
    before, within = ledger_reads.cosigned_between(found.began_at + PATIENCE, ended - PATIENCE)
    said: dict[str, Any] = {"before": before} if before else {}
    if Part.PLATFORM in found.parts and within:
        said["within"] = within
    return said


def _said(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
