"""Two envelopes from the draft to the ranking, with real keepers: prices of bids that failed are never opened by anybody."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding import integrity
from bidding import keepers as platform
from bidding.models import Bid, CloseList, OpenedBid, Opening, Share
from bidding.sealing.transcript import replay
from bidding.selectors import bids_to_judge, transcript
from bidding.services import closing, minutes, opening
from bidding.services.envelopes import ResultLogged, conclude
from core.canonical import digest
from core.errors import NotFound, WrongState
from core.ledger import services as ledger
from evaluation import selectors, verifying
from evaluation.services import agenda, panels, reporting, scoring, technical
from evaluation.states import PanelStatus
from tendering.selectors import tender_facts
from tests.bidding.bidder import Bidder
from tests.bidding.conftest import keepers, to_deadline
from tests.factories import evaluation as evaluate
from tests.factories import tendering as make
from tests.frontend.test_verify_vectors import judge

__all__ = ["keepers", "to_deadline"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(300)]
SECOND = timedelta(seconds=1)


@dataclass
class Stage:
    """A tender whose four bids are sealed in two envelopes; the last one will fail."""

    tender: Any
    made: evaluate.Evaluation
    bids: dict[tuple[str, str], Bid] = field(default_factory=dict)

    def price(self, name: str) -> Bid:
        return Bid.objects.get(pk=self.bids[name, "price"].pk)

    def ask(self, bid: Bid) -> set[str]:
        """What the keepers answer when they are asked directly, past all that the platform checks itself."""
        people = platform.keepers_of(self.tender)
        ledger.publish_checkpoint()
        note = platform.witnessed_checkpoint(people)
        close = CloseList.objects.get(tender_id=self.tender.id, envelope=bid.envelope)
        answers = [
            platform.ask_for_release(keeper, bid, number, note, close)
            for number, keeper in enumerate(people, start=1)
        ]
        assert not any(answer.share for answer in answers)
        return {answer.code for answer in answers}


@pytest.fixture
def stage(keepers: Any, cast: Any, at: Any, to_deadline: Any, tmp_path: Path, settings: Any) -> Stage:
    """Closed and technically opened: no price has been read."""
    settings.PASSKEY_ORIGINS = [evaluate.ORIGIN]
    settings.RP_ID = "localhost"
    tender = make.published(cast.purchaser, two_envelopes=True)
    suppliers = {"a": cast.supplier_a, "b": cast.supplier_b, "c": cast.supplier_c, "d": cast.outsider}
    bids = {}
    for number, (name, actor) in enumerate(suppliers.items()):
        bidder = Bidder.of(actor)
        for envelope in tender.envelopes:
            price = f"{4500 + 100 * number}.00"
            answer = bidder.submit_apart(tender, tmp_path / f"{name}-{envelope}", envelope, price)
            assert answer.status_code == 200, answer.content.decode()
            bids[name, envelope] = Bid.objects.get(supplier_id=actor.org_id, envelope=envelope)
    to_deadline(tender)
    assert closing.close(tender_id=tender.id)
    to_deadline(tender, 2 * SECOND)
    assert opening.gather(tender_id=tender.id)
    now = tender_facts(tender.id)
    made = evaluate.Evaluation(now, cast.purchaser, [bids[name, "technical"] for name in suppliers])
    return Stage(now, made, bids)


def judged(stage: Stage, cast: Any) -> None:
    """The panel has reviewed and scored; the last bid misses a condition."""
    made = stage.made
    made.panel_id = panels.draw(
        actor=made.host, tender_id=made.tender.id, representative_id=cast.purchaser.user_id
    ).pk
    made.begin_scoring(failing=[stage.bids["d", "technical"].pk])
    made.score_all()


def test_the_price_opens_after_the_technical_result_and_only_for_bids_that_passed(
    stage: Stage, cast: Any, to_deadline: Any
) -> None:
    tender, made = stage.tender, stage.made
    lists = {row.envelope: row.body["entries"] for row in CloseList.objects.all()}
    assert {name: len(rows) for name, rows in lists.items()} == {"technical": 4, "price": 4}
    assert tender.status == "opened"
    assert [(row.envelope, row.status) for row in Opening.objects.all()] == [("technical", "opened")]
    assert [str(bid.quote) for bid in bids_to_judge(tender.id)] == ["None"] * 4
    # Before the result: neither the platform's own commands nor the keepers themselves.
    assert opening.gather(tender_id=tender.id)
    assert stage.ask(stage.price("a")) == {"denied"}
    assert not Share.objects.filter(bid__envelope="price").exists()
    assert "price envelopes" in minutes.waits_for(tender)

    judged(stage, cast)
    assert made.panel.status == PanelStatus.TECHNICAL
    host = evaluate.client_of(made.host, **{"Accept-Language": "en"})
    room = host.get(f"/rooms/{made.panel_id}/").content.decode()
    assert "sealed in the price envelope" in room
    assert "Log the technical result" in room
    assert "Evaluation price" not in room
    assert [bid["quote"] for bid in host.get(f"/rooms/{made.panel_id}/room.json").json()["bids"]] == [
        None
    ] * 4
    with pytest.raises(WrongState):
        reporting.make(actor=made.host, panel_id=made.panel_id)
    with pytest.raises(WrongState):
        technical.show_prices(actor=made.host, panel_id=made.panel_id)
    with pytest.raises(NotFound):
        technical.log_result(actor=cast.supplier_a, panel_id=made.panel_id)
    assert stage.ask(stage.price("a")) == {"denied"}

    technical.log_result(actor=made.host, panel_id=made.panel_id)
    said = made.panel.technical
    assert [len(row["passed"]) for row in said["lots"]] == [3]
    assert [row["supplier"] for row in said["lots"][0]["failed"]] == [cast.outsider.org_name]
    with pytest.raises(WrongState):
        technical.log_result(actor=made.host, panel_id=made.panel_id)
    with pytest.raises(ResultLogged):
        conclude(actor=made.host, tender_id=tender.id, passed={}, document_hash=digest(said).hex())
    with pytest.raises(WrongState):
        agenda.dissolve(actor=made.host, panel_id=made.panel_id, reason="成员失联")
    with pytest.raises(WrongState):
        technical.show_prices(actor=made.host, panel_id=made.panel_id)

    to_deadline(tender, 60 * SECOND)
    assert opening.gather(tender_id=tender.id)
    opened = {row.bid.supplier_id: row for row in OpenedBid.objects.filter(bid__envelope="price")}
    quotes = {
        name: opened[actor.org_id].quote for name, actor in (("a", cast.supplier_a), ("d", cast.outsider))
    }
    assert str(quotes["a"]) == "900000.00"
    assert quotes["d"] is None
    assert opened[cast.outsider.org_id].verdict["code"] == "failed-technical"
    # A failed bid: asked directly, and after a platform has logged that it passed after all.
    failed = stage.price("d")
    assert failed.status == "not_opened"
    assert stage.ask(failed) == {"denied"}
    forged = {
        "type": "mingcai/v1/result-entry",
        "log_origin": tender.sealing["lots"]["1"]["price"]["policy"]["log_origin"],
        "tender": str(tender.id),
        "lot": "1",
        "name": "technical_result",
        "passed": [str(failed.pk)],
        "failed": [],
        "document_hash": "00" * 32,
        "at": "2026-03-04T01:00:00Z",
    }
    ledger.append(forged)
    assert stage.ask(failed) == {"denied"}
    assert not Share.objects.filter(bid=failed).exists()

    # The ranking, and everything published of it.
    assert "Go on to the ranking" in host.get(f"/rooms/{made.panel_id}/").content.decode()
    technical.show_prices(actor=made.host, panel_id=made.panel_id)
    assert "Evaluation price" in host.get(f"/rooms/{made.panel_id}/").content.decode()
    cell = selectors.cells_of(made.panel)[0]
    with pytest.raises(WrongState):
        scoring.correct(
            actor=made.actor(made.members[0]), panel_id=made.panel_id, bid_id=cell.bid_id,
            criterion=cell.criterion.id, value="1", reason="看到报价之后",
        )  # fmt: skip
    report = made.report()
    lot = report.body["lots"][0]
    assert [row["id"] for row in lot["result"]["ranking"]] == [
        str(stage.bids[name, "technical"].pk) for name in "abc"
    ]
    assert report.body["technical"] == said
    assert verifying.flaws(made.panel, report) == []
    made.sign_all()
    (award,) = made.decide()
    assert str(award.amount) == "900000.00"

    to_deadline(tender, timedelta(days=2))
    now = tender_facts(tender.id)
    assert minutes.waits_for(now) == ""
    assert [row["envelope"] for row in minutes.compose(now)["lots"]] == ["technical", "price"]
    for envelope in tender.envelopes:
        shown = transcript(tender.id, "1", envelope)
        assert shown is not None
        assert judge("transcript", [{"text": json.dumps(shown)}])[0]["outcome"] == "stands"
        again = replay(shown)
        assert again.ok, again.to_json()
        verdicts = sorted(row.verdict for row in again.bids)
        assert verdicts == (["opened"] * 4 if envelope == "technical" else ["not_opened"] + ["opened"] * 3)
    assert integrity.check(tender.id) == []
