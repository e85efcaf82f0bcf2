"""Opened bids without keepers: a raw-row builder for tests of what comes after the opening.

How a bid is really sealed, gathered and opened is tested in tests/bidding with real keeper processes; the rows here are
what such an opening leaves behind.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from bidding.models import Bid, OpenedBid, OpenedFile, Opening
from bidding.states import BidStatus, OpeningStatus
from core import clock
from core.money import UnitPrice, Yuan


def sheet(tender: Any, lot: str = "1", unit_price: str = "4500.00", **facts: Any) -> dict[str, Any]:
    """A sheet with one unit price for every item of a lot; the total follows."""
    prices = []
    for item in tender.lot(lot).items:
        amount = UnitPrice(unit_price).times(item.quantity)
        prices.append(
            {
                "item": item.no,
                "name": item.name,
                "quantity": f"{item.quantity.normalize():f}",
                "unit": item.unit,
                "unit_price": unit_price,
                "amount_fen": amount.fen,
            }
        )
    return {
        "type": "mingcai/v1/sheet",
        "total_fen": sum(row["amount_fen"] for row in prices),
        "prices": prices,
        "delivery_days": 30,
        "warranty_months": 36,
        "responses": [{"criterion": "S1", "response": "详见技术方案", "files": []}],
        "facts": {"size": "large", "domestic": True, **facts},
        "notes": "",
    }


def opened_bid(tender: Any, supplier: Any, unit_price: str = "4500.00", lot: str = "1", **facts: Any) -> Bid:
    """One bid as the opening leaves it: opened, readable, with one attachment; of two envelopes the technical one."""
    said = sheet(tender, lot, unit_price, **facts)
    if tender.two_envelopes:
        said |= {"total_fen": None, "prices": []}
    if tender.two_envelopes and not tender.rounds:
        Bid.objects.create(
            tender_id=tender.id,
            lot=lot,
            envelope="price",
            supplier_id=supplier.org_id,
            prepared_by=supplier.label,
            status=BidStatus.LISTED,
        )
    now = clock.now()
    bid = Bid.objects.create(
        tender_id=tender.id,
        lot=lot,
        envelope=tender.envelopes[0],
        supplier_id=supplier.org_id,
        prepared_by=supplier.label,
        status=BidStatus.OPENED,
    )
    Bid.objects.filter(pk=bid.pk).update(record_hash=hashlib.sha256(str(bid.pk).encode()).hexdigest())
    row = OpenedBid.objects.create(
        bid=bid,
        verdict={"verdict": "opened", "code": "", "part": "", "keepers": []},
        sheet=said,
        quote=Yuan.from_fen(said["total_fen"]).amount if said["total_fen"] is not None else None,
        opened_at=now,
    )
    content = f"技术方案 {supplier.org_name}".encode()
    OpenedFile.objects.create(
        bid=row,
        name="技术方案.pdf",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        stored_as=storages["opened"].save(f"{bid.pk}/0", ContentFile(content)),
    )
    Opening.objects.get_or_create(
        tender_id=tender.id,
        lot=lot,
        envelope=tender.envelopes[0],
        defaults={
            "status": OpeningStatus.OPENED,
            "gather_until": now,
            "began_at": now,
            "finished_at": now,
            "transcript": {},
        },
    )
    return bid
