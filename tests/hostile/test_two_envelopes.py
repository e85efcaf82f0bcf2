"""Each of two envelopes is replaced, withdrawn and rehearsed by itself; what was taken back is never opened (R7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from bidding import desk, integrity
from bidding.models import Bid, CloseList, OpenedBid, Receipt, Rehearsal, RehearsalPolicy, Share
from bidding.services import closing, opening
from bidding.services.envelopes import conclude
from config.timers import handlers
from core.audit.models import Entry
from core.ledger import selectors as log
from parties.models import InboxItem
from tendering.selectors import tender_facts
from tests.bidding.bidder import Bidder, part_of, sheet
from tests.bidding.test_prepare_rehearsal import begin, parts, seal
from tests.factories import tendering as make
from tests.hostile.pocket import Pocket
from tests.hostile.test_blame import pockets, sent
from tests.hostile.test_submit import withdrawal

__all__ = ["pockets"]
pytestmark = pytest.mark.django_db(transaction=True)
SECOND = timedelta(seconds=1)


@pytest.fixture
def tender(pockets: list[Pocket], cast: Any) -> Any:
    return make.published(cast.purchaser, two_envelopes=True)


def test_each_envelope_is_replaced_and_withdrawn_by_itself(
    pockets: list[Pocket], tender: Any, cast: Any, tmp_path: Path, at: Callable[..., None]
) -> None:
    suppliers = {"a": cast.supplier_a, "b": cast.supplier_b, "c": cast.supplier_c, "d": cast.outsider}

    def send(name: str, envelope: str, folder: str = "first", **over: Any) -> str:
        return sent(tender, suppliers[name], tmp_path / name / envelope / folder, envelope, **over)

    first = {(name, envelope): send(name, envelope) for name in suppliers for envelope in tender.envelopes}
    hashes = {key: Bid.objects.get(pk=bid).record_hash for key, bid in first.items()}

    # A offers less: its price alone is sealed anew, and its technical part stays what it was.
    again = send("a", "price", "again", unit_price="4400.00", supersedes=hashes["a", "price"])
    # B writes its technical part anew.
    better = send("b", "technical", "again", supersedes=hashes["b", "technical"])
    # C takes both back and comes again with both.
    c = Bidder.of(cast.supplier_c)
    for envelope in tender.envelopes:
        bid = first["c", envelope]
        assert c.post(f"/bids/{bid}/withdraw", withdrawal(c, bid)).status_code == 200
    fresh = {envelope: send("c", envelope, "again") for envelope in tender.envelopes}
    # D takes its price back, and what is left is no bid.
    d, taken = Bidder.of(cast.outsider), first["d", "price"]
    wrong = withdrawal(d, taken)
    refused = d.post(f"/bids/{first['d', 'technical']}/withdraw", wrong)
    assert refused.status_code == 422, "a signed withdrawal is of its own envelope alone"
    assert Bid.objects.get(pk=first["d", "technical"]).status == "submitted"
    assert d.post(f"/bids/{taken}/withdraw", wrong).status_code == 200
    assert desk.missing_envelope(tender, cast.outsider.org_id, "1") == "price"
    page = d.client.get(f"/tenders/{tender.id}/bid/", headers={"Accept-Language": "en"}).content.decode()
    assert "NOT submitted: the price envelope is missing" in page

    gone = {
        first["a", "price"]: "superseded", first["b", "technical"]: "superseded", taken: "withdrawn",
        first["c", "technical"]: "withdrawn", first["c", "price"]: "withdrawn",
    }  # fmt: skip
    assert {bid: Bid.objects.get(pk=bid).status for bid in gone} == gone
    assert Receipt.objects.count() == 8 + 2 + 2 + 2 + 1

    at(tender.bids_due_at)
    assert closing.close(tender_id=tender.id)
    listed = {row.envelope: row.body["entries"] for row in CloseList.objects.all()}
    states = {envelope: Counter(entry["state"] for entry in rows) for envelope, rows in listed.items()}
    assert states == {
        "technical": {"effective": 4, "superseded": 1, "withdrawn": 1},
        "price": {"effective": 3, "superseded": 1, "withdrawn": 2},
    }
    (told,) = InboxItem.objects.filter(key__contains=".incomplete.")
    assert told.organisation_id == cast.outsider.org_id

    at(tender.bids_due_at + 2 * SECOND)
    assert opening.gather(tender_id=tender.id)
    passed = [UUID(first["a", "technical"]), UUID(better), UUID(fresh["technical"])]
    conclude(actor=cast.purchaser, tender_id=tender.id, passed={"1": passed}, document_hash="00" * 32)
    handlers()["bidding.gather"](str(tender.id))
    prices = OpenedBid.objects.filter(bid__envelope="price")
    assert {str(row.bid_id): str(row.quote) for row in prices} == {
        again: "880000.00", first["b", "price"]: "900000.00", fresh["price"]: "900000.00",
    }  # fmt: skip
    released = {bid for keeper in pockets for bid, _ in keeper.released}
    assert released.isdisjoint(gone), "what was replaced or taken back is opened by nobody"
    assert not Share.objects.filter(bid_id__in=gone).exists()
    assert integrity.check(tender.id) == []


def test_each_envelope_is_rehearsed_by_itself_and_leaves_no_bid(
    tender: Any, cast: Any, tmp_path: Path
) -> None:
    bidder = Bidder.of(cast.supplier_a)
    handlers()["bidding.batch"]("log")
    assert RehearsalPolicy.objects.count() == 2
    assert not RehearsalPolicy.objects.exclude(cancel_index=None).exists(), "both are of this year"
    grown = log.size()
    said = {}
    for envelope in tender.envelopes:
        address, params = begin(bidder, tender, envelope)
        assert params["ctx_base"]["envelope"] == envelope
        page = bidder.client.get(address).content.decode()
        assert f'data-lot="rehearsal-1-{envelope}"' in page
        assert ('id="prices"' in page) == (envelope == "price")
        assert ('id="terms"' in page) == (envelope == "technical")
        sealed = seal(params, tmp_path / envelope, part_of(sheet(tender), envelope))
        said[address] = (parts(bidder, tender, sealed), envelope)
    (one, (body, _)), (other, _) = said.items()
    refused = bidder.post(f"{other}check", body)
    assert (refused.status_code, refused.json()["reason"]) == (422, "wrong-tender")
    for address, (body, envelope) in said.items():
        assert bidder.post(f"{address}check", body).json()["acks"] == 3
        signed = {"record": body["record"], "signature": bidder.sign(bidder.begin(tender), body["record"])}
        assert bidder.post(f"{address}submit", signed).json()["receipt_url"] == address
        page = bidder.client.get(address, headers={"Accept-Language": "en"}).content.decode()
        assert desk.ENVELOPES[envelope] in page
    assert Rehearsal.objects.filter(status="submitted").count() == 2
    assert (log.size(), Receipt.objects.count()) == (grown, 0)
    page = bidder.client.get(f"/tenders/{tender.id}/bid/", headers={"Accept-Language": "en"}).content.decode()
    assert page.count("What came of it") == 2
    assert (
        bidder.client.post(f"/tenders/{tender.id}/rehearse", {"lot": "1", "envelope": "single"}).status_code
        == 404
    )
    acts = Entry.objects.filter(subject__startswith="rehearsal.", verb="begin")
    assert {row.facts["envelope"] for row in acts} == set(tender.envelopes)
    assert tender_facts(tender.id).status == "open"
    assert one != other
