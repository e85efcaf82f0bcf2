"""Who may see what of bids and openings."""

from __future__ import annotations

import uuid

from bidding import attending
from bidding.models import Bid, OpenedFile
from bidding.selectors import AFTER_CLOSE
from core.errors import NotFound
from parties.access import Actor
from parties.states import Kind
from tendering import access as tenders
from tendering import selectors
from tendering.facts import TenderFacts
from tendering.states import TenderStatus

PUBLISHED = frozenset(TenderStatus) - {TenderStatus.DRAFT}


def opening_to_view(actor: Actor, tender_id: uuid.UUID) -> TenderFacts:
    """The tender whose opening hall is shown: public from its publication on. Raises NotFound, KeptOut (of the panel).

    Where rounds are held, what is opened is for those who run the tender and its supervisor: nobody who takes part may
    learn who else does, what they offer, or how many they are.   Source: 《政府采购法》第三十八条第四项.
    """
    tender = _published(tender_id)
    if tender.rounds and not (runs(actor, tender) or actor.oversees(tender.region)):
        raise NotFound()
    attending.check(actor.user_id, tender_id)
    return tender


def _published(tender_id: uuid.UUID) -> TenderFacts:
    tender = selectors.tender_facts(tender_id)
    if tender.status not in PUBLISHED or tender.published_at is None or tender.bids_due_at is None:
        raise NotFound()
    return tender


def bidding_to_watch(actor: Actor, tender_id: uuid.UUID) -> TenderFacts:
    """A published tender, for who may bring a keeper's stamp: anybody. Raises NotFound."""
    return _published(tender_id)


def stream_to_view(actor: Actor, key: str) -> None:
    """Let anybody follow an opening hall; its events carry nothing before the close."""
    try:
        tender_id = uuid.UUID(key)
    except ValueError:
        raise NotFound() from None
    opening_to_view(actor, tender_id)


def opening_to_host(actor: Actor, tender_id: uuid.UUID) -> TenderFacts:
    """The published tender, for the desk that runs it: purchaser or agency. Raises NotFound."""
    tender = tenders.tender_to_manage(actor, tender_id)
    if tender.status not in PUBLISHED or tender.published_at is None:
        raise NotFound()
    return tender


def opening_to_resolve(actor: Actor, tender_id: uuid.UUID) -> TenderFacts:
    """The published tender, for its region's supervisor: no operator and no desk that takes part. Raises NotFound."""
    actor.require_user()
    tender = opening_to_view(actor, tender_id)
    if not actor.oversees(tender.region) or actor.org_id in {tender.purchaser_id, tender.agency_id}:
        raise NotFound()
    return tender


def opening_to_follow(actor: Actor, tender_id: uuid.UUID) -> TenderFacts:
    """The published tender, for those who run it and its region's supervisor. Raises NotFound."""
    tender = tenders.tender_to_view(actor, tender_id)
    if tender.status not in PUBLISHED or tender.published_at is None:
        raise NotFound()
    return tender


def line_to_read(actor: Actor, bid_id: uuid.UUID) -> tuple[Bid, TenderFacts, bool, bool]:
    """A line of an opening after the close, whether it is the actor's own, and whether the actor runs the tender.

    For its bidder, for those who run the tender, and for its region's supervisor. Raises NotFound.
    """
    actor.require_user()
    bid = Bid.objects.filter(pk=bid_id, status__in=AFTER_CLOSE).first()
    if bid is None:
        raise NotFound()
    tender = _published(bid.tender_id)
    own = actor.acts_as(Kind.SUPPLIER) and actor.org_id == bid.supplier_id
    hosts = runs(actor, tender)
    if not (own or hosts or actor.oversees(tender.region)):
        raise NotFound()
    return bid, tender, own, hosts


def runs(actor: Actor, tender: TenderFacts) -> bool:
    """Tell whether the actor's desk runs this tender: its purchaser, or the agency it entrusted."""
    return (actor.acts_as(Kind.PURCHASER) and actor.org_id == tender.purchaser_id) or (
        actor.acts_as(Kind.AGENCY) and actor.org_id is not None and actor.org_id == tender.agency_id
    )


def own_line(actor: Actor, bid_id: uuid.UUID) -> Bid:
    """An effective bid of the actor's own desk. Raises NotFound."""
    supplier_id = actor.require_kind(Kind.SUPPLIER)
    bid = Bid.objects.filter(pk=bid_id, supplier_id=supplier_id, status__in=AFTER_CLOSE).first()
    if bid is None:
        raise NotFound()
    return bid


def line_to_answer(actor: Actor, bid_id: uuid.UUID) -> Bid:
    """An effective bid of a tender that the actor's desk runs. Raises NotFound."""
    actor.require_user()
    bid = Bid.objects.filter(pk=bid_id, status__in=AFTER_CLOSE).first()
    if bid is None:
        raise NotFound()
    opening_to_host(actor, bid.tender_id)
    return bid


def bid_to_prepare(actor: Actor, tender_id: uuid.UUID) -> TenderFacts:
    """The tender, if the actor's desk may bid for it."""
    return tenders.tender_to_bid(actor, tender_id)


def opened_file_to_read(actor: Actor, file_id: uuid.UUID) -> OpenedFile:
    """An attachment of an opened bid: for its bidder, and for those who run the tender. Raises NotFound.

    Evaluators reach it through their room (`evaluation.access`), which asks whether they sit on the panel; where they judge
    by codes, also those who work at the host's desk.
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
    if not (mine or theirs) or (theirs and attending.is_veiled(actor.require_user(), tender.id)):
        raise NotFound()
    return file
