"""Anyone can repeat an opening from what is published; a transcript that lies does not stand."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bidding.sealing.encoding import h
from bidding.sealing.errors import Malformed
from bidding.sealing.objects import SignedRecord
from bidding.sealing.opening import Limits, Outcome, open_bid
from bidding.sealing.shape import write_instant
from bidding.sealing.signatures import software_signature
from bidding.sealing.statements import CloseEntry, CloseList
from bidding.sealing.transcript import RestrictedBid, Transcript, TranscriptBid, replay, restricted_to_json
from tests.sealing.sealed import DEADLINE, flipped, make_case, make_keepers, make_policy

BIDDER = Ed25519PrivateKey.from_private_bytes(h(b"bidder"))


@pytest.fixture(scope="module")
def opening(tmp_path_factory):
    """Three bids: one opened, one from a cheating dealer, one that too few keepers answered for."""
    folder = tmp_path_factory.mktemp("opening")
    policy = make_policy(make_keepers(3), 2)
    bids, restricted, entries = [], [], []
    for place, bid_id in enumerate(("B1", "B2", "B3")):
        case = make_case(folder / bid_id, n=3, k=2, bid_id=bid_id)
        record, released = case.record, case.released
        if bid_id == "B2":
            record = replace(record, sheet_seed_hash="00" * 32)
        if bid_id == "B3":
            released = (released[0], flipped(released[1]))
        verdict = open_bid(
            record,
            released,
            case.bid.sheet_path,
            case.bid.files_path,
            folder / bid_id / "out",
            Limits(),
            acked=[1],
        )
        signed = SignedRecord(record, software_signature(BIDDER, bytes.fromhex(record.hash)))
        bids.append(TranscriptBid.of(signed, verdict, case.bid.sheet_path))
        seed = verdict.secret.seed_files if verdict.secret else None
        restricted.append(RestrictedBid(record.hash, released, seed))
        arrival = write_instant(DEADLINE - timedelta(minutes=9 - place))
        entries.append(CloseEntry("receipt", record.hash, bid_id, "effective", arrival))
    late = write_instant(DEADLINE)
    entries.append(CloseEntry("receipt", h(b"late").hex(), "B4", "refused", late, code="late"))
    close = CloseList(
        policy.log_origin,
        policy.tender,
        policy.lot,
        policy.envelope,
        policy.hash,
        DEADLINE,
        DEADLINE,
        tuple(entries),
    )
    transcript = Transcript(policy, make_keepers(3).keepers, close, tuple(bids))
    return transcript, restricted_to_json(transcript, restricted)


def test_an_honest_transcript_stands(opening):
    public, restricted = opening
    source = public.to_json()
    assert Transcript.from_json(source) == public
    result = replay(source)
    assert result.ok, result.to_json()
    assert [bid.verdict for bid in result.bids] == ["opened", "void_bidder", "waiting_keepers"]
    assert [bid.replayed for bid in result.bids] == [True, False, False]
    assert [bid.total_fen for bid in result.bids] == [95_000_000, None, None]


def test_with_the_restricted_transcript_every_verdict_is_replayed(opening):
    public, restricted = opening
    result = replay(public.to_json(), restricted)
    assert result.ok, result.to_json()
    assert [bid.replayed for bid in result.bids] == [True, True, True]


def _price(source):
    source["bids"][0]["sheet"]["total_fen"] -= 1


def _seed(source):
    source["bids"][0]["seed_sheet"] = "00" * 32


def _ciphertext(source):
    source["bids"][0]["sheet_ciphertext"] = source["bids"][0]["sheet_ciphertext"][:-8] + "AAAAAAA="


def _hidden(source):
    source["bids"][0].update(sheet=None, seed_sheet=None, sheet_ciphertext=None)
    source["bids"][0]["verdict"] = {
        "verdict": "void_bidder",
        "code": "malformed-sheet",
        "part": "sheet",
        "keepers": [],
    }
    source["bids"][0]["seed_sheet"] = ORIGINAL["seed"]
    source["bids"][0]["sheet_ciphertext"] = ORIGINAL["ciphertext"]


def _dropped(source):
    del source["bids"][0]


def _swapped(source):
    source["bids"].reverse()


def _reordered_keepers(source):
    source["keepers"].reverse()


def _other_policy(source):
    source["policy"]["open_at"] = "2026-12-02T02:00:00Z"


def _late_entry(source):
    source["close"]["entries"][3] = {
        name: item for name, item in source["close"]["entries"][3].items() if name != "code"
    } | {"state": "effective"}


def _shown_unopened(source):
    source["bids"][2]["sheet"] = source["bids"][0]["sheet"]


ORIGINAL: dict[str, str] = {}


@pytest.mark.parametrize(
    "lie",
    [
        _price,
        _seed,
        _ciphertext,
        _hidden,
        _dropped,
        _swapped,
        _reordered_keepers,
        _other_policy,
        _late_entry,
        _shown_unopened,
    ],
)
def test_a_lying_transcript_does_not_stand(opening, lie):
    source = opening[0].to_json()
    ORIGINAL.update(seed=source["bids"][0]["seed_sheet"], ciphertext=source["bids"][0]["sheet_ciphertext"])
    assert replay(copy.deepcopy(source)).ok
    forged = copy.deepcopy(source)
    lie(forged)
    assert not replay(forged).ok


def test_a_sound_bid_called_void_is_caught_by_the_shares(opening):
    public, _ = opening
    first = public.bids[0]
    called = replace(first, verdict=replace(first.verdict, verdict=Outcome.VOID_BIDDER, code="bad-dealing"))
    forged = replace(public, bids=(replace(called, sheet=None, seed_sheet=None), *public.bids[1:]))
    assert replay(forged.to_json()).ok, "public data alone cannot decide it"
    restricted = copy.deepcopy(opening[1])
    restricted["transcript_hash"] = forged.hash
    result = replay(forged.to_json(), restricted)
    assert not result.ok
    assert result.bids[0].problem


def test_a_restricted_transcript_of_another_opening_is_refused(opening):
    public, restricted = opening
    with pytest.raises(Malformed):
        replay(public.to_json(), {**restricted, "transcript_hash": "00" * 32})
    with pytest.raises(Malformed):
        replay({"type": "mingcai/v1/transcript"})


def test_a_close_list_is_sorted_and_names_nothing_twice(opening):
    close = opening[0].close
    source = close.to_json()
    assert CloseList.from_json(source) == close
    assert len(close.effective()) == 3
    for entries in (source["entries"][::-1], [source["entries"][0], *source["entries"]]):
        with pytest.raises(Malformed):
            CloseList.from_json({**source, "entries": entries})
    other = replace(close, entries=close.entries[:-1])
    assert other.root() != close.root()
    assert close.root().encode() in close.log_entry()
