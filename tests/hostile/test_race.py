"""Submitting, replacing and closing at once: on SQLite and on PostgreSQL every ticket stamped in time is accounted for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from bidding.models import Bid, CloseList, Receipt, Ticket
from bidding.sealing.objects import Keeper, SignedRecord
from bidding.sealing.seal import seal_bid
from bidding.sealing.shape import write_instant
from bidding.services import closing, preparing, submitting
from core import clock
from core.ledger import services as ledger
from tests.factories import parties as people
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db(transaction=True)
SUPPLIERS = 8


@pytest.fixture
def tender(cast: Any) -> Any:
    ledger.log_vkey()
    return make.published(cast.purchaser)


def checked(tender: Any, actor: Any, folder: Path, supersedes: str | None = None) -> Bid:
    """A bid whose keepers have confirmed it, as `check` leaves it; the keepers' secrets are nobody's here."""
    bid = Bid.objects.get(pk=preparing.begin(actor=actor, tender_id=tender.id, lot="1").bid_id)
    sealed = seal_bid(
        preparing.offered(tender, bid),
        [Keeper.from_json(row) for row in tender.sealing["keepers"]],
        2,
        {
            "type": "mingcai/v1/sheet",
            "total_fen": 100,
            "prices": [],
            "delivery_days": 1,
            "warranty_months": 1,
            "responses": [],
            "facts": {},
            "notes": "",
        },
        [],
        folder,
        organisation=str(actor.org_id),
        **({"supersedes": supersedes} if supersedes else {}),
    )
    bid.record, bid.record_hash, bid.status = sealed.record.to_json(), sealed.record.hash, "checked"
    bid.acks = [{"body": {"i": i, "time": write_instant(clock.now())}} for i in (1, 2, 3)]
    bid.save()
    return bid


def send(actor: Any, bid: Bid) -> Any:
    """What `submit` does once the signature is verified; gives the outcome or the refusal's code."""
    from bidding.sealing.objects import SealedRecord

    signed = SignedRecord(SealedRecord.from_json(bid.record), {"scheme": "webauthn", "credential_id": "AAAA"})
    try:
        return submitting.arrive(actor, bid, Ticket.SUBMIT, signed)
    except submitting.NotAccepted as refused:
        return refused.facts["reason"]
    except submitting.TooLate:
        return "late"
    finally:
        connections.close_all()


def side_by_side(acts: list[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(max_workers=len(acts)) as pool:
        return [future.result() for future in [pool.submit(act) for act in acts]]


def test_two_bids_of_one_supplier_at_once_give_one_receipt_and_one_refusal(
    tender: Any, cast: Any, tmp_path: Path
) -> None:
    for turn in range(4):
        actor = people.desk("supplier", f"供应商{turn}示例有限公司", "330100")
        bids = [checked(tender, actor, tmp_path / f"{turn}-{n}") for n in range(2)]
        answers = side_by_side([lambda bid=bid, actor=actor: send(actor, bid) for bid in bids])
        assert sorted(a if isinstance(a, str) else "accepted" for a in answers) == [
            "accepted",
            "already-submitted",
        ]
        assert sorted(Bid.objects.get(pk=bid.pk).status for bid in bids) == ["refused", "submitted"]
        assert Receipt.objects.filter(ticket__bid__in=bids).count() == 1


def test_one_submission_sent_several_times_at_once_has_one_ticket_and_one_receipt(
    tender: Any, cast: Any, tmp_path: Path
) -> None:
    bid = checked(tender, cast.supplier_a, tmp_path / "bid")
    answers = side_by_side([lambda: send(cast.supplier_a, bid)] * 4)
    assert len({answer.receipt_id for answer in answers}) == 1
    assert Ticket.objects.count() == Receipt.objects.count() == 1


def test_what_is_stamped_before_the_deadline_is_listed_however_submitting_and_closing_race(
    tender: Any, cast: Any, tmp_path: Path, at: Callable[..., None]
) -> None:
    actors = [people.desk("supplier", f"供应商{n}示例有限公司", "330100") for n in range(SUPPLIERS)]
    first = [checked(tender, actor, tmp_path / f"a{n}") for n, actor in enumerate(actors)]
    second = [
        checked(tender, actor, tmp_path / f"b{n}", supersedes=bid.record_hash)
        for n, (actor, bid) in enumerate(zip(actors, first, strict=True))
    ]
    at(tender.bids_due_at - timedelta(seconds=1))
    closed = threading.Event()

    def bidder(n: int) -> list[Any]:
        time.sleep(n * 0.12)
        return [send(actors[n], first[n]), send(actors[n], second[n])]

    def closer() -> int:
        tries = 0
        try:
            while not closed.is_set():
                tries += 1
                try:
                    if closing.close(tender_id=tender.id):
                        closed.set()
                except closing.BeforeDeadline:
                    time.sleep(0.02)
        finally:
            connections.close_all()
        return tries

    *answers, one, two = side_by_side([*(lambda n=n: bidder(n) for n in range(SUPPLIERS)), closer, closer])
    assert one
    assert two
    assert not Ticket.objects.filter(decided_at=None).exists()
    entries = {entry["record_hash"]: entry for entry in CloseList.objects.get().body["entries"]}
    for ticket in Ticket.objects.all():
        on_time = ticket.arrival < tender.bids_due_at
        assert (ticket.code == "late") == (not on_time)
        if on_time:
            assert ticket.record_hash in entries
        if ticket.accepted:
            assert on_time
            assert entries[ticket.record_hash]["state"] in ("effective", "superseded")
    effective = {entry["bid_id"] for entry in entries.values() if entry["state"] == "effective"}
    assert effective == {str(bid.pk) for bid in Bid.objects.filter(status="listed")}
    for n, (before, after) in enumerate(answers):
        if not isinstance(before, str):
            wanted = second[n] if not isinstance(after, str) else first[n]
            assert str(wanted.pk) in effective
