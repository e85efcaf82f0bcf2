"""Published vectors of what anyone checks without a key: receipts and transcripts, each with one outcome."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bidding.sealing import receipts
from bidding.sealing.errors import SealingError
from bidding.sealing.objects import Keeper
from bidding.sealing.statements import CloseList
from bidding.sealing.transcript import replay
from core.ledger.timestamp import Authority
from tests.sealing.patches import changed

FOLDER = Path(__file__).parents[1] / "vectors" / "sealing"


def load(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


RECEIPTS = load("receipts")


@pytest.mark.parametrize("case", RECEIPTS["cases"], ids=lambda case: case["name"])
def test_a_receipt_has_its_one_outcome(case: dict[str, Any]) -> None:
    trusted = RECEIPTS["trusted"]
    options: dict[str, Any] = {}
    if case["trusting"]:
        options = {
            "platform_vkey": trusted["platform_vkey"],
            "keepers": [Keeper.from_json(row) for row in trusted["keepers"]],
            "authority": Authority.from_pem(trusted["authority"].encode()),
        }
    try:
        receipts.verify(changed(RECEIPTS["files"][case["from"]], case["changes"]), **options)
        outcome = "valid"
    except SealingError as error:
        outcome = error.code
    assert outcome == case["outcome"]


TRANSCRIPTS = load("transcripts")


@pytest.mark.parametrize("case", TRANSCRIPTS["cases"], ids=lambda case: case["name"])
def test_a_transcript_has_its_one_outcome(case: dict[str, Any]) -> None:
    source = changed(TRANSCRIPTS["files"][case["from"]], case["changes"])
    try:
        outcome = "stands" if replay(source).ok else "contradiction"
    except SealingError as error:
        outcome = error.code
    assert outcome == case["outcome"]


def test_a_close_list_gives_its_root_and_log_entry() -> None:
    close = CloseList.from_json(TRANSCRIPTS["files"]["classic"]["close"])
    assert close.root() == TRANSCRIPTS["root"]
    assert close.log_entry().decode() == TRANSCRIPTS["log_entry"]
    result = replay(TRANSCRIPTS["files"]["classic"], TRANSCRIPTS["restricted"]["classic"])
    assert result.ok
    assert [bid.replayed for bid in result.bids] == [True, True, True]
