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

from bidding.models import Bid, Receipt, Ticket
from bidding.services import closing
from core import clock
from tests.bidding.bidder import Bidder, sheet
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
