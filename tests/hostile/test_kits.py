"""Recovery kits (R8): only sealed, only in time, only when needed, checked as every dealing is; and nobody else is touched."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding import authority, selectors
from bidding.models import Bid, OpenedBid, RecoveryKit
from bidding.sealing import kits as core_kits
from bidding.sealing.accounts import verify_close
from bidding.sealing.age import files
from bidding.sealing.age.recipients import Passphrase, parse_recipient
from bidding.sealing.encoding import canonical
from bidding.sealing.errors import SealingError
from bidding.sealing.seal import PlainKit
from bidding.sealing.transcript import replay
from bidding.services import closing, kits, opening
from core.audit.models import Entry
from core.ledger.models import Entry as Logged
from parties.models import InboxItem
from tests.bidding.bidder import Bidder
from tests.factories import tendering as make
from tests.hostile.pocket import Pocket
from tests.hostile.test_blame import pockets, sent

__all__ = ["pockets"]
pytestmark = pytest.mark.django_db(transaction=True)
DEAD = (1, 2)  # of three keepers, two are needed


@pytest.fixture
def key(tmp_path: Path, settings: Any) -> Path:
    """The supervisor's key file; the platform has its card."""
    path = tmp_path / "authority.json"
    authority.create(path, "authority.example")
    settings.SUPERVISOR_FILE.write_text(json.dumps(authority.card(path)))
    return path


@pytest.fixture
def tender(pockets: list[Pocket], key: Path, cast: Any) -> Any:
    return make.published(cast.purchaser)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[PlainKit]:
    """The kits of the bids that this test seals, in their order: what the bidders' own machines keep."""
    from tests.hostile import test_blame

    found: list[PlainKit] = []
    real = test_blame.seal_bid

    def sealing(*args: Any, **over: Any) -> Any:
        made = real(*args, **over)
        found.append(made.kit)
        return made

    monkeypatch.setattr(test_blame, "seal_bid", sealing)
    return found


@pytest.fixture
def three(tender: Any, cast: Any, tmp_path: Path, kept: list[PlainKit]) -> list[str]:
    actors = (cast.supplier_a, cast.supplier_b, cast.supplier_c)
    return [sent(tender, actor, tmp_path / str(n)) for n, actor in enumerate(actors)]


@pytest.fixture
def gathering(tender: Any, three: list[str], pockets: list[Pocket], at: Callable[..., None]) -> Any:
    """Closed, the gathering has begun, and only one keeper answers."""
    at(tender.bids_due_at)
    assert closing.close(tender_id=tender.id)
    for number in DEAD:
        pockets[number].dead = True
    at(tender.bids_due_at + timedelta(seconds=2))
    assert not opening.gather(tender_id=tender.id)
    return tender


def sealed(kit: Any, tender: Any) -> str:
    recipient = parse_recipient(tender.sealing["lots"]["1"]["single"]["policy"]["supervisor"]["recipient"])
    plain = canonical(kit.to_json() if isinstance(kit, PlainKit) else kit)
    return base64.b64encode(files.encrypt_bytes(plain, [recipient])).decode()


def hand_in(actor: Any, bid_id: str, data: str) -> tuple[int, str]:
    answer = Bidder.of(actor).post(f"/bids/{bid_id}/kit/", {"sealed": data})
    return answer.status_code, answer.json().get("code", "")


def end(tender: Any, at: Callable[..., None]) -> None:
    at(tender.bids_due_at + timedelta(days=1))
    opening.gather(tender_id=tender.id)


def opened_by(key: Path, client: Any, bid_id: str) -> dict[str, Any]:
    """What the supervisor's program prints for the request that the desk gives."""
    request = client.get(f"/bids/{bid_id}/kit/request.json")
    assert request.status_code == 200
    seed = bytes.fromhex(json.loads(key.read_text())["seed"])
    return core_kits.release(authority.load(key), seed, request.json())


