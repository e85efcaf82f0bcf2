"""A close list that leaves out a receipt, dates it otherwise or is not the logged one does not stand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bidding.sealing.accounts import verify_close
from bidding.sealing.context import AGE_X25519
from bidding.sealing.encoding import canonical, h
from bidding.sealing.errors import SealingError
from bidding.sealing.objects import SignedRecord, Withdrawal
from bidding.sealing.signatures import software_signature
from bidding.sealing.statements import CloseEntry, CloseList
from tests.ledger.test_whole import write_log
from tests.sealing.make_receipts import BIDDER, PLATFORM, ack, receipt
from tests.sealing.make_transcripts import close_list
from tests.sealing.sealed import make_case, make_keepers, make_policy
from tests.sealing.test_command import command, refused

ARRIVAL = "2026-12-01T01:59:59.999999Z"


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any], CloseList]:
    """A bid's receipt, the receipt of another bid's withdrawal, and the list that accounts for both."""
    folder = tmp_path_factory.mktemp("close")
    sign = lambda digest: software_signature(BIDDER, digest)  # noqa: E731
    case = make_case(folder / "bid", n=3, k=2, suite=AGE_X25519, sign=sign)
    kept = receipt(case, case.bid.signed, [ack(case, i) for i in (1, 2, 3)])
    ctx = case.record.ctx
    back = Withdrawal(ctx.log_origin, ctx.tender, ctx.lot, ctx.envelope, "B9", "22" * 32, "withdraw-1")
    withdrawn = receipt(case, SignedRecord(back, software_signature(BIDDER, bytes.fromhex(back.hash))), [])
    entries = [
        CloseEntry("receipt", case.record.hash, "B7", "effective", ARRIVAL),
        CloseEntry("receipt", "22" * 32, "B9", "withdrawn", "2026-12-01T01:00:00Z", by=back.hash),
    ]
    policy = make_policy(make_keepers(3, AGE_X25519), 2)
    return kept, withdrawn, close_list(policy, sorted(entries, key=CloseEntry.order))


def log_of(close: CloseList, *more: bytes) -> list[bytes]:
    return [b"other", close.log_entry(), *more]


def test_a_list_accounts_for_every_receipt_and_stands_in_the_log(given: Any) -> None:
    kept, withdrawn, close = given
    report = verify_close(
        close.to_json(), [kept, withdrawn], log_of(close), platform_vkey=PLATFORM.verifier.vkey
    )
    assert [(one.bid_id, one.state) for one in report.accounts] == [("B7", "effective"), ("B9", "withdrawn")]
    assert (report.entry_index, report.effective, report.root) == (1, 1, close.root())


def left_out(close: CloseList) -> CloseList:
    return replace(close, entries=close.entries[:1])


def dated_otherwise(close: CloseList) -> CloseList:
    return replace(
        close, entries=(close.entries[0], replace(close.entries[1], arrival="2026-12-01T02:00:01Z"))
    )


def other_bid(close: CloseList) -> CloseList:
    return replace(close, entries=(close.entries[0], replace(close.entries[1], bid_id="B8")))


def of_another_lot(close: CloseList) -> CloseList:
    return replace(close, lot="2")


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        (left_out, "not-accounted"),
        (dated_otherwise, "not-accounted"),
        (other_bid, "not-accounted"),
        (of_another_lot, "wrong-place"),
    ],
)
def test_a_receipt_that_the_list_does_not_account_for_is_evidence(
    given: Any, lie: Callable[[CloseList], CloseList], code: str
) -> None:
    kept, _, close = given
    assert verify_close(close.to_json(), [kept]).accounts[0].state == "effective"
    with pytest.raises(SealingError) as refusal:
        verify_close(lie(close).to_json(), [kept])
    assert refusal.value.code == code


def test_a_list_that_is_not_the_logged_one_or_one_of_two_is_named(given: Any) -> None:
    _, _, close = given
    other = left_out(close)
    for entries, code in (
        ([b"other"], "not-logged"),
        (log_of(other), "two-close-entries"),
        (log_of(close, other.log_entry()), "two-close-entries"),
        (log_of(close, close.log_entry()), "two-close-entries"),
    ):
        with pytest.raises(SealingError) as refusal:
            verify_close(close.to_json(), [], entries)
        assert refusal.value.code == code
    elsewhere = of_another_lot(close).log_entry()
    assert verify_close(close.to_json(), [], log_of(close, elsewhere)).entry_index == 1


def test_the_command_compares_list_receipt_and_log(given: Any, tmp_path: Path) -> None:
    kept, _, close = given
    (tmp_path / "close.json").write_text(json.dumps(close.to_json()))
    (tmp_path / "receipt.json").write_text(json.dumps(kept))
    write_log(tmp_path / "log", log_of(close), PLATFORM)
    key = PLATFORM.verifier.vkey
    arguments = (
        "verify-close",
        tmp_path / "close.json",
        "--receipt",
        tmp_path / "receipt.json",
        "--key",
        key,
    )
    sound = command(*arguments, "--log", tmp_path / "log", "--json")
    assert sound.returncode == 0, sound.stderr
    assert json.loads(sound.stdout)["accounts"][0]["state"] == "effective"
    (tmp_path / "close.json").write_text(json.dumps(left_out(close).to_json()))
    assert "not-accounted" in refused(command(*arguments)).stderr
    assert (
        "needs the key"
        in refused(command("verify-close", tmp_path / "close.json", "--log", tmp_path / "log")).stderr
    )
    (tmp_path / "log" / "tile" / "0" / "000.p/2").write_bytes(bytes(64))
    assert "not sound" in refused(command(*arguments, "--log", tmp_path / "log")).stderr


def test_a_transcript_is_compared_with_its_logged_hash(given: Any) -> None:
    from tests.sealing.test_public_vectors import TRANSCRIPTS

    source = TRANSCRIPTS["files"]["classic"]
    close = CloseList.from_json(source["close"])
    said = {
        "type": "mingcai/v1/transcript-entry",
        "tender": close.tender,
        "lot": "1",
        "sha256": h(canonical(source)).hex(),
    }
    assert verify_close(source, [], log_of(close, canonical(said))).transcript_index == 2
    for entry in (b"other", canonical(said | {"sha256": "00" * 32})):
        with pytest.raises(SealingError, match="transcript-not-logged"):
            verify_close(source, [], log_of(close, entry))
