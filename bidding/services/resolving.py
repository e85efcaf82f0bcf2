"""Held bids: what could not be opened waits for the supervisor's resolution, signed with a passkey and logged (R3, R4).

Too few shares, or a fault of storage or platform, are never the bidder's doing. The supervisor either has the keepers
asked again – only their shares may complete an opening; nothing that a bidder hands in later counts – or has the
procedure go on without the bid, for a reason that the opening record publishes.
"""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction

from bidding import access, selectors
from bidding.models import Bid, CloseList, Confirmation, OpenedBid, Opening, Resolution
from bidding.sealing.errors import SealingError
from bidding.sealing.shape import write_instant
from bidding.sealing.statements import Statement
from bidding.services import locks, minutes
from bidding.states import BID_STEPS, OPENING_STEPS, OpeningStatus
from core import clock
from core.audit.services import record as record_act
from core.canonical import digest
from core.errors import Invalid, Refused, gettext_noop
from core.ledger import services as ledger
from core.timers import services as timers
from core.transitions import follow
from parties.access import Actor
from parties.selectors import supervisor_of
from parties.services import inbox, signing
from parties.states import Kind
from realtime.services import push
from tendering import selectors as tenders
from tendering.facts import TenderFacts
from tendering.states import BEING_OPENED

GATHER = "bidding.gather"
REASON_AT_LEAST, REASON_AT_MOST = 10, 1000
VERBS = {Resolution.AGAIN: "again", Resolution.WITHOUT: "set_aside"}


class NothingHeld(Refused):
    """No bid of this lot is held, or the one that is named is not."""

    code = "nothing-held"
    title = gettext_noop("There is nothing to decide")


class NotSound(Invalid):
    """What was handed in for the keepers is not this resolution, signed."""

    code = "statement-not-sound"
    title = gettext_noop("The keepers would not believe this")


def ask(tender: TenderFacts, held: list[Bid]) -> None:
    """Put the decision about held bids before the region's supervisor, and tell those whom it concerns."""
    round_ = Resolution.objects.filter(opening__tender_id=tender.id).count() + 1
    desk = supervisor_of(tender.region)
    if desk is not None:
        inbox.assign(
            key=f"tender.{tender.id}.held.{round_}",
            org_id=desk,
            kind=Kind.SUPERVISOR,
            title=gettext_noop("Decide about %(count)s bids of “%(tender)s” that could not be opened"),
            why=gettext_noop("The evaluation waits; only your resolution lets the procedure go on."),
            url=f"/opening/{tender.id}/resolve/",
            rule="B-05",
            count=len(held),
            tender=tender.title,
        )
    inbox.tell(
        key=f"opening.{tender.id}.waits.{round_}",
        org_id=tender.host_id,
        kind=tender.host_kind,
        title=gettext_noop("%(count)s bids of “%(tender)s” could not be opened"),
        why=gettext_noop("The supervisor decides; the hall says what you can do meanwhile."),
        url=f"/opening/{tender.id}/",
        rule="B-05",
        count=len(held),
        tender=tender.title,
    )
    for bid in held:
        inbox.tell(
            key=f"opening.{tender.id}.waits.{round_}.{bid.pk}",
            org_id=bid.supplier_id,
            kind=Kind.SUPPLIER,
            title=gettext_noop("Your bid for “%(tender)s” could not be opened yet"),
            why=gettext_noop("You are not at fault. The supervisor decides how it goes on."),
            url=f"/opening/{tender.id}/",
            rule="B-05",
            tender=tender.title,
        )
    push(f"opening.{tender.id}", "bids.held", bids=[str(bid.pk) for bid in held])