def test_a_kit_handed_in_in_time_opens_its_bid_and_the_transcript_says_so(
    gathering: Any, three: list[str], kept: list[PlainKit], cast: Any, key: Path, at: Callable[..., None]
) -> None:
    tender, bid = gathering, three[0]
    asked = InboxItem.objects.get(key=f"bid.{bid}.kit")
    assert (asked.url, asked.done_at) == (f"/bids/{bid}/kit/", None)
    page = Bidder.of(cast.supplier_a).client.get(asked.url).content.decode()
    assert tender.sealing["lots"]["1"]["single"]["policy"]["supervisor"]["recipient"] in page
    assert hand_in(cast.supplier_b, bid, sealed(kept[0], tender))[0] == 404, "another's bid"
    data = sealed(kept[0], tender)
    assert hand_in(cast.supplier_a, bid, data) == (200, "")
    assert hand_in(cast.supplier_a, bid, data) == (200, "")
    row = RecoveryKit.objects.get()
    entries = [json.loads(bytes(one.content)) for one in Logged.objects.order_by("index")]
    (logged,) = [one for one in entries if one["type"].endswith("/kit-entry")]
    assert (logged["sealed"], logged["record_hash"]) == (row.sha256, kept[0].record_hash)
    assert kept[0].secret not in bytes(row.sealed)
    supervisor = Bidder.of(cast.supervisor).client
    assert supervisor.get(f"/bids/{bid}/kit/request.json").status_code == 404, (
        "not before the gathering is over"
    )
    assert kept[0].secret.hex().encode() not in bytes(row.sealed)

    end(tender, at)
    assert not OpenedBid.objects.exists()
    assert (
        f"/bids/{bid}/kit/request.json" in supervisor.get(f"/opening/{tender.id}/resolve/").content.decode()
    )
    assert Bidder.of(cast.purchaser).client.get(f"/bids/{bid}/kit/request.json").status_code == 404
    release = opened_by(key, supervisor, bid)
    forged = copy.deepcopy(release)
    forged["statement"]["signature"] = "00" * 64
    other = {**release, "kit": {**release["kit"], "secret": "00" * 32}}
    for bad in (forged, other, {}, "no JSON"):
        text = bad if isinstance(bad, str) else json.dumps(bad)
        assert supervisor.post(f"/bids/{bid}/kit/release", {"release": text}).status_code == 422, bad
    assert not RecoveryKit.objects.exclude(release=None).exists()
    done = supervisor.post(f"/bids/{bid}/kit/release", {"release": json.dumps(release)})
    assert done.status_code == 302, done.content
    opening.gather(tender_id=tender.id)
    assert {str(one.bid_id): one.verdict["verdict"] for one in OpenedBid.objects.all()} == {bid: "opened"}
    assert set(Bid.objects.exclude(pk=bid).values_list("status", flat=True)) == {"waiting"}, (
        "the others still wait"
    )

    transcript = selectors.transcript(tender.id, "1")
    shown = {row["signed_record"]["record"]["ctx"]["bid_id"]: row.get("kit") for row in transcript["bids"]}
    assert (shown[bid]["sealed"], shown[three[1]]) == (row.sha256, None)
    assert replay(transcript).ok
    log = [bytes(one.content) for one in Logged.objects.order_by("index")]
    assert verify_close(transcript, entries=log).transcript_index is not None
    with pytest.raises(SealingError) as refusal:
        verify_close(transcript, entries=[one for one in log if b"kit-entry" not in one])
    assert refusal.value.code == "kit-not-logged"
    place = [row["signed_record"]["record"]["ctx"]["bid_id"] for row in transcript["bids"]].index(bid)
    lie = copy.deepcopy(transcript)
    lie["bids"][place]["kit"]["sealed"] = "00" * 32
    assert not replay(lie).ok
    assert Entry.objects.filter(subject=f"bid.{bid}", verb__in=["hand_in_kit", "release_kit"]).count() == 2


