"""What a bidder says of an amendment: read it, or stand by the submitted bid with a signature (R6).

Silence about a material amendment is decided by what the notice says; the close list says so for every bid.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.urls import reverse

from bidding.facts import Outcome
from bidding.models import Bid, SeenAmendment, Ticket
from bidding.sealing.errors import Malformed
from bidding.sealing.objects import Acknowledgement
from bidding.services.preparing import own, refuse
from bidding.services.submitting import WHY, NotAccepted, arrive, read_signed
from bidding.states import BID_STEPS, BidStatus
from core.audit.services import record as record_act
from core.errors import NotFound, gettext_noop
from core.transitions import follow
from parties.access import CLOCK, Actor
from parties.services import inbox
from tendering import access as tenders
from tendering import selectors as tendering
from tendering.facts import TenderFacts
from tendering.states import SILENCE_WORDS, Silence, TenderStatus


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
            subject=f"seen.{tender.id}.{supplier_id}",  # not the tender's own chain: that one may be looked at
            rule="sealing.R6",
            amendment=number,
        )


def asked(bids: Iterable[Bid], tender: TenderFacts) -> set[uuid.UUID]:
    """Give those submitted bids that were sealed before a material amendment which their bidder has not acknowledged."""
    old = {
        bid.pk: _since(bid, tender)
        for bid in bids
        if bid.status == BidStatus.SUBMITTED
        and bid.record is not None
        and bid.record["ctx"]["notice_version"] < _since(bid, tender)
    }
    said = Ticket.objects.filter(bid__in=old, kind=Ticket.ACKNOWLEDGE, accepted=True)
    rows = said.values_list("bid_id", "signed_record__record__notice_version") if old else ()
    return set(old) - {bid_id for bid_id, version in rows if version >= old[bid_id]}


def offered(actor: Actor, bid_id: uuid.UUID) -> dict[str, Any]:
    """Give the acknowledgement that the bidder would sign now (FORMAT.md 3.9a). Raises NotFound, NotAccepted."""
    bid = own(actor, bid_id)
    tender = tenders.tender_to_bid(actor, bid.tender_id)
    policy = tender.sealing["lots"][bid.lot][bid.envelope]
    if not bid.record_hash:
        raise NotAccepted(WHY["nothing-to-acknowledge"], reason="nothing-to-acknowledge")
    return {
        "type": "mingcai/v1/acknowledgement",
        **{name: policy["policy"][name] for name in ("log_origin", "tender", "lot", "envelope")},
        "bid_id": str(bid.pk),
        "record_hash": bid.record_hash,
        "notice_hash": policy["policy"]["notice_hash"],
        "notice_version": policy["policy"]["notice_version"],
        "policy_hash": policy["policy_hash"],
    }


def acknowledge(*, actor: Actor, bid_id: uuid.UUID, signed: Any) -> Outcome:
    """Acknowledge the notice as it stands for a submitted bid, by a signed record: the bid counts under it.

    A ticket like any other: its bytes stay, it has a receipt, and the close list names it. Raises as `submit` does.
    """
    wanted = offered(actor, bid_id)
    signed_record, key = read_signed(actor, signed, Acknowledgement)
    said = signed_record.record.to_json()
    if said["policy_hash"] == wanted["policy_hash"] and said != {
        **wanted, "idempotency_key": said["idempotency_key"],
    }:  # fmt: skip
        raise refuse(Malformed("the acknowledgement is for another bid or notice"))
    bid = own(actor, bid_id)
    outcome = arrive(actor, bid, Ticket.ACKNOWLEDGE, signed_record, key)
    for row in tendering.tender_facts(bid.tender_id).amendments:
        see(actor=actor, tender_id=bid.tender_id, number=row.no)
    return outcome


def ask(tender_id: uuid.UUID) -> None:
    """Put the task into the inbox of everybody whose submitted bid was sealed before a material amendment."""
    tender = tendering.tender_facts(tender_id)
    if tender.status != TenderStatus.OPEN:
        return
    bids = list(Bid.objects.filter(tender_id=tender_id, status=BidStatus.SUBMITTED))
    wanted = asked(bids, tender)
    for bid in bids:
        if bid.pk in wanted:
            inbox.assign(
                key=f"bid.{bid.pk}.amended.{_since(bid, tender)}",
                org_id=bid.supplier_id,
                kind="supplier",
                title=gettext_noop(
                    "Acknowledge the amendment of “%(tender)s”, lot %(lot)s, or seal a new bid"
                ),
                why=MEANS[tender.silence],
                url=reverse("bidding:bid", args=[tender_id]),
                due_at=tender.bids_due_at,
                rule="sealing.R6",
                tender=tender.title,
                lot=bid.lot,
            )


MEANS: dict[str, str] = {
    Silence.KEEPS: gettext_noop(
        "Your bid was sealed before the documents changed. If you do neither, it counts under the amended documents."
    ),
    Silence.WITHDRAWS: gettext_noop(
        "Your bid was sealed before the documents changed. If you do neither, it is withdrawn and not opened."
    ),
}


def tell_moved(tender_id: uuid.UUID) -> None:
    """Tell everybody who has begun or submitted a bid that an outage moved the deadline; once for each new deadline."""
    tender = tendering.tender_facts(tender_id)
    if tender.status != TenderStatus.OPEN or tender.bids_due_at is None:
        return
    suppliers = Bid.objects.filter(tender_id=tender_id).values_list("supplier_id", flat=True).distinct()
    for supplier_id in suppliers:
        inbox.tell(
            key=f"rescue.{tender_id}.{tender.bids_due_at.isoformat()}.{supplier_id}",
            org_id=supplier_id,
            kind="supplier",
            title=gettext_noop("The deadline of “%(tender)s” is moved after an outage of the platform"),
            why=gettext_noop(
                "A bid that you have submitted stays valid and can be replaced. One that you have begun is sealed again."
            ),
            url=reverse("bidding:bid", args=[tender_id]),
            due_at=tender.bids_due_at,
            rule="X-10.outage_time",
            tender=tender.title,
        )


def lapse(bid: Bid, tender: TenderFacts) -> None:
    """Refuse a bid whose bidder kept silent, as the notice says; in the transaction that fixes the close list."""
    step = follow(BID_STEPS, bid.status, "lapse")
    bid.status = step.target
    bid.save(update_fields=["status"])
    record_act(actor=CLOCK.label, verb=step.verb, subject=f"bid.{bid.pk}", rule=step.rule)
    inbox.tell(
        key=f"bid.{bid.pk}.lapsed",
        org_id=bid.supplier_id,
        kind="supplier",
        title=gettext_noop("Your bid for “%(tender)s”, lot %(lot)s, does not count"),
        why=SILENCE_WORDS[Silence.WITHDRAWS],
        url=reverse("bidding:bid", args=[tender.id]),
        rule=step.rule,
        tender=tender.title,
        lot=bid.lot,
    )


def end_asking(tender_id: uuid.UUID) -> None:
    """Take the tasks out of the inboxes: bids are closed."""
    for bid_id in Bid.objects.filter(tender_id=tender_id).exclude(record=None).values_list("pk", flat=True):
        inbox.finish_all(f"bid.{bid_id}.amended.")


def _since(bid: Bid, tender: TenderFacts) -> int:
    rule = tender.sealing["lots"][bid.lot][bid.envelope]["policy"].get("acknowledge")
    return int(rule["since"]) if rule else 0
