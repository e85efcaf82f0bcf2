"""A bidder learns at once whether a keeper can open its envelope; nothing is released at that."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from bidding.keeper.client import KeeperAway, KeeperClient, KeeperRefused
from bidding.keeper.store import Store
from bidding.sealing.errors import BadSignature
from bidding.sealing.shape import write_instant
from core.ledger.note import Signer

pytestmark = pytest.mark.timeout(60)


def refused(town, bid, number, record=None, envelope=None) -> str:
    keeper = town.keepers[number - 1]
    with pytest.raises(KeeperRefused) as caught:
        keeper.client.ack(record or bid.record, envelope or bid.envelopes[number - 1], number)
    return caught.value.code


def test_each_keeper_acks_its_own_envelope_and_gives_nothing_away(town):
    town.publish()
    bid = town.seal()
    for number in (1, 2, 3):
        said = town.ack(bid, number)
        body = said.statement["body"]
        assert body["record_hash"] == bid.record.hash
        assert (body["i"], body["keeper"], body["key_version"]) == (number, f"K{number}", 1)
        assert bid.kit.shares[number - 1].hex() not in str(said.statement)


def test_what_does_not_fit_is_refused_and_can_still_be_acked_when_it_does(town):
    town.publish()
    bid, other = town.seal(), town.seal()
    flipped = bid.envelopes[0][:-1] + bytes([bid.envelopes[0][-1] ^ 1])
    hashes = (other.record.envelope_hashes[0], *bid.record.envelope_hashes[1:])
    assert refused(town, bid, 1, envelope=flipped) == "wrong-hash"
    assert refused(town, bid, 1, envelope=bid.envelopes[1]) == "wrong-hash"
    copied = replace(bid.record, envelope_hashes=hashes)
    assert refused(town, bid, 1, record=copied, envelope=other.envelopes[0]) == "wrong-context"
    commitments = (*bid.record.commitments[1:], bid.record.commitments[0])
    assert refused(town, bid, 1, record=replace(bid.record, commitments=commitments)) == "wrong-commitment"
    with pytest.raises(KeeperRefused, match="wrong-keeper"):
        town.keepers[1].client.ack(bid.record, bid.envelopes[0], 1)
    assert town.ack(bid, 1)


def test_garbage_sealed_to_the_keeper_is_refused(town):
    from bidding.sealing.age.files import encrypt_bytes
    from bidding.sealing.encoding import h

    town.publish()
    bid = town.seal()
    recipient = town.keepers[0].card.age_recipient()
    for plain, code in ((b"{}", "malformed"), (os.urandom(40), "malformed")):
        envelope = encrypt_bytes(plain, [recipient])
        record = replace(bid.record, envelope_hashes=(h(envelope).hex(), *bid.record.envelope_hashes[1:]))
        assert refused(town, bid, 1, record=record, envelope=envelope) == code
    foreign = encrypt_bytes(b"{}", [town.keepers[1].card.age_recipient()])
    record = replace(bid.record, envelope_hashes=(h(foreign).hex(), *bid.record.envelope_hashes[1:]))
    assert refused(town, bid, 1, record=record, envelope=foreign) == "undecryptable"


def test_a_bid_for_anything_but_the_newest_logged_policy_is_refused(town):
    town.publish()
    for over, code in (
        ({"policy_hash": "00" * 32}, "wrong-policy"),
        ({"notice_version": 2}, "wrong-policy"),
        ({"notice_hash": "00" * 32}, "wrong-policy"),
        ({"open_at": town.open_at - timedelta(seconds=1)}, "wrong-policy"),
        ({"tender": "T43"}, "no-policy"),
        ({"lot": "2"}, "no-policy"),
        ({"envelope": "price"}, "no-policy"),
        ({"log_origin": "other.test/log"}, "wrong-log"),
    ):
        assert refused(town, town.seal(**over), 1) == code, over
    assert town.ack(town.seal(), 1)


def test_after_a_new_policy_the_old_one_is_acked_no_more(town):
    old = town.publish()
    town.ack(town.seal(), 1)
    town.publish(notice_version=2, notice_hash="cd" * 32)
    assert refused(town, town.seal(old), 1) == "wrong-policy"
    assert town.ack(town.seal(), 1)


@pytest.mark.parametrize("event", ["cancel", "hold", "close", "unsigned"])
def test_nothing_is_acked_once_the_procurement_is_over_suspended_or_unsound(town, event):
    town.publish()
    bid = town.seal()
    entry = {
        "log_origin": town.policies[0].log_origin,
        "tender": "T42",
        "lot": None,
        "at": write_instant(town.start),
    }
    if event == "cancel":
        town.log.append(entry | {"type": "mingcai/v1/cancel-entry"})
    elif event == "hold":
        town.log.append(entry | {"type": "mingcai/v1/hold-entry", "hold": "H1", "held": True})
    elif event == "close":
        town.close()
    else:
        town.publish(signer=Signer("platform", secrets.token_bytes(32)))
        town.policies.pop()
    expected = {"cancel": "cancelled", "hold": "held", "close": "closed", "unsigned": "unsigned-policy"}
    assert refused(town, bid, 1) == expected[event]


def test_a_cancelled_tender_cancels_its_later_rounds(town):
    town.publish(tender="T42#2")
    bid = town.seal()
    entry = {"type": "mingcai/v1/cancel-entry", "log_origin": town.policies[0].log_origin, "tender": "T42"}
    town.log.append(entry | {"lot": None, "at": write_instant(town.start)})
    assert refused(town, bid, 1) == "cancelled"


def test_a_keeper_that_cannot_read_the_log_acks_nothing(town):
    town.publish()
    bid = town.seal()
    town.log.server.shutdown()
    town.log.server.server_close()
    assert refused(town, bid, 1) == "log-unreachable"


def test_a_keeper_that_trusts_nobody_acks_nothing_until_it_does(town):
    town.publish()
    bid = town.seal()
    trust = town.folder / "trust.json"
    text = trust.read_text()
    for broken in (None, "{", text.replace("mingcai/v1/trust", "trust")):
        trust.unlink(missing_ok=True)
        if broken is not None:
            trust.write_text(broken)
        assert refused(town, bid, 1) == "no-trust"
    town.trust()
    assert town.ack(bid, 1)


def test_a_keeper_never_follows_a_second_log(town):
    town.publish()
    town.ack(town.seal(), 1)
    town.log.signer = Signer(town.policies[0].log_origin, secrets.token_bytes(32))
    town.trust()
    assert refused(town, town.seal(), 1) == "wrong-log"


def test_a_keeper_raises_an_alarm_when_it_is_impersonated_or_left_out(town):
    cards = town.cards
    town.keepers[0].card = replace(cards[0], recipient=_another_recipient())
    town.publish()
    for number in (1, 2):
        code = "wrong-keeper" if number == 1 else None
        if code:
            assert refused(town, town.seal(), number) == code
        else:
            assert town.ack(town.seal(), number)
    assert "names this keeper with another key" in town.keepers[0].client.health()["alarms"][0]
    assert town.keepers[1].client.health()["alarms"] == []


def _another_recipient() -> str:
    from bidding.sealing.age.recipients import HybridIdentity

    return str(HybridIdentity(secrets.token_bytes(32)).recipient())


def test_an_answer_signed_by_another_key_is_not_believed(town):
    town.publish()
    bid = town.seal()
    with KeeperClient(town.keepers[0].url, town.keepers[1].card.vkey) as wrong:
        with pytest.raises(BadSignature):
            wrong.ack(bid.record, bid.envelopes[0], 1)
        with pytest.raises(BadSignature):
            wrong.identity()
    town.keepers[2].door.shutdown()
    town.keepers[2].door.server_close()
    with KeeperClient(town.keepers[2].url, town.keepers[2].card.vkey) as gone, pytest.raises(KeeperAway):
        gone.identity()


def test_malformed_requests_are_refused_and_the_keeper_goes_on(town):
    url = town.keepers[0].url
    for path, body, status in (
        ("/ack", b"{}", 422),
        ("/ack", b"[]", 422),
        ("/ack", b"{", 400),
        ("/ack", b'{"record":1,"record":2}', 400),
        ("/ack", b"[" * 100_000, 400),
        ("/release", b'{"record":null}', 422),
        ("/stamp", b'{"hash":"00"}', 422),
        ("/evidence", b'{"receipt":{},"close":{}}', 422),
        ("/nothing", b"{}", 404),
    ):
        answer = httpx.post(url + path, content=body)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), (
            path
        )
        assert answer.json()["code"]
    assert httpx.post(f"{url}/add-checkpoint", content=b"old x\n\n").status_code == 400
    assert httpx.get(f"{url}/healthz").json()["ok"] is True


def test_every_request_is_remembered_without_what_is_secret(town):
    town.publish()
    bid = town.seal()
    town.ack(bid, 1)
    other = town.seal()
    assert refused(town, other, 1, envelope=other.envelopes[1]) == "wrong-hash"
    store = Store(town.keepers[0].folder / "keeper.sqlite3")
    kept = store.requests()
    store.close()
    assert [(kind, outcome.partition(":")[0]) for kind, _, outcome in kept] == [
        ("ack", "acked"),
        ("ack", "wrong-hash"),
    ]
    memory = b"".join(path.read_bytes() for path in town.keepers[0].folder.glob("keeper.sqlite3*"))
    assert bid.record.hash.encode() in memory
    assert bid.kit.shares[0] not in memory
    assert bid.kit.shares[0].hex().encode() not in memory


def test_a_request_without_bounds_is_refused(town):
    url = httpx.URL(town.keepers[0].url)
    for headers in (b"Content-Length: 1073741824", b"Content-Length: -1", b"Transfer-Encoding: chunked"):
        with socket.create_connection((url.host, url.port), timeout=5) as connection:
            connection.sendall(b"POST /ack HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")
    assert httpx.get(f"{url}/healthz").status_code == 200


def test_keys_and_memory_can_be_read_by_the_keeper_alone(town):
    folder = town.keepers[0].folder
    assert folder.stat().st_mode & 0o777 == 0o700
    for path in folder.iterdir():
        if not path.name.endswith(("-wal", "-shm")):
            assert path.stat().st_mode & 0o777 == 0o600, path.name
