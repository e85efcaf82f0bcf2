"""Published vectors of every object, of the checks at submission and of the log: one outcome each."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bidding.sealing.check import check_ciphertext, check_record
from bidding.sealing.context import Ctx, CtxBase
from bidding.sealing.encoding import canonical, h
from bidding.sealing.errors import Malformed, SealingError
from bidding.sealing.objects import Keeper, Policy, SealedRecord, SignedRecord, Withdrawal, keepers_from_json
from bidding.sealing.plain import PlainManifest, PlainShare, PlainSheet
from bidding.sealing.seal import PlainKit
from bidding.sealing.statements import Ack, BidderKey, CloseList, Stamp, Statement
from core.ledger.__main__ import verify
from tests.sealing.patches import changed
from tests.sealing.test_public_vectors import load

READERS: dict[str, Callable[[Any], Any]] = {
    "keeper": Keeper.from_json,
    "keepers": keepers_from_json,
    "policy": Policy.from_json,
    "ctx": Ctx.from_json,
    "ctx-base": CtxBase.from_json,
    "record": SealedRecord.from_json,
    "withdrawal": Withdrawal.from_json,
    "signed-record": SignedRecord.from_json,
    "statement": Statement.from_json,
    "ack": Ack.from_json,
    "stamp": Stamp.from_json,
    "bidder-key": BidderKey.from_json,
    "close": CloseList.from_json,
    "manifest": PlainManifest.from_json,
    "sheet": lambda value: PlainSheet.from_json(value, "single"),
    "envelope": PlainShare.from_json,
    "kit": PlainKit.from_json,
}


@pytest.mark.parametrize("case", load("objects")["objects"], ids=lambda case: case["name"])
def test_an_object_is_read_as_it_is_and_in_no_other_way(case: dict[str, Any]) -> None:
    read = READERS[case["reader"]]
    value = case["value"]
    made = read(value)
    assert h(canonical(value)).hex() == case["canonical_sha256"]
    if case["reader"] != "keepers":
        assert made.to_json() == value, "it writes what it read"
    taken = []
    for one in case["refused"]:
        try:
            read(changed(value, one["changes"]))
        except Malformed:
            continue
        taken.append(one["name"])
    assert taken == []
    assert len(case["refused"]) >= 10


CHECKS = load("checks")


@pytest.mark.parametrize("case", CHECKS["records"], ids=lambda case: case["name"])
def test_a_record_is_for_what_is_offered_or_refused_by_code(case: dict[str, Any]) -> None:
    record = SealedRecord.from_json(changed(CHECKS["record"], case["record"]))
    offer = CtxBase.from_json(changed(CHECKS["offer"], case["offer"]))
    try:
        check_record(record, offer)
        outcome = "accepted"
    except SealingError as error:
        outcome = error.code
    assert outcome == case["outcome"]


@pytest.mark.parametrize("case", CHECKS["files"], ids=lambda case: case["name"])
def test_a_stored_file_is_one_of_the_suite_or_refused_by_code(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "file.age"
    path.write_bytes(base64.b64decode(case["data"]))
    try:
        check_ciphertext(path, case["suite"], case["max_bytes"], padded=case["padded"])
        outcome = "accepted"
    except SealingError as error:
        outcome = error.code
    assert outcome == case["outcome"]


@pytest.mark.parametrize("case", load("log")["cases"], ids=lambda case: case["name"])
def test_a_proof_or_checkpoint_is_valid_or_not(case: dict[str, Any]) -> None:
    assert verify(case["case"]) is case["valid"]
