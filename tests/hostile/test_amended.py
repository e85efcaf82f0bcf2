"""Documents change after bids were sealed (R6): acknowledge by a signature, seal again, or be silent as the notice says."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding import selectors, timers
from bidding.integrity import Tender as Checked
from bidding.models import Bid, CloseList, Receipt, SeenAmendment, Ticket
from bidding.sealing.accounts import verify_close
from bidding.sealing.errors import SealingError
from bidding.sealing.transcript import replay
from bidding.services import amendments, closing, opening, receipts
from core.audit.models import Entry
from core.errors import WrongState
from core.ledger import selectors as ledger
from parties.models import InboxItem
from tendering import selectors as tendering
from tendering.models import Tender
from tendering.services import amending
from tendering.states import Silence
from tests.bidding.bidder import Bidder
from tests.factories import tendering as make
from tests.hostile.pocket import Pocket
from tests.hostile.test_blame import pockets, sent

__all__ = ["pockets"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def silence() -> str:
    return Silence.KEEPS


@pytest.fixture
def tender(pockets: list[Pocket], cast: Any, silence: str) -> Any:
    return make.published(cast.purchaser, silence=silence)


def amend(cast: Any, tender: Any, **change: Any) -> Any:
    said = {"reason": "澄清", "texts": {"delivery": "合同签订后 45 日内送达。"}, **change}
    now = amending.amend(actor=cast.purchaser, tender_id=tender.id, **said)
    timers.amended(f"tender.{tender.id}")
    return now


def acknowledge(bidder: Bidder, bid_id: str, **over: Any) -> Any:
    offer = bidder.client.get(f"/bids/{bid_id}/acknowledgement.json").json()
    record = {**offer["record"], "idempotency_key": "ack-" + bid_id[:8], **over}
    return bidder.post(offer["acknowledge_url"], {"record": record, "signature": bidder.sign(bid_id, record)})


def asked(bid_id: str) -> bool:
    return InboxItem.objects.filter(key__startswith=f"bid.{bid_id}.amended.", done_at=None).exists()


def entries() -> dict[str, dict[str, Any]]:
    return {entry["bid_id"]: entry for entry in CloseList.objects.get().body["entries"]}


@pytest.mark.parametrize(
    ("silence", "state", "code", "opened"),
    [
        (Silence.KEEPS, "effective", "silence-keeps", 4),
        (Silence.WITHDRAWS, "refused", "silence-withdraws", 3),
    ],
)
def test_the_close_list_says_of_every_bid_what_its_bidder_said_or_what_silence_means(
    tender: Any, cast: Any, tmp_path: Path, at: Callable[..., None], state: str, code: str, opened: int
) -> None:
    actors = (cast.supplier_a, cast.supplier_b, cast.supplier_c)
    says, seals, silent = (sent(tender, actor, tmp_path / str(n)) for n, actor in enumerate(actors))
    now = amend(cast, tender)
    assert now.sealing["lots"]["1"]["single"]["policy"]["acknowledge"]["since"] == 2
    assert [asked(bid) for bid in (says, seals, silent)] == [True] * 3
    item = InboxItem.objects.get(key=f"bid.{silent}.amended.2")
    assert (item.due_at, item.is_task) == (tender.bids_due_at, True)

    bidder = Bidder.of(cast.supplier_a)
    page = bidder.client.get(f"/tenders/{tender.id}/bid/").content.decode()
    assert f"/bids/{says}/acknowledgement.json" in page
    answer = acknowledge(bidder, says)
    assert answer.status_code == 200, answer.content
    assert acknowledge(bidder, says).json() == answer.json(), "the same again is the same"
    assert Entry.objects.filter(verb="acknowledge", subject=f"bid.{says}").count() == 1
    assert (asked(says), asked(silent)) == (False, True)
    assert "/acknowledgement.json" not in bidder.client.get(f"/tenders/{tender.id}/bid/").content.decode()
    assert SeenAmendment.objects.filter(supplier_id=cast.supplier_a.org_id, no=1).exists()
    assert bidder.client.get(answer.json()["receipt_url"]).status_code == 200

    withdraw(Bidder.of(cast.supplier_b), seals)
    again = sent(now, cast.supplier_b, tmp_path / "again")
    fresh = sent(now, cast.outsider, tmp_path / "fresh")
    assert not asked(seals)

    at(tender.bids_due_at)
    assert closing.close(tender_id=tender.id)
    found = entries()
    assert (found[silent]["state"], found[silent]["code"]) == (state, code)
    said = Ticket.objects.get(kind="acknowledge").record_hash
    assert (found[says]["state"], found[says]["acknowledged"], "code" in found[says]) == (
        "effective",
        [said],
        False,
    )
    for bid in (again, fresh):
        assert {"state": "effective"} == {
            name: value for name, value in found[bid].items() if name in ("state", "code", "acknowledged")
        }
    assert Bid.objects.get(pk=silent).status == ("refused" if state == "refused" else "listed")
    assert InboxItem.objects.filter(key=f"bid.{silent}.lapsed").exists() == (state == "refused")
    assert not asked(silent)

    at(tender.bids_due_at + timedelta(seconds=2))
    assert any(opening.gather(tender_id=tender.id) for _ in range(3)), "SQLite may be busy"
    assert len(selectors.opened_bids(tender.id)) == opened
    transcript = selectors.transcript(tender.id, "1")
    assert replay(transcript).ok
    logged = ledger.entries_about([tender.id])[str(tender.id)]
    checked = Checked(tender.id, tendering.policy_versions(tender.id), logged).check()
    assert [finding for finding in checked if finding.column != "acks"] == []

    receipt = receipts.receipt_file(Receipt.objects.get(ticket__kind="acknowledge"))
    report = verify_close(transcript, [receipt])
    assert [(one.state, one.bid_id) for one in report.accounts] == [("effective", says)]
    place = next(n for n, row in enumerate(transcript["close"]["entries"]) if row["bid_id"] == says)

    def lied(**changes: Any) -> dict[str, Any]:
        file = copy.deepcopy(transcript)
        row = file["close"]["entries"][place]
        row.update(changes)
        file["close"]["entries"][place] = {name: value for name, value in row.items() if value is not None}
        return file

    for changes, why in (
        ({"acknowledged": None}, "not-accounted"),
        ({"state": "refused", "code": "silence-withdraws"}, "wrong-silence"),
    ):
        with pytest.raises(SealingError) as refusal:
            verify_close(lied(**changes), [receipt])
        assert refusal.value.code == why
        assert not replay(lied(**changes)).ok


def withdraw(bidder: Bidder, bid_id: str) -> None:
    bid = Bid.objects.get(pk=bid_id)
    record = {
        "type": "mingcai/v1/withdrawal",
        **{name: bid.record["ctx"][name] for name in ("log_origin", "tender", "lot", "envelope")},
        "bid_id": bid_id,
        "supersedes": bid.record_hash,
        "idempotency_key": "back-" + bid_id[:8],
    }
    sent = bidder.post(
        f"/bids/{bid_id}/withdraw", {"record": record, "signature": bidder.sign(bid_id, record)}
    )
    assert sent.status_code == 200, sent.content


def test_an_acknowledgement_that_is_no_good_is_refused_and_leaves_no_receipt(
    tender: Any, cast: Any, tmp_path: Path, at: Callable[..., None]
) -> None:
    bid_id, bidder = sent(tender, cast.supplier_a, tmp_path / "bid"), Bidder.of(cast.supplier_a)
    other = Bidder.of(cast.supplier_b)
    before = bidder.client.get(f"/bids/{bid_id}/acknowledgement.json").json()["record"]
    amend(cast, tender)
    receipts_before = Receipt.objects.count()
    assert other.client.get(f"/bids/{bid_id}/acknowledgement.json").status_code == 404

    def tried(**over: Any) -> tuple[int, str]:
        answer = acknowledge(bidder, bid_id, **over)
        said = answer.json()
        return answer.status_code, said.get("reason") or said.get("code")

    for over in ({"notice_version": 9}, {"notice_hash": "00" * 32}, {"record_hash": "00" * 32}, {"lot": "2"}):
        assert tried(**over)[0] in (409, 422), over
    assert not Ticket.objects.filter(kind="acknowledge").exists()
    offer = bidder.client.get(f"/bids/{bid_id}/acknowledgement.json").json()
    record = {**offer["record"], "idempotency_key": "forged-ack"}
    stolen = bidder.sign(bid_id, {**record, "notice_version": 1})
    assert bidder.post(offer["acknowledge_url"], {"record": record, "signature": stolen}).status_code == 422

    earlier = {name: before[name] for name in ("notice_hash", "notice_version", "policy_hash")}
    assert tried(**earlier, idempotency_key="the-notice-before") == (409, "amended")
    at(tender.bids_due_at)
    assert tried(idempotency_key="the-deadline-itself")[1] == "late"
    assert Receipt.objects.count() == receipts_before
    assert asked(bid_id)


def test_more_time_alone_asks_nobody_and_what_silence_means_cannot_be_changed(
    tender: Any,
    cast: Any,
    tmp_path: Path,
) -> None:
    bid_id = sent(tender, cast.supplier_a, tmp_path / "bid")
    now = amend(cast, tender, texts={}, new_due_at=tender.bids_due_at + timedelta(days=2))
    assert now.sealing["lots"]["1"]["single"]["policy"]["acknowledge"] == {"since": 1, "silence": "keeps"}
    assert not asked(bid_id)
    assert amendments.asked(Bid.objects.all(), now) == set()
    Tender.objects.filter(pk=tender.id).update(silence=Silence.WITHDRAWS)
    now = amend(cast, tender)
    assert now.sealing["lots"]["1"]["single"]["policy"]["acknowledge"] == {"since": 3, "silence": "keeps"}
    assert amendments.asked(Bid.objects.all(), now) == {Bid.objects.get().pk}


def test_a_later_deadline_lets_bids_wait_and_be_replaced_and_neither_an_earlier_nor_a_passed_one_is_taken(
    tender: Any, cast: Any, tmp_path: Path, at: Callable[..., None]
) -> None:
    first, old = sent(tender, cast.supplier_a, tmp_path / "first"), tender.bids_due_at
    later = old + timedelta(days=2)
    now = amend(cast, tender, texts={}, new_due_at=later)
    with pytest.raises(amending.EarlierDeadline):
        amend(cast, tender, new_due_at=later - timedelta(seconds=1))
    at(old)
    with pytest.raises(closing.BeforeDeadline):
        closing.close(tender_id=tender.id)
    assert opening.gather(tender_id=tender.id)
    assert Bid.objects.get(pk=first).status == "submitted", "it waits, and nobody has opened anything"
    at(old + timedelta(hours=1))
    earlier = Bid.objects.get(pk=first).record_hash
    second = sent(now, cast.supplier_a, tmp_path / "second", supersedes=earlier)
    at(later)
    before = Entry.objects.count()
    with pytest.raises(amending.DeadlinePassed):
        amend(cast, tender, new_due_at=later + timedelta(days=1))
    assert Entry.objects.count() == before
    assert closing.close(tender_id=tender.id)
    found = entries()
    assert (found[first]["state"], found[second]["state"]) == ("superseded", "effective")
    with pytest.raises(WrongState):
        amend(cast, tender, new_due_at=later + timedelta(days=1))