def test_a_kit_with_another_secret_voids_its_own_bid_and_the_bidder_is_at_fault(
    gathering: Any, three: list[str], kept: list[PlainKit], cast: Any, key: Path, at: Callable[..., None]
) -> None:
    wrong = {**kept[0].to_json(), "secret": "11" * 32}
    assert hand_in(cast.supplier_a, three[0], sealed(wrong, gathering)) == (200, "")
    assert hand_in(cast.supplier_b, three[1], sealed(kept[0], gathering)) == (200, ""), (
        "nobody sees whose it is"
    )
    end(gathering, at)
    supervisor = Bidder.of(cast.supervisor).client
    release = opened_by(key, supervisor, three[0])
    with pytest.raises(SealingError) as refusal:
        opened_by(key, supervisor, three[1])
    assert refusal.value.code == "wrong-bid"
    swapped = supervisor.post(f"/bids/{three[1]}/kit/release", {"release": json.dumps(release)})
    assert swapped.status_code == 422, "nor does the release of one bid do for another"
    assert (
        supervisor.post(f"/bids/{three[0]}/kit/release", {"release": json.dumps(release)}).status_code == 302
    )
    opening.gather(tender_id=gathering.id)
    (found,) = OpenedBid.objects.all()
    assert (str(found.bid_id), found.verdict["verdict"], found.verdict["code"]) == (
        three[0],
        "void_bidder",
        "bad-kit",
    )
    assert found.verdict["keepers"] == []
    assert Bid.objects.get(pk=three[1]).status == "waiting"
    transcript = selectors.transcript(gathering.id, "1")
    assert replay(transcript).ok
    hidden = copy.deepcopy(transcript)
    for row in hidden["bids"]:
        row.pop("kit", None)
    assert not replay(hidden).ok, "void for a kit that nobody is shown"


def test_too_early_not_needed_too_late_and_in_clear_are_refused_and_leave_nothing(
    tender: Any,
    three: list[str],
    kept: list[PlainKit],
    cast: Any,
    pockets: list[Pocket],
    at: Callable[..., None],
) -> None:
    data = sealed(kept[0], tender)
    assert hand_in(cast.supplier_a, three[0], data)[0] == 404, "before the close there is no effective bid"
    at(tender.bids_due_at)
    assert closing.close(tender_id=tender.id)
    assert hand_in(cast.supplier_a, three[0], data) == (409, "kit-too-early")
    pockets[1].dead = pockets[2].dead = True
    at(tender.bids_due_at + timedelta(seconds=2))
    assert not opening.gather(tender_id=tender.id)
    plain = canonical(kept[0].to_json())
    for bad in (
        base64.b64encode(plain).decode(),
        base64.b64encode(files.encrypt_bytes(plain, [Passphrase("correct horse")])).decode(),
        base64.b64encode(b"x" * 70_000).decode(),
        "not base64!",
        "",
    ):
        assert hand_in(cast.supplier_a, three[0], bad)[0] == 422
    pockets[1].dead = False
    opening.gather(tender_id=tender.id)
    assert hand_in(cast.supplier_a, three[0], data) == (409, "kit-not-needed")
    assert not RecoveryKit.objects.exists()
    assert "kit-entry" not in "".join(bytes(one.content).decode() for one in Logged.objects.all())


def test_after_the_gathering_a_kit_is_void_and_the_bid_waits_for_its_keepers(
    gathering: Any, three: list[str], kept: list[PlainKit], cast: Any, at: Callable[..., None]
) -> None:
    look = kits.look(cast.supplier_a, Bid.objects.get(pk=three[0]).pk)
    at(look.until)
    late = sealed(kept[0], gathering)
    assert hand_in(cast.supplier_a, three[0], late) == (409, "kit-void"), "the end itself is late"
    end(gathering, at)
    assert hand_in(cast.supplier_a, three[0], late) == (409, "kit-void")
    page = Bidder.of(cast.supplier_a).client.get(f"/bids/{three[0]}/kit/").content.decode()
    assert "data-hand-in" not in page
    assert not RecoveryKit.objects.exists()
    assert Entry.objects.filter(verb="kit_void").count() == 2
    assert not InboxItem.objects.filter(key=f"bid.{three[0]}.kit", done_at=None).exists()
