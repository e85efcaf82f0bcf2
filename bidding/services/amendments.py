"""A bidder marks an amendment as read; what it touches is no longer marked on the task list."""

from __future__ import annotations

import uuid

from django.db import transaction

from bidding.models import SeenAmendment
from core.audit.services import record as record_act
from core.errors import NotFound
from parties.access import Actor
from tendering import access as tenders


@transaction.atomic
def see(*, actor: Actor, tender_id: uuid.UUID, number: int) -> None:
    """Record that the actor's organisation has read amendment `number`; once. Raises NotFound and as `tender_to_bid`."""
    tender = tenders.tender_to_bid(actor, tender_id)
    if all(row.no != number for row in tender.amendments):
        raise NotFound()
    supplier_id = actor.require_kind("supplier")
    _, made = SeenAmendment.objects.get_or_create(
        tender_id=tender.id, supplier_id=supplier_id, no=number, defaults={"actor": actor.label}
    )
    if made:
        record_act(
            actor=actor.label,
            verb="see-amendment",
            subject=tender.source,
            rule="sealing.R6",
            amendment=number,
        )
