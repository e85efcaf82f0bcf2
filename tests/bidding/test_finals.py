"""Final quotes: sealed in a window of their own, late by a millisecond is late, too few of them end the procedure unopened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding.models import Bid, CloseList, Receipt, Ticket
from bidding.rules import decision
from bidding.services import closing, opening, submitting
from bidding.services.attempts import BeforeTheClose
from bidding.services.attempts import of as attempts_of
from core.ledger import services as ledger
from disclosure.models import Notice
from tendering.facts import BidTerms
from tendering.selectors import tender_facts
from tests.bidding.bidder import Bidder
from tests.factories import evaluation as evaluate
from tests.factories import rounds as make
from tests.hostile.pocket import settle

MS = timedelta(milliseconds=1)
DUE = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)


@pytest.fixture
def spring(transactional_db: None, settings: Any, at: Any) -> None:
    """A spring day, before anybody is registered."""
    evaluate.begin_spring(settings, at)


@pytest.mark.parametrize(
    ("envelope", "rounds", "arrival", "code"),
    [
        ("price", True, DUE - MS, ""),
        ("price", True, DUE, "late"),
        ("price", True, DUE + MS, "late"),
        ("technical", True, DUE - MS, "late"),
        ("price", False, DUE - MS, "late"),
    ],
)
def test_each_window_has_its_own_deadline_and_equal_is_late(
    envelope: str, rounds: bool, arrival: datetime, code: str
) -> None:
    first = DUE - timedelta(days=2)
    terms = BidTerms(None, "", "quoting", first, first, {}, rounds=rounds, finals_due_at=DUE)  # type: ignore[arg-type]
    due = terms.due_at(envelope)
    assert due is not None
    assert decision(arrival=arrival, deadline=due, acks_in_time=True, policy_is_newest=True) == code
    assert terms.accepts(envelope) == (rounds and envelope == "price")


@pytest.mark.django_db(transaction=True)
def test_a_final_quote_late_by_a_millisecond_leaves_too_few_and_nothing_is_opened(
    spring: None, cast: Any, at: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(3, monkeypatch)
    ledger.publish_checkpoint()
    actors = [cast.supplier_a, cast.supplier_b, cast.supplier_c]
    made = make.talking_with(cast, at, actors)
    tender = make.called_for_finals(made, actors)
    bidders = [Bidder.of(actor) for actor in actors]
    assert (
        bidders[0]
        .client.post(f"/tenders/{tender.id}/bid/begin", {"lot": "1", "envelope": "technical"})
        .status_code
        == 302
    )
    assert bidders[0].submit_apart(tender, tmp_path / "a", "price", "4400.00").status_code == 200
    with pytest.raises(BeforeTheClose):  # not even the host learns who has quoted
        attempts_of(tender_facts(tender.id))
    arrivals = {1: tender.finals_due_at - MS, 2: tender.finals_due_at + MS}
    for n, arrival in arrivals.items():
        with monkeypatch.context() as patch:
            patch.setattr(submitting, "decide", _die)
            with pytest.raises(KeyboardInterrupt):
                bidders[n].submit_apart(tender, tmp_path / f"{n}", "price", "4300.00")
        Ticket.objects.filter(bid__supplier_id=actors[n].org_id).update(arrival=arrival)

    at(tender.finals_due_at + timedelta(seconds=1))
    assert closing.close(tender_id=tender.id)
    tickets = {row.bid.supplier_id: row for row in Ticket.objects.select_related("bid")}
    assert [tickets[one.org_id].code for one in actors] == ["", "", "late"]
    assert Receipt.objects.count() == 2
    states = {row.supplier_id: row.status for row in Bid.objects.filter(envelope="price")}
    assert [states[one.org_id] for one in actors] == ["listed", "listed", "refused"]
    listed = CloseList.objects.get(envelope="price").body["entries"]
    assert sorted(row["state"] for row in listed) == ["effective", "effective", "refused"]

    assert tender_facts(tender.id).status == "failed"
    notice = Notice.objects.get(type="failure")
    assert notice.facts["rule"] == "N-04"
    assert "第74号第三十三条" in str(notice.sections)
    assert opening.gather(tender_id=tender.id)
    assert not Bid.objects.filter(envelope="price", opened__isnull=False).exists(), (
        "the sealed ones stay sealed"
    )


def _die(*given: Any) -> Any:
    raise KeyboardInterrupt
