"""The log of who fetched the documents (采购文件获取记录): free for everybody, kept for suppliers who are signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from core import clock
from parties.access import Actor
from parties.states import Kind
from tendering.facts import TenderFacts
from tendering.models_downloads import Download


def note(*, actor: Actor, document_id: UUID) -> None:
    """Note that a supplier fetches a published document; nothing is asked of whoever is not signed in."""
    if actor.org_id is None or not actor.acts_as(Kind.SUPPLIER):
        return
    now = clock.now()
    mine = Download.objects.filter(document_id=document_id, organisation_id=actor.org_id)
    if mine.update(times=F("times") + 1, last_at=now):
        return
    try:
        with transaction.atomic():
            Download.objects.create(
                document_id=document_id, organisation_id=actor.org_id, first_at=now, last_at=now
            )
    except IntegrityError:  # fetched twice at once: the other one was noted first
        mine.update(times=F("times") + 1, last_at=now)


def of(tender: TenderFacts, now: datetime) -> list[dict[str, Any]] | None:
    """Give who fetched which document, oldest first; None before the deadline for bids, when nobody is told.

    Source: 《招标投标法》第二十二条.
    """
    if tender.bids_due_at is None or now < tender.bids_due_at:
        return None
    rows = Download.objects.filter(document__tender_id=tender.id).select_related("organisation", "document")
    return [
        {
            "name": row.organisation.name,
            "document": row.document.name,
            "first_at": row.first_at,
            "times": row.times,
        }
        for row in rows.order_by("first_at")
    ]
