"""SIGKILL at every step of a sealed bid's life, then the same again: nothing lost, doubled or half done (R1, R4)."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project

from bidding import selectors
from bidding.models import Bid, CloseList, OpenedBid, OpenedFile, Opening, Receipt, Share, Ticket
from core.audit.models import Entry as Act
from core.audit.services import verify
from core.ledger.models import Entry as LogEntry
from disclosure.models import Notice
from realtime.models import Event
from tendering.selectors import tender_facts
from tests.bidding.bidder import Bidder, sheet
from tests.hostile import stores
from tests.hostile.mortal import Mortal, mortal
from tests.hostile.test_submit import withdrawal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


@pytest.fixture
def server(tender: Any, settings: Any) -> Iterator[Mortal]:
    with mortal(settings) as started:
        yield started


def posting(bidder: Bidder, path: str, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "do": "request",
        "method": "POST",
        "path": path,
        "cookies": {name: morsel.value for name, morsel in bidder.client.cookies.items()},
        "body": base64.b64encode(json.dumps(body).encode()).decode(),
        "content_type": "application/json",
        "headers": {"HTTP_ACCEPT": "application/json"},
    }


def sound(place: str) -> None:
    """What must hold whenever nobody is at work."""
    for ticket in Ticket.objects.select_related("bid"):
        receipts = Receipt.objects.filter(ticket=ticket).count()
        assert receipts == (1 if ticket.accepted else 0), place
        assert (ticket.decided_at is None) == (ticket.accepted is None), place
        assert bool(ticket.code) == (ticket.accepted is False), place
        if ticket.kind == Ticket.SUBMIT:
            undecided = ticket.decided_at is None
            assert (ticket.bid.status == "checked") == undecided, place
    submitted = Bid.objects.filter(status="submitted")
    assert submitted.count() == submitted.values("supplier", "lot").distinct().count(), place
    for bid in submitted:
        assert Ticket.objects.filter(bid=bid, kind=Ticket.SUBMIT, accepted=True).count() == 1, place
    for subject in set(Act.objects.values_list("subject", flat=True)):
        assert verify(subject) is None, (place, subject)


def lives_again(server: Mortal, order: dict[str, Any], first: dict[str, Any]) -> None:
    """Sent once more, it gives the same answer and changes nothing."""
    before = (Ticket.objects.count(), Receipt.objects.count(), Act.objects.count(), LogEntry.objects.count())
    again = server.order(order)
    assert again["answer"] == first["answer"]
    after = (Ticket.objects.count(), Receipt.objects.count(), Act.objects.count(), LogEntry.objects.count())
    assert after == before


def acts(subject: Any) -> Counter[str]:
    return Counter(Act.objects.filter(subject=str(subject)).values_list("verb", flat=True))


def test_submitting_replacing_and_withdrawing_survive_death_at_every_step(
    bidders: list[Bidder], tender: Any, tmp_path: Path, server: Mortal
) -> None:
    a = bidders[0]

    def sealed(folder: str, price: str, **over: Any) -> tuple[str, dict[str, Any]]:
        bid_id = a.begin(tender)
        return bid_id, a.request(
            tender, bid_id, a.seal(bid_id, tmp_path / folder, sheet(tender, price), **over)
        )

    # Not checked before: checking the bytes and asking the keepers dies with it.
    first, body = sealed("first", "4500.00")
    order = posting(a, f"/bids/{first}/submit", body)
    places, said = server.dies_everywhere(order, sound)
    assert said["answer"]["status"] == 200, said
    assert {"ticket", "commit", "receipt", "send"} <= {
        word for word in ("ticket", "commit", "receipt", "send") if any(word in place for place in places)
    }
    lives_again(server, order, said)
    record = Bid.objects.get(pk=first).record_hash

    second, body = sealed("second", "4400.00", supersedes=record)
    order = posting(a, f"/bids/{second}/submit", body)
    places, said = server.dies_everywhere(order, sound)
    assert said["answer"]["status"] == 200, said
    lives_again(server, order, said)
    assert [Bid.objects.get(pk=pk).status for pk in (first, second)] == ["superseded", "submitted"]

    order = posting(a, f"/bids/{second}/withdraw", withdrawal(a, second))
    places, said = server.dies_everywhere(order, sound)
    assert said["answer"]["status"] == 200, said
    lives_again(server, order, said)
    assert Bid.objects.get(pk=second).status == "withdrawn"
    assert Ticket.objects.count() == Receipt.objects.count() == 3
    assert acts(f"bid.{first}") == {"begin": 1, "check": 1, "submit": 1, "receipt": 1, "replace": 1}
    assert acts(f"bid.{second}") == {"begin": 1, "check": 1, "submit": 1, "receipt": 2, "withdraw": 1}


def test_closing_gathering_and_opening_survive_death_at_every_step(
    bidders: list[Bidder], tender: Any, tmp_path: Path, server: Mortal, to_deadline: Any
) -> None:
    paper = tmp_path / "技术方案.pdf"
    paper.write_bytes(b"%PDF-1.7 " + bytes(5000))
    bids = []
    for number, bidder in enumerate(bidders):
        bid_id = bidder.begin(tender)
        seal = bidder.seal(
            bid_id, tmp_path / str(number), sheet(tender, f"4{number}00.00"), [(paper.name, paper)]
        )
        body = bidder.request(tender, bid_id, seal)
        if number < 3:
            assert bidder.post(f"/bids/{bid_id}/submit", body).status_code == 200
        else:  # its server died between the ticket and its decision
            order = posting(bidder, f"/bids/{bid_id}/submit", body)
            passed: set[str] = set()
            while not Ticket.objects.filter(bid_id=bid_id).exists():
                passed.add(server.order(order, passed, 1)["died"])
        bids.append(bid_id)
    assert Ticket.objects.filter(decided_at=None).count() == 1
    withdrawn, kept = bids[0], bids[1:]
    a = bidders[0]
    assert a.post(f"/bids/{withdrawn}/withdraw", withdrawal(a, withdrawn)).status_code == 200

    to_deadline(tender)

    def listed_whole(place: str) -> None:
        sound(place)
        closed = tender_facts(tender.id).status != "open"
        assert CloseList.objects.exists() == closed, place
        assert closed == (Bid.objects.filter(status="listed").count() == 3), place

    order = {"do": "bidding.close", "subject": str(tender.id)}
    places, said = server.dies_everywhere(order, listed_whole, visits=2)
    assert len(places) > 20
    assert "error" not in said, said
    states = Counter(entry["state"] for entry in CloseList.objects.get().body["entries"])
    assert states == {"effective": 3, "withdrawn": 1}
    lives_again(server, order, said)

    to_deadline(tender, timedelta(seconds=2))

    def opened_whole(place: str) -> None:
        gathered = Bid.objects.filter(status="listed").count() == 0
        assert gathered or not OpenedBid.objects.exists(), place  # nothing is opened before all is gathered
        for row in OpenedFile.objects.all():
            assert hashlib.sha256(stores.read("opened", row.stored_as)).hexdigest() == row.sha256, place
        done = tender_facts(tender.id).status == "opened"
        assert done == Notice.objects.filter(type="opening_record").exists(), place
        assert not done or OpenedBid.objects.count() == 3, place

    order = {"do": "bidding.gather", "subject": str(tender.id)}
    places, said = server.dies_everywhere(order, opened_whole, inner=False)
    assert len(places) > 20
    assert "error" not in said, said
    assert tender_facts(tender.id).status == "opened"
    lives_again(server, order, said)
    sound("at last")

    found = selectors.opened_bids(tender.id)
    assert {str(bid.bid_id): bid.verdict for bid in found} == dict.fromkeys(kept, "opened")
    assert Share.objects.filter(verified=True).count() == 9
    assert OpenedFile.objects.count() == 3
    names = {name for name in stores.names("opened") if name.split("/")[0] in bids}
    assert names == set(OpenedFile.objects.values_list("stored_as", flat=True))
    assert list(Path(project.UPLOADS_DIR).glob("opening-*")) == []
    assert Opening.objects.get().status == "opened"
    kinds = Counter(json.loads(bytes(row.content))["type"].split("/")[-1] for row in LogEntry.objects.all())
    assert (kinds["close-entry"], kinds["transcript-entry"]) == (1, 1)
    said_in_hall = Counter(Event.objects.filter(stream=f"opening.{tender.id}").values_list("type", flat=True))
    assert said_in_hall == {
        "tender.closed": 1, "gathering": 1, "share": 9, "opening": 1, "bid.opened": 3, "lot.opened": 1, "opened": 1,
    }  # fmt: skip
    assert Counter(Notice.objects.values_list("type", flat=True))["opening_record"] == 1
    assert acts(f"opening.{tender.id}") == {
        "close": 1,
        "begin": 1,
        "finish": 1,
        "opened": 1,
        "publish_record": 1,
    }
    for bid_id in kept:
        assert acts(f"bid.{bid_id}")["open"] == acts(f"bid.{bid_id}")["gather"] == 1
    path = tmp_path / "transcript.json"
    path.write_text(json.dumps(selectors.transcript(tender.id, "1")))
    replayed = subprocess.run(
        [sys.executable, "-m", "bidding.sealing", "replay", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert replayed.returncode == 0, replayed.stderr
