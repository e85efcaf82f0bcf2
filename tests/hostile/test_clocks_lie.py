"""A wrong clock lets nothing in late and keeps nothing out: not a server's, nor the database's, whichever way it is wrong."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from bidding.models import Bid, CloseList, Opening, Receipt, Ticket
from bidding.services import closing, minutes
from config import clockwork
from core import clock
from core.timers.models import Timer
from tendering.selectors import tender_facts
from tendering.services import amending
from tendering.states import TenderStatus
from tests.bidding.bidder import Bidder, sheet
from tests.factories.evaluation import SPRING, opened
from tests.hostile.mortal import Mortal, mortal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
RIGHT = "+0"
postgres = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="the database's clock decides there"
)


def frozen(ago: timedelta) -> str:
    """A clock that stands still, in the words of libfaketime."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time.time() - ago.total_seconds()))


@pytest.fixture
def lying(tender: Any, settings: Any, tmp_path: Path) -> Iterator[Mortal]:
    """A server whose clock libfaketime moves; keepers and database have their own."""
    if not Path(LIBRARY).exists():
        pytest.fail("libfaketime is not installed: tools/setup test")
    lie = tmp_path / "lie"
    lie.write_text(RIGHT)
    with mortal(
        settings,
        LD_PRELOAD=LIBRARY,
        FAKETIME_TIMESTAMP_FILE=str(lie),
        FAKETIME_NO_CACHE="1",
        FAKETIME_DONT_FAKE_MONOTONIC="1",
        DONT_FAKE_MONOTONIC="1",
    ) as server:
        yield server
    lie.write_text(RIGHT)


def sealed(bidder: Bidder, tender: Any, folder: Path, **over: Any) -> dict[str, Any]:
    bid_id = bidder.begin(tender)
    request = bidder.request(tender, bid_id, bidder.seal(bid_id, folder, sheet(tender), **over))
    return {
        "do": "bid",
        "user": str(bidder.actor.user_id),
        "desk": str(bidder.actor.membership_id),
        "bid": bid_id,
        "request": request,
    }


def said(server: Mortal, order: dict[str, Any], *steps: tuple[str, str]) -> dict[str, Any]:
    answer = server.order({**order, "steps": steps})
    assert "answer" in answer, answer
    return dict(answer["answer"])


LIES: dict[str, list[tuple[str, str]]] = {
    "an hour ahead": [("check", "+1h"), ("submit", "+1h")],
    "an hour behind": [("check", "-1h"), ("submit", "-1h")],
    "a day ahead": [("check", "+24h"), ("submit", "+24h")],
    "a day behind": [("check", "-24h"), ("submit", "-24h")],
    "standing still": [("check", "frozen"), ("submit", "frozen")],
    "turned back in between": [("check", RIGHT), ("submit", "-1h")],
    "turned on in between": [("check", RIGHT), ("submit", "+1h")],
}


def test_a_server_with_a_wrong_clock_accepts_by_the_databases_or_stops(
    bidders: list[Bidder],
    tender: Any,
    tmp_path: Path,
    lying: Mortal,
    to_deadline: Callable[..., None],
    settings: Any,
) -> None:
    """PostgreSQL: it decides. SQLite: the host's clock would decide, so submitting stops and says so."""
    decides = connection.vendor == "postgresql"
    order = sealed(bidders[0], tender, tmp_path / "a")
    late = sealed(bidders[1], tender, tmp_path / "b")
    assert said(lying, late, ("check", RIGHT)) == {"code": "checked"}
    before = clock.now() - timedelta(seconds=1)
    number = 0
    for name, steps in LIES.items():
        told = [(step, frozen(timedelta(seconds=30)) if lie == "frozen" else lie) for step, lie in steps]
        if (
            settings.S3_BUCKET
        ):  # it takes no request signed under a wrong clock: checking ends there, in an error
            told = [(step, RIGHT if step == "check" else lie) for step, lie in told]
        answer = said(lying, order, *told)
        if not decides:
            assert answer == {"code": "clock-disagrees"}, name
            assert Ticket.objects.count() == 0, name
            continue
        assert answer["code"] == "accepted", (name, answer)
        arrival = datetime.fromisoformat(answer["arrival"])
        assert before < arrival < clock.now() + timedelta(seconds=1), name
        number += 1
        replaced = Bid.objects.get(pk=order["bid"]).record_hash
        order = sealed(bidders[0], tender, tmp_path / f"a{number}", supersedes=replaced)
    if not decides:
        answer = said(lying, order, ("check", RIGHT), ("submit", RIGHT))
        assert answer["code"] == "accepted"  # the clock is right again: nothing was lost
    accepted = Receipt.objects.count()
    assert accepted == (len(LIES) if decides else 1)

    to_deadline(tender)
    for lie in ("-1h", "-24h", frozen(timedelta(hours=2))):
        answer = said(lying, late, ("submit", lie))
        assert answer["code"] == ("late" if decides else "clock-disagrees"), lie
    assert Receipt.objects.count() == accepted
    assert Bid.objects.get(pk=late["bid"]).status != "submitted"


