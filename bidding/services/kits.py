"""Recovery kits (R8): when too few keepers answer, the bidder hands its kit in, sealed to the supervisor, before gathering ends.

The platform sees it sealed only, and logs its hash. After the gathering the supervisor opens it on its own machine and
signs that it did; then the bid is opened and checked as always.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from bidding import access, keepers
from bidding.models import Bid, Opening, RecoveryKit, Share
from bidding.sealing import kits as core_kits
from bidding.sealing.encoding import h
from bidding.sealing.errors import SealingError
from bidding.sealing.objects import Policy, SealedRecord
from bidding.sealing.plain import PlainShare
from bidding.sealing.seal import PlainKit
from bidding.sealing.shape import write_instant
from bidding.services import locks
from bidding.services.resolving import GATHER, NotSound
from bidding.states import BID_STEPS, OPENING_STEPS, BidStatus, OpeningStatus
from core import clock
from core.audit.services import record as record_act
from core.errors import Invalid, NotFound, Refused, gettext_noop
from core.ledger import services as ledger
from core.timers import services as timers
from core.transitions import follow
from parties.access import Actor
from parties.services import inbox
from parties.states import Kind
from realtime.services import push
from tendering import selectors as tenders
from tendering.facts import TenderFacts
from tendering.states import BEING_OPENED


class KitVoid(Refused):
    """The gathering time is over: what a bidder hands in now could be chosen after seeing the others' prices."""

    code = "kit-void"
    title = gettext_noop("The gathering time is over: this recovery kit is void")


class KitNotNeeded(Refused):
    """Enough keepers have answered for this bid."""

    code = "kit-not-needed"
    title = gettext_noop("Your recovery kit is not needed")


class KitTooEarly(Refused):
    """Nobody needs it before shares are gathered, and a kit reads the bid."""

    code = "kit-too-early"
    title = gettext_noop("Keep your recovery kit until the opening")


class NoSupervisorKey(Refused):
    """The tender was published without a supervisor's key."""

    code = "no-supervisor-key"
    title = gettext_noop("This tender takes no recovery kits")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the page of one bid's kit says: whom it is sealed to, until when, and whether one is there already."""

    bid: Bid
    tender: TenderFacts
    recipient: str
    until: datetime | None
    have: int
    handed_in: RecoveryKit | None
    why_not: type[Refused] | None


def look(actor: Actor, bid_id: uuid.UUID) -> Wanted:
    """Give how the actor's own effective bid stands towards a recovery kit. Raises NotFound."""
    bid = access.own_line(actor, bid_id)
    tender = tenders.tender_facts(bid.tender_id)
    opening = Opening.objects.filter(tender_id=bid.tender_id, lot=bid.lot, envelope=bid.envelope).first()
    have = Share.objects.filter(bid=bid, verified=True).count()
    card = _policy(bid, tender).supervisor
    return Wanted(
        bid,
        tender,
        card.recipient if card else "",
        opening.gather_until if opening else None,
        have,
        RecoveryKit.objects.filter(bid=bid).first(),
        None if card is None else _why_not(bid, opening, have, tender, clock.stamp()),
    )


def hand_in(*, actor: Actor, bid_id: uuid.UUID, sealed: str) -> RecoveryKit:
    """Take a bidder's kit, an age file for the supervisor in base64, and log its hash; the same again changes nothing.

    Raises NotFound, NoSupervisorKey, KitTooEarly, KitNotNeeded, KitVoid, Invalid (not sealed to the supervisor).
    """
    mine = access.own_line(actor, bid_id)
    tender = tenders.tender_facts(mine.tender_id)
    card = _policy(mine, tender).supervisor
    if card is None:
        raise NoSupervisorKey(rule="sealing.R8")
    data = _read(sealed, card.recipient)
    with transaction.atomic():
        # The opening's row: either the gathering ends after this kit, or this kit is late.
        opening = (
            Opening.objects.select_for_update()
            .filter(tender_id=mine.tender_id, lot=mine.lot, envelope=mine.envelope)
            .first()
        )
        bid = Bid.objects.select_for_update().get(pk=mine.pk)
        now = clock.stamp()
        have = Share.objects.filter(bid=bid, verified=True).count()
        why_not = _why_not(bid, opening, have, tender, now)
        if why_not is None:
            return _take(actor, bid, tender, data, now)
        if why_not is KitVoid:  # nothing of it is kept but its hash
            record_act(
                actor=actor.label,
                verb="kit_void",
                subject=f"bid.{bid.pk}",
                rule="sealing.R8",
                sealed=h(data).hex(),
            )
    raise why_not(WHY[why_not.code], rule="sealing.R8")


