"""SIGKILL at every step of a sealed bid's life, then the same again: nothing lost, doubled or half done (R1, R4)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project

from bidding import selectors, timers
from bidding.models import (
    Bid,
    CloseList,
    OpenedBid,
    OpenedFile,
    Opening,
    Receipt,
    SeenAmendment,
    Share,
    Ticket,
)
from bidding.sealing.transcript import replay
from core.audit.models import Entry as Act
from core.audit.services import verify
from core.ledger.models import Entry as LogEntry
from disclosure.models import Notice
from parties.models import InboxItem
from realtime.models import Event
from tendering.selectors import tender_facts
from tendering.services import amending
from tendering.states import Silence
from tests.bidding.bidder import Bidder, part_of, sheet
from tests.factories import tendering as make
from tests.hostile import stores
from tests.hostile.mortal import Mortal, mortal
from tests.hostile.test_submit import withdrawal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


@pytest.fixture
def two_envelopes() -> bool:
    return False


@pytest.fixture
def tender(keepers: Any, cast: Any, transactional_db: None, two_envelopes: bool) -> Any:
    over = {} if two_envelopes else {"silence": Silence.WITHDRAWS}
    return make.published(cast.purchaser, two_envelopes=two_envelopes, **over)


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
    apart = submitted.values("supplier", "lot", "envelope").distinct()
    assert submitted.count() == apart.count(), place
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


def test_a_bid_and_all_that_its_bidder_says_survive_death_at_every_step(
    bidders: list[Bidder], cast: Any, tender: Any, tmp_path: Path, server: Mortal
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

    change = {"texts": {"delivery": "合同签订后 45 日内送达。"}, "reason": "澄清"}
    amending.amend(actor=cast.purchaser, tender_id=tender.id, **change)
    timers.amended(f"tender.{tender.id}")
    offer = a.client.get(f"/bids/{second}/acknowledgement.json").json()
    record = {**offer["record"], "idempotency_key": "acknowledged-once"}
    order = posting(a, offer["acknowledge_url"], {"record": record, "signature": a.sign(second, record)})

    def said_whole(place: str) -> None:
        sound(place)
        heard = Ticket.objects.filter(kind=Ticket.ACKNOWLEDGE, accepted=True).exists()
        asked = InboxItem.objects.filter(key__startswith=f"bid.{second}.amended.", done_at=None)
        assert asked.exists() != heard, place
        assert heard or not SeenAmendment.objects.exists(), place

    places, said = server.dies_everywhere(order, said_whole)
    assert said["answer"]["status"] == 200, said
    assert {"before INSERT bidding_ticket", "before INSERT bidding_receipt", "before INSERT bidding_seenamendment"} <= {
        " ".join(place.split()[:3]).replace('"', "") for place in places
    }  # fmt: skip
    lives_again(server, order, said)
    assert SeenAmendment.objects.count() == 1

    order = posting(a, f"/bids/{second}/withdraw", withdrawal(a, second))
    places, said = server.dies_everywhere(order, sound)
    assert said["answer"]["status"] == 200, said
    lives_again(server, order, said)
    assert Bid.objects.get(pk=second).status == "withdrawn"
    assert Ticket.objects.count() == Receipt.objects.count() == 4
    assert acts(f"bid.{first}") == {"begin": 1, "check": 1, "submit": 1, "receipt": 1, "replace": 1}
    assert acts(f"bid.{second}") == {
        "begin": 1, "check": 1, "submit": 1, "receipt": 3, "acknowledge": 1, "withdraw": 1,
    }  # fmt: skip
    assert acts(f"seen.{tender.id}.{a.actor.org_id}") == {"see-amendment": 1}


@pytest.mark.parametrize("two_envelopes", [True])
def test_closing_gathering_and_opening_both_envelopes_survive_death_at_every_step(
    bidders: list[Bidder], cast: Any, tender: Any, tmp_path: Path, server: Mortal, to_deadline: Any
) -> None:
    paper = tmp_path / "技术方案.pdf"
    paper.write_bytes(b"%PDF-1.7 " + bytes(5000))
    sent: dict[str, list[str]] = {"technical": [], "price": []}
    for number, bidder in enumerate(bidders):
        for envelope, ids in sent.items():
            bid_id = bidder.begin(tender, envelope=envelope)
            ids.append(bid_id)
            plain = part_of(sheet(tender, f"4{number}00.00"), envelope)
            folder = tmp_path / f"{number}-{envelope}"
            body = bidder.request(tender, bid_id, bidder.seal(bid_id, folder, plain, [(paper.name, paper)]))
            if (number, envelope) != (3, "technical"):
                assert bidder.post(f"/bids/{bid_id}/submit", body).status_code == 200
                continue
            # its server died between the ticket and its decision
            order = posting(bidder, f"/bids/{bid_id}/submit", body)
            passed: set[str] = set()
            while not Ticket.objects.filter(bid_id=bid_id).exists():
                passed.add(server.order(order, passed, 1)["died"])
    assert Ticket.objects.filter(decided_at=None).count() == 1
    a = bidders[0]
    for ids in sent.values():
        assert a.post(f"/bids/{ids[0]}/withdraw", withdrawal(a, ids[0])).status_code == 200
    technical, price = sent["technical"][1:], sent["price"][1:]

    to_deadline(tender)

    def listed_whole(place: str) -> None:
        sound(place)
        closed = tender_facts(tender.id).status != "open"
        assert CloseList.objects.count() == (2 if closed else 0), place
        assert closed == (Bid.objects.filter(status="listed").count() == 6), place

    order = {"do": "bidding.close", "subject": str(tender.id)}
    places, said = server.dies_everywhere(order, listed_whole, visits=2)
    assert len(places) > 20
    assert "error" not in said, said
    for row in CloseList.objects.all():
        states = Counter(entry["state"] for entry in row.body["entries"])
        assert states == {"effective": 3, "withdrawn": 1}, row.envelope
    lives_again(server, order, said)

    def opened_whole(place: str) -> None:
        for envelope in ("technical", "price"):
            here = Bid.objects.filter(envelope=envelope)
            begun = Opening.objects.filter(envelope=envelope).exclude(status="gathering").exists()
            assert not begun or not here.filter(status="listed").exists(), place
            read = OpenedBid.objects.filter(bid__envelope=envelope, verdict__verdict="opened")
            assert begun or not read.exists(), place  # nothing is opened before all is gathered
        for row in OpenedFile.objects.all():
            assert hashlib.sha256(stores.read("opened", row.stored_as)).hexdigest() == row.sha256, place
        done = tender_facts(tender.id).status == "opened"
        assert done == Notice.objects.filter(type="opening_record").exists(), place
        assert not done or OpenedBid.objects.filter(bid__envelope="technical").count() == 3, place

    def over() -> bool:  # the clock asks again where a keeper was slow
        return not Opening.objects.filter(status__in=("gathering", "opening")).exists()

    to_deadline(tender, timedelta(seconds=2))
    order = {"do": "bidding.gather", "subject": str(tender.id)}
    places, said = server.dies_everywhere(order, opened_whole, inner=False, until=over)
    assert len(places) > 20
    assert "error" not in said, said
    assert tender_facts(tender.id).status == "opened"
    lives_again(server, order, said)
    sound("the technical parts")
    assert not Share.objects.filter(bid__envelope="price").exists()

    # The last one fails: its price stays shut, whenever who says so dies.
    host = cast.purchaser
    result = {
        "do": "conclude", "user": str(host.user_id), "desk": None,
        "tender": str(tender.id), "passing": technical[:2],
    }  # fmt: skip

    def said_whole(place: str) -> None:
        shut = Bid.objects.filter(pk=price[2], status="not_opened").exists()
        assert shut == Opening.objects.filter(envelope="price").exists(), place
        assert shut == (kinds()["result-entry"] == 1), place

    places, said = server.dies_everywhere(result, said_whole)
    assert len(places) > 8
    assert said["error"] == "ResultLogged", said  # by the try that died after its commit

    to_deadline(tender, timedelta(seconds=60))
    places, said = server.dies_everywhere(order, opened_whole, inner=False, until=over)
    assert len(places) > 20
    assert "error" not in said, said
    lives_again(server, order, said)
    sound("at last")

    found = {str(bid.bid_id): bid for bid in selectors.opened_bids(tender.id)}
    assert {pk: bid.verdict for pk, bid in found.items()} == {
        **dict.fromkeys([*technical, *price[:2]], "opened"), price[2]: "not_opened",
    }  # fmt: skip
    assert [str(found[pk].quote) for pk in (technical[0], *price)] == [
        "None",
        "820000.00",
        "840000.00",
        "None",
    ]
    assert Share.objects.filter(verified=True).count() == 15
    assert not Share.objects.filter(bid_id=price[2]).exists()
    assert OpenedFile.objects.count() == 5
    names = {name for name in stores.names("opened") if name.split("/")[0] in found}
    assert names == set(OpenedFile.objects.values_list("stored_as", flat=True))
    assert list(Path(project.UPLOADS_DIR).glob("opening-*")) == []
    assert [row.status for row in Opening.objects.all()] == ["opened", "opened"]
    assert (kinds()["close-entry"], kinds()["transcript-entry"], kinds()["result-entry"]) == (2, 2, 1)
    said_in_hall = Counter(Event.objects.filter(stream=f"opening.{tender.id}").values_list("type", flat=True))
    assert said_in_hall == {
        "tender.closed": 1, "gathering": 1, "share": 15, "opening": 2, "bid.opened": 5, "lot.opened": 2, "opened": 1,
        "technical.result": 1, "bid.shut": 1, "prices.opened": 1,
    }  # fmt: skip
    assert Counter(Notice.objects.values_list("type", flat=True))["opening_record"] == 2
    assert acts(f"opening.{tender.id}") == {
        "close": 1, "begin": 2, "finish": 2, "opened": 1, "publish_record": 2, "log_result": 1,
    }  # fmt: skip
    for pk in (*technical, *price[:2]):
        assert acts(f"bid.{pk}")["open"] == acts(f"bid.{pk}")["gather"] == 1
    assert acts(f"bid.{price[2]}")["shut"] == 1
    for envelope in sent:
        shown = selectors.transcript(tender.id, "1", envelope)
        assert shown is not None
        assert replay(shown).ok, envelope


def kinds() -> Counter[str]:
    """How many entries of each kind the log has."""
    return Counter(json.loads(bytes(row.content))["type"].split("/")[-1] for row in LogEntry.objects.all())
