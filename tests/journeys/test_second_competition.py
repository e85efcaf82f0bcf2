"""A second competition (二次竞价) under a framework agreement: sealed quotes within the own agreed price, the lowest wins."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding.services import closing, opening
from contracting.selectors import agreement_facts
from disclosure.models import Notice, Transaction
from disclosure.states import official_name
from evaluation.scoring.recompute import recompute
from evaluation.services import awards
from parties.models import InboxItem
from tendering.selectors import tender_facts
from tests.bidding.bidder import Bidder
from tests.factories import mall, parties
from tests.journeys.conftest import awarded_and_signed, complete, from_budget_to_draft

pytestmark = pytest.mark.django_db(transaction=True)
QUOTES = ("5150.00", "5120.00", "5000.00")


def called(journal: Any, cast: Any) -> tuple[Any, Any, Any]:
    """An agreement with three suppliers at 5,200, 5,100 and 5,350, and a competition under it, published."""
    suppliers = (cast.supplier_a, cast.supplier_b, cast.supplier_c)
    made = mall.agreement(
        cast.agency,
        *suppliers,
        prices=("5200.00", "5100.00", "5350.00"),
        cap="1100000.00",
        entrant_cap="1100000.00",
        selection="competition",
    )
    buyer = journal.person("purchaser", cast.purchaser)
    tender = from_budget_to_draft(buyer, "second_competition", "1100000.00", "教学电脑二次竞价")
    complete(buyer, tender, "竞价需求")
    assert 'data-issue="no-agreement"' in buyer.page(f"/tenders/{tender.id}/")
    version = tender_facts(tender.id).version
    page = f"/tenders/{tender.id}/competition/"
    buyer.post(
        page, "chooses the framework agreement and its item", version=version, **{"item_1-1": f"{made.id}:1"}
    )
    buyer.post(f"/tenders/{tender.id}/publish/", "calls all its suppliers")
    return buyer, tender_facts(tender.id), made


def test_the_lowest_within_its_own_agreed_price_wins(
    journey: Any, cast: Any, at: Any, tmp_path: Path
) -> None:
    journal = journey("second_competition", "Second competition under a framework agreement (二次竞价)")
    buyer, tender, made = called(journal, cast)
    journal.follow(
        [journal.person("somebody else", cast.outsider)], [f"tender.{tender.id}", f"opening.{tender.id}"]
    )
    notice = Notice.objects.get(type="mall_call")
    assert [row["prices"]["1-1"] for row in notice.facts["called"]] == ["5200.00", "5100.00", "5350.00"]
    outside = parties.desk("supplier", "示例丁供应商", "330100")
    journal.person("a supplier outside", outside).sees_nothing(
        f"/tenders/{tender.id}/bid/", "was not called: it has not entered the framework"
    )
    for n, (actor, price) in enumerate(
        zip((cast.supplier_a, cast.supplier_b, cast.supplier_c), QUOTES, strict=True)
    ):
        assert InboxItem.objects.filter(key=f"tender.{tender.id}.called.{actor.org_id}").exists()
        supplier = Bidder.of(actor)
        if n == 1:
            begun = supplier.client.post(f"/tenders/{tender.id}/bid/begin", {"lot": "1"}, follow=True)
            prices = begun.content.decode().split("data-price-row")[1].split("</tr>")[0]
            assert "5,100.00" in prices, prices
        assert supplier.submit(tender, tmp_path / f"bid-{n}", price).status_code == 200
        journal.write(f"supplier {'ABC'[n]}", "seals its quote and submits it", "POST /bids/…/submit", 200)
    at(tender.bids_due_at)
    assert closing.close(tender_id=tender.id)
    journal.clock("no more quotes are accepted", "bidding.close")
    at(tender.bids_due_at + timedelta(seconds=2))
    assert opening.gather(tender_id=tender.id)
    journal.clock("the keepers open the quotes; the opening record is published", "bidding.gather")

    task = InboxItem.objects.get(key=f"tender.{tender.id}.panel")
    own = buyer.json(task.url)["representatives"][0]["user"]
    buyer.post(task.url, "reviews the quotes alone: no expert is drawn", representative=own)
    room = buyer.json(task.url)["room"]
    state = buyer.json(f"{room}room.json")
    buyer.touch(state["urls"]["declare"], state["you"]["sign"], "declares to have no tie to a bidder")
    buyer.post(f"{room}advance", "begins the review", verb="begin_review")
    for row in buyer.json(f"{room}room.json")["unreviewed"]:
        buyer.post(f"{room}review", f"finds condition {row['criterion']} met", **row, passed="1", reason="")
    buyer.post(f"{room}advance", "closes the review", verb="begin_scoring")
    buyer.post(f"{room}submit", "submits the own sheet")
    buyer.post(f"{room}report", "has the report made")
    buyer.touch(f"{room}report/sign", buyer.json(f"{room}report/"), "signs the report", dissent="")
    contract = awarded_and_signed(journal, buyer, journal.person("supplier C", cast.supplier_c), tender.id)
    assert (contract.supplier_id, str(contract.amount)) == (cast.supplier_c.org_id, "1000000.00")
    deal = Notice.objects.get(type="framework_deal")
    again = recompute(deal.facts["recompute"])
    assert [(one["reason"]) for one in again["excluded"]] == ["over_unit_ceiling"]
    assert (deal.facts["agreement_no"], deal.facts["items"][0]["unit_price"]) == (
        made.agreement_no,
        "5000.00",
    )
    announced = Notice.objects.get(type="contract")
    assert official_name(announced.type, announced.method) == "反向竞价合同公告"
    after = agreement_facts(made.id)
    assert str(after.drawn) == str(after.entrant_of(cast.supplier_c.org_id).drawn) == "1000000.00"
    assert awards.contracted(award_id=contract.source.removeprefix("award."))
    journal.clock("the transaction record is published", "evaluation.contracted")
    record = Transaction.objects.get()
    assert (record.mode, record.framework_ocid, record.ocid) == ("second_competition", made.ocid, tender.ocid)
    assert tender_facts(tender.id).status == "contracted"
    journal.finish()


def test_a_call_that_nobody_answers_ends_in_public_without_a_deal(journey: Any, cast: Any, at: Any) -> None:
    _buyer, tender, made = called(journey("second_competition", ""), cast)
    at(tender.bids_due_at)
    closing.close(tender_id=tender.id)
    assert tender_facts(tender.id).status == "failed"
    notice = Notice.objects.get(type="mall_failure")
    assert (notice.facts["rule"], agreement_facts(made.id).drawn.fen) == ("F-11", 0)
