"""Reads of bid securities: for who runs the tender, and for the bidder its own. None before the opening."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from bidding.models import BidSecurity
from core.money import Yuan


@dataclass(frozen=True, slots=True)
class SecurityFacts:
    """The security of one opened bid; `status` is of `states.SecurityStatus`."""

    id: int
    bid_id: uuid.UUID
    lot: str
    supplier_id: uuid.UUID
    supplier_name: str
    status: str
    asked: Yuan
    amount: Yuan
    form: str
    payer: str
    account: str
    reference: str
    due_at: datetime | None
    due_rule: str
    settled_at: datetime | None
    settlement: str
    ground: str

    @property
    def late(self) -> bool:
        """Tell whether it went back after its time."""
        return self.due_at is not None and self.settled_at is not None and self.settled_at >= self.due_at


def securities_of(tender_id: uuid.UUID, supplier_id: uuid.UUID | None = None) -> list[SecurityFacts]:
    """List the securities of a tender's opened bids, or those of one bidder, by lot and name."""
    rows = BidSecurity.objects.filter(bid__tender_id=tender_id).select_related("bid__supplier")
    if supplier_id is not None:
        rows = rows.filter(bid__supplier_id=supplier_id)
    return [
        SecurityFacts(
            id=row.pk,
            bid_id=row.bid_id,
            lot=row.bid.lot,
            supplier_id=row.bid.supplier_id,
            supplier_name=row.bid.supplier.name,
            status=row.status,
            asked=Yuan(row.asked),
            amount=Yuan(row.amount),
            form=row.form,
            payer=row.payer,
            account=row.account,
            reference=row.reference,
            due_at=row.due_at,
            due_rule=row.due_rule,
            settled_at=row.settled_at,
            settlement=row.settlement,
            ground=row.ground,
        )
        for row in rows.order_by("bid__lot", "bid__supplier__name", "pk")
    ]
