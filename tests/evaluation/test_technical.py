"""Two envelopes in the room: the technical part is settled and logged before anybody can know a price.

With real keepers, to the ranking: tests/journeys/test_two_envelopes.py.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from bidding.models import Bid, CloseList, OpenedBid, Opening
from bidding.services import opening, resolving
from core import clock
from core.canonical import digest, parse
from core.errors import WrongState
from core.ledger import selectors as log
from evaluation import selectors, verifying
from evaluation.services import agenda, awards, scoring, technical
from evaluation.services.reporting import ObjectiveScoresDiffer
from evaluation.states import PanelStatus
from tendering.selectors import tender_facts
from tests.bidding.people import Hand
from tests.factories import bidding as rows
from tests.factories import evaluation as evaluate

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(cast: Any, at: Any, settings: Any) -> evaluate.Evaluation:
    """A panel at three technical parts whose prices are sealed."""
    evaluate.begin_spring(settings, at)
    return evaluate.drawn(cast, at, two_envelopes=True)


def entries(kind: str) -> list[dict[str, Any]]:
    found = [parse(log.entry(index)) for index in range(log.size())]
    return [entry for entry in found if entry.get("type") == f"mingcai/v1/{kind}"]


def test_the_result_names_price_envelopes_and_commits_to_every_sheet(made: evaluate.Evaluation) -> None:
    made.begin_scoring()
    made.score_all()
    technical.log_result(actor=made.host, panel_id=made.panel_id)
    (entry,) = entries("result-entry")
    prices = Bid.objects.filter(envelope="price").values_list("pk", flat=True)
    assert entry["passed"] == sorted(str(pk) for pk in prices)
    assert entry["failed"] == []
    said = made.panel.technical
    assert entry["document_hash"] == digest(said).hex()
    assert said["sheets"] == {f"E{one.position}": one.sheet.digest for one in made.members}
    assert len(said["salt"]) == 64
    assert not any(one.name in str(said) for one in made.members), "no evaluator is named"
    assert (Opening.objects.get(envelope="price").status, made.panel.status) == ("gathering", "pricing")
    hall = f"/opening/{made.tender.id}/"
    seen = [evaluate.client_of(who).get(hall).status_code for who in (made.host, made.actor(made.members[1]))]
    assert (seen, Client().get(hall).status_code) == ([200, 403], 200), "experts keep out: T-07"


def test_members_who_differ_on_a_fact_settle_it_before_the_result_is_logged(
    made: evaluate.Evaluation,
) -> None:
    made.begin_scoring()
    first = made.members[0]
    for member in made.members:
        made.score(member, {"S1": "41", "O1": "18"}, **({"O1_0": "17"} if member.pk == first.pk else {}))
        made.submit(member)
    with pytest.raises(ObjectiveScoresDiffer):
        technical.log_result(actor=made.host, panel_id=made.panel_id)
    assert not Opening.objects.filter(envelope="price").exists()
    assert entries("result-entry") == []
    scoring.correct(
        actor=made.actor(first), panel_id=made.panel_id, bid_id=made.bids[0].pk,
        criterion="O1", value="18", reason="漏看一项",
    )  # fmt: skip
    technical.log_result(actor=made.host, panel_id=made.panel_id)
    assert made.panel.status == PanelStatus.PRICING


def test_before_the_result_a_panel_can_be_dissolved_and_after_it_cannot(made: evaluate.Evaluation) -> None:
    made.begin_scoring()
    made.score_all()
    technical.log_result(actor=made.host, panel_id=made.panel_id)
    with pytest.raises(WrongState):
        agenda.dissolve(actor=made.host, panel_id=made.panel_id, reason="两名成员失联")
    assert made.panel.status == PanelStatus.PRICING


def test_too_few_that_pass_fail_the_procedure_and_no_price_is_opened(made: evaluate.Evaluation) -> None:
    made.begin_scoring(failing=[made.bids[0].pk])
    made.score_all()
    technical.log_result(actor=made.host, panel_id=made.panel_id)
    (entry,) = entries("result-entry")
    assert (entry["passed"], len(entry["failed"])) == ([], 3)
    assert {(row.status, row.opened.verdict["code"]) for row in Bid.objects.filter(envelope="price")} == {
        ("not_opened", "lot-failed")
    }
    assert opening.gather(tender_id=made.tender.id)
    room = evaluate.client_of(made.host, **{"Accept-Language": "en"}).get(f"/rooms/{made.panel_id}/")
    assert "no price of it is opened" in room.content.decode()
    technical.show_prices(actor=made.host, panel_id=made.panel_id)
    report = made.report()
    assert report.body["lots"][0]["result"]["failed"] == "fewer_than_three"
    assert selectors.candidates(report) == {}
    text = evaluate.client_of(made.host, **{"Accept-Language": "en"}).get(f"/rooms/{made.panel_id}/report/")
    assert entry["document_hash"] in text.content.decode()
    assert "Prices that stay sealed" in text.content.decode()
    assert verifying.flaws(made.panel, report) == []
    made.sign_all()
    awards.declare_failure(actor=made.host, tender_id=made.tender.id, credential=made.decision(made.host))
    assert tender_facts(made.tender.id).status == "failed"


def test_a_score_edited_after_the_commitment_is_named_as_a_flaw(made: evaluate.Evaluation) -> None:
    made.begin_scoring(failing=[made.bids[0].pk])
    made.score_all()
    technical.log_result(actor=made.host, panel_id=made.panel_id)
    opening.gather(tender_id=made.tender.id)
    technical.show_prices(actor=made.host, panel_id=made.panel_id)
    panel = made.panel
    first = f"E{made.members[0].position}"
    panel.technical = {**panel.technical, "sheets": {**panel.technical["sheets"], first: "00" * 32}}
    panel.save()
    report = made.report()
    assert f"committed.{first}" in verifying.flaws(made.panel, report)


def test_a_price_that_cannot_be_opened_is_held_until_the_supervisor_decides(
    cast: Any, made: evaluate.Evaluation
) -> None:
    made.begin_scoring()
    made.score_all()
    technical.log_result(actor=made.host, panel_id=made.panel_id)
    prices = list(Bid.objects.filter(envelope="price").order_by("pk"))
    for bid in prices[1:]:
        Bid.objects.filter(pk=bid.pk).update(status="opened")
        OpenedBid.objects.create(
            bid=bid,
            verdict={"verdict": "opened", "code": ""},
            sheet=rows.sheet(made.tender),
            quote="900000.00",
            opened_at=clock.now(),
        )
    Bid.objects.filter(pk=prices[0].pk).update(status="waiting")
    Opening.objects.filter(envelope="price").update(status="opened", transcript={}, finished_at=clock.now())
    CloseList.objects.create(
        tender_id=made.tender.id, lot="1", envelope="price", closed_at=clock.now(), body={"entries": []},
        root="ab" * 32, entry_index=0,
    )  # fmt: skip
    assert opening.gather(tender_id=made.tender.id)
    with pytest.raises(WrongState):
        technical.show_prices(actor=made.host, panel_id=made.panel_id)

    hand, tender = Hand(cast.supervisor), tender_facts(made.tender.id)
    asked = {"lot": "1", "decision": "without", "reason": "两个保管方的密钥均已灭失，无法恢复。"}
    said = resolving.body(tender, bid_id=prices[0].pk, **asked)
    assert said["envelope"] == "price"
    resolving.resolve(
        actor=cast.supervisor, tender_id=tender.id, bid_id=prices[0].pk,
        credential=hand.touch(said, resolving.purpose_of(tender.id)), **asked,
    )  # fmt: skip
    assert opening.gather(tender_id=tender.id)
    technical.show_prices(actor=made.host, panel_id=made.panel_id)
    case = made.report().body["lots"][0]["case"]
    assert len(case["bids"]) == 2
