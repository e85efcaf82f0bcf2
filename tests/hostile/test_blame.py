"""A fault is blamed on the party where it was put in – bidder, keeper, store, platform, download – and on nobody else (R4)."""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages

from bidding import selectors
from bidding.models import Bid, CloseList, Share
from bidding.sealing import transcript as core_transcript
from bidding.sealing.objects import Keeper
from bidding.sealing.seal import seal_bid
from bidding.services import closing, opening, preparing, submitting
from storage import uploads
from tests.bidding.bidder import Bidder, part_of, sheet
from tests.bidding.conftest import START
from tests.factories import tendering as make
from tests.hostile import stores
from tests.hostile.pocket import Pocket, settle

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pockets(at: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Pocket]:
    at(START)
    return settle(3, monkeypatch)


def sent(
    tender: Any, actor: Any, folder: Path, envelope: str = "", unit_price: str = "4500.00", **over: Any
) -> str:
    """One submitted bid, or one of its two envelopes, by the services that the pages call."""
    begun = preparing.begin(actor=actor, tender_id=tender.id, lot="1", envelope=envelope)
    bid, whole = Bid.objects.get(pk=begun.bid_id), sheet(tender, unit_price)
    made = seal_bid(
        preparing.offered(tender, bid),
        [Keeper.from_json(row) for row in tender.sealing["keepers"]],
        2,
        part_of(whole, envelope) if envelope else whole,
        [],
        folder,
        **{"organisation": str(actor.org_id), **over},
    )
    owner, parts = f"organisation.{actor.org_id}", {}
    for part in ("sheet", "files"):
        data = (made.directory / f"{part}.age").read_bytes()
        upload = uploads.create(owner=owner, purpose=tender.source, length=len(data))
        uploads.append(upload_id=upload.id, owner=owner, offset=0, parts=[data])
        parts[f"{part}_upload"] = upload.id
    record = made.record.to_json()
    envelopes = [base64.b64encode(one).decode() for one in made.envelopes]
    preparing.check(actor=actor, bid_id=bid.pk, record=record, envelopes=envelopes, **parts)
    signature = Bidder.of(actor).sign(str(bid.pk), record)
    submitting.submit(actor=actor, bid_id=bid.pk, signed={"record": record, "signature": signature})
    return str(bid.pk)


@pytest.fixture
def tender(pockets: list[Pocket], cast: Any) -> Any:
    return make.published(cast.purchaser)


@pytest.fixture
def three(tender: Any, cast: Any, tmp_path: Path) -> list[str]:
    actors = (cast.supplier_a, cast.supplier_b, cast.supplier_c)
    return [sent(tender, actor, tmp_path / str(n)) for n, actor in enumerate(actors)]


@pytest.fixture
def reopen(tender: Any, at: Callable[..., None]) -> Callable[..., dict[str, tuple[str, str]]]:
    """Close, do `between`, gather until the gathering time is over; gives verdict and code by bid."""

    def go(between: Callable[[], None] = lambda: None) -> dict[str, tuple[str, str]]:
        at(tender.bids_due_at)
        assert closing.close(tender_id=tender.id)
        between()
        at(tender.bids_due_at + timedelta(seconds=2))
        opening.gather(tender_id=tender.id)
        at(tender.bids_due_at + timedelta(days=20))
        opening.gather(tender_id=tender.id)
        return {str(bid.bid_id): (bid.verdict, bid.code) for bid in selectors.opened_bids(tender.id)}

    return go


def said_by(bid_id: str) -> dict[str, str]:
    return dict(Share.objects.filter(bid_id=bid_id).values_list("keeper", "code"))


def test_nothing_put_in_nobody_blamed(three: list[str], reopen: Any, tender: Any) -> None:
    assert reopen() == dict.fromkeys(three, ("opened", ""))
    replayed = core_transcript.replay(selectors.transcript(tender.id, "1"))
    assert replayed.ok
    assert all(bid.replayed for bid in replayed.bids)


def test_a_bidders_fault_is_the_bidders(
    three: list[str], reopen: Any, tender: Any, cast: Any, tmp_path: Path
) -> None:
    liar = sent(tender, cast.outsider, tmp_path / "liar", organisation=str(cast.supplier_a.org_id))
    found = reopen()
    assert found.pop(liar) == ("void_bidder", "wrong-context")
    assert found == dict.fromkeys(three, ("opened", ""))
    assert set(said_by(liar).values()) == {""}


