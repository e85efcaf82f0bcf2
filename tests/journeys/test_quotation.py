"""A request for quotations (询价) from the budget to the contract: one quote each, the lowest that fits wins."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding.models import Ticket
from bidding.services import closing, opening
from disclosure.models import Notice
from evaluation.scoring.recompute import recompute
from evaluation.services import awards
from tendering.selectors import law_of, tender_facts
from tests.bidding.bidder import Bidder, sheet
from tests.journeys.conftest import awarded_and_signed, complete, evaluated, from_budget_to_draft

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.requirement("S003-29")
def test_one_quote_each_and_the_lowest_wins(journey: Any, cast: Any, at: Any, tmp_path: Path) -> None:
    journal = journey("quotation", "Request for quotations (询价)")
    buyer = journal.person("purchaser", cast.purchaser)
    tender = from_budget_to_draft(buyer, "quotation", "1000000.00", "教学电脑询价")
    complete(buyer, tender, "询价通知书")
    buyer.post(f"/tenders/{tender.id}/publish/", "publishes the request for quotations")
    tender = tender_facts(tender.id)
    law = law_of(tender.id)
    assert tender.bids_due_at == law.end_of("N-03.inquiry_min", tender.published_at).ends_at - timedelta(
        hours=14, minutes=30
    ), "at 09:30 of the last of three working days"
    assert Notice.objects.get(pk=tender.notice_id).type == "tender_notice"
    outsider = journal.person("somebody else", cast.outsider)
    journal.follow([outsider], [f"tender.{tender.id}", f"opening.{tender.id}"])

    suppliers = [Bidder.of(actor) for actor in (cast.supplier_a, cast.supplier_b, cast.supplier_c)]
    for n, (supplier, price) in enumerate(zip(suppliers, ["4500.00", "4400.00", "4600.00"], strict=True)):
        assert supplier.submit(tender, tmp_path / f"bid-{n}", price).status_code == 200
        journal.write(
            f"supplier {'ABC'[n]}", "seals the one quote and submits it", "POST /bids/…/submit", 200
        )
    refused = supplier.client.post(f"/tenders/{tender.id}/bid/begin", {"lot": "1"})
    assert refused.status_code == 409
    journal.write("supplier C", "wants to change the quote and cannot", "POST /tenders/…/bid/begin", 409)

    at(tender.bids_due_at)
    assert closing.close(tender_id=tender.id)
    journal.clock("no more quotes are accepted", "bidding.close")
    at(tender.bids_due_at + timedelta(seconds=2))
    assert opening.gather(tender_id=tender.id)
    journal.clock("the keepers open the quotes; the opening record is published", "bidding.gather")

    evaluated(journal, buyer, cast.experts, tender.id, size=3)
    winner = journal.person("supplier B", cast.supplier_b)
    contract = awarded_and_signed(journal, buyer, winner, tender.id)
    assert (contract.supplier_id, str(contract.amount)) == (cast.supplier_b.org_id, "880000.00")
    notice = Notice.objects.get(type="award")
    assert notice.title.endswith("成交公告")
    again = recompute(notice.facts["recompute"])
    assert (notice.facts["recompute"]["method"], again["failed"]) == ("lowest_final_quote", None)
    assert awards.contracted(award_id=contract.source.removeprefix("award."))
    assert tender_facts(tender.id).status == "contracted"
    journal.clock("the procedure is contracted", "evaluation.contracted")
    journal.finish()


@pytest.mark.requirement("S003-29")
def test_a_quote_given_stays_even_when_it_is_withdrawn_until_the_request_is_amended(
    journey: Any, cast: Any, at: Any, tmp_path: Path
) -> None:
    journal = journey("quotation", "")
    buyer = journal.person("purchaser", cast.purchaser)
    tender = from_budget_to_draft(buyer, "quotation", "1000000.00", "教学电脑询价")
    complete(buyer, tender, "询价通知书")
    buyer.post(f"/tenders/{tender.id}/publish/", "publishes")
    tender = tender_facts(tender.id)
    bidder = Bidder.of(cast.supplier_a)
    early = bidder.begin(tender)  # begun before the quote was given, from another device
    first = bidder.submit(tender, tmp_path / "first", "4500.00").json()
    sealed = bidder.seal(
        early, tmp_path / "second", sheet(tender, "4300.00"), supersedes=first["record_hash"]
    )
    answer = bidder.post(f"/bids/{early}/submit", bidder.request(tender, early, sealed))
    assert (answer.status_code, answer.json()["reason"]) == (409, "quote-final")
    assert [ticket.code for ticket in Ticket.objects.order_by("arrival")] == ["", "quote-final"]
    shown = bidder.client.get(f"/tenders/{tender.id}/bid/").content.decode()
    assert f'action="/tenders/{tender.id}/bid/begin"' not in shown

    amended = {
        "reason": "增加数量", "need": "教学用笔记本电脑 200 台，另加 20 台备用。", "delivery": tender.delivery,
        "affects_bids": "on",
    }  # fmt: skip
    buyer.post(f"/tenders/{tender.id}/amend/", "amends", **amended)
    tender = tender_facts(tender.id)
    third = bidder.begin(tender)
    sealed = bidder.seal(third, tmp_path / "third", sheet(tender, "4300.00"), supersedes=first["record_hash"])
    answer = bidder.post(f"/bids/{third}/submit", bidder.request(tender, third, sealed))
    assert answer.status_code == 200, answer.content.decode()


@pytest.mark.requirement("S003-29")
def test_two_quotes_end_the_request_by_its_own_rule(journey: Any, cast: Any, at: Any, tmp_path: Path) -> None:
    journal = journey("quotation", "")
    buyer = journal.person("purchaser", cast.purchaser)
    tender = from_budget_to_draft(buyer, "quotation", "1000000.00", "教学电脑询价")
    complete(buyer, tender, "询价通知书")
    buyer.post(f"/tenders/{tender.id}/publish/", "publishes")
    tender = tender_facts(tender.id)
    for n, actor in enumerate((cast.supplier_a, cast.supplier_b)):
        assert Bidder.of(actor).submit(tender, tmp_path / str(n)).status_code == 200
    at(tender.bids_due_at)
    closing.close(tender_id=tender.id)
    assert tender_facts(tender.id).status == "failed"
    notice = Notice.objects.get(type="failure")
    assert notice.facts["rule"] == "N-11"
    assert "第74号第五十条" in str(notice.sections)
