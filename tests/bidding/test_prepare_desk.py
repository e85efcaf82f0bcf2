"""The bid's page: what amendments touched, what must be met, and a bid that one person seals and a colleague submits."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding import desk
from bidding.models import Bid, SeenAmendment, Ticket
from bidding.rules import starred
from core.audit.models import Entry
from parties.models import Organisation
from tendering.services import amending
from tests.bidding.bidder import Bidder, sheet
from tests.factories import parties
from tests.factories import tendering as make

SPEC = "笔记本电脑\n★ 内存不少于 16 GB\n★★ 三年上门服务\n★\n重量 ★ 不限"


def embedded(page: str, name: str) -> Any:
    found = re.search(f'<script id="{name}" type="application/json">(.*?)</script>', page)
    return json.loads(found[1]) if found else None


def test_starred_lines_of_a_document_must_be_met() -> None:
    assert starred(SPEC) == ["内存不少于 16 GB", "三年上门服务"]
    assert starred("") == []


@pytest.mark.django_db
def test_terms_that_must_be_met_are_asked_for_once(cast: Any) -> None:
    tender = make.published(cast.purchaser, need=SPEC)
    [lot] = tender.lots
    found = desk.musts(tender, lot)
    names = [must.name for must in found]
    assert len(set(names)) == len(names)
    assert {"内存不少于 16 GB", "三年上门服务"} <= set(names)
    page = Bidder.of(cast.supplier_a)
    text = page.client.get(f"/bids/{page.begin(tender)}/").content.decode()
    assert all(f'data-must="{must.id}"' in text for must in found)


@pytest.mark.django_db
def test_what_an_amendment_touches_is_marked_until_it_is_read(cast: Any) -> None:
    tender = make.published(cast.purchaser)
    bidder = Bidder.of(cast.supplier_a)
    bid_id = bidder.begin(tender)
    assert 'class="touched"' not in bidder.client.get(f"/bids/{bid_id}/").content.decode()
    amending.amend(
        actor=cast.purchaser,
        tender_id=tender.id,
        reason="付款方式更正",
        texts={"payment": "验收合格后三十日内付款。"},
        new_due_at=tender.bids_due_at + timedelta(days=20),
    )
    page = bidder.client.get(f"/bids/{bid_id}/").content.decode()
    assert page.count('class="touched"') == 3, "amendments, terms, and the time to seal"
    assert "付款方式更正" in page
    assert embedded(page, "sealing-params")["ctx_base"]["notice_version"] == 2

    see = f"/tenders/{tender.id}/amendments"
    other = Bidder.of(cast.supplier_b)
    assert bidder.client.post(f"{see}/2/seen").status_code == 404
    assert bidder.client.get(f"{see}/1/seen").status_code == 405
    purchaser = Bidder.of(cast.purchaser)
    assert purchaser.client.post(f"{see}/1/seen").status_code == 404
    assert SeenAmendment.objects.count() == 0
    away = bidder.client.post(f"{see}/1/seen", {"next": "https://elsewhere.example/"})
    assert away["Location"] == f"/tenders/{tender.id}/bid/"
    assert bidder.client.post(f"{see}/1/seen", {"next": f"/bids/{bid_id}/"})["Location"] == f"/bids/{bid_id}/"
    assert 'class="touched"' not in bidder.client.get(f"/bids/{bid_id}/").content.decode()
    assert SeenAmendment.objects.count() == 1
    assert Entry.objects.filter(verb="see-amendment").count() == 1
    theirs = other.client.get(f"/bids/{other.begin(tender)}/").content.decode()
    assert theirs.count('class="touched"') == 3, "one bidder reads for itself alone"


@pytest.mark.processes
def test_a_bid_that_one_person_sealed_is_submitted_by_a_colleague(
    tender: Any, cast: Any, tmp_path: Path
) -> None:
    writer = Bidder.of(cast.supplier_a)
    colleague = Bidder.of(
        parties.member(Organisation.objects.get(pk=cast.supplier_a.org_id), "同事", "handler")
    )
    stranger = Bidder.of(cast.supplier_b)
    bid_id = writer.begin(tender)
    sealed = writer.seal(bid_id, tmp_path, sheet(tender))
    request = writer.request(tender, bid_id, sealed)
    assert embedded(colleague.client.get(f"/bids/{bid_id}/").content.decode(), "sealed-record") is None
    assert writer.post(f"/bids/{bid_id}/check", request).status_code == 200

    page = colleague.client.get(f"/bids/{bid_id}/").content.decode()
    record = embedded(page, "sealed-record")["record"]
    assert record == sealed.record.to_json()
    assert stranger.client.get(f"/bids/{bid_id}/").status_code == 404
    assert stranger.client.get(f"/bids/{bid_id}/state.json").status_code == 404
    waiting = writer.client.get(f"/bids/{bid_id}/state.json").json()
    assert (waiting["state"], waiting["receipt_url"]) == ("checked", None)
    overview = colleague.client.get(f"/tenders/{tender.id}/bid/").content.decode()
    assert f"/bids/{bid_id}/" in overview

    body = {"record": record, "signature": colleague.sign(bid_id, record)}
    assert stranger.post(f"/bids/{bid_id}/submit", body).status_code == 404
    assert Ticket.objects.count() == 0
    answer = colleague.post(f"/bids/{bid_id}/submit", body)
    assert answer.status_code == 200, answer.content
    assert (
        writer.client.get(f"/bids/{bid_id}/state.json").json()["receipt_url"] == answer.json()["receipt_url"]
    )
    assert Ticket.objects.get().actor == colleague.actor.label
    assert writer.client.get(f"/bids/{bid_id}/")["Location"] == f"/tenders/{tender.id}/bid/"

    second = writer.begin(tender)
    again = writer.seal(second, tmp_path / "second", sheet(tender, "4400.00"), supersedes=sealed.record.hash)
    assert writer.post(f"/bids/{second}/check", writer.request(tender, second, again)).status_code == 200
    amending.amend(
        actor=cast.purchaser, tender_id=tender.id, reason="澄清", texts={"payment": "验收后付款。"}
    )
    page = writer.client.get(f"/bids/{second}/").content.decode()
    assert embedded(page, "sealed-record") is None, (
        "a bid sealed before an amendment is not offered to be signed"
    )
    assert "data-stale" in page
    late = {"record": again.record.to_json(), "signature": writer.sign(second, again.record.to_json())}
    refused = writer.post(f"/bids/{second}/submit", late)
    assert (refused.status_code, refused.json()["reason"]) == (409, "amended")
    overview = writer.client.get(f"/tenders/{tender.id}/bid/").content.decode()
    assert f"/bids/{bid_id}/acknowledgement.json" in overview
    assert Bid.objects.get(pk=bid_id).status == "submitted"