def body(
    tender: TenderFacts, lot: str, decision: str, reason: str, bid_id: uuid.UUID | None = None
) -> dict[str, Any]:
    """Give the resolution as it is signed. "again" is about all held bids of the lot, "without" about one.

    Raises NothingHeld, Invalid without a reason.
    """
    held = [bid.pk for bid in selectors.held_bids(tender.id) if bid.lot == lot]
    chosen = [pk for pk in held if decision == Resolution.AGAIN or pk == bid_id]
    opening = _opening_of(tender.id, chosen[0]) if chosen else None
    if opening is None or tender.status not in BEING_OPENED:
        raise NothingHeld(rule="sealing.R4")
    reason = " ".join(reason.split())
    if decision not in VERBS or not REASON_AT_LEAST <= len(reason) <= REASON_AT_MOST:
        raise Invalid(
            gettext_noop("Say why in %(least)s to %(most)s characters: it is published."),
            least=REASON_AT_LEAST,
            most=REASON_AT_MOST,
        )
    policy = tender.sealing["lots"][lot][opening.envelope]["policy"]
    return {
        "type": "mingcai/v1/held-resolution",
        "log_origin": policy["log_origin"],
        "tender": policy["tender"],
        "lot": lot,
        "envelope": opening.envelope,
        "close_root": CloseList.objects.get(tender_id=tender.id, lot=lot, envelope=opening.envelope).root,
        "number": Resolution.objects.filter(opening__tender_id=tender.id).count() + 1,
        "decision": str(decision),
        "bids": sorted(str(pk) for pk in chosen),
        "reason": reason,
        "rule": "sealing.R4" if decision == Resolution.AGAIN else "B-05",
    }


def _opening_of(tender_id: uuid.UUID, bid_id: uuid.UUID) -> Opening | None:
    """Give the finished opening to which a held bid belongs: of its lot and its envelope."""
    bid = Bid.objects.get(pk=bid_id)
    return Opening.objects.filter(
        tender_id=tender_id, lot=bid.lot, envelope=bid.envelope, status=OpeningStatus.OPENED
    ).first()


def purpose_of(tender_id: uuid.UUID) -> str:
    """Name the act that the supervisor signs."""
    return f"resolution.{tender_id}"


def resolve(
    *,
    actor: Actor,
    tender_id: uuid.UUID,
    lot: str,
    decision: str,
    reason: str,
    credential: Any,
    bid_id: uuid.UUID | None = None,
) -> Resolution:
    """Decide about held bids: the signed resolution is logged, then the opening goes on by itself.

    Raises NotFound, NothingHeld, Invalid, NotSigned, BeingOpened; then nothing has changed.
    Source: 《电子招标投标办法》第三十一条.
    """
    tender = access.opening_to_resolve(actor, tender_id)
    with locks.opening(tender_id), transaction.atomic():
        said = body(tender, lot, decision, reason, bid_id)
        opening = Opening.objects.select_for_update().get(
            tender_id=tender_id, lot=lot, envelope=said["envelope"]
        )
        signature = signing.finish(
            actor.require_user(), digest(said), credential, purpose=purpose_of(tender_id)
        )
        now = clock.now()
        for bid in Bid.objects.select_for_update().filter(pk__in=said["bids"]).order_by("pk"):
            _decide(actor, bid, decision)
        if decision == Resolution.AGAIN:
            _gather_again(tender, opening)
        elif bid_id is not None:
            minutes.ask_again(tender, opening, bid_id)
        row = Resolution(
            opening=opening,
            number=said["number"],
            decision=decision,
            body=said,
            signature=dict(signature),
            authority=actor.org_name,
            actor=actor.label,
            decided_at=now,
        )
        record_act(
            actor=actor.label,
            verb="resolve",
            subject=f"opening.{tender_id}",
            rule=said["rule"],
            lot=lot,
            decision=decision,
            bids=said["bids"],
            reason=said["reason"],
            body=digest(said).hex(),
        )
        inbox.finish_all(f"tender.{tender_id}.held.")
        push(f"opening.{tender_id}", "resolution", lot=lot, decision=decision, number=row.number)
        timers.soon(verb=GATHER, subject=str(tender_id))
        row.entry_index = ledger.append(
            {
                "type": "mingcai/v1/held-resolution-entry",
                "resolution": said,
                "authority": actor.org_name,
                "signature": dict(signature),
                "at": write_instant(now),
            }
        )
        row.save()
    return row


