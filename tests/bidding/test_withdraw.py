"""A supplier can take a bid back until the deadline; it is never opened."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding import selectors
from bidding.models import Bid, CloseList, Receipt, Share
from bidding.sealing.encoding import canonical, h
from bidding.services import closing, opening
from tests.bidding.bidder import Bidder

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


def withdrawal(bidder: Bidder, bid_id: str, record_hash: str) -> dict[str, Any]:
    """The signed record by which a bid is taken back, as the page makes it."""
    base = bidder.client.get(f"/bids/{bid_id}/params.json").json()["ctx_base"]
    record = {
        "type": "mingcai/v1/withdrawal",
        **{name: base[name] for name in ("log_origin", "tender", "lot", "envelope", "bid_id")},
        "supersedes": record_hash,
        "idempotency_key": base64.urlsafe_b64encode(h(canonical(record_hash))[:16]).decode().rstrip("="),
    }
    return {"record": record, "signature": bidder.sign(bid_id, record)}


@pytest.mark.requirement("S003-24")
@pytest.mark.parametrize("late", [False, True])
def test_a_bid_can_be_withdrawn_before_the_deadline_only(
    cast: Any, tender: Any, tmp_path: Path, to_deadline: Any, late: bool
) -> None:
    bidders = [
        Bidder.of(actor) for actor in (cast.supplier_a, cast.supplier_b, cast.supplier_c, cast.outsider)
    ]
    answers = [
        one.submit(tender, tmp_path / str(number), f"4{number + 4}00.00").json()
        for number, one in enumerate(bidders)
    ]
    first = Receipt.objects.get(pk=answers[0]["receipt"]).ticket.bid
    body = withdrawal(bidders[0], str(first.pk), first.record_hash)
    if late:
        to_deadline(tender)
    answer = bidders[0].post(f"/bids/{first.pk}/withdraw", body)
    if late:
        assert (answer.status_code, answer.json()["code"]) == (409, "late")
        assert Bid.objects.get(pk=first.pk).status == "submitted"
        return
    assert answer.status_code == 200, answer.content
    assert Bid.objects.get(pk=first.pk).status == "withdrawn"
    to_deadline(tender)
    closing.close(tender_id=tender.id)
    states = [entry["state"] for entry in CloseList.objects.get().body["entries"]]
    assert sorted(states) == ["effective", "effective", "effective", "withdrawn"]
    to_deadline(tender, timedelta(seconds=2))
    assert opening.gather(tender_id=tender.id)
    assert first.pk not in {bid.bid_id for bid in selectors.opened_bids(tender.id)}
    assert not Share.objects.filter(bid=first).exists()
