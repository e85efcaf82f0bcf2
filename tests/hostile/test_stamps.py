"""Bidders with stamps: accounted for in the close list, disputed when left out, never in anybody's way."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding.keeper.client import KeeperClient
from bidding.models import CloseList, OpenedBid, Opening, WitnessStamp
from bidding.sealing.objects import Keeper
from bidding.sealing.statements import CloseList as ReadList
from bidding.sealing.statements import Statement, sign_statement
from bidding.sealing.transcript import replay
from bidding.services import closing, opening, stamps
from core.audit.models import Entry
from core.ledger import services as ledger
from core.ledger.note import Signer
from parties.models import InboxItem
from tests.bidding.bidder import Bidder

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


def stamped(tender: Any, hashed: bytes, count: int = 3) -> list[dict[str, Any]]:
    from tendering.selectors import tender_facts

    cards = [Keeper.from_json(row) for row in tender_facts(tender.id).sealing["keepers"]]
    said = []
    for card in cards[:count]:
        with KeeperClient(card.url, card.vkey) as client:
            said.append(client.stamp(hashed).statement)
    return said


def deliver(bidder: Bidder, tender: Any, said: list[Any], lot: str = "1") -> Any:
    return bidder.post(f"/tenders/{tender.id}/stamps", {"lot": lot, "stamps": said})


def standing(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    statement = Statement.from_json(answer.json())
    statement.verify(ledger.log_vkey())
    return str(statement.body["standing"])


def test_stamps_are_accounted_for_and_an_omitted_one_disputes_its_own_record_only(
    bidders: list[Bidder], tender: Any, cast: Any, tmp_path: Path, to_deadline: Callable[..., None]
) -> None:
    for number, bidder in enumerate(bidders[:3]):
        answer = bidder.submit(tender, tmp_path / str(number), f"4{number}00.00")
        assert answer.status_code == 200
    stamper, never, kept_back = bidders[3], secrets.token_bytes(32), secrets.token_bytes(32)
    held = stamped(tender, kept_back, 2)
    assert standing(deliver(stamper, tender, stamped(tender, never))) == "pending"
    assert standing(deliver(stamper, tender, stamped(tender, never, 1))) == "pending"
    assert WitnessStamp.objects.count() == 3

    to_deadline(tender)
    assert closing.close(tender_id=tender.id)
    body = CloseList.objects.get().body
    assert ReadList.from_json(body).root() == CloseList.objects.get().root
    by_kind = {kind: [e for e in body["entries"] if e["kind"] == kind] for kind in ("receipt", "stamp")}
    assert [entry["state"] for entry in by_kind["receipt"]] == ["effective"] * 3
    (entry,) = by_kind["stamp"]
    assert (entry["record_hash"], entry["bid_id"]) == (never.hex(), "")
    assert (entry["state"], entry["code"]) == ("refused", "never-submitted")

    assert standing(deliver(stamper, tender, stamped(tender, never))) == "accounted"
    own = by_kind["receipt"][0]["record_hash"]
    assert standing(deliver(bidders[0], tender, stamped(tender, bytes.fromhex(own)))) == "accounted"
    to_deadline(tender, timedelta(seconds=2))
    late = deliver(stamper, tender, stamped(tender, secrets.token_bytes(32)))
    assert (late.status_code, late.json()["code"]) == (409, "stamps-refused")
    assert standing(deliver(stamper, tender, held)) == "disputed"
    assert standing(deliver(stamper, tender, held)) == "disputed"
    disputed = stamps.disputes(tender.id)
    assert {row["record_hash"] for row in disputed} == {kept_back.hex()}
    assert len(disputed) == 2
    told = InboxItem.objects.filter(key__startswith=f"stamp.{tender.id}.")
    assert {item.url for item in told} == {f"/opening/{tender.id}/disputes/"}
    assert tender.purchaser_id in {item.organisation_id for item in told}
    page = Bidder.of(cast.purchaser).client.get(f"/opening/{tender.id}/disputes/")
    assert page.content.decode().count(kept_back.hex()[:20]) == 2
    there = f"/opening/{tender.id}/disputes/"
    assert there in Bidder.of(cast.purchaser).client.get(f"/opening/{tender.id}/").content.decode()
    assert there not in stamper.client.get(f"/opening/{tender.id}/").content.decode(), (
        "its own, no link for bidders"
    )
    assert Entry.objects.filter(verb="dispute").count() == 2

    assert opening.gather(tender_id=tender.id)
    assert OpenedBid.objects.filter(verdict__verdict="opened").count() == 3
    assert replay(Opening.objects.get().transcript).ok, "who replays it minds the stamp as little"


def test_what_is_no_stamp_of_this_tender_is_not_taken(
    bidders: list[Bidder], tender: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamper = bidders[3]
    good = stamped(tender, secrets.token_bytes(32), 2)
    stranger = Signer(good[0]["body"]["keeper"], secrets.token_bytes(32))
    before = Entry.objects.count()
    for given, lot, status in (
        ([{**good[0], "body": {**good[0]["body"], "hash": "00" * 32}}], "1", 422),
        ([sign_statement(stranger, good[0]["body"]).to_json()], "1", 409),
        ([good[0], *stamped(tender, secrets.token_bytes(32), 1)], "1", 422),
        ([], "1", 422),
        ({}, "1", 422),
        (good * 8, "1", 422),
        (good, "9", 404),
    ):
        assert deliver(stamper, tender, given, lot).status_code == status, given
    monkeypatch.setattr(stamps, "MAX_RECORDS", 0)
    assert deliver(stamper, tender, good).status_code == 409
    assert not WitnessStamp.objects.exists()
    assert Entry.objects.count() == before
    monkeypatch.undo()
    assert standing(deliver(stamper, tender, good)) == "pending"


def test_the_sealing_page_alone_may_ask_this_tenders_keepers_and_the_receipt_shows_what_they_said(
    bidders: list[Bidder], tender: Any, tmp_path: Path, cast: Any
) -> None:
    bidder = bidders[0]
    bid_id = bidder.begin(tender)
    page = bidder.client.get(f"/bids/{bid_id}/")
    policy = dict(
        part.strip().split(" ", 1)
        for part in page["Content-Security-Policy"].split(";")
        if " " in part.strip()
    )
    origins = {card["url"] for card in bidder.client.get(f"/bids/{bid_id}/params.json").json()["keepers"]}
    assert set(policy["connect-src"].split()) == {"'self'", *origins}
    elsewhere = bidder.client.get(f"/tenders/{tender.id}/bid/")["Content-Security-Policy"]
    assert not any(origin in elsewhere for origin in origins)

    answer = bidder.submit(tender, tmp_path / "bid")
    receipt = answer.json()["receipt_url"]
    assert bidder.client.get(f"{receipt}stamps.json").json()["stamps"] == []
    said = stamped(tender, bytes.fromhex(answer.json()["record_hash"]), 2)
    assert standing(deliver(bidder, tender, said)) == "pending"
    kept = bidder.client.get(f"{receipt}stamps.json").json()
    assert (kept["record_hash"], kept["stamps"]) == (answer.json()["record_hash"], said)
    assert f"{receipt}stamps.json" in bidder.client.get(receipt).content.decode()
    assert bidders[1].client.get(f"{receipt}stamps.json").status_code == 404
