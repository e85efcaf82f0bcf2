"""Attempts to hand in a bid: what was refused is noted, and told to the host after the deadline; never content (R11)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from bidding.models import Attempt, Bid, Ticket
from bidding.states import BidStatus
from core import clock
from core.errors import WrongState, gettext_noop
from parties.access import Actor
from parties.selectors import organisations_by_id
from tendering.facts import TenderFacts
from tendering.states import TenderStatus

KEPT_PER_SUPPLIER = 500
NOT_SENT = "not-submitted"
ACCEPTED = "accepted"
NOT_NOTED = frozenset({"late", "not-accepted", "wrong-offset"})
"""Refusals that a ticket keeps already, and the ordinary way in which an upload finds out where to go on."""


class BeforeTheClose(WrongState):
    """Before the close nobody learns who tries, or how many."""

    code = "before-the-close"
    title = gettext_noop("Nobody is told before the close who bids")


def note(*, actor: Actor, tender_id: uuid.UUID, lot: str, step: str, code: str) -> None:
    """Note that a supplier's request was refused; the oldest ones stay when there are very many."""
    if actor.org_id is None or code in NOT_NOTED:
        return
    if Attempt.objects.filter(tender_id=tender_id, supplier_id=actor.org_id).count() >= KEPT_PER_SUPPLIER:
        return
    Attempt.objects.create(
        tender_id=tender_id,
        lot=lot,
        supplier_id=actor.org_id,
        step=step,
        code=code[:60],
        actor=actor.label,
        at=clock.now(),
    )


def of(tender: TenderFacts) -> list[dict[str, Any]]:
    """Give who tried what and how it ended, in the order of time. Raises BeforeTheClose.

    Each: at, supplier, lot, step (begin, upload, check, submit, withdraw), code ("accepted" when it went well).
    """
    closed = tender.status != TenderStatus.DRAFT and not tender.accepting
    if not closed or tender.due_at is None or clock.now() < tender.due_at:
        raise BeforeTheClose(
            gettext_noop("Attempts are shown once the list of bids is closed."), rule="sealing.R11"
        )
    found: list[tuple[datetime, uuid.UUID, str, str, str]] = [
        (row.at, row.supplier_id, row.lot, row.step, row.code)
        for row in Attempt.objects.filter(tender_id=tender.id)
    ]
    found += [
        (row.arrival, row.bid.supplier_id, row.lot, row.kind, ACCEPTED if row.accepted else row.code)
        for row in Ticket.objects.filter(tender_id=tender.id).select_related("bid")
    ]
    found += [
        (row.created_at, row.supplier_id, row.lot, "begin", NOT_SENT)
        for row in Bid.objects.filter(
            tender_id=tender.id, status__in=[BidStatus.PREPARING, BidStatus.CHECKED]
        )
    ]
    suppliers = organisations_by_id(row[1] for row in found)
    return [
        {"at": at, "supplier": suppliers[supplier].name, "lot": lot, "step": step, "code": code}
        for at, supplier, lot, step, code in sorted(found, key=lambda row: (row[0], str(row[1]), row[3]))
    ]
