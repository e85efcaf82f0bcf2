"""Bidders, platforms and keepers that cheat: who is blamed, who is blocked, and what is released early."""

from __future__ import annotations

import contextlib
import itertools
import json
import secrets
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from bidding.keeper import decide as rule
from bidding.keeper import service as services
from bidding.keeper.client import KeeperAway, KeeperClient, KeeperRefused
from bidding.sealing.errors import SealingError
from bidding.sealing.opening import Limits, Outcome, open_bid
from bidding.sealing.shape import write_instant
from bidding.sealing.statements import Stamp, sign_statement
from core.ledger.note import Signer
from tests.keeper.conftest import SHEET, small_town

pytestmark = pytest.mark.timeout(120)
HOUR = timedelta(hours=1)


def test_with_any_two_of_five_keepers_dead_every_bid_opens_alike(quick_path, monkeypatch):
    """Three live keepers are asked for every bid, for every pair that could be dead."""
    with small_town(quick_path, monkeypatch, n=5) as town:
        town.publish()
        bids = [town.seal(bid_id=f"B{number}") for number in range(3)]
        for bid, number in itertools.product(bids, range(1, 6)):
            town.ack(bid, number)
        town.close(*bids)
        town.pass_opening()
        opened = 0
        for dead in itertools.combinations(range(1, 6), 2):
            alive = [number for number in range(1, 6) if number not in dead]
            checkpoint = town.cosign(*alive)
            for bid in bids:
                shares = [town.release(bid, number, checkpoint=checkpoint).share for number in alive]
                verdict = open_bid(
                    bid.record,
                    shares,
                    bid.sheet_path,
                    bid.files_path,
                    quick_path / f"out-{opened}",
                    Limits(),
                    acked=range(1, 6),
                )
                assert verdict.verdict == Outcome.OPENED
                assert verdict.opened.sheet.to_json() == {"type": "mingcai/v1/sheet", **SHEET}
                opened += 1
        assert opened == 30
        # Two of the three that are left, and nothing is given away.
        with pytest.raises(KeeperRefused, match="not cosigned"):
            town.release(bids[0], 1, checkpoint=town.cosign(2))


@pytest.mark.parametrize("kind", ["ack", "release", "stamp"])
def test_any_byte_flipped_in_a_keepers_answer_is_detected_and_the_keeper_named(town, kind):
    """The answer passes through hands that flip one byte after another, in every byte of it."""
    town.publish()
    bid = town.seal()
    honest = town.keepers[0]
    heard: list[bytes] = []
    spoken: list[bytes] = []

    def hands(asked: httpx.Request) -> httpx.Response:
        if not spoken:
            heard.append(httpx.request(asked.method, asked.url, content=asked.content).content)
        return httpx.Response(200, content=(spoken or heard)[-1])

    client = KeeperClient(
        honest.url, honest.card.vkey, http=httpx.Client(transport=httpx.MockTransport(hands))
    )
    if kind == "release":
        town.ack(bid, 1)
        town.close(bid)
        town.pass_opening()
        checkpoint, proof = town.cosign(), town.close_proof(bid.record)

    def ask() -> object:
        if kind == "ack":
            return client.ack(bid.record, bid.envelopes[0], 1)
        if kind == "stamp":
            return client.stamp(bytes(32))
        return client.release(bid.record, bid.envelopes[0], 1, checkpoint=checkpoint, close=proof)

    good = ask()
    (answer,) = heard
    believed = []
    for at in range(len(answer)):
        spoken.append(answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :])
        with contextlib.suppress(SealingError, KeeperAway):
            believed.append((at, ask()))
    assert believed == []
    assert client.keeper == "K1", "whoever asks knows whose answer it was"
    spoken.append(answer)
    assert ask() == good


@pytest.mark.parametrize("flipped", ["share", "salt"])
def test_a_keeper_that_signs_a_wrong_share_is_named(town, closed, monkeypatch, flipped):
    """The keeper itself lies: its signature is good, the commitment is not."""
    town.pass_opening()
    lying = town.keepers[1]
    honest = services.KeeperService._said

    def lie(self, kind, now, **facts):
        if kind == "release" and self is lying.keeper.service:
            wrong = bytearray.fromhex(facts[flipped])
            wrong[0] ^= 1
            facts[flipped] = wrong.hex()
        return honest(self, kind, now, **facts)

    monkeypatch.setattr(services.KeeperService, "_said", lie)
    checkpoint = town.cosign()
    with pytest.raises(SealingError) as caught:
        town.release(closed, 2, checkpoint=checkpoint)
    assert caught.value.code == "wrong-commitment"
    assert town.release(closed, 1, checkpoint=checkpoint)
    assert town.release(closed, 3, checkpoint=checkpoint)


