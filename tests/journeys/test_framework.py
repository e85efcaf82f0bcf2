"""A closed framework agreement (封闭式框架协议) from the plan to the first order: the cheapest are admitted, some never are."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from bidding.services import closing, opening
from contracting.selectors import agreement_of
from disclosure.models import Notice
from evaluation.scoring.recompute import recompute
from evaluation.services import entries
from mall.models import Offer, Order
from planning.selectors import budget_facts, budget_lines_of
from tendering.selectors import law_of, tender_facts
from tests.bidding.bidder import Bidder
from tests.journeys.conftest import complete, evaluated, from_budget_to_draft

pytestmark = pytest.mark.django_db(transaction=True)
TERMS = {
    "elimination": "20",
    "months": "12",
    "selection": "direct",
    "answer_hours": "48",
    "quality_ground": "",
}


def test_the_cheapest_are_admitted_sign_and_sell(journey: Any, cast: Any, at: Any, tmp_path: Path) -> None:
    journal = journey("framework", "Framework agreement, closed, price first (封闭式框架协议)")
    buyer = journal.person("organiser", cast.purchaser)
    tender = from_budget_to_draft(buyer, "framework", "1000000.00", "教学电脑框架协议")
    complete(buyer, tender, "征集文件")
    terms = f"/tenders/{tender.id}/framework/"
    version = tender_facts(tender.id).version
    buyer.post(
        terms,
        "fixes elimination, term and ceiling unit prices",
        version=version,
        **TERMS,
        **{"ceiling_1-1": "5000"},
    )
    buyer.post(f"/tenders/{tender.id}/publish/", "publishes the call for suppliers")
    tender = tender_facts(tender.id)
    law = law_of(tender.id)
    assert tender.bids_due_at == law.end_of("F-06.solicit_min", tender.published_at).ends_at - timedelta(
        hours=14, minutes=30
    ), "at 09:30 of the twentieth day"
    called = Notice.objects.get(pk=tender.notice_id)
    assert (called.type, called.facts["framework"]["elimination"]) == ("framework_call", "0.2")
    assert "5000.00" in str(called.sections)
    outsider = journal.person("somebody else", cast.outsider)
    journal.follow([outsider], [f"tender.{tender.id}", f"opening.{tender.id}"])

    for n, (actor, price) in enumerate(
        zip(
            (cast.supplier_a, cast.supplier_b, cast.supplier_c),
            ["4500.00", "4400.00", "4600.00"],
            strict=True,
        )
    ):
        assert Bidder.of(actor).submit(tender, tmp_path / f"bid-{n}", price).status_code == 200
        journal.write(
            f"supplier {'ABC'[n]}", "seals its unit prices and submits them", "POST /bids/…/submit", 200
        )
    at(tender.bids_due_at)
    assert closing.close(tender_id=tender.id)
    journal.clock("no more responses are accepted", "bidding.close")
    at(tender.bids_due_at + timedelta(seconds=2))
    assert opening.gather(tender_id=tender.id)
    journal.clock("the keepers open the responses; the opening record is published", "bidding.gather")
    evaluated(journal, buyer, cast.experts, tender.id, size=5)

    award = f"/tenders/{tender.id}/award/"
    assert agreement_of(tender.source) is None
    buyer.touch(
        award, buyer.json(award), "admits those whom the report leaves; the entry notice is published"
    )
    made = agreement_of(tender.source)
    assert made is not None
    assert [row.supplier_id for row in made.entrants] == [cast.supplier_b.org_id, cast.supplier_a.org_id]
    notice = Notice.objects.get(type="framework_entry")
    again = recompute(notice.facts["recompute"])
    assert (len(again["admitted"]), len(again["ranking"]), again["failed"]) == (2, 3, None)
    page = f"/agreements/{made.id}/"
    winners = [
        journal.person(f"supplier {name}", who)
        for name, who in (("B", cast.supplier_b), ("A", cast.supplier_a))
    ]
    loser = journal.person("supplier C", cast.supplier_c)
    assert (
        "below the line"
        in loser.client.get(
            f"/tenders/{tender.id}/result/", headers={"accept-language": "en"}
        ).content.decode()
    )
    new = reverse("mall:offer_new", args=[made.entrants[0].id, "1"])
    said = {
        "brand": "示例青竹", "model": "QZ-14", "spec": "14 英寸", "price": "4400", "stock": "50", "delivery_days": "5",
        "warranty_months": "36",
    }  # fmt: skip
    winners[0].post(new, "cannot sell before both sides have signed", expect=422, **said)
    loser.sees_nothing(new, "cannot sell: it was not admitted")
    assert Offer.objects.count() == 0

    offers = {row["supplier"]: row for row in buyer.json(page)["entries"]}
    for entrant, person in zip(made.entrants, winners, strict=True):
        sign = f"{page}entries/{entrant.id}/sign"
        person.touch(sign, offers[entrant.supplier_name], "signs the framework agreement")
        buyer.touch(sign, offers[entrant.supplier_name], "signs it for the organiser")
    assert entries.entered(tender_id=tender.id)
    journal.clock("the framework is in force, the plan's money is free again", entries.ENTERED_TIMER)
    assert tender_facts(tender.id).status == "contracted"
    (line,) = budget_lines_of(cast.purchaser.org_id)
    assert budget_facts(line.id).reserved.fen == 0
    buyer.post(f"{page}file", "records that a copy is filed", filing_no="框采备〔2026〕1号")

    winners[0].post(new, "asks more than it agreed to", expect=422, **{**said, "price": "4400.01"})
    winners[0].post(new, "lists what it delivers", **said)
    offer = Offer.objects.get()
    buyer.post("/mall/cart/lines", "puts it into the cart", offer_id=str(offer.pk), quantity="2")
    buyer.post(
        "/mall/cart/order", "orders directly under the framework agreement", key="5b0f0c1e-0f2a-4c58-9a3e-6a6a0d3f4b11",
        budget_line_id=str(line.id), deliver_to="示例路 1 号", expected="8800.00", line=f"{offer.pk}:2",
    )  # fmt: skip
    order = Order.objects.get()
    assert (order.agreement_id, order.amount_fen) == (made.id, 880_000)
    journal.finish()
