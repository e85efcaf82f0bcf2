"""An online inquiry (在线询价) below the threshold, without agency or experts: one quote each, the lowest of three wins."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding.services import closing, opening
from disclosure.models import Notice
from evaluation.scoring.recompute import recompute
from evaluation.services import awards
from parties.models import InboxItem, Organisation
from tendering.selectors import tender_facts
from tests.bidding.bidder import Bidder
from tests.journeys.conftest import awarded_and_signed, complete, from_budget_to_draft

pytestmark = pytest.mark.django_db(transaction=True)


def asked(journal: Any, cast: Any, amount: str) -> tuple[Any, Any]:
    """An inquiry of the purchaser, published if it may be."""
    Organisation.objects.filter(pk=cast.purchaser.org_id).update(budget_level="city")
    buyer = journal.person("purchaser", cast.purchaser)
    tender = from_budget_to_draft(buyer, "online_inquiry", amount, "教学电脑在线询价")
    complete(buyer, tender, "询价说明")
    return buyer, tender


@pytest.mark.requirement("S003-29")
def test_the_purchaser_alone_reviews_and_the_lowest_wins(
    journey: Any, cast: Any, at: Any, tmp_path: Path
) -> None:
    journal = journey("online_inquiry", "Online inquiry below the threshold (在线询价)")
    buyer, tender = asked(journal, cast, "299999.99")
    buyer.post(f"/tenders/{tender.id}/publish/", "publishes the inquiry")
    tender = tender_facts(tender.id)
    journal.follow(
        [journal.person("somebody else", cast.outsider)], [f"tender.{tender.id}", f"opening.{tender.id}"]
    )
    for n, (actor, price) in enumerate(
        zip(
            (cast.supplier_a, cast.supplier_b, cast.supplier_c),
            ["1400.00", "1300.00", "1350.00"],
            strict=True,
        )
    ):
        supplier = Bidder.of(actor)
        assert supplier.submit(tender, tmp_path / f"bid-{n}", price).status_code == 200
        journal.write(
            f"supplier {'ABC'[n]}", "seals its one quote and submits it", "POST /bids/…/submit", 200
        )
    assert supplier.client.post(f"/tenders/{tender.id}/bid/begin", {"lot": "1"}).status_code == 409
    journal.write("supplier C", "wants to change the quote and cannot", "POST /tenders/…/bid/begin", 409)
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
    assert len(state["members"]) == 1
    buyer.touch(state["urls"]["declare"], state["you"]["sign"], "declares to have no tie to a bidder")
    buyer.post(f"{room}advance", "begins the review", verb="begin_review")
    for row in buyer.json(f"{room}room.json")["unreviewed"]:
        buyer.post(f"{room}review", f"finds condition {row['criterion']} met", **row, passed="1", reason="")
    buyer.post(f"{room}advance", "closes the review", verb="begin_scoring")
    buyer.post(f"{room}submit", "submits the own sheet")
    buyer.post(f"{room}report", "has the report made")
    buyer.touch(f"{room}report/sign", buyer.json(f"{room}report/"), "signs the report", dissent="")
    contract = awarded_and_signed(journal, buyer, journal.person("supplier B", cast.supplier_b), tender.id)
    assert (contract.supplier_id, str(contract.amount)) == (cast.supplier_b.org_id, "260000.00")
    notice = Notice.objects.get(type="award")
    assert recompute(notice.facts["recompute"])["failed"] is None
    assert awards.contracted(award_id=contract.source.removeprefix("award."))
    assert tender_facts(tender.id).status == "contracted"
    journal.clock("the inquiry is contracted", "evaluation.contracted")
    journal.finish()


def test_from_the_limit_on_it_is_refused_and_two_quotes_end_it(
    journey: Any, cast: Any, at: Any, tmp_path: Path
) -> None:
    buyer, tender = asked(journey("online_inquiry", ""), cast, "300000.00")
    page = buyer.page(f"/tenders/{tender.id}/")
    assert 'data-issue="above-the-limit"' in page
    assert buyer.client.post(f"/tenders/{tender.id}/publish/").status_code == 422
    assert tender_facts(tender.id).status == "draft"
    buyer.post(
        f"/tenders/{tender.id}/edit/", "asks for less", version=tender_facts(tender.id).version, title=tender.title,
        need=tender.need, delivery="合同签订后三十日内送达。", budget="299999.99", ceiling="", gathering_seconds=60,
    )  # fmt: skip
    buyer.post(
        f"/tenders/{tender.id}/lots/1/", "asks for less", title=tender.title, budget="299999.99", ceiling=""
    )
    buyer.post(f"/tenders/{tender.id}/publish/", "publishes")
    tender = tender_facts(tender.id)
    for n, actor in enumerate((cast.supplier_a, cast.supplier_b)):
        assert Bidder.of(actor).submit(tender, tmp_path / str(n), "1300.00").status_code == 200
    at(tender.bids_due_at)
    closing.close(tender_id=tender.id)
    assert tender_facts(tender.id).status == "failed"
    assert Notice.objects.get(type="failure").facts["rule"] == "X-20"
