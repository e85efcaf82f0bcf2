"""Who may see what of bids and openings."""

from __future__ import annotations

import uuid

from bidding.models import Bid, OpenedFile
from core.errors import NotFound
from parties.access import Actor
from parties.states import Kind
from tendering import access as tenders
from tendering import selectors
from tendering.facts import TenderFacts
from tendering.states import TenderStatus

PUBLISHED = frozenset(TenderStatus) - {TenderStatus.DRAFT}


def opening_to_view(actor: Actor, tender_id: uuid.UUID) -> TenderFacts:
    """The tender whose opening hall is shown: public from its publication on. Raises NotFound."""
    tender = selectors.tender_facts(tender_id)
    if tender.status not in PUBLISHED or tender.published_at is None:
        raise NotFound()
    return tender


def stream_to_view(actor: Actor, key: str) -> None:
    """Let anybody follow an opening hall; its events carry nothing before the close."""
    try:
        tender_id = uuid.UUID(key)
    except ValueError:
        raise NotFound() from None
    opening_to_view(actor, tender_id)


def bid_to_prepare(actor: Actor, tender_id: uuid.UUID) -> TenderFacts:
    """The tender, if the actor's desk may bid for it."""
    return tenders.tender_to_bid(actor, tender_id)


def opened_file_to_read(actor: Actor, file_id: uuid.UUID) -> OpenedFile:
    """An attachment of an opened bid: for its bidder, and for those who run the tender. Raises NotFound.

    Evaluators reach it through their room (`evaluation.access`), which asks whether they sit on the panel.
    """
    actor.require_user()
    file = OpenedFile.objects.select_related("bid__bid").filter(pk=file_id).first()
    if file is None:
        raise NotFound()
    bid: Bid = file.bid.bid
    tender = selectors.tender_facts(bid.tender_id)
    mine = actor.acts_as(Kind.SUPPLIER) and actor.org_id == bid.supplier_id
    theirs = (actor.acts_as(Kind.PURCHASER) or actor.acts_as(Kind.AGENCY)) and actor.org_id in {
        tender.purchaser_id,
        tender.agency_id,
    }
    if not (mine or theirs):
        raise NotFound()
    return file