def stamped(town, number: int, hashed: str) -> dict[str, object]:
    return town.keepers[number - 1].client.stamp(bytes.fromhex(hashed)).statement


def test_a_bidder_who_collects_acks_and_never_submits_blocks_nobody(town):
    town.publish()
    kept, never = town.seal(bid_id="B7"), town.seal(bid_id="B8")
    for bid in (kept, never):
        for number in (1, 2, 3):
            town.ack(bid, number)
    town.close(kept)
    town.pass_opening()
    checkpoint = town.cosign()
    assert all(town.release(kept, number, checkpoint=checkpoint) for number in (1, 2, 3))
    proof = town.close_proof(kept.record)
    assert town.refused(never, 1, checkpoint=checkpoint, close=proof) == (
        "denied",
        "the close list does not include this bid as effective",
    )


def test_an_omitted_stamp_is_a_dispute_about_its_record_and_blocks_nobody(town):
    town.publish()
    kept, denied = town.seal(bid_id="B7"), town.seal(bid_id="B8")
    stamps = {bid.record.hash: stamped(town, 2, bid.record.hash) for bid in (kept, denied)}
    town.clocks(HOUR + timedelta(seconds=1))
    town.close(kept)
    listed, first = town.listed.to_json(), town.keepers[0]
    stranger = Signer("K2", secrets.token_bytes(32))
    late = stamped(town, 2, denied.record.hash)
    of_stranger = sign_statement(stranger, dict(stamps[denied.record.hash]["body"])).to_json()
    other_list = replace(town.listed, entries=()).to_json()
    for stamp, close in (
        (stamps[kept.record.hash], listed),
        (stamps[denied.record.hash], other_list),
        (of_stranger, listed),
        (late, listed),
    ):
        with pytest.raises(KeeperRefused, match="not-proved"):
            first.client.dispute(stamp, close)
    first.client.dispute(stamps[denied.record.hash], listed)
    disputes = [row for row in first.keeper.store.requests() if row[0] == "dispute"]
    assert disputes == [
        ("dispute", denied.record.hash, "the close list of T42/1/single leaves out this stamp")
    ]
    checkpoint = town.cosign()
    assert all(town.release(kept, number, checkpoint=checkpoint) for number in (1, 2, 3))
    assert first.client.health()["alarms"] == []


def test_a_forged_stamp_is_no_stamp(town):
    town.publish()
    body = Stamp("K1", "ab" * 32, town.start).to_json()
    forged = sign_statement(town.signer, body).to_json() | {"vkey": town.keepers[0].card.vkey}
    town.close()
    with pytest.raises(KeeperRefused, match="not-proved"):
        town.keepers[0].client.dispute(forged, town.listed.to_json())


@pytest.mark.parametrize("hides", ["policy", "cancellation", "second close list"])
def test_a_platform_that_hides_an_entry_from_one_keeper_gets_no_release(town, closed, hides):
    """The others see the entry, so no checkpoint without it is cosigned; with it, the keeper must read it."""
    proof = town.close_proof(closed.record)
    town.cosign()
    before = len(town.log.entries)
    if hides == "policy":
        town.publish(open_at=town.open_at + HOUR)
    elif hides == "cancellation":
        cancel = {"type": "mingcai/v1/cancel-entry", "log_origin": town.policies[0].log_origin}
        town.log.append(cancel | {"tender": "T42", "lot": None, "at": write_instant(town.start)})
    else:
        town.close(town.seal(bid_id="B8"))
    town.log.shown["K1"] = before
    town.clocks(HOUR + timedelta(seconds=5))
    hidden = town.log.note(town.log.entries[:before])
    fresh = town.log.note() + town.cosign(2, 3).removeprefix(town.log.note())
    for keeper in town.keepers[1:]:
        with pytest.raises(KeeperRefused, match="conflict"):
            keeper.client.cosign(hidden, before, [])
    assert town.refused(closed, 1, checkpoint=hidden, close=proof) == (
        "denied",
        "the close list is not cosigned",
    )
    assert town.refused(closed, 1, checkpoint=fresh, close=proof)[0] == "log-unreachable"
    del town.log.shown["K1"]
    code, reason = town.refused(closed, 1, checkpoint=fresh, close=proof)
    assert (code, reason) == {
        "policy": ("denied", "the keeper's clock is before the effective opening"),
        "cancellation": ("denied", "the procurement is cancelled"),
        "second close list": (
            "withheld",
            "the platform is proved at fault here; the supervisor has to resolve it",
        ),
    }[hides]