def _take(actor: Actor, bid: Bid, tender: TenderFacts, data: bytes, now: datetime) -> RecoveryKit:
    digest = h(data).hex()
    row = RecoveryKit.objects.filter(bid=bid).first()
    if row is not None and row.sha256 == digest:
        return row
    record_act(
        actor=actor.label, verb="hand_in_kit", subject=f"bid.{bid.pk}", rule="sealing.R8", sealed=digest
    )
    push(f"opening.{tender.id}", "kit", lot=bid.lot, bid=str(bid.pk))
    inbox.finish_all(f"bid.{bid.pk}.kit")
    policy = tender.sealing["lots"][bid.lot][bid.envelope]["policy"]
    index = ledger.append(
        {
            "type": "mingcai/v1/kit-entry",
            "log_origin": policy["log_origin"],
            "tender": policy["tender"],
            "lot": bid.lot,
            "envelope": bid.envelope,
            "record_hash": bid.record_hash,
            "sealed": digest,
            "at": write_instant(now),
        }
    )
    row, _ = RecoveryKit.objects.update_or_create(
        bid=bid,
        defaults={
            "sealed": data,
            "sha256": digest,
            "handed_in_by": actor.label,
            "handed_in_at": now,
            "entry_index": index,
        },
    )
    return row


WHY: dict[str, str] = {
    "kit-void": gettext_noop(
        "Only what is handed in while shares are gathered counts: afterwards prices are known. "
        "The bid waits for its keepers; you are not at fault."
    ),
    "kit-not-needed": gettext_noop(
        "Enough keepers have released their shares of your bid. Keep the kit to yourself."
    ),
    "kit-too-early": gettext_noop(
        "The kit reads your bid, and nobody needs it before the opening. You are told if it is needed."
    ),
}


def ask(tender: TenderFacts, opening: Opening, bids: list[Bid]) -> None:
    """Tell the bidders whose bids still lack shares that their kit helps, and until when."""
    for bid in bids:
        if _policy(bid, tender).supervisor is not None and not RecoveryKit.objects.filter(bid=bid).exists():
            inbox.assign(
                key=f"bid.{bid.pk}.kit",
                org_id=bid.supplier_id,
                kind=Kind.SUPPLIER,
                title=gettext_noop(
                    "Too few keepers answer for your bid for “%(tender)s”: hand in your recovery kit"
                ),
                why=gettext_noop(
                    "Without it the bid waits for the keepers. After the gathering time a kit is void."
                ),
                url=f"/bids/{bid.pk}/kit/",
                due_at=opening.gather_until,
                rule="sealing.R8",
                tender=tender.title,
            )


def request_of(actor: Actor, bid_id: uuid.UUID) -> dict[str, Any]:
    """Give the supervisor what `python -m bidding.authority open-kit` reads: the sealed kit, and its bid's record.

    Raises NotFound: not before the gathering is over, when nobody can choose any more whether to hand one in.
    """
    row = _held(actor, bid_id)
    return {"type": "mingcai/v1/kit-request", "sealed": bytes(row.sealed).hex(), "record": row.bid.record}


def tender_of(actor: Actor, bid_id: uuid.UUID) -> uuid.UUID:
    """Give the tender of a held bid with a kit, to its supervisor. Raises NotFound."""
    return _held(actor, bid_id).bid.tender_id


