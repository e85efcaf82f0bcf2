"""Between the two commits of a submission nothing is lost, exchanged or decided twice (R1, R7)."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bidding import selectors
from bidding.models import Bid, CloseList, Receipt, Ticket
from bidding.sealing.objects import Withdrawal
from bidding.services import closing, submitting
from tendering import services as tendering
from tests.bidding.bidder import Bidder, sheet
from tests.bidding.conftest import START
from tests.hostile.pocket import Pocket, settle

pytestmark = pytest.mark.django_db(transaction=True)
WORK = {"SELECT", "INSERT", "UPDATE", "WITH"}
STATEMENTS = 19 if connection.vendor == "postgresql" else 18
"""Of one submission, from its session to the message about its receipt: 17 and the tender read for the host's clock.

On PostgreSQL that clock is not asked, and each of the two commits takes its locks in one statement: 19. Unless they are
watched, as here, they travel in nine messages. The mail about it follows by itself.
"""


@pytest.fixture
def keepers(
    at: Callable[..., None], settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> list[Pocket]:
    """Keepers in this process: what is tried here is the platform between its two commits."""
    settings.DEMONSTRATION = True
    settings.PUBLIC_URL = "http://localhost:8000"
    at(START)
    return settle(3, monkeypatch)


class Died(Exception):
    """The process ended between two commits."""


@pytest.fixture
def dies(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the process die after the ticket's commit until `lives()`."""
    right = submitting.decide

    def die(*given: Any) -> Any:
        raise Died

    def lives() -> None:
        monkeypatch.setattr(submitting, "decide", right)

    monkeypatch.setattr(submitting, "decide", die)
    return lives


def prepared(
    bidder: Bidder, tender: Any, folder: Path, price: str = "4500.00", **over: Any
) -> tuple[str, dict[str, Any]]:
    bid_id = bidder.begin(tender)
    sealed = bidder.seal(bid_id, folder, sheet(tender, price), **over)
    return bid_id, bidder.request(tender, bid_id, sealed)


def withdrawal(bidder: Bidder, bid_id: str) -> dict[str, Any]:
    bid = Bid.objects.get(pk=bid_id)
    ctx = bid.record["ctx"]
    record = Withdrawal(
        ctx["log_origin"],
        ctx["tender"],
        ctx["lot"],
        ctx["envelope"],
        bid_id,
        bid.record_hash,
        secrets.token_hex(8),
    ).to_json()
    return {"record": record, "signature": bidder.sign(bid_id, record)}


def orphan(bidder: Bidder, path: str, body: dict[str, Any]) -> None:
    with pytest.raises(Died):
        bidder.post(path, body)


def test_a_submission_whose_process_died_is_accepted_when_it_is_repeated(
    bidders: list[Bidder], tender: Any, tmp_path: Path, dies: Any
) -> None:
    bid_id, body = prepared(bidders[0], tender, tmp_path / "bid")
    orphan(bidders[0], f"/bids/{bid_id}/submit", body)
    assert Ticket.objects.get().decided_at is None
    assert Receipt.objects.count() == 0
    dies()
    first = bidders[0].post(f"/bids/{bid_id}/submit", body)
    assert first.status_code == 200, first.content
    assert bidders[0].post(f"/bids/{bid_id}/submit", body).json() == first.json()
    assert Ticket.objects.count() == Receipt.objects.count() == 1


def test_a_submission_asks_the_database_eighteen_or_nineteen_times(
    bidders: list[Bidder], tender: Any, tmp_path: Path
) -> None:
    asked = []
    for number, bidder in enumerate(bidders[:2]):
        bid_id, body = prepared(bidder, tender, tmp_path / str(number))
        assert bidder.post(f"/bids/{bid_id}/check", body).status_code == 200
        with CaptureQueriesContext(connection) as captured:
            assert bidder.post(f"/bids/{bid_id}/submit", body).status_code == 200
        asked.append([row["sql"] for row in captured if row["sql"].split()[0] in WORK])
    assert len(asked[1]) == STATEMENTS, "\n".join(asked[1])
    assert len(asked[0]) == len(asked[1]), "the second bidder costs what the first does"


