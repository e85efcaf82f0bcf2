"""No single bid, keeper, store or clock stops an opening, and none is blamed for another's fault (R4)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.files.storage import storages
from django.db import connection

from bidding import keepers as platform
from bidding import selectors
from bidding.models import Bid, OpenedBid, OpenedFile, Opening, Share
from bidding.sealing.confined import Opener
from bidding.services import closing, locks, opening
from core import clock
from core.errors import Refused
from core.money import Yuan
from disclosure.models import Notice, Record
from storage import uploads
from tendering import services as tendering
from tendering.selectors import tender_facts
from tendering.services import drafting
from tests.bidding.bidder import Bidder, sheet
from tests.factories import tendering as make
from tests.hostile import stores
from tests.hostile.threads import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


def submit(bidder: Bidder, tender: Any, folder: Path, files: Any = (), **over: Any) -> str:
    bid_id = bidder.begin(tender, over.pop("lot", "1"))
    sealed = bidder.seal(bid_id, folder, sheet(tender), list(files), **over)
    answer = bidder.post(f"/bids/{bid_id}/submit", bidder.request(tender, bid_id, sealed))
    assert answer.status_code == 200, answer.content
    return bid_id


def stored(bid_id: str, part: str) -> str:
    return uploads.facts_of(getattr(Bid.objects.get(pk=bid_id), f"{part}_upload")).stored_as


def replay(tender: Any, folder: Path) -> subprocess.CompletedProcess[str]:
    path = folder / "transcript.json"
    path.write_text(json.dumps(selectors.transcript(tender.id, "1")))
    command = [sys.executable, "-m", "bidding.sealing", "replay", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_fault_of_the_storage_is_named_as_such_and_stops_no_other_bid(
    bidders: list[Bidder], tender: Any, tmp_path: Path, opened: Any, cast: Any
) -> None:
    good = submit(bidders[0], tender, tmp_path / "good")
    lost = submit(bidders[1], tender, tmp_path / "lost")
    liar = submit(bidders[2], tender, tmp_path / "liar", organisation=str(cast.supplier_a.org_id))
    altered = submit(bidders[3], tender, tmp_path / "altered")
    storages["sealed"].delete(stored(lost, "sheet"))
    name = stored(altered, "files")
    stores.exchange("sealed", name, stores.read("sealed", name)[:-1] + b"\0")
    assert opened(tender)
    found = {str(bid.bid_id): (bid.verdict, bid.code) for bid in selectors.opened_bids(tender.id)}
    assert found == {
        good: ("opened", ""),
        lost: ("fault_storage", "missing"),
        liar: ("void_bidder", "wrong-context"),
        altered: ("fault_storage", "wrong-bytes"),
    }
    states = {str(bid.pk): bid.status for bid in Bid.objects.all()}
    assert states == {good: "opened", lost: "unreadable", liar: "void", altered: "unreadable"}
    replayed = replay(tender, tmp_path)
    assert replayed.returncode == 0, replayed.stderr
    page = bidders[0].client.get(f"/opening/{tender.id}/").content.decode()
    assert "missing" in page
    statuses = {
        row["id"]: row["status"] for row in json.loads(Record.objects.get().compiled)["bids"]["details"]
    }
    assert (statuses[good], statuses[lost], statuses[liar]) == ("pending", "pending", "disqualified")


def test_a_bid_that_the_platform_cannot_open_is_tried_again_and_stops_no_other(
    bidders: list[Bidder],
    tender: Any,
    tmp_path: Path,
    opened: Any,
    to_deadline: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = [submit(bidder, tender, tmp_path / str(n)) for n, bidder in enumerate(bidders)]
    right = Opener.open_bid

    def fails(opener: Opener, record: Any, *args: Any, **over: Any) -> Any:
        if record.ctx.bid_id == ids[1]:
            raise OSError("no space left on device")
        return right(opener, record, *args, **over)

    monkeypatch.setattr(Opener, "open_bid", fails)
    assert not opened(tender)
    assert {str(bid.bid_id) for bid in selectors.opened_bids(tender.id)} == {ids[0], ids[2], ids[3]}
    assert Opening.objects.get().status == "opening"
    to_deadline(tender, timedelta(minutes=20))
    assert opening.gather(tender_id=tender.id)
    found = {str(bid.bid_id): (bid.verdict, bid.code) for bid in selectors.opened_bids(tender.id)}
    assert found[ids[1]] == ("fault_platform", "not-opened")
    assert Bid.objects.get(pk=ids[1]).status == "unreadable"
    assert replay(tender, tmp_path).returncode == 0


def test_an_opening_that_died_between_files_and_commit_leaves_nothing_behind(
    bidders: list[Bidder],
    tender: Any,
    tmp_path: Path,
    opened: Any,
    to_deadline: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attachment = tmp_path / "技术方案.pdf"
    attachment.write_bytes(b"%PDF-1.7 " + bytes(5000))
    ids = [
        submit(bidder, tender, tmp_path / str(n), [("技术方案.pdf", attachment)])
        for n, bidder in enumerate(bidders[:3])
    ]
    right = opening._keep_verdict
    monkeypatch.setattr(opening, "_keep_verdict", lambda *args, **over: 1 / 0)
    assert not opened(tender)
    assert OpenedBid.objects.count() == 0
    monkeypatch.setattr(opening, "_keep_verdict", right)
    to_deadline(tender, timedelta(seconds=10))
    assert opening.gather(tender_id=tender.id)
    kept = set(OpenedFile.objects.values_list("stored_as", flat=True))
    assert len(kept) == 3
    assert {name for name in stores.names("opened") if name.split("/")[0] in ids} == kept
    assert list(Path(project.UPLOADS_DIR).glob("opening-*")) == []


def test_several_clocks_open_a_tender_once(
    bidders: list[Bidder], tender: Any, tmp_path: Path, to_deadline: Any
) -> None:
    for number, bidder in enumerate(bidders[:3]):
        submit(bidder, tender, tmp_path / str(number))
    to_deadline(tender)
    closing.close(tender_id=tender.id)
    to_deadline(tender, timedelta(seconds=2))
    answers = together(lambda: opening.gather(tender_id=tender.id), 3)
    assert sorted(str(a) if isinstance(a, bool) else type(a).__name__ for a in answers) in (
        ["BeingOpened", "BeingOpened", "True"],
        ["BeingOpened", "True", "True"],
    )
    assert all(isinstance(a, bool | Refused) for a in answers)
    assert OpenedBid.objects.count() == 3
    assert Share.objects.filter(verified=True).count() == 9
    assert Notice.objects.filter(type="opening_record").count() == 1
    with locks.opening(tender.id):
        (answer,) = together(lambda: opening.gather(tender_id=tender.id), 1)
    assert isinstance(answer, locks.BeingOpened)


def test_a_keeper_that_hangs_costs_seconds_and_is_not_blamed_for_what_it_never_confirmed(
    bidders: list[Bidder],
    tender: Any,
    keepers: Any,
    tmp_path: Path,
    opened: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(platform, "KEEPER_SECONDS", 1.0)
    platform.client.cache_clear()
    os.kill(keepers.children["K2"].pid, signal.SIGSTOP)
    try:
        ids = [submit(bidder, tender, tmp_path / str(n)) for n, bidder in enumerate(bidders[:3])]
        assert opened(tender)
    finally:
        os.kill(keepers.children["K2"].pid, signal.SIGCONT)
        platform.client.cache_clear()
    assert {bid.verdict for bid in selectors.opened_bids(tender.id)} == {"opened"}
    assert platform.acked(Bid.objects.get(pk=ids[0])) == [1, 3]


def test_only_keepers_that_confirmed_a_bid_answer_for_it(
    bidders: list[Bidder], tender: Any, tmp_path: Path, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [submit(bidder, tender, tmp_path / str(n)) for n, bidder in enumerate(bidders[:3])]
    bid = Bid.objects.get(pk=ids[0])
    bid.acks = [said for said in bid.acks if said["body"]["i"] != 2]
    bid.save()
    asked: dict[str, Any] = {}
    right = Opener.open_bid

    def watch(opener: Opener, record: Any, *args: Any, **over: Any) -> Any:
        asked[record.ctx.bid_id] = over["acked"]
        return right(opener, record, *args, **over)

    monkeypatch.setattr(Opener, "open_bid", watch)
    assert opened(tender)
    assert asked == {ids[0]: [1, 3], ids[1]: [1, 2, 3], ids[2]: [1, 2, 3]}


def test_a_bid_sealed_before_an_amendment_is_opened_with_those_sealed_after_it(
    bidders: list[Bidder], tender: Any, tmp_path: Path, opened: Any, cast: Any, to_deadline: Any
) -> None:
    early = submit(bidders[0], tender, tmp_path / "early")
    late_seal = bidders[3].begin(tender)
    stale = bidders[3].seal(late_seal, tmp_path / "stale", sheet(tender))
    body = bidders[3].request(tender, late_seal, stale)
    assert bidders[3].post(f"/bids/{late_seal}/check", body).status_code == 200
    later = tender.bids_due_at + timedelta(days=3)
    tendering.amend(
        actor=cast.purchaser,
        tender_id=tender.id,
        reason="延长投标时间",
        affects_bids=False,
        new_due_at=later,
    )
    amended = tender_facts(tender.id)
    answer = bidders[3].post(f"/bids/{late_seal}/submit", body)
    assert (answer.status_code, answer.json()["reason"]) == (409, "amended")
    to_deadline(tender, timedelta(minutes=1))
    with pytest.raises(closing.BeforeDeadline):
        closing.close(tender_id=tender.id)
    after = [submit(bidder, amended, tmp_path / str(n)) for n, bidder in enumerate(bidders[1:3])]
    assert opened(amended)
    found = {str(bid.bid_id): bid.verdict for bid in selectors.opened_bids(tender.id)}
    assert found == dict.fromkeys([early, *after], "opened")
    assert replay(tender, tmp_path).returncode == 0


def test_a_lot_with_too_few_bids_stays_sealed_beside_a_lot_that_is_opened(
    keepers: Any, cast: Any, transactional_db: None, tmp_path: Path, opened: Any
) -> None:
    draft = make.complete_draft(cast.purchaser)
    drafting.save_lot(
        actor=cast.purchaser,
        tender_id=draft.id,
        title="第二包",
        title_en="Second lot",
        budget=Yuan("100000.00"),
    )
    item = draft.lots[0].items[0]
    drafting.save_item(
        actor=cast.purchaser,
        tender_id=draft.id,
        lot_no="2",
        name=item.name,
        spec=item.spec,
        item_key=make.LAPTOPS,
        quantity="10",
        unit="台",
    )
    drafting.save_lot(
        actor=cast.purchaser,
        tender_id=draft.id,
        no="1",
        title=draft.lots[0].title,
        title_en="",
        budget=Yuan(draft.budget.amount - 100000),
        ceiling=Yuan(draft.budget.amount - 150000),
    )
    make.settings.INDEPENDENT_KEEPERS = True
    tender = tendering.publish(actor=cast.purchaser, tender_id=draft.id)
    bidders = [Bidder.of(actor) for actor in (cast.supplier_a, cast.supplier_b, cast.supplier_c)]
    first = [submit(bidder, tender, tmp_path / f"1-{n}") for n, bidder in enumerate(bidders)]
    lone = submit(bidders[0], tender, tmp_path / "2-0", lot="2")
    assert opened(tender)
    assert {str(bid.bid_id) for bid in selectors.opened_bids(tender.id)} == set(first)
    assert {row.lot: row.status for row in Opening.objects.all()} == {"1": "opened", "2": "not_held"}
    assert not Share.objects.filter(bid_id=lone).exists()
    assert OpenedBid.objects.filter(bid_id=lone).count() == 0
    record = Notice.objects.get(type="opening_record")
    assert [row["lot"] for row in record.facts["transcripts"]] == ["1"]
    assert [row.facts["lot"] for row in Notice.objects.filter(type="failure")] == ["2"]
    assert tender_facts(tender.id).status == "opened"
    assert bidders[0].client.get(f"/opening/{tender.id}/").status_code == 200


def test_a_slow_keeper_does_not_make_the_servers_clock_look_wrong(
    bidders: list[Bidder], tender: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    from bidding.services import preparing

    right = preparing.ask_for_ack

    def slow(keeper: Any, *args: Any) -> Any:
        answer = right(keeper, *args)
        if keeper.id == "K3":
            time.sleep(2.5)
        return answer

    monkeypatch.setattr(preparing, "ask_for_ack", slow)
    submit(bidders[0], tender, tmp_path / "bid")
    if connection.vendor == "postgresql":
        return  # the database's clock decides there
    wrong = clock.now

    monkeypatch.setattr(clock, "now", lambda: wrong() + timedelta(seconds=5))
    bid_id = bidders[1].begin(tender)
    sealed = bidders[1].seal(bid_id, tmp_path / "late", sheet(tender))
    answer = bidders[1].post(f"/bids/{bid_id}/check", bidders[1].request(tender, bid_id, sealed))
    assert (answer.status_code, answer.json()["code"]) == (503, "clock-disagrees")