@postgres
def test_a_server_ahead_of_time_closes_nothing_and_one_behind_closes_at_the_deadline(
    bidders: list[Bidder], tender: Any, tmp_path: Path, lying: Mortal, to_deadline: Callable[..., None]
) -> None:
    order = {"do": "bidding.close", "subject": str(tender.id)}
    lie = tmp_path / "lie"
    for ahead in ("+24h", "+2400h"):
        lie.write_text(ahead)
        assert lying.order(order)["error"] == "BeforeDeadline"
    assert Ticket.objects.count() == 0
    to_deadline(tender)
    lie.write_text("-24h")
    assert "error" not in lying.order(order)
    assert not closing.close(tender_id=tender.id)


@postgres
def test_the_diary_of_a_server_with_a_wrong_clock_is_worked_off_at_the_databases_time(
    bidders: list[Bidder],
    tender: Any,
    tmp_path: Path,
    lying: Mortal,
    to_deadline: Callable[..., None],
    settings: Any,
) -> None:
    """Nothing is closed, opened or failed early, and nothing that it touched comes late for those whose clocks are right."""
    lie = tmp_path / "lie"

    def tick(said: str) -> int:
        lie.write_text(said)
        done = lying.order({"do": "tick"})
        assert "error" not in done, done
        return int(done["answer"])

    def planned(verb: str) -> Timer:
        return Timer.objects.get(verb=verb, done_at=None)

    for number, bidder in enumerate(bidders[:3]):
        assert bidder.submit(tender, tmp_path / str(number)).status_code == 200
    clockwork.plan()
    before = planned("bidding.close")
    for said in ("+24h", "+1h", "-1h", "-24h"):
        # what comes round regularly is done when it is due, and planned anew from the right time
        Timer.objects.filter(verb="bidding.batch", done_at=None).update(
            due_at=clock.stamp(), next_try_at=clock.stamp()
        )
        assert tick(said) >= 1, said
        assert planned("bidding.close").next_try_at == before.due_at, said
        assert planned("bidding.close").attempts == 0, said
        for verb in ("bidding.batch", "ledger.checkpoint"):
            assert planned(verb).due_at < clock.stamp() + timedelta(minutes=2), (said, verb)
    assert not CloseList.objects.exists()
    assert tender_facts(tender.id).status == TenderStatus.OPEN

    # a claim of somebody at work is not taken over by one that is ahead, and one left behind lapses for all
    to_deadline(tender)
    Timer.objects.filter(verb="bidding.close").update(claimed_at=clock.stamp())
    tick("+24h")
    assert not CloseList.objects.exists()
    Timer.objects.filter(verb="bidding.close").update(claimed_at=clock.stamp() - timedelta(seconds=61))
    tick("-24h")  # the one that is behind closes at the deadline
    assert CloseList.objects.get().closed_at < clock.stamp()
    assert planned("bidding.gather").due_at == tender.opens_at
    to_deadline(tender, timedelta(seconds=2))
    tick(RIGHT if settings.S3_BUCKET else "-1h")  # an S3 store takes no request signed under a wrong clock
    assert set(Bid.objects.values_list("status", flat=True)) == {"opened"}
    row = Opening.objects.get()
    assert abs(row.finished_at - clock.stamp()) < timedelta(minutes=1)
    assert planned("bidding.confirmed").due_at == row.confirm_until
    tick("+24h")
    assert planned("bidding.confirmed").attempts == 0
    assert "waiting" in {word["word"] for word in minutes.words_of(tender.id).values()}