def test_an_edited_entry_is_refused_by_the_witness_that_read_it(town):
    """Rollback and fork: tests/keeper/test_witness.py."""
    town.publish()
    first = town.keepers[0]
    first.turn()
    edited = [b"edited", *town.log.entries[1:]]
    with pytest.raises(KeeperRefused, match="two histories"):
        first.client.cosign(town.log.note(edited), 0, [])
    assert first.client.health()["ok"] is False


BOOLEANS = {"logged": True, "signed": True, "cosigned": True, "includes_bid": True, "present": True}


@pytest.mark.parametrize("where", ["request", "close", "entry", "record", "ctx"])
@pytest.mark.parametrize("name", sorted(BOOLEANS))
def test_what_decides_cannot_be_said_in_a_request(town, name, where):
    """`logged`, `signed`, `cosigned`, `includes_bid` come from bytes that the keeper verified, or not at all."""
    request = {
        "record": {"ctx": {}},
        "envelope": "",
        "index": 1,
        "checkpoint": "",
        "close": {"entry": {}, "index": 0, "proof": []},
    }
    asked = json.loads(json.dumps(request))
    place = {
        "request": asked,
        "close": asked["close"],
        "entry": asked["close"]["entry"],
        "record": asked["record"],
        "ctx": asked["record"]["ctx"],
    }[where]
    place[name] = True
    answer = httpx.post(f"{town.keepers[0].url}/release", json=asked)
    assert answer.status_code in (409, 422)
    assert answer.json()["code"] != "ok"


def test_the_public_decision_is_the_very_function_that_releases(town, closed, monkeypatch):
    """`keeper decide` and `POST /release` call one function; what it denies is not given."""
    from bidding.keeper import __main__ as command

    assert services.decide is rule.decide
    assert command.decide is rule.decide
    town.pass_opening()
    seen: list[dict[str, object]] = []

    def judge(case):
        seen.append(case)
        return rule.Decision(False, "because the test says so")

    monkeypatch.setattr(services, "decide", judge)
    assert town.refused(closed, 1) == ("denied", "because the test says so")
    monkeypatch.undo()
    assert rule.decide(seen[0]).released
    for name in ("present", "cosigned", "includes_bid"):
        flipped = json.loads(json.dumps(seen[0]))
        flipped["close"][name] = False
        assert not rule.decide(flipped).released


def test_a_cheating_dealer_gets_one_verdict_whichever_keepers_answer(quick_path, monkeypatch):
    """Every keeper's share fits its commitment, but they lie on no one polynomial: void, whoever answers."""
    with small_town(quick_path, monkeypatch, n=5) as town:
        town.publish()
        bid = town.seal()
        shares = [town_share(town, bid, number) for number in range(1, 6)]
        assert all(
            open_with(quick_path, bid, three) == ("opened", "") for three in itertools.combinations(shares, 3)
        )
        stray = secrets.token_bytes(32) + bytes([5])
        crooked = [*shares[:4], replace(shares[4], share=stray)]
        commitments = tuple(share.commitment() for share in crooked)
        record = replace(bid.record, commitments=commitments)
        verdicts = {
            open_with(quick_path, bid, three, record)
            for size in (3, 4, 5)
            for three in itertools.combinations(crooked, size)
        }
        assert verdicts == {("void_bidder", "bad-dealing")}


def town_share(town, bid, number):
    from bidding.sealing.keeperside import open_envelope

    identity = town.keepers[number - 1].keeper.service._keys.identities[1]
    return open_envelope(identity, bid.envelopes[number - 1])


def open_with(folder, bid, shares, record=None):
    out = folder / f"out-{secrets.token_hex(6)}"
    verdict = open_bid(record or bid.record, shares, bid.sheet_path, bid.files_path, out, Limits())
    return str(verdict.verdict), verdict.code
