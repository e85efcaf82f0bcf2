"""Final quotes with real keepers: their policy is born after the first opening, and no quote opens before the team's result."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding import integrity
from bidding import keepers as platform
from bidding.models import Bid, CloseList, OpenedBid
from bidding.services import closing, opening
from core.ledger import services as ledger
from evaluation.services import agenda, panels, rounds, technical
from tendering import services as tendering
from tendering.selectors import tender_facts
from tests.bidding.bidder import Bidder
from tests.factories import evaluation as evaluate
from tests.factories import rounds as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(300)]
SECOND = timedelta(seconds=1)


def test_final_quotes_open_together_and_only_after_the_teams_result(
    keepers: Any, cast: Any, at: Any, tmp_path: Path, settings: Any
) -> None:
    settings.PASSKEY_ORIGINS = [*settings.PASSKEY_ORIGINS, evaluate.ORIGIN]
    actors = [cast.supplier_a, cast.supplier_b, cast.supplier_c]
    bidders = [Bidder.of(actor) for actor in actors]
    tender = tendering.publish(actor=cast.purchaser, tender_id=make.draft(cast.purchaser).id)
    for n, bidder in enumerate(bidders):
        assert bidder.submit_apart(tender, tmp_path / f"first-{n}", "technical").status_code == 200
    at(tender.bids_due_at)
    assert closing.close(tender_id=tender.id)
    at(tender.bids_due_at + 2 * SECOND)
    assert opening.gather(tender_id=tender.id)
    firsts = [Bid.objects.get(supplier_id=actor.org_id) for actor in actors]
    made = evaluate.Evaluation(tender_facts(tender.id), cast.purchaser, firsts)
    drawn = panels.draw(actor=made.host, tender_id=tender.id, representative_id=cast.purchaser.user_id)
    made.panel_id = drawn.pk
    made.begin_review()
    made.review()
    rounds.begin(actor=made.host, panel_id=made.panel_id)

    tender = make.called_for_finals(made, actors)
    for n, bidder in enumerate(bidders):
        answer = bidder.submit_apart(tender, tmp_path / f"final-{n}", "price", f"4{n}00.00")
        assert answer.status_code == 200, answer.content.decode()
    at(tender.finals_due_at)
    assert closing.close(tender_id=tender.id)
    at(tender.finals_due_at + 2 * SECOND)
    agenda.advance(actor=made.host, panel_id=made.panel_id, verb="begin_scoring")
    made.score_all()
    assert opening.gather(tender_id=tender.id)
    assert asked_directly(tender) == {"denied"}
    assert not OpenedBid.objects.filter(bid__envelope="price").exists()

    technical.log_result(actor=made.host, panel_id=made.panel_id)
    at(tender.finals_due_at + timedelta(minutes=1))
    assert opening.gather(tender_id=tender.id)
    quotes = OpenedBid.objects.filter(bid__envelope="price").values_list("quote", flat=True)
    assert sorted(str(quote) for quote in quotes) == ["800000.00", "820000.00", "840000.00"]
    technical.show_prices(actor=made.host, panel_id=made.panel_id)
    assert integrity.check(tender.id) == []


def asked_directly(tender: Any) -> set[str]:
    """What the keepers answer for one sealed quote, past all that the platform checks itself."""
    bid = Bid.objects.filter(envelope="price").first()
    people = platform.keepers_of(tender)
    ledger.publish_checkpoint()
    note = platform.witnessed_checkpoint(people)
    close = CloseList.objects.get(tender_id=tender.id, envelope="price")
    answers = [
        platform.ask_for_release(keeper, bid, number, note, close)
        for number, keeper in enumerate(people, start=1)
    ]
    assert not any(answer.share for answer in answers)
    return {answer.code for answer in answers}