def test_closing_decides_what_a_dead_process_left_in_the_order_of_arrival(
    bidders: list[Bidder], tender: Any, tmp_path: Path, dies: Any, opened: Any
) -> None:
    a = bidders[0]
    first, body = prepared(a, tender, tmp_path / "a1")
    orphan(a, f"/bids/{first}/submit", body)
    second, body2 = prepared(
        a, tender, tmp_path / "a2", "4400.00", supersedes=Bid.objects.get(pk=first).record_hash
    )
    orphan(a, f"/bids/{second}/submit", body2)
    orphan(a, f"/bids/{second}/withdraw", withdrawal(a, second))
    others = []
    for number, bidder in enumerate(bidders[1:]):
        bid_id, body = prepared(bidder, tender, tmp_path / str(number), f"4{number}00.00")
        others.append(bid_id)
        orphan(bidder, f"/bids/{bid_id}/submit", body)
    dies()
    assert opened(tender)
    states = {entry["bid_id"]: entry["state"] for entry in CloseList.objects.get().body["entries"]}
    assert states == {first: "superseded", second: "withdrawn", **dict.fromkeys(others, "effective")}
    assert {str(bid.bid_id) for bid in selectors.opened_bids(tender.id)} == set(others)
    assert not Bid.objects.get(pk=first).shares.exists()
    assert not Bid.objects.get(pk=second).shares.exists()


def test_an_earlier_ticket_of_the_same_supplier_is_decided_before_a_later_one(
    bidders: list[Bidder], tender: Any, tmp_path: Path, dies: Any
) -> None:
    a = bidders[0]
    first, body = prepared(a, tender, tmp_path / "a1")
    orphan(a, f"/bids/{first}/submit", body)
    dies()
    second, body2 = prepared(a, tender, tmp_path / "a2", "4400.00")
    answer = a.post(f"/bids/{second}/submit", body2)
    assert answer.json()["reason"] == "already-submitted"
    assert a.post(f"/bids/{first}/submit", body).status_code == 200
    assert Bid.objects.get(pk=first).status == "submitted"


def test_a_bid_cannot_be_exchanged_for_another_after_its_ticket(
    bidders: list[Bidder], tender: Any, tmp_path: Path, dies: Any, opened: Any
) -> None:
    a = bidders[0]
    bid_id, body = prepared(a, tender, tmp_path / "a1")
    orphan(a, f"/bids/{bid_id}/submit", body)
    other = a.seal(bid_id, tmp_path / "a2", sheet(tender, "1000.00"))
    exchanged = a.request(tender, bid_id, other)
    refused = a.post(f"/bids/{bid_id}/check", exchanged)
    assert refused.status_code == 409, refused.content
    assert a.post(f"/bids/{bid_id}/submit", exchanged).status_code in (409, 422)
    dies()
    for number, bidder in enumerate(bidders[1:3]):
        assert bidder.submit(tender, tmp_path / str(number)).status_code == 200
    assert opened(tender)
    assert [bid.verdict for bid in selectors.opened_bids(tender.id)] == ["opened"] * 3
    mine = next(bid for bid in selectors.opened_bids(tender.id) if str(bid.bid_id) == bid_id)
    assert str(mine.quote) == "900000.00"


def test_a_ticket_for_a_bid_that_was_exchanged_meanwhile_is_refused_and_stops_no_closing(
    bidders: list[Bidder], tender: Any, tmp_path: Path, dies: Any, opened: Any
) -> None:
    """What a race of check and submit would leave: the ticket names one record, the bid another."""
    a = bidders[0]
    bid_id, body = prepared(a, tender, tmp_path / "a1")
    orphan(a, f"/bids/{bid_id}/submit", body)
    dies()
    other = a.seal(bid_id, tmp_path / "a2", sheet(tender, "1000.00")).record
    Bid.objects.filter(pk=bid_id).update(record=other.to_json(), record_hash=other.hash)
    for number, bidder in enumerate(bidders[1:]):
        assert bidder.submit(tender, tmp_path / str(number)).status_code == 200
    assert opened(tender)
    ticket = Ticket.objects.get(bid_id=bid_id)
    assert (ticket.accepted, ticket.code) == (False, "exchanged")
    assert [bid.verdict for bid in selectors.opened_bids(tender.id)] == ["opened"] * 3