def release(*, actor: Actor, bid_id: uuid.UUID, given: Any) -> None:
    """Take what the supervisor found in a kit, signed with its key; then the opening of that bid goes on by itself.

    Raises NotFound, NotSound (not signed by the policy's supervisor, of another kit or bid), BeingOpened.
    """
    found = _held(actor, bid_id)
    tender = access.opening_to_resolve(actor, found.bid.tender_id)
    try:
        statement, kit = core_kits.read_release(json.loads(given) if isinstance(given, str) else given)
        core_kits.check_release(_policy(found.bid, tender), found.bid.record_hash, found.sha256, statement)
    except (ValueError, SealingError) as error:
        raise NotSound(
            gettext_noop("This is not the release of this kit, signed with your authority’s key."),
            reason=getattr(error, "code", "malformed"),
        ) from error
    with locks.opening(tender.id), transaction.atomic():
        opening = Opening.objects.select_for_update().get(
            tender_id=tender.id, lot=found.bid.lot, envelope=found.bid.envelope
        )
        bid = Bid.objects.select_for_update().get(pk=bid_id)
        moved, begun = follow(BID_STEPS, bid.status, "gather"), follow(OPENING_STEPS, opening.status, "kit")
        now = clock.stamp()
        RecoveryKit.objects.filter(pk=found.pk).update(
            release=statement.to_json(), opened=kit.to_json(), released_at=now
        )
        record_act(
            actor=actor.label,
            verb="release_kit",
            subject=f"bid.{bid.pk}",
            rule=begun.rule,
            sealed=found.sha256,
            kit=statement.body["kit"],
            at=write_instant(now),
        )
        bid.status, opening.status, opening.began_at = moved.target, begun.target, now
        bid.save(update_fields=["status"])
        opening.save(update_fields=["status", "began_at"])
        inbox.finish_all(f"tender.{tender.id}.held.")
        push(f"opening.{tender.id}", "opening", lot=bid.lot)
        timers.schedule(verb=GATHER, subject=str(tender.id), due_at=now)


def shares_of(bid: Bid, record: SealedRecord, tender: TenderFacts) -> list[PlainShare] | None:
    """Give the shares in a kit that the supervisor has released, None without one. Raises SealingError `bad-kit`."""
    row = RecoveryKit.objects.filter(bid=bid).exclude(released_at=None).first()
    if row is None:
        return None
    return core_kits.shares_of(record, PlainKit.from_json(row.opened), keepers.keepers_of(tender))


def _held(actor: Actor, bid_id: uuid.UUID) -> RecoveryKit:
    row = RecoveryKit.objects.select_related("bid").filter(bid_id=bid_id).first()
    if row is None:
        raise NotFound()
    access.opening_to_resolve(actor, row.bid.tender_id)
    over = Opening.objects.filter(
        tender_id=row.bid.tender_id, lot=row.bid.lot, envelope=row.bid.envelope, status=OpeningStatus.OPENED
    )
    if row.bid.status != BidStatus.WAITING or not over.exists():
        raise NotFound()
    return row


def _why_not(
    bid: Bid, opening: Opening | None, have: int, tender: TenderFacts, now: datetime
) -> type[Refused] | None:
    if opening is None or bid.record is None:
        return KitTooEarly
    if have >= int(tender.sealing["k"]) or bid.status not in (BidStatus.LISTED, BidStatus.WAITING):
        return KitNotNeeded
    # A second gathering, by the supervisor's resolution, is for keepers alone: prices are known by then (R4).
    first = opening.began_at is None and opening.status == OpeningStatus.GATHERING
    if not first or now >= opening.gather_until or tender.status not in BEING_OPENED:
        return KitVoid
    return None


def _read(sealed: str, recipient: str) -> bytes:
    try:
        data = base64.b64decode(sealed, validate=True)
        core_kits.check_sealed(data, recipient)
    except (binascii.Error, ValueError) as error:
        raise Invalid(
            gettext_noop("The kit was not sealed to the supervisor. Use this page: it seals it.")
        ) from error
    except SealingError as error:
        raise Invalid(
            gettext_noop("The kit was not sealed to the supervisor. Use this page: it seals it."),
            reason=error.code,
        ) from error
    return data


def _policy(bid: Bid, tender: TenderFacts) -> Policy:
    return Policy.from_json(tender.sealing["lots"][bid.lot][bid.envelope]["policy"])
