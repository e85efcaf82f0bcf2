"""Final quotes after rounds: who is asked for one, and who may still give one.

A final quote is the price envelope of its tender with a sealing policy, a deadline and a close list of its own, which begin
when the team calls for it. From then on it is sealed, replaced, withdrawn, closed and opened like any price envelope.
Source: 财政部令第74号第三十三条, 第三十四条; 财库〔2014〕214号第二十一条, 第二十二条.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from bidding.models import Bid
from bidding.states import BidStatus
from core import clock
from core.audit.services import record as record_act
from core.errors import NotFound, WrongState, gettext_noop
from parties.access import Actor
from parties.services import inbox
from parties.states import Kind
from tendering import services as tendering
from tendering.facts import TenderFacts


@transaction.atomic
def call(
    *, actor: Actor, tender_id: uuid.UUID, due_at: datetime, asked: Mapping[str, Collection[uuid.UUID]]
) -> TenderFacts:
    """Ask the suppliers of `asked` (by lot) for final quotes before `due_at`, all in the same instant.

    Raises WrongState, NotFound, Held, Invalid.
    """
    tender = tendering.call_finals(tender_id=tender_id, actor=actor, due_at=due_at)
    now = clock.now()
    places = Q(pk__in=[])
    for lot, suppliers in asked.items():
        places |= Q(lot=lot, supplier_id__in=suppliers)
    rows = Bid.objects.filter(places, tender_id=tender_id, envelope="technical", status=BidStatus.OPENED)
    rows.update(finals_asked_at=now)
    for supplier_id in sorted({one for suppliers in asked.values() for one in suppliers}, key=str):
        inbox.assign(
            key=f"tender.{tender_id}.finals.{supplier_id}",
            org_id=supplier_id,
            kind=Kind.SUPPLIER,
            title=gettext_noop("Give your final quote for “%(tender)s”"),
            why=gettext_noop(
                "The talks are over. The quote is sealed in your browser and opened with the others."
            ),
            url=f"/tenders/{tender_id}/bid/",
            due_at=due_at,
            rule="N-04",
            tender=tender.title,
        )
    return tender


@transaction.atomic
def leave(*, actor: Actor, tender_id: uuid.UUID, supplier_id: uuid.UUID) -> None:
    """Let a supplier leave before its final quote: it can give none any more.

    Raises WrongState where it has submitted one, which it may withdraw instead.
    """
    sent = Bid.objects.filter(
        tender_id=tender_id, supplier_id=supplier_id, envelope="price", status=BidStatus.SUBMITTED
    )
    if sent.exists():
        raise WrongState(gettext_noop("You have submitted a final quote. Withdraw it first."), rule="N-04")
    rows = Bid.objects.filter(tender_id=tender_id, supplier_id=supplier_id, finals_asked_at__isnull=False)
    rows.update(finals_asked_at=None)
    inbox.finish(f"tender.{tender_id}.finals.{supplier_id}")
    record_act(actor=actor.label, verb="leave_finals", subject=f"tender.{tender_id}", rule="N-04")


def asked_lots(tender_id: uuid.UUID, supplier_id: uuid.UUID) -> set[str]:
    """Give the lots for which a supplier is asked for a final quote; none before the call."""
    rows = Bid.objects.filter(tender_id=tender_id, supplier_id=supplier_id, finals_asked_at__isnull=False)
    return set(rows.values_list("lot", flat=True))


def must_be_asked(tender: TenderFacts, lot: str, envelope: str, supplier_id: uuid.UUID) -> None:
    """Raise NotFound where this envelope is a final quote that the supplier is not asked for."""
    if tender.rounds and envelope == "price" and lot not in asked_lots(tender.id, supplier_id):
        raise NotFound()


def over(tender_id: uuid.UUID) -> None:
    """Take back what suppliers were asked: no final quote can be given any more."""
    inbox.finish_all(f"tender.{tender_id}.finals.")


def closed(tender: TenderFacts) -> None:
    """Put what follows before whoever runs the tender, once the final quotes are closed."""
    over(tender.id)
    inbox.assign(
        key=f"tender.{tender.id}.finals",
        org_id=tender.host_id,
        kind=tender.host_kind,
        title=gettext_noop("Go on with the evaluation of “%(tender)s”: the final quotes are closed"),
        why=gettext_noop("They stay sealed until the team has said which responses meet the document."),
        url=f"/tenders/{tender.id}/panel/",
        rule="N-04",
        tender=tender.title,
    )