def for_keepers(row: Resolution) -> dict[str, Any]:
    """Give what the authority's own key signs for keepers that withhold (keeper/ENTRIES.md, resolution-entry)."""
    kept = ("log_origin", "tender", "lot", "envelope", "close_root")
    return {
        "type": "mingcai/v1/resolution",
        **{name: row.body[name] for name in kept},
        "document_hash": digest(row.body).hex(),
        "at": write_instant(row.decided_at),
    }


def newest_again(tender_id: uuid.UUID, lot: str) -> Resolution | None:
    """Give the last resolution by which a lot is gathered again, or None."""
    rows = Resolution.objects.filter(
        opening__tender_id=tender_id, opening__lot=lot, decision=Resolution.AGAIN
    )
    return rows.order_by("-number").first()


@transaction.atomic
def end_withholding(*, actor: Actor, tender_id: uuid.UUID, lot: str, statement: Any) -> int:
    """Put into the log what ends the keepers' withholding: `for_keepers`, signed with the authority's own key.

    Keepers decide by their own trust file whether they believe the key; the platform only checks that the key which the
    statement names has signed this very resolution. Gives the entry's index. Raises NotFound, NothingHeld, NotSound.
    Source: R3.
    """
    access.opening_to_resolve(actor, tender_id)
    row = newest_again(tender_id, lot)
    if row is None:
        raise NothingHeld(gettext_noop("First decide that the shares are gathered again."), rule="sealing.R3")
    try:
        said = Statement.from_json(json.loads(statement) if isinstance(statement, str) else statement)
        said.verify()
    except (ValueError, SealingError) as error:
        raise NotSound(gettext_noop("The statement cannot be read, or its signature is wrong.")) from error
    if said.body != for_keepers(row):
        raise NotSound(gettext_noop("The statement is about something else than this resolution."))
    Opening.objects.select_for_update().get(pk=row.opening_id)
    record_act(
        actor=actor.label,
        verb="end_withholding",
        subject=f"opening.{tender_id}",
        rule="sealing.R3",
        lot=lot,
        key=said.vkey,
        document=said.body["document_hash"],
    )
    push(f"opening.{tender_id}", "withholding.resolved", lot=lot)
    timers.soon(verb=GATHER, subject=str(tender_id))
    return ledger.append({"type": "mingcai/v1/resolution-entry", "statement": said.to_json()})


def _decide(actor: Actor, bid: Bid, decision: str) -> None:
    """Move one held bid; what its failed opening had said stays in the audit trail."""
    step = follow(BID_STEPS, bid.status, VERBS[decision])
    before = OpenedBid.objects.filter(bid=bid).first()
    if decision == Resolution.AGAIN:
        # Its line will say something else: nobody has confirmed that yet.
        OpenedBid.objects.filter(bid=bid).delete()
        Confirmation.objects.filter(bid=bid, word=Confirmation.CONFIRMED, objection="").delete()
    record_act(
        actor=actor.label,
        verb=step.verb,
        subject=f"bid.{bid.pk}",
        rule=step.rule,
        verdict=before.verdict if before else None,
        **{"from": bid.status},
    )
    bid.status = step.target
    bid.save(update_fields=["status"])
    if decision == Resolution.WITHOUT:
        tender = tenders.tender_facts(bid.tender_id)
        inbox.tell(
            key=f"opening.{bid.tender_id}.aside.{bid.pk}",
            org_id=bid.supplier_id,
            kind=Kind.SUPPLIER,
            title=gettext_noop("“%(tender)s” goes on without your bid"),
            why=gettext_noop(
                "It could not be opened for a reason that is not yours, and counts as taken back. "
                "You may claim your loss from whoever is at fault."
            ),
            url=f"/opening/{bid.tender_id}/",
            rule="B-05",
            tender=tender.title,
        )


def _gather_again(tender: TenderFacts, opening: Opening) -> None:
    step = follow(OPENING_STEPS, opening.status, "again")
    opening.status = step.target
    opening.gather_until = clock.stamp() + timedelta(seconds=tender.sealing["gathering_seconds"])
    opening.save(update_fields=["status", "gather_until"])
    push(
        f"opening.{tender.id}",
        "gathering",
        lot=opening.lot,
        until=opening.gather_until.isoformat(),
        again=True,
    )
