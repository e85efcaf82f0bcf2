"""A rehearsal goes a bid's whole way with the real keepers, and leaves no bid behind."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bidding.models import Bid, Receipt, Rehearsal, RehearsalPolicy, Ticket
from bidding.sealing.context import CtxBase
from bidding.sealing.objects import Keeper
from bidding.sealing.seal import SealedBid, seal_bid
from core.ledger import selectors as log
from storage.models import Upload
from tests.bidding.bidder import Bidder, sheet
from tests.factories import tendering as make


def begin(bidder: Bidder, tender: Any, envelope: str = "") -> tuple[str, dict[str, Any]]:
    """Begin a rehearsal; gives its address and what its page seals for."""
    answer = bidder.client.post(f"/tenders/{tender.id}/rehearse", {"lot": "1", "envelope": envelope})
    assert answer.status_code == 302, answer.content
    page = bidder.client.get(answer["Location"]).content.decode()
    found = re.search(r'<script id="sealing-params" type="application/json">(.*?)</script>', page)
    assert found
    return answer["Location"], json.loads(found[1])


def seal(params: dict[str, Any], folder: Path, plain: dict[str, Any]) -> SealedBid:
    return seal_bid(
        CtxBase.from_json(params["ctx_base"]),
        [Keeper.from_json(row) for row in params["keepers"]],
        params["ctx_base"]["k"],
        plain,
        [],
        folder,
        organisation=params["organisation"],
    )


def parts(bidder: Bidder, tender: Any, sealed: SealedBid) -> dict[str, Any]:
    return {
        "record": sealed.record.to_json(),
        "envelopes": [base64.b64encode(one).decode() for one in sealed.envelopes],
        "uploads": {
            part: bidder.upload(tender, sealed.directory / f"{part}.age") for part in ("sheet", "files")
        },
    }


@pytest.mark.requirement("S003-64")
@pytest.mark.processes
def test_a_rehearsal_goes_the_whole_way_and_submits_nothing(
    tender: Any, cast: Any, tmp_path: Path, at: Callable[[datetime], None]
) -> None:
    bidder, other = Bidder.of(cast.supplier_a), Bidder.of(cast.supplier_b)
    address, params = begin(bidder, tender)
    policy = RehearsalPolicy.objects.get()
    assert params["ctx_base"]["tender"] == policy.policy["tender"] != str(tender.id)
    entry = json.loads(log.entry(policy.entry_index))
    assert entry["statement"]["body"] == policy.policy
    assert policy.policy["requires"] == ["never"]
    assert policy.policy["open_at"] > "2028"

    for one, listed in ((bidder, True), (other, False)):
        page = one.client.get(f"/tenders/{tender.id}/bid/").content.decode()
        assert (f'href="{address}"' in page) is listed, "begun, and one's own alone"
    sealed = seal(params, tmp_path / "rehearsed", sheet(tender))
    body = parts(bidder, tender, sealed)
    real = bidder.begin(tender)
    refused = bidder.post(f"/bids/{real}/check", body)
    assert (refused.status_code, refused.json()["reason"]) == (422, "wrong-tender")
    genuine = bidder.seal(real, tmp_path / "real", sheet(tender))
    refused = bidder.post(f"{address}check", parts(bidder, tender, genuine))
    assert (refused.status_code, refused.json()["reason"]) == (422, "wrong-tender")
    assert Rehearsal.objects.get().status == "preparing"

    answer = bidder.post(f"{address}check", body)
    assert answer.json() == {"record_hash": sealed.record.hash, "acks": 3, "keepers": 3}
    rehearsal_id = address.strip("/").split("/")[-1]
    options = bidder.client.post(f"{address}sign", "{}", content_type="application/json")
    assert options.status_code == 200
    signed = {"record": body["record"], "signature": bidder.sign(real, body["record"])}
    assert other.post(f"{address}submit", signed).status_code == 404
    theirs = {**signed, "signature": other.sign(other.begin(tender), body["record"])}
    assert bidder.post(f"{address}submit", theirs).status_code == 422
    assert Rehearsal.objects.get().status == "checked"
    answer = bidder.post(f"{address}submit", signed)
    assert answer.status_code == 200, answer.content
    assert bidder.post(f"{address}submit", signed).json() == answer.json()
    assert answer.json()["receipt_url"] == address
    page = bidder.client.get(address).content.decode()
    assert "sealing-params" not in page
    assert f"({policy.entry_index})" in page
    row = Rehearsal.objects.get(pk=rehearsal_id)
    assert row.statement["body"]["type"] == "mingcai/v1/rehearsal"
    assert not Upload.objects.filter(pk__in=body["uploads"].values()).exists(), "its sealed bytes are deleted"
    assert (Ticket.objects.count(), Receipt.objects.count()) == (0, 0)
    assert set(Bid.objects.values_list("status", flat=True)) == {"preparing"}

    grown = log.size()
    begin(other, tender)
    assert log.size() == grown, "the log does not grow with rehearsals"
    at(tender.bids_due_at)
    make.progress.close(tender_id=tender.id, actor=make.CLOCK)
    late = bidder.client.post(f"/tenders/{tender.id}/rehearse", {"lot": "1"})
    assert late.status_code == 409
    assert Rehearsal.objects.count() == 2
