"""A competitive negotiation (竞争性谈判) from the budget to the contract: rounds in streams of their own, sealed final quotes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding import integrity
from bidding.services import closing, opening
from contracting.selectors import contract_facts
from core import clock
from disclosure.models import Notice
from evaluation import selectors
from evaluation.models import Panel, Talk
from evaluation.scoring.recompute import recompute
from evaluation.services import awards
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


@pytest.mark.requirement("S001-44")
def test_each_talks_alone_and_the_lowest_final_quote_wins(
    journey: Any, cast: Any, at: Any, tmp_path: Path
) -> None:
    journal = journey("negotiation", "Competitive negotiation (竞争性谈判)")
    buyer = journal.person("purchaser", cast.purchaser)
    tender = from_budget_to_draft(buyer, "negotiation", "1000000.00", "教学电脑竞争性谈判")
    complete(buyer, tender, "谈判文件")
    page = f"/tenders/{tender.id}/"
    buyer.post(f"{page}ground/", "states the case of the law", ground="complex")
    for kind, title, text in (
        ("technical", "内存", "不低于 16 GB"),
        ("contract", "付款", "验收合格后一次付清"),
    ):
        buyer.post(
            f"{page}terms/new/", "lists a term that the talks may change", kind=kind, title=title, text=text
        )
    buyer.post(f"{page}publish/", "publishes the notice")
    tender = tender_facts(tender.id)
    earliest = law_of(tender.id).end_of("N-02.negotiation_min", tender.published_at).ends_at
    assert earliest - timedelta(hours=15) <= tender.bids_due_at <= earliest
    actors = (cast.supplier_a, cast.supplier_b, cast.supplier_c, cast.outsider)
    bidders = [Bidder.of(actor) for actor in actors]
    people = [journal.person(f"supplier {'ABCD'[n]}", actor) for n, actor in enumerate(actors)]
    for n, bidder in enumerate(bidders):
        answer = bidder.submit_apart(tender, tmp_path / f"first-{n}", "technical")
        assert answer.status_code == 200, answer.content.decode()
        journal.write(people[n].name, "seals the first response, without a price", "POST /bids/…/submit", 200)

    at(tender.bids_due_at)
    assert closing.close(tender_id=tender.id)
    at(tender.bids_due_at + 2 * SECOND)
    assert opening.gather(tender_id=tender.id)
    journal.clock("the first responses are opened, for the team alone", "bidding.gather")
    assert tender_facts(tender.id).status == "opened"
    assert not Notice.objects.filter(type="opening_record").exists()
    people[0].sees_nothing(f"/opening/{tender.id}/", "looks for the opening and finds none")
    room, members = reviewed(journal, buyer, cast.experts, tender.id, size=3)
    buyer.post(f"{room}advance", "begins the talks", verb="begin_rounds")

    panel = Panel.objects.get()
    talk = {row.supplier_id: row for row in Talk.objects.all()}
    own = [f"talk.{talk[actor.org_id].pk}" for actor in actors]
    journal.follow(people[:1], [own[0], own[1], f"room.{panel.pk}"])
    journal.follow(people[1:2], [own[1]])
    people[0].sees_nothing(f"{room}talks/{talk[actors[1].org_id].pk}/", "wants to read another's talks")
    for n, person in enumerate(people):
        heard_once(buyer, members[1], person, f"{room}talks/{talk[actors[n].org_id].pk}/", page)

    memory = {"term": 1, "text": "不低于 32 GB", "reason": "谈判表明 32 GB 已是主流配置"}
    refused = members[1].client.post(
        f"{room}changes", {**memory, "term": 3}, headers={"accept": "application/json"}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "not-changeable")
    journal.write("member 2", "wants to change what is not listed and cannot", f"POST {room}changes", 409)
    members[1].post(f"{room}changes", "proposes to change a listed term", **memory)
    [row] = buyer.json(f"{room}room.json")["changes"]
    until = clock.now() + timedelta(hours=2)
    buyer.post(
        f"{room}changes/{row['change']}/confirm",
        "confirms the change as the purchaser's representative; all are told at once",
        until=in_beijing(until),
    )
    assert [term.text for term in tender_facts(tender.id).terms] == ["不低于 32 GB", "验收合格后一次付清"]
    people[1].post(f"{page}talk/changes/{row['change']}", "responds to the change", text="升级为 32 GB")
    people[3].post(f"{page}talk/leave", "leaves the talks", reason="无法满足新的要求")
    at(until + SECOND)
    due = clock.now() + timedelta(hours=3)
    buyer.post(f"{room}finals", "ends the talks and calls for final quotes", until=in_beijing(due))
    tender = tender_facts(tender.id)
    assert tender.status == "quoting"
    for n, price in enumerate(("4500.00", "4300.00", "4400.00")):
        answer = bidders[n].submit_apart(tender, tmp_path / f"final-{n}", "price", price)
        assert answer.status_code == 200, answer.content.decode()
        journal.write(people[n].name, "seals the final quote and submits it", "POST /bids/…/submit", 200)
    refused = bidders[3].client.post(f"{page}bid/begin", {"lot": "1"})
    assert refused.status_code == 404
    journal.write("supplier D", "has left and is asked for none", "POST /tenders/…/bid/begin", 404)

    at(tender.finals_due_at)
    assert closing.close(tender_id=tender.id)
    journal.clock("no more final quotes are accepted", "bidding.close")
    buyer.post(f"{room}advance", "begins the judgement", verb="begin_scoring")
    scored(room, members)
    buyer.post(f"{room}advance", "logs who meets the document", verb="log_result")
    at(tender.finals_due_at + 2 * SECOND)
    assert opening.gather(tender_id=tender.id)
    journal.clock("the keepers open the final quotes together", "bidding.gather")
    people[0].sees_nothing(f"/opening/{tender.id}/", "looks for the others' quotes and finds none")
    buyer.post(f"{room}advance", "goes on to the ranking", verb="show_prices")
    reported(buyer, room, members)
    assert [talk["left"] for talk in selectors.report_of(panel).body["rounds"]["talks"]].count(None) == 3

    contract = awarded_and_signed(journal, buyer, people[1], tender.id)
    assert (contract.supplier_id, str(contract.amount)) == (cast.supplier_b.org_id, "860000.00")
    assert "内存：不低于 32 GB" in contract_facts(contract.id).delivery
    notice = Notice.objects.get(type="award")
    again = recompute(notice.facts["recompute"])
    assert (notice.facts["recompute"]["method"], again["failed"]) == ("lowest_final_quote", None)
    assert awards.contracted(award_id=contract.source.removeprefix("award."))
    assert integrity.check(tender.id) == []
    journal.clock("the procedure is contracted", "evaluation.contracted")
    journal.finish()