def test_a_keepers_fault_is_that_keepers_and_opens_all_the_same(
    three: list[str], reopen: Any, pockets: list[Pocket]
) -> None:
    pockets[1].lies = True
    assert reopen() == dict.fromkeys(three, ("opened", ""))
    for bid in three:
        assert said_by(bid) == {"K1": "", "K2": "wrong-commitment", "K3": ""}


def test_too_many_faulty_keepers_are_named_each_and_void_no_bid(
    three: list[str], reopen: Any, pockets: list[Pocket], tender: Any
) -> None:
    pockets[0].lies = True
    pockets[2].dead = True
    assert reopen() == {}
    for bid in three:
        assert {k: code for k, code in said_by(bid).items() if code} == {
            "K1": "wrong-commitment",
            "K3": "away",
        }
    assert set(Bid.objects.filter(pk__in=three).values_list("status", flat=True)) == {"waiting"}


@pytest.mark.parametrize("part", ["sheet", "files"])
@pytest.mark.parametrize("harm", ["missing", "wrong-bytes"])
def test_a_stores_fault_is_the_stores(three: list[str], reopen: Any, part: str, harm: str) -> None:
    name = uploads.facts_of(getattr(Bid.objects.get(pk=three[0]), f"{part}_upload")).stored_as

    def damage() -> None:
        if harm == "missing":
            storages["sealed"].delete(name)
        else:
            data = stores.read("sealed", name)
            stores.exchange("sealed", name, data[:-1] + bytes([data[-1] ^ 1]))

    found = reopen(damage)
    assert found.pop(three[0]) == ("fault_storage", harm)
    assert found == dict.fromkeys(three[1:], ("opened", ""))


def test_a_platform_that_edits_its_close_list_is_refused_by_every_keeper_and_no_bidder_is_blamed(
    three: list[str], reopen: Any, pockets: list[Pocket], tender: Any
) -> None:
    def edit() -> None:
        listed = CloseList.objects.get()
        listed.body["entries"] = listed.body["entries"][:2]
        listed.body["entries"][0]["arrival"] = "2026-03-02T01:00:00Z"
        listed.save()
        Bid.objects.exclude(pk__in=[entry["bid_id"] for entry in listed.body["entries"]]).update(
            status="withdrawn"
        )

    assert reopen(edit) == {}
    assert not any(pocket.released for pocket in pockets)
    assert set(Share.objects.values_list("code", flat=True)) == {"denied"}
    assert set(Bid.objects.exclude(status="withdrawn").values_list("status", flat=True)) == {"waiting"}


@pytest.mark.parametrize("harm", ["ciphertext", "sheet", "verdict", "seed", "left out"])
def test_a_download_that_was_changed_is_found_by_whoever_replays_it(
    three: list[str], reopen: Any, tender: Any, harm: str
) -> None:
    assert reopen() == dict.fromkeys(three, ("opened", ""))
    right = selectors.transcript(tender.id, "1")
    assert core_transcript.replay(right).ok
    wrong = copy.deepcopy(right)
    assert wrong is not None
    bid = wrong["bids"][0]
    if harm == "ciphertext":
        data = bytearray(base64.b64decode(bid["sheet_ciphertext"]))
        data[-1] ^= 1
        bid["sheet_ciphertext"] = base64.b64encode(bytes(data)).decode()
    elif harm == "sheet":
        bid["sheet"]["total_fen"] += 100
    elif harm == "verdict":
        bid["verdict"] = {"verdict": "void_bidder", "code": "wrong-context", "part": "sheet", "keepers": []}
    elif harm == "seed":
        bid["seed_sheet"] = "00" * 32
    else:
        del wrong["bids"][0]
    result = core_transcript.replay(wrong)
    assert not result.ok
    blamed = [row.bid_id for row in result.bids if row.problem]
    assert blamed == ([] if harm == "left out" else [bid["signed_record"]["record"]["ctx"]["bid_id"]])
    assert core_transcript.replay(selectors.transcript(tender.id, "1")).ok  # the published one stands
