"""Enact a change: append it to the table and to the transparency log."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from core import clock
from core.canonical import digest
from core.enacted.models import Enactment
from core.enacted.selectors import last_digest
from core.ledger import services as ledger


@transaction.atomic
def enact(
    *, kind: str, jurisdiction: str, effective_from: date, content: dict[str, Any], change_id: UUID
) -> Enactment:
    """Append one change, in the caller's transaction and after all its other locks; it has been checked and approved.

    Appending to the log is serialised, and with it the chain of digests. The caller records the act.
    """
    body = {
        "type": "mingcai/v1/law-change",
        "log_origin": settings.LEDGER_ORIGIN,
        "change": str(change_id),
        "kind": kind,
        "jurisdiction": jurisdiction,
        "effective_from": effective_from.isoformat(),
        "content": content,
        "previous": last_digest() or None,
    }
    last = Enactment.objects.order_by("-number").values_list("number", flat=True).first()
    return Enactment.objects.create(
        number=(last or 0) + 1,
        kind=kind,
        jurisdiction=jurisdiction,
        effective_from=effective_from,
        content=content,
        change_id=change_id,
        published_at=clock.now(),
        digest=digest(body).hex(),
        log_index=ledger.append(body),
    )
