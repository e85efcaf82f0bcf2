"""A keeper gives its share from the opening on, for effective bids, on nothing but what it verified itself."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from bidding.keeper.client import CloseProof
from bidding.keeper.clock import KeeperClock
from bidding.keeper.keys import open_keys, rotate
from bidding.keeper.monitor import Monitor
from bidding.keeper.refusals import KeeperRefusal
from bidding.keeper.service import KeeperService
from bidding.keeper.store import Store
from bidding.keeper.trust import TrustFile
from bidding.sealing.shape import write_instant
from bidding.sealing.shares import combine
from bidding.sealing.statements import sign_statement
from core.canonical import canonical
from core.ledger.note import COSIGNATURE_V1, Signer
from tests.keeper.conftest import root

pytestmark = pytest.mark.timeout(60)
HOUR = timedelta(hours=1)


def test_nothing_is_released_before_the_opening_and_everything_after(town, closed):
    code, reason = town.refused(closed, 1)
    assert (code, reason) == ("denied", "the keeper's clock is before the effective opening")
    town.pass_opening()
    checkpoint = town.cosign()
    released = [town.release(closed, number, checkpoint=checkpoint) for number in (1, 2, 3)]
    shares = [item.share.share for item in released]
    assert combine(shares[:2], 2) == combine(shares[1:], 2) == closed.kit.secret
    assert released[0].said.statement["body"]["record_hash"] == closed.record.hash


def test_a_share_needs_fresh_cosignatures_of_the_other_keepers(town, closed):
    early = town.cosign()
    town.pass_opening()
    assert town.refused(closed, 1, checkpoint=early)[0] == "denied"
    for note in (town.log.note(), town.cosign(1)):
        assert town.refused(closed, 1, checkpoint=note) == ("denied", "the close list is not cosigned")
    assert town.release(closed, 1, checkpoint=town.cosign(2))


def test_a_cosignature_by_a_stranger_or_with_a_changed_time_counts_for_nothing(town, closed):
    town.pass_opening()
    note = town.log.note()
    text = note.partition("\n\n")[0] + "\n"
    town.keepers[0].client.health()
    stranger = Signer("K2", bytes(32), COSIGNATURE_V1).cosign(text, 2_000_000_000)
    assert town.refused(closed, 1, checkpoint=note + stranger.line)[0] == "denied"
    line = town.cosign(2).removeprefix(note)
    signature = Signer("K2", bytes(32), COSIGNATURE_V1).cosign(text, 2_000_000_000)
    forged = replace(signature, key_id=town.keepers[1].card.witness().key_id)
    code, reason = town.refused(closed, 1, checkpoint=note + forged.line)
    assert code == "denied"
    assert "does not verify" in reason
    assert town.release(closed, 1, checkpoint=note + line)


@pytest.mark.parametrize("ahead", [HOUR, -HOUR])
def test_a_keeper_with_a_wrong_clock_releases_nothing_early_and_nothing_at_all(town, closed, ahead):
    town.cosign()
    town.keepers[0].set_clock(max(ahead, timedelta(seconds=30) - HOUR) + timedelta(seconds=2))
    code, reason = town.refused(closed, 1, checkpoint=town.cosign(2, 3))
    assert code == "denied"
    town.pass_opening()
    town.keepers[0].set_clock(town.open_at - town.start + ahead)
    code, reason = town.refused(closed, 1, checkpoint=town.cosign(2, 3))
    assert code == "denied"
    assert reason in (
        "the keeper's clock differs from its peers by more than 60 s",
        "the keeper's clock is behind its watermark",
    )


def test_two_keepers_with_fast_clocks_do_not_move_the_third(town, closed):
    for keeper in town.keepers[:2]:
        keeper.set_clock(HOUR + timedelta(seconds=5))
    code, reason = town.refused(closed, 3, checkpoint=town.cosign(1, 2))
    assert code == "denied"
    assert "60 s" in reason


def test_a_keeper_whose_clock_was_turned_back_falls_silent_even_after_a_restart(town, closed):
    town.pass_opening()
    assert town.release(closed, 1)
    checkpoint = town.cosign(2, 3)
    town.keepers[0].set_clock(town.open_at - town.start - timedelta(seconds=5))
    assert town.refused(closed, 1, checkpoint=checkpoint)[1] == "the keeper's clock is behind its watermark"
    town.keepers[0].restart()
    assert town.refused(closed, 1, checkpoint=checkpoint)[1] == "the keeper's clock is behind its watermark"
    assert town.keepers[0].client.health()["ok"] is False


def test_a_later_policy_postpones_the_opening_of_bids_already_sealed(town, closed):
    town.publish(open_at=town.open_at + HOUR, notice_version=2)
    town.clocks(HOUR + timedelta(seconds=5))
    assert town.refused(closed, 1)[1] == "the keeper's clock is before the effective opening"
    town.pass_opening()
    assert town.release(closed, 1)


def test_a_later_policy_that_opens_earlier_changes_nothing(town, closed):
    soon = town.start + timedelta(minutes=10)
    town.publish(open_at=soon, deadline_at=soon)
    town.clocks(timedelta(minutes=11))
    assert town.refused(closed, 1)[1] == "the keeper's clock is before the effective opening"


def test_a_keeper_from_whom_a_policy_is_hidden_releases_nothing(town, closed):
    town.cosign()
    before = len(town.log.entries)
    town.publish(open_at=town.open_at + HOUR)
    town.log.shown["K1"] = before
    town.clocks(HOUR + timedelta(seconds=5))
    town.cosign(2, 3)
    hidden = town.log.note(town.log.entries[:before])
    for keeper in town.keepers[1:]:
        with pytest.raises(Exception, match="conflict"):
            keeper.client.cosign(hidden, before, [])
    assert town.refused(closed, 1, checkpoint=hidden) == ("denied", "the close list is not cosigned")
    cosigned = town.log.note() + town.cosign(2, 3).removeprefix(town.log.note())
    code, _ = town.refused(closed, 1, checkpoint=cosigned)
    assert code == "log-unreachable"
    del town.log.shown["K1"]
    code, reason = town.refused(closed, 1, checkpoint=cosigned)
    assert (code, reason) == ("denied", "the keeper's clock is before the effective opening")


def test_a_checkpoint_that_does_not_cover_what_was_read_is_refused(town, closed):
    town.pass_opening()
    old = town.cosign()
    town.log.append(b"later")
    assert town.release(closed, 1)
    assert town.refused(closed, 1, checkpoint=old)[0] == "log-behind"


@pytest.mark.parametrize("place", ["share", "record", "copied"])
def test_a_changed_byte_or_a_copied_envelope_is_refused(town, closed, place):
    town.pass_opening()
    envelope = closed.envelopes[0]
    if place == "share":
        envelope = envelope[:-1] + bytes([envelope[-1] ^ 1])
        assert town.refused(closed, 1, envelope=envelope)[0] == "wrong-hash"
    elif place == "record":
        commitments = ("00" * 32, *closed.record.commitments[1:])
        changed = replace(closed.record, commitments=commitments)
        assert town.refused(closed, 1, record=changed)[0] == "wrong-commitment"
    else:
        other = replace(closed.record, ctx=replace(closed.record.ctx, bid_id="B8"))
        assert town.refused(closed, 1, record=other)[0] == "wrong-context"
    assert town.release(closed, 1)


def test_another_keepers_number_or_envelope_is_refused(town, closed):
    town.pass_opening()
    client, checkpoint, proof = town.keepers[0].client, town.cosign(), town.close_proof(closed.record)
    with pytest.raises(Exception, match="wrong-keeper"):
        client.release(closed.record, closed.envelopes[1], 2, checkpoint=checkpoint, close=proof)
    with pytest.raises(Exception, match="wrong-hash"):
        client.release(closed.record, closed.envelopes[1], 1, checkpoint=checkpoint, close=proof)


@pytest.mark.parametrize("state", ["superseded", "withdrawn", "refused"])
def test_only_an_effective_bid_is_released(town, state):
    town.publish()
    bid = town.seal()
    town.ack(bid, 1)
    town.close(bid, state=state)
    town.pass_opening()
    assert town.refused(bid, 1) == ("denied", "the close list does not include this bid as effective")


def test_a_bid_that_is_not_on_the_close_list_is_not_released(town, closed):
    late = town.seal(bid_id="B8")
    town.pass_opening()
    proof = town.close_proof(closed.record)
    entry = proof.entry | {"record_hash": late.record.hash, "bid_id": "B8"}
    for close in (proof, CloseProof(entry, proof.index, proof.path)):
        assert (
            town.refused(late, 1, close=close)[1] == "the close list does not include this bid as effective"
        )


def test_without_a_close_list_nothing_is_released(town):
    town.publish()
    bid = town.seal()
    town.close(bid, append=False)
    town.pass_opening()
    assert town.refused(bid, 1) == ("denied", "there is no close list in the log")


@pytest.mark.parametrize(("lot", "stops"), [(None, True), ("1", True), ("2", False)])
def test_after_a_cancellation_nothing_is_released(town, closed, lot, stops):
    entry = {
        "type": "mingcai/v1/cancel-entry",
        "log_origin": town.policies[0].log_origin,
        "tender": "T42",
        "lot": lot,
    }
    town.log.append(entry | {"at": write_instant(town.start)})
    town.pass_opening()
    if stops:
        assert town.refused(closed, 1) == ("denied", "the procurement is cancelled")
    else:
        assert town.release(closed, 1)


def test_while_the_procurement_is_suspended_nothing_is_released(town, closed):
    entry = {
        "type": "mingcai/v1/hold-entry",
        "log_origin": town.policies[0].log_origin,
        "tender": "T42",
        "lot": None,
    }
    entry |= {"hold": "H1", "at": write_instant(town.start)}
    town.log.append(entry | {"held": True})
    town.pass_opening()
    assert town.refused(closed, 1)[0] == "held"
    town.log.append(entry | {"held": False})
    assert town.release(closed, 1)


@pytest.mark.parametrize("how", ["stranger", "gap", "broken"])
def test_one_unsound_policy_stops_every_release(town, closed, how):
    if how == "stranger":
        town.publish(signer=Signer("platform", bytes(32)))
    elif how == "gap":
        town.publish(v=3)
    else:
        statement = sign_statement(town.signer, town.make_policy().to_json() | {"n": 2}).to_json()
        town.log.append({"type": "mingcai/v1/policy-entry", "statement": statement, "keepers": []})
    town.pass_opening()
    code, reason = town.refused(closed, 1)
    assert code == "denied"
    assert "not signed" in reason or "gap" in reason


def test_two_close_lists_withhold_the_tender_until_the_supervisor_resolves_it(town, closed):
    proof = town.close_proof(closed.record)
    other = town.seal(bid_id="B8")
    town.close(other)
    town.pass_opening()
    assert town.refused(closed, 1, close=proof)[0] == "withheld"
    town.resolve(root([canonical(proof.entry)]))
    assert town.release(closed, 1, close=proof)
    assert town.refused(other, 1)[1] == "the close list does not include this bid as effective"


def test_what_another_request_reads_meanwhile_does_not_pass_as_cosigned(town, closed):
    """The platform signs an entry, shows it to one keeper alone and lets two requests race."""
    town.pass_opening()
    checkpoint, proof = town.cosign(), town.close_proof(closed.record)
    keeper = town.keepers[0]

    class Racing(Monitor):
        def place(self, *where):
            self.catch_up()
            return super().place(*where)

    def service(kind):
        keys, store = open_keys(keeper.folder, "K1"), Store(keeper.folder / "keeper.sqlite3")
        clock, trust = KeeperClock(keeper.clock_file), TrustFile(town.folder / "trust.json")
        monitor = kind(keys, store, clock, trust, town.log.url("K1"))
        return KeeperService(keys, store, clock, trust, monitor)

    request = {
        "record": closed.record.to_json(),
        "envelope": base64.b64encode(closed.envelopes[0]).decode(),
        "index": 1,
        "checkpoint": checkpoint,
        "close": proof.to_json(),
    }
    assert service(Monitor).release(request)
    town.log.append(b"one more")
    with pytest.raises(KeeperRefusal, match="log-behind"):
        service(Racing).release(request)


def test_bids_of_a_tender_are_released_although_the_keeper_has_a_new_key(town, closed):
    rotate(town.keepers[0].folder, town.start - HOUR)
    town.keepers[0].restart()
    town.pass_opening()
    assert town.keepers[0].card.key_version == 2
    town.trust(keepers=[])
    assert town.release(closed, 1)
