"""A price envelope stays shut until the log names its bid as passed: pure first, then against keepers behind sockets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bidding.keeper import diary
from bidding.keeper.client import KeeperRefused
from bidding.keeper.decide import decide
from bidding.keeper.entries import BrokenEntry, CloseEntry, Place, ResultEntry, read_entry, read_place
from bidding.sealing.objects import Policy
from bidding.sealing.shape import write_instant
from core.canonical import canonical
from core.ledger.note import Signer
from tests.keeper.conftest import ORIGIN
from tests.keeper.test_decide import CASE

NEEDS = ("technical_result",)
SHUT = "a required condition is not fulfilled: technical_result"
AT = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
CLOSED = CloseEntry("T42", "1", "price", "ab" * 32, AT, bytes(32), 2)


def entry(**over: Any) -> dict[str, Any]:
    said = {
        "type": "mingcai/v1/result-entry",
        "log_origin": ORIGIN,
        "tender": "T42",
        "lot": "1",
        "name": "technical_result",
        "passed": ["B7"],
        "failed": ["B8"],
        "document_hash": "cd" * 32,
        "at": write_instant(AT),
    }
    return said | over


def result(**over: Any) -> Any:
    return read_entry(canonical(entry(**over)), ORIGIN)


def place_of(*entries: Any) -> Place:
    return read_place(entries, "T42", "1", "price", signers=(), supervisors=())


@pytest.mark.parametrize(
    ("entries", "bid", "met"),
    [
        pytest.param((CLOSED,), "B7", False, id="without the entry"),
        pytest.param((CLOSED, result()), "B7", True, id="with it"),
        pytest.param((CLOSED, result()), "B8", False, id="the bid failed"),
        pytest.param((CLOSED, result()), "B9", False, id="the bid is not named"),
        pytest.param((CLOSED, result(tender="T43")), "B7", False, id="of another tender"),
        pytest.param((CLOSED, result(tender="T42#2")), "B7", False, id="of a later round"),
        pytest.param((CLOSED, result(lot="2")), "B7", False, id="of another lot"),
        pytest.param((CLOSED, result(name="price_result")), "B7", False, id="of another name"),
        pytest.param((CLOSED, result(log_origin="other.test/log")), "B7", False, id="of another log"),
        pytest.param((result(), CLOSED), "B7", False, id="before the list was fixed"),
        pytest.param((CLOSED, result(), result()), "B7", True, id="said twice"),
        pytest.param((CLOSED, result(), result(passed=["B7", "B8"], failed=[])), "B8", False, id="a second lets it in"),
        pytest.param((CLOSED, result(), result(passed=[], failed=["B7"])), "B7", False, id="a second takes it out"),
        pytest.param(
            (CLOSED, result(passed=[]), result(passed=["B7"], failed=[])), "B7", False, id="passed only by a second"
        ),
    ],
)  # fmt: skip
def test_a_condition_is_met_for_whom_every_result_of_the_place_names(entries, bid, met):
    place = place_of(*entries)
    fulfilled = place.fulfilled(bid)
    assert ("technical_result" in fulfilled) is met
    policy = [CASE["policy"][0] | {"requires": list(NEEDS)}]
    decision = decide(CASE | {"policy": policy, "fulfilled": fulfilled})
    assert decision.released is met
    assert met or decision.reason == SHUT


@pytest.mark.parametrize(
    "change",
    [{"passed": ["B7"], "failed": ["B7"]}, {"document_hash": ""}, {"failed": None}, {"scores": "40"}],
    ids=["both passed and failed", "without a report", "without those that failed", "says more"],
)
def test_a_misshapen_result_counts_as_an_unsound_policy_of_its_place(change):
    broken = result(**change)
    assert isinstance(broken, BrokenEntry)
    assert not all(logged.signed for logged in place_of(CLOSED, broken).policies)
    assert isinstance(result(), ResultEntry)


# --- against keepers ---


@pytest.fixture
def shut(town) -> list[Any]:
    """Two price envelopes, acked and closed; their opening has come, and no result is logged."""
    town.publish(envelope="price", requires=NEEDS)
    bids = [town.seal(bid_id="B7"), town.seal(bid_id="B8")]
    for bid in bids:
        town.ack(bid, 1)
    town.close(*bids)
    town.pass_opening()
    return bids


def test_it_opens_for_a_bid_that_passed_and_never_for_one_that_failed(town, shut):
    passed, failed = shut
    assert town.refused(passed, 1) == ("denied", SHUT)
    town.log.append(entry())
    assert town.release(passed, 1)
    assert town.refused(failed, 1) == ("denied", SHUT)
    town.log.append(entry(passed=["B7", "B8"], failed=[]))
    assert town.refused(failed, 1) == ("denied", SHUT)
    assert town.release(passed, 2)


def test_the_calendar_keeps_an_opening_that_waits_for_its_result(town, shut):
    """Prices open days or weeks later: until the result is there, nobody may take the keeper or its key away."""
    first, later = town.keepers[0], town.open_at + timedelta(days=60)
    first.turn()
    (waiting,) = first.keeper.monitor.openings()
    assert (waiting.state, waiting.listed) == ("waiting", 2)
    assert diary.upcoming([waiting], later) == [waiting]
    assert diary.needed_keys([waiting], later) == {1}
    town.log.append(entry(at=write_instant(later)))
    first.turn()
    (known,) = first.keeper.monitor.openings()
    assert (known.state, known.at) == ("closed", later)
    assert diary.upcoming([known], later) == [known]
    assert diary.upcoming([known], known.gathered_by) == []
    assert diary.needed_keys([known], known.gathered_by + diary.KEPT_AFTER) == set()


def test_a_result_that_is_only_shown_to_one_keeper_opens_nothing(town, shut):
    """The platform signs a log with a forged result for keeper 1: nobody else has cosigned it, and so it gives nothing."""
    passed, failed = shut
    honest = list(town.log.entries)
    town.log.forged["K1"] = [*honest, canonical(entry(passed=["B7", "B8"], failed=[]))]
    forged = town.log.note(town.log.forged["K1"])
    assert town.refused(failed, 1, checkpoint=forged) == ("denied", "the close list is not cosigned")
    town.log.append(entry())
    del town.log.forged["K1"]
    with pytest.raises(KeeperRefused, match="log-forked|two histories|contradicts"):
        town.release(passed, 1)  # keeper 1 has read the forged one: it trusts this log no more
    assert town.release(passed, 2, checkpoint=town.cosign(3))


def test_a_result_that_is_hidden_or_edited_opens_nothing(town, shut):
    passed, failed = shut
    town.log.append(entry())
    shown = len(town.log.entries)
    town.log.shown["K1"] = shown - 1
    fresh = town.cosign(2, 3)
    assert town.refused(passed, 1, checkpoint=fresh)[0] == "log-unreachable"
    del town.log.shown["K1"]
    edited = [*town.log.entries[:-1], canonical(entry(passed=["B8"], failed=["B7"]))]
    town.log.forged["K1"] = edited
    assert town.refused(failed, 1, checkpoint=fresh)[0] == "log-forked"
    assert town.release(passed, 2, checkpoint=town.cosign(3))


def test_a_request_cannot_say_that_the_condition_is_met(town, shut):
    """Nor that the record is of another envelope: what is sealed inside decides."""
    passed = shut[0]
    for name in ("fulfilled", "passed", "requires"):
        body = {
            "record": passed.record.to_json(),
            "envelope": "",
            "index": 1,
            "checkpoint": town.cosign(),
            "close": town.close_proof(passed.record).to_json(),
            name: ["technical_result"],
        }
        answer = town.keepers[0].client._http.post(f"{town.keepers[0].url}/release", json=body)
        assert answer.status_code in (409, 422)
        assert "share" not in answer.text
    other = replace(passed.record, ctx=replace(passed.record.ctx, envelope="single"))
    assert town.refused(passed, 1, record=other)[0] == "wrong-policy"


@pytest.mark.parametrize("how", ["drops it later", "never names it"])
def test_a_policy_that_does_not_require_the_result_is_no_sound_policy(town, shut, how):
    passed = shut[0]
    if how == "drops it later":
        town.publish(envelope="price", requires=())
        assert town.refused(passed, 1)[0] == "denied"
        return
    policy: Policy = replace(town.policies[0], lot="2", requires=())
    town.publish(policy)
    bid = town.seal(policy, bid_id="B9")
    with pytest.raises(KeeperRefused, match="unsigned-policy|not soundly signed"):
        town.ack(bid, 1)


def test_a_result_in_a_log_that_somebody_else_signed_is_refused(town, shut):
    """Who has not the log's key can show a keeper what they like: it is no checkpoint of its log."""
    stranger = Signer(ORIGIN, bytes(range(32)))
    entries = [*town.log.entries, canonical(entry())]
    town.log.forged["K1"] = entries
    honest, town.log.signer = town.log.signer, stranger
    forged = town.log.note(entries)
    town.log.signer = honest
    assert town.refused(shut[0], 1, checkpoint=forged)[0] == "wrong-log"
