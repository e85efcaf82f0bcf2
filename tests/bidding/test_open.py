"""Three sealed bids, three real keepers: nothing can be read before the time, everything after it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding import keepers as platform
from bidding import selectors
from bidding.models import Bid, CloseList, Opening, Receipt, Ticket
from bidding.services import closing, opening, receipts
from core.audit.services import verify as audit_verifies
from core.ledger import services as ledger
from disclosure.models import Notice
from tendering.selectors import tender_facts
from tendering.states import TenderStatus
from tests.bidding.bidder import Bidder
from tests.factories import consortia as together
from tests.factories import parties
from tests.factories import tendering as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


def submit_three(cast: Any, tender: Any, folder: Path, **first: Any) -> list[Any]:
    """Three bids; `first` are facts that the first one's sheet declares."""
    answers = []
    suppliers = [cast.supplier_a, cast.supplier_b, cast.supplier_c]
    for number, (actor, price) in enumerate(zip(suppliers, ["4500.00", "4700.00", "4900.00"], strict=True)):
        declared = {} if number else first
        answer = Bidder.of(actor).submit(tender, folder / f"bid-{number}", price, **declared)
        assert answer.status_code == 200, answer.content.decode()
        answers.append(answer.json())
    return answers


@pytest.mark.requirement("S003-24", "S003-41", "S004-23")
def test_sealed_bids_are_submitted_closed_gathered_opened_and_published(
    cast: Any, tender: Any, tmp_path: Path, to_deadline: Any
) -> None:
    subcontractor = parties.credit_code()
    partner = parties.desk("supplier", "丁方示例安装有限公司", "330400")
    agreed = together.agreed(tender, cast.supplier_a, (partner, "40"))
    sub = {
        "name": "戊方示例运输有限公司",
        "code": subcontractor,
        "size": "micro",
        "share": "10",
        "work": "运输",
    }
    declares = {"consortium": agreed.terms_hash, **{f"sub_1_{name}": said for name, said in sub.items()}}
    answers = submit_three(cast, tender, tmp_path, **declares)
    assert selectors.hall(tender.id) == []
    assert selectors.bidder_ids(tender.id) == set()

    with pytest.raises(closing.BeforeDeadline):
        closing.close(tender_id=tender.id)
    to_deadline(tender, timedelta(seconds=-1))
    with pytest.raises(closing.BeforeDeadline):
        closing.close(tender_id=tender.id)
    assert CloseList.objects.count() == 0

    to_deadline(tender)
    assert closing.close(tender_id=tender.id)
    assert not closing.close(tender_id=tender.id)
    assert [entry["state"] for entry in CloseList.objects.get().body["entries"]] == ["effective"] * 3

    to_deadline(tender, timedelta(seconds=2))
    assert opening.gather(tender_id=tender.id)
    bids = selectors.opened_bids(tender.id)
    assert [(bid.supplier_name[:2], str(bid.quote), bid.verdict) for bid in bids] == [
        ("丙方", "980000.00", "opened"),
        ("乙方", "940000.00", "opened"),
        ("甲方", "900000.00", "opened"),
    ]
    *alone, joint = bids
    assert joint.consortium is not None
    assert [one.name for one in joint.consortium.members] == [cast.supplier_a.org_name, partner.org_name]
    [taken_on] = joint.subcontracts
    assert (taken_on.complete, taken_on.credit_code, taken_on.percent) == (True, subcontractor, "10")
    assert [(bid.consortium, bid.subcontracts) for bid in alone] == [(None, ())] * 2
    assert tender_facts(tender.id).status == TenderStatus.OPENED
    record = Notice.objects.get(type="opening_record")
    assert len(record.facts["bids"]) == 3
    assert audit_verifies(f"opening.{tender.id}") is None

    transcript = tmp_path / "transcript.json"
    transcript.write_text(json.dumps(selectors.transcript(tender.id, "1")))
    replayed = subprocess.run(
        [sys.executable, "-m", "bidding.sealing", "replay", str(transcript)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert replayed.returncode == 0, replayed.stderr

    assert receipts.post_batch() == 3
    ledger.publish_checkpoint()
    platform.witnessed_checkpoint(platform.keepers_of(tender))
    kept = receipts.receipt_file(Receipt.objects.get(pk=answers[0]["receipt"]))
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(kept))
    verified = subprocess.run(
        [sys.executable, "-m", "bidding.sealing", "verify-receipt", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stderr


def test_a_bid_may_follow_its_notice_at_once(
    keepers: Any, cast: Any, transactional_db: None, tmp_path: Path
) -> None:
    ledger.publish_checkpoint()
    tender = make.published(cast.purchaser)
    answer = Bidder.of(cast.supplier_a).submit(tender, tmp_path / "bid", "4500.00")
    assert answer.status_code == 200, answer.content.decode()


def test_one_dead_keeper_of_three_does_not_stop_an_opening(
    cast: Any, tender: Any, keepers: Any, tmp_path: Path, to_deadline: Any
) -> None:
    submit_three(cast, tender, tmp_path)
    keepers.stopping.set()
    keepers.children["K2"].kill()
    keepers.children["K2"].wait()
    to_deadline(tender)
    closing.close(tender_id=tender.id)
    to_deadline(tender, timedelta(seconds=2))
    opening.gather(tender_id=tender.id)
    to_deadline(tender, timedelta(days=8))
    assert opening.gather(tender_id=tender.id)
    assert {bid.verdict for bid in selectors.opened_bids(tender.id)} == {"opened"}


def test_a_bid_that_arrives_at_the_deadline_is_late_and_leaves_only_its_ticket(
    cast: Any, tender: Any, tmp_path: Path, to_deadline: Any
) -> None:
    bidder = Bidder.of(cast.supplier_a)
    bid_id = bidder.begin(tender)
    from tests.bidding.bidder import sheet

    sealed = bidder.seal(bid_id, tmp_path / "bid", sheet(tender))
    body = bidder.request(tender, bid_id, sealed)
    assert bidder.post(f"/bids/{bid_id}/check", body).status_code == 200
    to_deadline(tender)
    answer = bidder.post(f"/bids/{bid_id}/submit", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "late"), answer.content
    assert Ticket.objects.get().accepted is False
    assert Receipt.objects.count() == 0
    assert not Bid.objects.filter(status="submitted").exists()


def test_a_supplier_can_replace_and_withdraw_and_only_the_last_bid_is_opened(
    cast: Any, tender: Any, tmp_path: Path, to_deadline: Any
) -> None:
    answers = submit_three(cast, tender, tmp_path)
    from tests.bidding.bidder import sheet

    a = Bidder.of(cast.supplier_a)
    second = a.begin(tender)
    refused = a.post(
        f"/bids/{second}/submit",
        a.request(tender, second, a.seal(second, tmp_path / "again", sheet(tender, "4400.00"))),
    )
    assert refused.json()["reason"] == "already-submitted"
    third = a.begin(tender)
    sealed = a.seal(
        third, tmp_path / "replace", sheet(tender, "4300.00"), supersedes=answers[0]["record_hash"]
    )
    assert a.post(f"/bids/{third}/submit", a.request(tender, third, sealed)).status_code == 200
    to_deadline(tender)
    closing.close(tender_id=tender.id)
    states = sorted(entry["state"] for entry in CloseList.objects.get().body["entries"])
    assert states == ["effective", "effective", "effective", "refused", "superseded"]
    to_deadline(tender, timedelta(seconds=2))
    assert opening.gather(tender_id=tender.id)
    assert {str(bid.quote) for bid in selectors.opened_bids(tender.id)} == {
        "860000.00",
        "940000.00",
        "980000.00",
    }


def test_fewer_than_three_bids_are_not_opened_and_the_failure_is_published(
    cast: Any, tender: Any, tmp_path: Path, to_deadline: Any
) -> None:
    for number, actor in enumerate([cast.supplier_a, cast.supplier_b]):
        assert Bidder.of(actor).submit(tender, tmp_path / str(number)).status_code == 200
    to_deadline(tender)
    closing.close(tender_id=tender.id)
    assert tender_facts(tender.id).status == TenderStatus.FAILED
    assert Opening.objects.get().status == "not_held"
    assert Notice.objects.filter(type="failure").exists()
    to_deadline(tender, timedelta(hours=1))
    opening.gather(tender_id=tender.id)
    assert selectors.opened_bids(tender.id) == []
