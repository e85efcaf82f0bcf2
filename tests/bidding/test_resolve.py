"""Bids that could not be opened are held until the supervisor has signed a resolution (R3, R4)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction

from bidding import access, authority, selectors
from bidding.models import Bid, CloseList, OpenedBid, Opening, Resolution, Share
from bidding.sealing.statements import Statement
from bidding.services import closing, opening, resolving
from config.keeperhouse import KeeperHouse
from core.audit.services import verify as audit_verifies
from core.canonical import digest
from core.errors import Invalid, NotFound
from core.ledger import selectors as log
from core.ledger import services as ledger
from disclosure.models import Notice
from evaluation.services import panels
from parties.models import Expert, InboxItem
from parties.services import signing
from storage import uploads
from tendering.selectors import tender_facts
from tendering.services import progress
from tendering.states import TenderStatus
from tests.bidding.bidder import Bidder
from tests.bidding.conftest import START
from tests.bidding.people import Hand
from tests.factories import parties as make_party
from tests.factories.evaluation import client_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
REASON = "保管方机房断电，现已恢复，请重新收集份额。"


def submit(tender: Any, folder: Path, *actors: Any) -> list[str]:
    ids = []
    for number, actor in enumerate(actors):
        answer = Bidder.of(actor).submit(tender, folder / str(number), f"{4500 + 100 * number}.00")
        assert answer.status_code == 200, answer.content.decode()
        ids.append(str(Bid.objects.get(supplier_id=actor.org_id, status="submitted").pk))
    return ids


def leave(house: KeeperHouse, *names: str) -> None:
    house.stopping.set()
    for name in names:
        house.children[name].kill()
        house.children[name].wait()


def come_back(house: KeeperHouse, *names: str) -> None:
    for name in names:
        house._spawn(name)
        house._identity(name)


def lose(bid_id: str) -> tuple[str, bytes]:
    name = uploads.facts_of(Bid.objects.get(pk=bid_id).sheet_upload).stored_as
    with storages["sealed"].open(name, "rb") as file:
        content = bytes(file.read())
    storages["sealed"].delete(name)
    return name, content


def open_up(tender: Any, to_deadline: Callable[..., None], late: timedelta = timedelta(seconds=2)) -> bool:
    to_deadline(tender)
    assert closing.close(tender_id=tender.id)
    to_deadline(tender, late)
    return opening.gather(tender_id=tender.id)


def decide(hand: Hand, tender: Any, decision: str, reason: str = REASON, bid: Any = None) -> Resolution:
    said = resolving.body(tender_facts(tender.id), "1", decision, reason, bid)
    return resolving.resolve(
        actor=hand.actor,
        tender_id=tender.id,
        lot="1",
        decision=decision,
        reason=reason,
        bid_id=bid,
        credential=hand.touch(said, resolving.purpose_of(tender.id)),
    )


def tasks(actor: Any) -> list[str]:
    rows = InboxItem.objects.filter(organisation_id=actor.org_id, done_at=None)
    return sorted(rows.values_list("key", flat=True))


def test_bids_short_of_shares_wait_and_are_opened_when_the_supervisor_has_them_gathered_again(
    cast: Any, tender: Any, keepers: KeeperHouse, tmp_path: Path, to_deadline: Any
) -> None:
    ids = submit(tender, tmp_path, cast.supplier_a, cast.supplier_b, cast.supplier_c)
    leave(keepers, "K2", "K3")
    assert not open_up(tender, to_deadline)
    hall = client_of(cast.purchaser).get(f"/opening/{tender.id}/").content.decode()
    assert hall.count("away") >= 2
    to_deadline(tender, timedelta(days=1))
    assert opening.gather(tender_id=tender.id)

    # held: nothing fails, nobody is evaluated, the supervisor is asked
    assert {bid.status for bid in Bid.objects.all()} == {"waiting"}
    assert tender_facts(tender.id).status == TenderStatus.CLOSED
    assert not Notice.objects.filter(type="failure").exists()
    first = Notice.objects.get(type="opening_record")
    assert {row["verdict"] for row in first.facts["bids"]} == {"waiting_keepers"}
    with pytest.raises(panels.BidsHeld):
        panels.draw(actor=cast.purchaser, tender_id=tender.id, representative_id=cast.purchaser.user_id)
    assert f"tender.{tender.id}.held.1" in tasks(cast.supervisor)

    # only this region's supervisor, with a signature over this very resolution
    hand = Hand(cast.supervisor)
    said = resolving.body(tender_facts(tender.id), "1", "again", REASON)
    stranger = Hand(make_party.desk("supervisor", "济南市财政局（示例）", "370100"))
    for other in (cast.purchaser, cast.supplier_a, stranger.actor, make_party.operator()):
        with pytest.raises(NotFound):
            resolving.resolve(
                actor=other,
                tender_id=tender.id,
                lot="1",
                decision="again",
                reason=REASON,
                credential=stranger.touch(said, resolving.purpose_of(tender.id)),
            )
    with pytest.raises(signing.NotSigned):
        resolving.resolve(
            actor=cast.supervisor,
            tender_id=tender.id,
            lot="1",
            decision="again",
            reason=REASON,
            credential=hand.touch({**said, "decision": "without"}, resolving.purpose_of(tender.id)),
        )
    assert not Resolution.objects.exists()
    assert Opening.objects.get().status == "opened"

    come_back(keepers, "K3")
    with transaction.atomic():  # a procedure that has ended has nothing left to decide
        progress.cancel(tender_id=tender.id, actor=cast.purchaser, reason="采购任务取消")
        assert tasks(cast.supervisor) == []
        with pytest.raises(resolving.NothingHeld):
            resolving.body(tender_facts(tender.id), "1", "again", REASON)
        transaction.set_rollback(True)
    row = decide(hand, tender, "again")
    entry = json.loads(log.entry(row.entry_index))
    assert entry["resolution"] == row.body
    assert signing.verify(entry["signature"], digest(entry["resolution"]))
    assert Opening.objects.get().status == "gathering"
    assert tasks(cast.supervisor) == []
    assert opening.gather(tender_id=tender.id)
    assert {str(bid.bid_id): bid.verdict for bid in selectors.opened_bids(tender.id)} == dict.fromkeys(
        ids, "opened"
    )
    assert tender_facts(tender.id).status == TenderStatus.OPENED
    newest = Notice.objects.get(type="opening_record", version=2)
    assert newest.corrects_id == first.pk
    assert [one["decision"] for one in newest.facts["resolutions"]] == ["again"]
    Expert.objects.update(admitted_at=START)
    assert panels.draw(actor=cast.purchaser, tender_id=tender.id, representative_id=cast.purchaser.user_id).pk
    assert audit_verifies(f"opening.{tender.id}") is None
    with pytest.raises(resolving.NothingHeld):
        resolving.body(tender_facts(tender.id), "1", "again", REASON)


def test_a_lot_fails_only_after_the_supervisor_went_on_without_a_bid_that_the_store_lost(
    cast: Any, tender: Any, tmp_path: Path, to_deadline: Any
) -> None:
    ids = submit(tender, tmp_path, cast.supplier_a, cast.supplier_b, cast.supplier_c)
    name, content = lose(ids[1])
    assert open_up(tender, to_deadline)
    assert Bid.objects.get(pk=ids[1]).status == "unreadable"
    assert f"opening.{tender.id}.confirm.{ids[0]}" in tasks(cast.supplier_a)
    assert f"opening.{tender.id}.confirm.{ids[1]}" not in tasks(cast.supplier_b)
    assert tender_facts(tender.id).status == TenderStatus.CLOSED
    assert not Notice.objects.filter(type="failure").exists()

    # the page: a reason that is too short is refused, the draft is signed as it is shown
    hand = Hand(cast.supervisor)
    client = client_of(cast.supervisor)
    path = f"/opening/{tender.id}/resolve/"
    assert "乙方示例科技有限公司" in client.get(path).content.decode()
    asked = {"lot": "1", "decision": "without", "bid": ids[1], "reason": "短"}
    assert client.post(path, asked).status_code == 422
    asked["reason"] = "存储节点损坏，三个副本均无法恢复，责任在平台运营方。"
    draft = client.post(path, asked).content.decode()
    said = resolving.body(
        tender_facts(tender.id), "1", "without", asked["reason"], Bid.objects.get(pk=ids[1]).pk
    )
    assert f'data-sign-hash="{digest(said).hex()}"' in draft
    with pytest.raises(Invalid):
        decide(hand, tender, "without", "短", Bid.objects.get(pk=ids[1]).pk)
    with pytest.raises(resolving.NothingHeld):  # a bid that was opened is not the supervisor's to take out
        decide(hand, tender, "without", REASON, Bid.objects.get(pk=ids[0]).pk)
    assert not Resolution.objects.exists()

    # first the store is repaired: the same shares open the bid
    storages["sealed"].save(name, ContentFile(content[:-1] + bytes([content[-1] ^ 1])))
    decide(hand, tender, "again")
    assert not OpenedBid.objects.filter(bid_id=ids[1]).exists()
    assert opening.gather(tender_id=tender.id)
    assert OpenedBid.objects.get(bid_id=ids[1]).verdict["code"] == "wrong-bytes"
    assert f"tender.{tender.id}.held.2" in tasks(cast.supervisor)

    credential = hand.touch({**said, "number": 2}, resolving.purpose_of(tender.id))
    answer = client.post(path, {**asked, "credential": json.dumps(credential)})
    assert (answer.status_code, answer["Location"]) == (302, f"/opening/{tender.id}/")
    assert Bid.objects.get(pk=ids[1]).status == "set_aside"
    assert f"opening.{tender.id}.confirm.{ids[1]}" in tasks(
        cast.supplier_b
    )  # it may object to that in its own time
    assert opening.gather(tender_id=tender.id)
    assert tender_facts(tender.id).status == TenderStatus.FAILED
    assert Notice.objects.filter(type="failure").count() == 1
    record = Notice.objects.filter(type="opening_record").order_by("-version")[0]
    assert [row["set_aside"] for row in record.facts["bids"] if row["bid_id"] == ids[1]] == [True]
    assert asked["reason"] in str(record.sections)
    for supplier in (cast.supplier_a, cast.supplier_b, cast.supplier_c):
        assert f"opening.{tender.id}.failed.1.{supplier.org_id}" in tasks(supplier)
    assert f"opening.{tender.id}.aside.{ids[1]}" in tasks(cast.supplier_b)
    public = client_of(cast.outsider).get(f"/opening/{tender.id}/").content.decode()
    assert asked["reason"] in public
    assert access.opening_to_resolve(cast.supervisor, tender.id).id == tender.id


def test_keepers_that_withhold_release_on_a_resolution_signed_with_the_authoritys_own_key(
    cast: Any, tender: Any, keepers: KeeperHouse, tmp_path: Path, to_deadline: Any
) -> None:
    submit(tender, tmp_path, cast.supplier_a, cast.supplier_b, cast.supplier_c)
    to_deadline(tender)
    assert closing.close(tender_id=tender.id)
    listed = CloseList.objects.get()
    first = json.loads(log.entry(listed.entry_index))
    ledger.append({**first, "root": "ab" * 32})  # the platform shows the keepers a second close list
    to_deadline(tender, timedelta(seconds=2))
    assert not opening.gather(tender_id=tender.id)
    assert set(Share.objects.values_list("code", flat=True)) == {"withheld"}
    to_deadline(tender, timedelta(days=1))
    assert opening.gather(tender_id=tender.id)
    assert tender_facts(tender.id).status == TenderStatus.CLOSED

    hand = Hand(cast.supervisor)
    client = client_of(cast.supervisor, **{"Accept-Language": "en"})
    path = f"/opening/{tender.id}/resolve/"
    assert "Keepers withhold" in client.get(path).content.decode()
    row = decide(hand, tender, "again")
    assert not opening.gather(tender_id=tender.id)  # the supervisor's word on the platform is not enough
    said = resolving.for_keepers(row)
    assert said["close_root"] == listed.root
    assert said["document_hash"] in client.get(path).content.decode()

    signer = authority.load(keepers.authority_file)
    sound = authority.sign(signer, said)
    size = log.size()
    for wrong in (
        "no statement",
        {**sound, "signature": "00" * 64},
        authority.sign(signer, {**said, "close_root": "ab" * 32}),
    ):
        with pytest.raises(resolving.NotSound):
            resolving.end_withholding(actor=cast.supervisor, tender_id=tender.id, lot="1", statement=wrong)
    with pytest.raises(NotFound):
        resolving.end_withholding(actor=cast.purchaser, tender_id=tender.id, lot="1", statement=sound)
    assert log.size() == size
    stranger = authority.create(tmp_path / "stranger.json", "stranger.example")
    resolving.end_withholding(
        actor=cast.supervisor, tender_id=tender.id, lot="1", statement=authority.sign(stranger, said)
    )
    assert not opening.gather(tender_id=tender.id)  # nobody has told the keepers to believe that key
    answer = client.post(path, {"lot": "1", "statement": json.dumps(sound)})
    assert answer.status_code == 302
    assert opening.gather(tender_id=tender.id)
    assert {bid.verdict for bid in selectors.opened_bids(tender.id)} == {"opened"}
    assert tender_facts(tender.id).status == TenderStatus.OPENED


def test_the_authoritys_program_signs_resolutions_and_nothing_else(tmp_path: Path) -> None:
    def run(*arguments: str, said: Any = None) -> Any:
        return subprocess.run(
            [sys.executable, "-m", "bidding.authority", *arguments],
            input=json.dumps(said).encode(),
            capture_output=True,
            check=False,
        )

    key = str(tmp_path / "key.json")
    made = run("create", key, "authority.example")
    assert made.returncode == 0
    assert (tmp_path / "key.json").stat().st_mode & 0o077 == 0
    assert run("vkey", key).stdout == made.stdout
    again = run("create", key, "authority.example")
    assert (again.returncode, run("vkey", key).stdout) == (1, made.stdout)  # a key is never written over
    members = dict.fromkeys(authority.MEMBERS, "x") | {"type": "mingcai/v1/resolution"}
    signed = run("sign", key, said=members)
    assert signed.returncode == 0
    statement = Statement.from_json(json.loads(signed.stdout))
    statement.verify(made.stdout.decode().strip())
    for body in ({**members, "type": "mingcai/v1/receipt"}, {**members, "more": 1}, {}, []):
        assert run("sign", key, said=body).returncode == 1
    assert run("sign").returncode == 2
