"""Two envelopes (R6): the technical one opens at the opening time, the price once the log names who has passed.

The result is appended by an act of whoever runs the tender, after the panel has submitted. From then on the clock opens
the price envelopes of those that passed by R4; the others' are shut for good, by the keepers and not only by this platform.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from bidding import selectors
from bidding.keeper.entries import TECHNICAL_RESULT
from bidding.models import Bid, OpenedBid, Opening
from bidding.sealing.shape import write_instant
from bidding.services.resolving import GATHER
from bidding.states import BID_STEPS, BidStatus, OpeningStatus
from core import clock
from core.audit.services import record as record_act
from core.errors import Conflict, WrongState, gettext_noop
from core.ledger import services as ledger
from core.timers import services as timers
from core.transitions import follow
from parties.access import Actor
from parties.services import inbox
from parties.states import Kind
from realtime.services import push
from tendering import selectors as tenders
from tendering.facts import TenderFacts

FAILED, NO_TECHNICAL, LOT_FAILED = "failed-technical", "no-technical", "lot-failed"
MISSING: dict[str, str] = {
    "technical": gettext_noop("Only the price envelope was submitted: there is no technical part to judge."),
    "price": gettext_noop("Only the technical envelope was submitted: without a price it is not evaluated."),
}


class ResultLogged(Conflict):
    """The technical result of this tender is in the log; it cannot be said again."""

    code = "result-logged"
    title = gettext_noop("The technical result is logged already")


def tell_incomplete(tender: TenderFacts) -> None:
    """Tell every supplier, once the lists are fixed, that one of the two envelopes is missing: such a bid is not complete."""
    if not tender.two_envelopes or tender.rounds:
        return
    sent: dict[tuple[uuid.UUID, str], set[str]] = {}
    rows = Bid.objects.filter(tender_id=tender.id, status=BidStatus.LISTED)
    for supplier_id, lot, envelope in rows.values_list("supplier_id", "lot", "envelope"):
        sent.setdefault((supplier_id, lot), set()).add(envelope)
    for (supplier_id, lot), found in sorted(sent.items(), key=str):
        for missing in sorted(set(tender.envelopes) - found):
            inbox.tell(
                key=f"opening.{tender.id}.incomplete.{lot}.{supplier_id}",
                org_id=supplier_id,
                kind=Kind.SUPPLIER,
                title=gettext_noop("Your bid for “%(tender)s”, lot %(lot)s, is not complete"),
                why=MISSING[missing],
                url=f"/opening/{tender.id}/",
                rule="sealing.R3",
                tender=tender.title,
                lot=lot,
            )


@transaction.atomic
def conclude(
    *,
    actor: Actor,
    tender_id: uuid.UUID,
    passed: Mapping[str, Collection[uuid.UUID]],
    document_hash: str,
) -> dict[str, int]:
    """Log the technical result of every opened lot and begin the opening of the prices of those that passed.

    `passed` names by lot the technical bids that go on; a lot that is not in it fails, and no price of it is opened.
    `document_hash` is that of the report which says why. Gives the log entry of each lot. Raises WrongState, ResultLogged.
    """
    tender = tenders.tender_facts(tender_id)
    if not tender.two_envelopes or not tender.judging:
        raise WrongState(gettext_noop("This tender has no technical part that is opened."))
    openings = list(Opening.objects.select_for_update().filter(tender_id=tender_id).order_by("lot", "pk"))
    if any(row.envelope == "price" for row in openings):
        raise ResultLogged(rule="sealing.R6")
    now = clock.stamp()
    lots = [row.lot for row in openings if row.status == OpeningStatus.OPENED]
    said = [_decide_lot(actor, tender, lot, passed.get(lot, ()), document_hash, now) for lot in lots]
    record_act(
        actor=actor.label,
        verb="log_result",
        subject=f"opening.{tender_id}",
        rule="sealing.R6",
        passed={row["lot"]: row["passed"] for row in said},
        document=document_hash,
    )
    push(f"opening.{tender_id}", "technical.result", passed={row["lot"]: len(row["passed"]) for row in said})
    timers.schedule(verb=GATHER, subject=str(tender_id), due_at=now)
    transaction.on_commit(ledger.publish_checkpoint, robust=True)
    return {row["lot"]: ledger.append(row) for row in said}


def _decide_lot(
    actor: Actor,
    tender: TenderFacts,
    lot: str,
    passed: Collection[uuid.UUID],
    document_hash: str,
    now: Any,
) -> dict[str, Any]:
    """Shut the price envelopes that stay sealed, begin the lot's price opening, and give the log's entry."""
    technical = {
        bid.supplier_id: bid.pk
        for bid in Bid.objects.filter(
            tender_id=tender.id, lot=lot, envelope="technical", status__in=selectors.AFTER_CLOSE
        )
    }
    go, stay = [], []
    prices = Bid.objects.select_for_update().filter(
        tender_id=tender.id, lot=lot, envelope="price", status=BidStatus.LISTED
    )
    for bid in prices.order_by("pk"):
        if technical.get(bid.supplier_id) in passed:
            go.append(str(bid.pk))
            continue
        stay.append(str(bid.pk))
        code = NO_TECHNICAL if bid.supplier_id not in technical else FAILED if passed else LOT_FAILED
        _shut(actor, bid, code)
    Opening.objects.create(
        tender_id=tender.id,
        lot=lot,
        envelope="price",
        status=OpeningStatus.GATHERING if go else OpeningStatus.NOT_HELD,
        gather_until=now + timedelta(seconds=tender.sealing["gathering_seconds"]),
        finished_at=None if go else now,
    )
    return {
        "type": "mingcai/v1/result-entry",
        "log_origin": settings.LEDGER_ORIGIN,
        "tender": str(tender.id),
        "lot": lot,
        "name": TECHNICAL_RESULT,
        "passed": go,
        "failed": stay,
        "document_hash": document_hash,
        "at": write_instant(now),
    }


def _shut(actor: Actor, bid: Bid, code: str) -> None:
    step = follow(BID_STEPS, bid.status, "shut")
    bid.status = step.target
    bid.save(update_fields=["status"])
    OpenedBid.objects.create(
        bid=bid,
        verdict={"verdict": "not_opened", "code": code, "part": "", "keepers": []},
        opened_at=clock.now(),
    )
    record_act(actor=actor.label, verb=step.verb, subject=f"bid.{bid.pk}", rule=step.rule, code=code)
    push(f"opening.{bid.tender_id}", "bid.shut", lot=bid.lot, bid=str(bid.pk), code=code)