@postgres
@pytest.mark.parametrize("wrong", [timedelta(hours=1), timedelta(hours=24)])
def test_a_bidder_confirms_until_the_end_by_the_databases_clock_whatever_the_servers_says(
    cast: Any, at: Any, monkeypatch: pytest.MonkeyPatch, wrong: timedelta
) -> None:
    at(SPRING)
    made = opened(cast, at)
    row = Opening.objects.get()
    row.finished_at = made.tender.opens_at + timedelta(minutes=1)
    row.save()
    minutes.ask(made.tender, row)
    until = Opening.objects.get().confirm_until
    right = clock.now

    def lie(by: timedelta) -> None:
        monkeypatch.setattr(clock, "now", lambda: right() + by)

    at(until - timedelta(minutes=1))
    lie(wrong)
    minutes.object_to(actor=cast.supplier_a, bid_id=made.bids[0].pk, text="报价有误。")
    minutes.time_is_over(made.tender.id)
    assert {one["word"] for one in minutes.words_of(made.tender.id).values()} == {"objected", "waiting"}
    at(until)
    lie(-wrong)
    with pytest.raises(minutes.TimeIsOver):
        minutes.object_to(actor=cast.supplier_b, bid_id=made.bids[1].pk, text="报价有误。")
    assert {one["word"] for one in minutes.words_of(made.tender.id).values()} == {"objected", "silent"}


@postgres
def test_a_server_that_is_behind_amends_nothing_after_the_deadline(
    cast: Any, tender: Any, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = clock.now
    at(tender.bids_due_at)
    monkeypatch.setattr(clock, "now", lambda: right() - timedelta(hours=24))
    with pytest.raises(amending.DeadlinePassed):
        amending.amend(
            actor=cast.purchaser,
            tender_id=tender.id,
            reason="延期",
            new_due_at=tender.bids_due_at + timedelta(days=9),
        )
    assert tender_facts(tender.id).bids_due_at == tender.bids_due_at


def test_a_database_clock_turned_back_admits_only_what_the_keepers_had_confirmed_in_time(
    bidders: list[Bidder],
    tender: Any,
    tmp_path: Path,
    to_deadline: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def body_of(bidder: Bidder, name: str) -> tuple[str, dict[str, Any]]:
        bid_id = bidder.begin(tender)
        return bid_id, bidder.request(tender, bid_id, bidder.seal(bid_id, tmp_path / name, sheet(tender)))

    in_time, complete = body_of(bidders[0], "complete")
    assert bidders[0].post(f"/bids/{in_time}/check", complete).status_code == 200
    too_late, sealed_late = body_of(bidders[1], "late")
    to_deadline(
        tender, timedelta(minutes=5)
    )  # for the keepers; this site's clocks are turned back by an hour
    back = tmp_path / "turned-back"
    back.write_text(str(float(Path(os.environ["CLOCK_OFFSET_FILE"]).read_text()) - 3600))
    monkeypatch.setenv("CLOCK_OFFSET_FILE", str(back))
    admitted = bidders[0].post(f"/bids/{in_time}/submit", complete)
    refused = bidders[1].post(f"/bids/{too_late}/submit", sealed_late)
    if connection.vendor != "postgresql":
        assert {admitted.json()["code"], refused.json()["code"]} == {"clock-disagrees"}
        assert Ticket.objects.count() == 0
        return
    assert admitted.status_code == 200, admitted.content
    assert (refused.status_code, refused.json()["reason"]) == (409, "keepers-late")
    assert [bid.status for bid in Bid.objects.filter(pk__in=[in_time, too_late]).order_by("created_at")] == [
        "submitted",
        "refused",
    ]
    assert Receipt.objects.count() == 1