def test_a_cancelled_tender_accepts_no_bid(
    bidders: list[Bidder], tender: Any, tmp_path: Path, cast: Any
) -> None:
    a = bidders[0]
    bid_id, body = prepared(a, tender, tmp_path / "bid")
    assert a.post(f"/bids/{bid_id}/check", body).status_code == 200
    tendering.cancel(tender_id=tender.id, actor=cast.purchaser, reason="采购任务取消")
    answer = a.post(f"/bids/{bid_id}/submit", body)
    assert (answer.status_code, answer.json()["reason"]) == (409, "not-open")
    assert Receipt.objects.count() == 0


def test_a_withdrawal_for_another_tender_is_refused(
    bidders: list[Bidder], tender: Any, tmp_path: Path
) -> None:
    a = bidders[0]
    bid_id, body = prepared(a, tender, tmp_path / "bid")
    assert a.post(f"/bids/{bid_id}/submit", body).status_code == 200
    record = {**withdrawal(a, bid_id)["record"], "tender": "another"}
    answer = a.post(f"/bids/{bid_id}/withdraw", {"record": record, "signature": a.sign(bid_id, record)})
    assert answer.status_code == 422
    assert Bid.objects.get(pk=bid_id).status == "submitted"
    done = a.post(f"/bids/{bid_id}/withdraw", withdrawal(a, bid_id))
    assert done.status_code == 200
    page = a.client.get(done.json()["receipt_url"])
    assert page.status_code == 200
    assert a.client.get(f"{done.json()['receipt_url']}receipt.json").json()["receipt"]["body"]
    assert bidders[1].client.get(done.json()["receipt_url"]).status_code == 404


def test_sealed_bytes_cannot_be_taken_away_once_a_bid_refers_to_them(
    bidders: list[Bidder], tender: Any, tmp_path: Path, opened: Any
) -> None:
    from tests.bidding.bidder import TUS

    a = bidders[0]
    bid_id, body = prepared(a, tender, tmp_path / "bid")
    upload = f"/uploads/{body['uploads']['sheet']}"
    assert a.post(f"/bids/{bid_id}/check", body).status_code == 200
    assert a.client.delete(upload, **TUS).status_code == 409
    assert a.post(f"/bids/{bid_id}/submit", body).status_code == 200
    assert a.client.delete(upload, **TUS).status_code == 409
    assert (
        a.client.patch(
            upload, b"x", content_type="application/offset+octet-stream", HTTP_UPLOAD_OFFSET="0", **TUS
        ).status_code
        == 409
    )
    for number, bidder in enumerate(bidders[1:3]):
        assert bidder.submit(tender, tmp_path / str(number)).status_code == 200
    assert opened(tender)
    assert [bid.verdict for bid in selectors.opened_bids(tender.id)] == ["opened"] * 3


def test_one_upload_belongs_to_one_bid(bidders: list[Bidder], tender: Any, tmp_path: Path) -> None:
    a = bidders[0]
    first, body = prepared(a, tender, tmp_path / "one")
    assert a.post(f"/bids/{first}/check", body).status_code == 200
    second = a.begin(tender)
    sealed = a.seal(second, tmp_path / "two", sheet(tender))
    record = sealed.record.to_json()
    record["ciphertexts"] = body["record"]["ciphertexts"]
    again = {
        **body,
        "record": record,
        "signature": a.sign(second, record),
        "envelopes": [base64.b64encode(one).decode() for one in sealed.envelopes],
    }
    answer = a.post(f"/bids/{second}/check", again)
    assert answer.status_code == 409, answer.content
    assert Bid.objects.get(pk=second).status == "preparing"


def test_closing_twice_at_once_closes_once(
    bidders: list[Bidder], tender: Any, tmp_path: Path, to_deadline: Any
) -> None:
    from tests.hostile.threads import together

    for number, bidder in enumerate(bidders[:3]):
        assert bidder.submit(tender, tmp_path / str(number)).status_code == 200
    to_deadline(tender)
    answers = together(lambda: closing.close(tender_id=tender.id), 3)
    assert sorted(map(str, answers)) == ["False", "False", "True"]
    assert CloseList.objects.count() == 1
