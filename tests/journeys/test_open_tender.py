"""An open tender (公开招标) from the budget to the contract: asked about, bid for, opened, evaluated by five, awarded."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding.services import closing, opening
from core.clock import BEIJING
from disclosure.models import Notice
from evaluation.scoring.recompute import recompute
from evaluation.services import awards
from parties.models import InboxItem
from tendering.models import Question
from tendering.selectors import law_of, tender_facts
from tests.bidding.bidder import Bidder
from tests.journeys.conftest import awarded_and_signed, complete, evaluated, from_budget_to_draft

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.requirement("S003-24", "S004-31")
def test_sealed_bids_are_opened_evaluated_by_five_and_awarded(
    journey: Any, cast: Any, at: Any, tmp_path: Path
) -> None:
    journal = journey("open_tender", "Open tender (公开招标)")
    buyer = journal.person("purchaser", cast.purchaser)
    tender = from_budget_to_draft(buyer, "open_tender", "1000000.00", "教学电脑公开招标")
    complete(buyer, tender, "招标文件")
    for name, kind, points in (("技术方案", "subjective", 50), ("售后服务", "objective", 20)):
        buyer.post(
            f"/tenders/{tender.id}/criteria/new/", f"adds the criterion {name}", name=name, kind=kind,
            max=str(points), guide="满足全部要求得满分，每缺一项扣 5 分。",
        )  # fmt: skip
    buyer.post(f"/tenders/{tender.id}/publish/", "publishes the procurement notice")
    tender = tender_facts(tender.id)
    soonest = law_of(tender.id).end_of("L-09.bid_min_days", tender.published_at)
    assert tender.bids_due_at == soonest.ends_at - timedelta(hours=14, minutes=30), "09:30 of its last day"
    assert tender.bids_due_at == datetime(2026, 3, 23, 9, 30, tzinfo=BEIJING), "the twentieth day is a Sunday"

    suppliers = [
        journal.person(f"supplier {name}", actor)
        for name, actor in zip("ABC", (cast.supplier_a, cast.supplier_b, cast.supplier_c), strict=True)
    ]
    outsider = journal.person("somebody else", cast.outsider)
    journal.follow([outsider], [f"tender.{tender.id}", f"opening.{tender.id}"])
    page = f"/tenders/{tender.id}/questions/"
    suppliers[0].post(page, "asks about the document", text="接口是 USB-C 还是 USB-A？")
    [question] = Question.objects.all()
    buyer.post(
        f"{page}{question.pk}/",
        "answers to all, without a name",
        published_text="接口是哪一种？",
        answer="USB-C。",
    )
    clarified = Notice.objects.get(type="clarification")
    assert cast.supplier_a.org_name not in str(clarified.sections) + str(clarified.facts)
    for n, (person, price) in enumerate(zip(suppliers, ["4500.00", "4700.00", "4900.00"], strict=True)):
        assert Bidder.of(person.actor).submit(tender, tmp_path / f"bid-{n}", price).status_code == 200
        journal.write(person.name, "seals a bid and submits it", "POST /bids/…/submit", 200)

    at(tender.bids_due_at)
    assert closing.close(tender_id=tender.id)
    assert not InboxItem.objects.filter(key=f"tender.{tender.id}.panel").exists(), "nothing is opened yet"
    journal.clock("no more bids are accepted", "bidding.close")
    at(tender.bids_due_at + timedelta(seconds=2))
    assert opening.gather(tender_id=tender.id)
    journal.clock("the keepers open the bids; the opening record is published", "bidding.gather")

    evaluated(journal, buyer, cast.experts, tender.id, size=5)
    room = buyer.json(f"/tenders/{tender.id}/panel/")["room"]
    report = buyer.json(f"{room}report/")
    assert (report["flaws"], len(report["signatures"])) == ([], 5)
    quotes = {row["bid"]: row["quote"] for row in buyer.json(f"{room}room.json")["bids"]}
    contract = awarded_and_signed(journal, buyer, suppliers[0], tender.id)
    outsider.sees_nothing(f"/contracts/{contract.id}/", "does not see the contract's page")
    [decided] = buyer.json(f"/tenders/{tender.id}/award/")["awards"]
    assert (decided["amount"], quotes[decided["bid"]]) == ("900000.00", "900000.00")
    notice = Notice.objects.get(type="award")
    assert recompute(notice.facts["recompute"])["ranking"][0]["id"] == decided["bid"]
    assert awards.contracted(award_id=contract.source.removeprefix("award."))
    assert tender_facts(tender.id).status == "contracted"
    journal.clock("the procedure is contracted", "evaluation.contracted")
    journal.finish()
