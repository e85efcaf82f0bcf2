"""A competitive consultation (竞争性磋商) on research: two suppliers may go on, points decide with the lowest quote as base."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bidding.services import closing, opening
from core import clock
from disclosure.models import Notice
from evaluation.models import Talk
from evaluation.scoring.recompute import recompute
from tendering.selectors import law_of, tender_facts
from tests.bidding.bidder import Bidder
from tests.journeys.conftest import (
    awarded_and_signed,
    complete,
    from_budget_to_draft,
    reported,
    reviewed,
    scored,
)
from tests.journeys.rounds import heard_once, in_beijing

pytestmark = pytest.mark.django_db(transaction=True)
SECOND = timedelta(seconds=1)


def test_two_suppliers_are_consulted_and_points_decide(
    journey: Any, cast: Any, at: Any, tmp_path: Path
) -> None:
    journal = journey("consultation", "Competitive consultation (竞争性磋商)")
    buyer = journal.person("purchaser", cast.purchaser)
    tender = from_budget_to_draft(buyer, "consultation", "1000000.00", "科研设备竞争性磋商")
    assert (tender.evaluation_method, tender.price_formula) == ("consultation_score", "order214")
    complete(buyer, tender, "磋商文件")
    page = f"/tenders/{tender.id}/"
    buyer.post(f"{page}ground/", "states the case of the law", ground="research")
    buyer.post(
        f"{page}terms/new/",
        "lists a term that the talks may change",
        kind="service",
        title="售后",
        text="三年质保",
    )
    for name, kind, points in (("技术方案", "subjective", "50"), ("售后服务", "objective", "20")):
        guide = "满足全部要求得满分，每缺一项扣 5 分。"
        buyer.post(f"{page}criteria/new/", "adds a criterion", name=name, kind=kind, max=points, guide=guide)
    buyer.post(f"{page}publish/", "publishes the notice")
    tender = tender_facts(tender.id)
    earliest = law_of(tender.id).end_of("C-02.consult_min", tender.published_at).ends_at
    assert earliest - timedelta(hours=15) <= tender.bids_due_at <= earliest
    actors = (cast.supplier_a, cast.supplier_b)
    bidders = [Bidder.of(actor) for actor in actors]
    people = [journal.person(f"supplier {'AB'[n]}", actor) for n, actor in enumerate(actors)]
    for n, bidder in enumerate(bidders):
        assert bidder.submit_apart(tender, tmp_path / f"first-{n}", "technical").status_code == 200
        journal.write(people[n].name, "seals the first response, without a price", "POST /bids/…/submit", 200)
    at(tender.bids_due_at)
    assert closing.close(tender_id=tender.id)
    at(tender.bids_due_at + 2 * SECOND)
    assert opening.gather(tender_id=tender.id)
    journal.clock("the first responses are opened, for the team alone", "bidding.gather")

    room, members = reviewed(journal, buyer, cast.experts, tender.id, size=3)
    buyer.post(f"{room}advance", "begins the talks", verb="begin_rounds")
    talk = {row.supplier_id: row.pk for row in Talk.objects.all()}
    journal.follow(people[:1], [f"talk.{talk[actor.org_id]}" for actor in actors])
    for actor, person in zip(actors, people, strict=True):
        heard_once(buyer, members[1], person, f"{room}talks/{talk[actor.org_id]}/", page)
    due = clock.now() + timedelta(hours=3)
    buyer.post(f"{room}finals", "ends the talks and calls for final quotes", until=in_beijing(due))
    tender = tender_facts(tender.id)
    for n, price in enumerate(("4000.00", "4800.00")):
        assert bidders[n].submit_apart(tender, tmp_path / f"final-{n}", "price", price).status_code == 200
        journal.write(people[n].name, "seals the final quote and submits it", "POST /bids/…/submit", 200)
    at(tender.finals_due_at)
    assert closing.close(tender_id=tender.id)
    journal.clock("no more final quotes are accepted", "bidding.close")
    buyer.post(f"{room}advance", "opens scoring: no price is known", verb="begin_scoring")
    scored(room, members)
    buyer.post(f"{room}advance", "logs who meets the document", verb="log_result")
    at(tender.finals_due_at + 2 * SECOND)
    assert opening.gather(tender_id=tender.id)
    journal.clock("the keepers open the final quotes together", "bidding.gather")
    buyer.post(f"{room}advance", "goes on to the ranking", verb="show_prices")
    reported(buyer, room, members)

    contract = awarded_and_signed(journal, buyer, people[0], tender.id)
    assert str(contract.amount) == "800000.00"
    notice = Notice.objects.get(type="award")
    again = recompute(notice.facts["recompute"])
    first, second = again["ranking"]
    assert again["failed"] is None
    assert (
        Decimal(again["base_price"])
        == Decimal(first["evaluation_price"])
        == min(Decimal(row["evaluation_price"]) for row in again["ranking"])
    )
    assert (first["price_score"], second["price_score"]) == ("30.00", "25.00"), "base ÷ quote × weight"
    journal.finish()
