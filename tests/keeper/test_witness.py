"""A keeper cosigns only a log that grows, stamps hashes, and proves that it holds its key."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from bidding.keeper.client import KeeperRefused
from bidding.sealing.errors import Malformed
from bidding.sealing.objects import SignedRecord, Withdrawal
from bidding.sealing.statements import Receipt, sign_statement
from core.ledger.note import Checkpoint, Note, Signer
from tests.keeper.conftest import ORIGIN, root

pytestmark = pytest.mark.timeout(60)


def conflict(town, note, old, proof) -> tuple[int, str]:
    with pytest.raises(KeeperRefused) as caught:
        town.keepers[0].client.cosign(note, old, proof)
    return caught.value.status, caught.value.reason


def test_a_growing_log_is_cosigned_again_and_again(town):
    client = town.keepers[0].client
    assert client.cosign(town.log.note(), 0, []).timestamp > 1_700_000_000
    sizes = [0]
    for size in (1, 2, 3, 7, 300):
        while len(town.log.entries) < size:
            town.log.append(secrets.token_bytes(20))
        client.cosign(town.log.note(), sizes[-1], town.log.proof(sizes[-1]))
        client.cosign(town.log.note(), size, [])
        sizes.append(size)


def test_the_time_of_a_cosignature_is_the_keepers_own(town):
    town.log.append(b"x")
    first = town.keepers[0].client.cosign(town.log.note(), 0, []).timestamp
    town.keepers[0].set_clock(timedelta(hours=5))
    assert 0 <= town.keepers[0].client.cosign(town.log.note(), 1, []).timestamp - first - 5 * 3600 < 30


def test_a_rollback_is_not_cosigned_not_even_after_a_restart(town):
    for _ in range(5):
        town.log.append(secrets.token_bytes(8))
    small = town.log.note(town.log.entries[:3])
    town.keepers[0].client.cosign(town.log.note(), 0, [])
    for _ in range(2):
        assert conflict(town, small, 3, []) == (409, "5")
        assert conflict(town, small, 0, []) == (409, "5")
        assert conflict(town, small, 5, [])[0] == 400
        town.keepers[0].restart()
    assert town.keepers[0].client.cosign(town.log.note(), 5, [])


def test_a_proof_that_does_not_verify_is_refused(town):
    for _ in range(5):
        town.log.append(secrets.token_bytes(8))
    town.keepers[0].client.cosign(town.log.note(town.log.entries[:3]), 0, [])
    proof = town.log.proof(3)
    assert conflict(town, town.log.note(), 3, [])[0] == 422
    assert conflict(town, town.log.note(), 3, [*proof[:-1], bytes(32)])[0] == 422
    assert town.keepers[0].client.cosign(town.log.note(), 3, proof)


def test_a_log_that_signs_two_histories_is_trusted_no_more(town):
    town.publish()
    bid = town.seal()
    town.keepers[0].client.cosign(town.log.note(), 0, [])
    fork = town.log.note([b"another history"])
    assert conflict(town, fork, 1, [])[0] == 422
    town.keepers[0].restart()
    assert conflict(town, town.log.note(), 1, [])[0] == 403
    with pytest.raises(KeeperRefused, match="log-forked"):
        town.ack(bid, 1)
    health = town.keepers[0].client.health()
    assert (health["ok"], health["alarms"]) == (False, ["the log has signed two histories"])
    assert town.ack(bid, 2)


def test_a_log_that_shows_a_monitor_another_history_than_the_witnesses_is_found_out(town):
    town.publish()
    town.keepers[0].client.cosign(town.log.note(), 0, [])
    town.log.forged["K1"] = [*town.log.entries[:-1], b"instead of the policy", b"more"]
    with pytest.raises(KeeperRefused, match="log-forked"):
        town.ack(town.seal(), 1)
    assert town.keepers[0].client.health()["ok"] is False


def test_entries_that_do_not_give_the_signed_root_are_not_believed(town):
    town.publish()
    town.log.append(b"one")
    note = town.log.note()
    town.log.forged["K1"] = [town.log.entries[0], b"two"]
    town.close(town.seal())
    with pytest.raises(KeeperRefused, match="log-forked"):
        town.release(town.seal(), 1, checkpoint=note, close=town.close_proof(_closed_record(town)))
    assert town.keepers[0].client.health()["entries"] == 0
    del town.log.forged["K1"]
    town.log.entries.pop()
    assert town.ack(town.seal(), 1)


def _closed_record(town):
    class Named:
        hash = town.closed[0]["record_hash"]

    return Named


@pytest.mark.parametrize("wrong", ["origin", "signature", "nobody"])
def test_a_checkpoint_of_another_log_is_not_cosigned(town, wrong):
    text = Checkpoint("other.test/log" if wrong == "origin" else ORIGIN, 0, root([])).text
    signer = town.log.signer if wrong == "origin" else Signer(ORIGIN, secrets.token_bytes(32))
    signature = signer.sign(text)
    if wrong == "signature":
        signature = type(signature)(ORIGIN, town.log.signer.verifier.key_id, signature.body)
    status, _ = conflict(town, str(Note(text, (signature,))), 0, [])
    assert status == (404 if wrong == "origin" else 403)


def test_a_hash_is_stamped_with_the_keepers_time_also_from_a_browser(town):
    said = town.keepers[0].client.stamp(bytes(range(32)))
    assert abs((said.time - town.start).total_seconds()) < 60
    url = f"{town.keepers[0].url}/stamp"
    assert httpx.options(url).headers["access-control-allow-origin"] == "*"
    assert httpx.post(url, json={"hash": "00" * 32}).headers["access-control-allow-origin"] == "*"


def test_stamps_are_limited_per_address(town):
    with httpx.Client() as http:
        url = f"{town.keepers[0].url}/stamp"
        codes = [http.post(url, json={"hash": "00" * 32}).status_code for _ in range(200)]
    assert set(codes) == {200, 429}
    assert codes.index(429) >= 50


def test_a_keeper_proves_that_it_still_holds_its_key(town):
    keeper = town.keepers[0]
    assert keeper.client.canary(keeper.card, secrets.token_bytes(32))
    with pytest.raises(KeeperRefused, match="undecryptable"):
        keeper.client.canary(town.keepers[1].card, secrets.token_bytes(32))
    with pytest.raises(KeeperRefused, match="malformed"):
        keeper.client.canary(keeper.card, b"short")
    with pytest.raises(Malformed):
        keeper.client.canary(
            type(keeper.card)(**_members(keeper.card), key_version=2), secrets.token_bytes(32)
        )


def _members(card) -> dict[str, str]:
    return {name: getattr(card, name) for name in ("id", "recipient", "vkey", "url")}


def test_a_keeper_falls_silent_when_its_clock_differs_from_its_peers(town):
    keeper = town.keepers[0]
    keeper.set_clock(timedelta(seconds=90))
    assert keeper.client.stamp(bytes(32))
    keeper.turn()
    assert keeper.client.health()["ok"] is False
    with pytest.raises(KeeperRefused, match="clock-differs"):
        keeper.client.stamp(bytes(32))
    assert town.keepers[1].client.stamp(bytes(32))


def receipt(town, bid, signer) -> dict[str, object]:
    signed = SignedRecord(bid.record, {"scheme": "ed25519-software"})
    salt = bytes(32)
    body = Receipt(ORIGIN, bid.record.hash, signed, town.start, tuple(town.cards), (), salt, "00" * 32)
    return sign_statement(signer, body.to_json()).to_json()


def test_the_platforms_own_receipt_missing_from_its_close_list_withholds_the_tender(town):
    town.publish()
    kept, dropped = town.seal(bid_id="B7"), town.seal(bid_id="B8")
    town.close(kept)
    listed, empty = town.listed.to_json(), replace(town.listed, entries=()).to_json()
    client, stranger = town.keepers[0].client, Signer("platform", bytes(32))
    for proof, close in (
        (receipt(town, kept, town.signer), listed),
        (receipt(town, dropped, stranger), listed),
        (receipt(town, dropped, town.signer), empty),
    ):
        with pytest.raises(KeeperRefused, match="not-proved"):
            client.evidence(proof, close)
    town.pass_opening()
    assert town.release(kept, 1)
    client.evidence(receipt(town, dropped, town.signer), listed)
    town.keepers[0].restart()
    assert town.refused(kept, 1)[0] == "withheld"
    assert town.release(kept, 2)
    town.resolve(bytes.fromhex(town.listed.root()))
    assert town.release(kept, 1)
    assert "leaves out receipt" in town.keepers[0].client.health()["alarms"][0]


def test_a_withdrawal_that_the_close_list_names_is_accounted_for(town):
    town.publish()
    bid = town.seal()
    withdrawal = Withdrawal(ORIGIN, "T42", "1", "single", "B7", bid.record.hash, "withdraw-1")
    town.close(bid, state="withdrawn")
    entries = (replace(town.listed.entries[0], by=withdrawal.hash),)
    named = replace(town.listed, entries=entries)
    town.log.entries[-1] = named.log_entry()
    signed = SignedRecord(withdrawal, {"scheme": "ed25519-software"})
    body = Receipt(ORIGIN, withdrawal.hash, signed, town.start, tuple(town.cards), (), bytes(32), "00" * 32)
    proof = sign_statement(town.signer, body.to_json()).to_json()
    with pytest.raises(KeeperRefused, match="accounts for this receipt"):
        town.keepers[0].client.evidence(proof, named.to_json())
