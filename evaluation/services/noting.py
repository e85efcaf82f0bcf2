"""A member's private notes and marks: kept for one person, in nobody's log but as the fact that one was kept."""

from __future__ import annotations

import uuid

from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, gettext_noop
from evaluation.models import Note
from evaluation.selectors import readable_bids
from evaluation.services.panels import seat_of
from evaluation.states import MemberStatus
from parties.access import Actor

LONGEST = 4000
MOST_PAGE = 100_000


@transaction.atomic
def keep(
    *,
    actor: Actor,
    panel_id: uuid.UUID,
    bid_id: uuid.UUID,
    file_id: uuid.UUID | None,
    page: int,
    text: str,
    marked: bool,
) -> Note | None:
    """Keep the actor's own note on a page, or on a bid as a whole; without words and mark it is dropped (None).

    The audit says that a note was kept, never what it says. Raises NotFound (no member who has declared, no such bid or
    file), Invalid (too long; nothing is lost).
    """
    panel, member = seat_of(actor, panel_id, pausing=False)
    bid = next((row for row in readable_bids(panel.tender_id) if row.bid_id == bid_id), None)
    if member.status != MemberStatus.DECLARED or bid is None:
        raise NotFound()
    if file_id is not None and all(file.id != file_id for file in bid.files):
        raise NotFound()
    if (file_id is None) != (page == 0) or not 0 <= page <= MOST_PAGE:
        raise NotFound()
    text = text.strip()
    if len(text) > LONGEST:
        raise Invalid(
            errors={"text": gettext_noop("A note has at most %(longest)s characters.")}, longest=LONGEST
        )
    place = Note.objects.filter(member=member, bid_id=bid_id, file_id=file_id, page=page)
    record(actor=actor.label, verb="note", subject=f"room.{panel.pk}", bid=str(bid_id))
    if not text and not marked:
        place.delete()
        return None
    if not place.update(text=text, marked=marked, at=clock.now()):
        return Note.objects.create(
            member=member, bid_id=bid_id, file_id=file_id, page=page, text=text, marked=marked
        )
    return place.get()
