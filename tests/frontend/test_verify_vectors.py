"""The page's own checks give the outcome of every published vector, as the offline command does."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.frontend.conftest import ROOT
from tests.frontend.test_vectors import vectors
from tests.sealing.patches import changed


def judge(kind: str, cases: list[dict[str, Any]], trusted: Any = None) -> list[dict[str, Any]]:
    if not shutil.which("node") or not (ROOT / "node_modules" / "age-encryption").is_dir():
        pytest.skip("Node or the front-end packages are not installed (npm ci --ignore-scripts)")
    done = subprocess.run(
        ["node", str(Path(__file__).parent / "verify_in_node.mjs")],
        input=json.dumps({"kind": kind, "trusted": trusted, "cases": cases}).encode(),
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def texts(name: str) -> list[dict[str, Any]]:
    given = vectors(name)
    return [
        {"text": json.dumps(changed(given["files"][case["from"]], case["changes"])), **case}
        for case in given["cases"]
    ]


def test_every_receipt_has_its_outcome_in_the_browsers_code() -> None:
    cases = texts("receipts")
    found = judge("receipt", cases, vectors("receipts")["trusted"])
    wrong = {
        case["name"]: (said["outcome"], case["outcome"])
        for case, said in zip(cases, found, strict=True)
        if said["outcome"] != case["outcome"]
    }
    assert wrong == {}
    for case, said in zip(cases, found, strict=True):
        assert bool(said["bad"]) == (said["outcome"] not in {"valid", "malformed"}) or said["bad"] == [
            "malformed"
        ], case["name"]


def test_every_transcript_has_its_outcome_in_the_browsers_code() -> None:
    given, cases = vectors("transcripts"), texts("transcripts")
    found = judge("transcript", cases)
    wrong = {
        case["name"]: (said["outcome"], case["outcome"])
        for case, said in zip(cases, found, strict=True)
        if said["outcome"] != case["outcome"]
    }
    assert wrong == {}
    assert found[0]["root"] == given["root"]
    assert found[0]["replayed"] == [True, False, False]


AMBIGUOUS = [
    '{"receipt": 1, "receipt": 2, "proof": null}',
    '{"receipt": 1, "\\u0072eceipt": 2}',
    "{",
    "[" * 100 + "]" * 100,
    '{"a": 1,}',
    '{"a": 01}',
    "NaN",
    '"\\ud800"',
    "{} {}",
    "",
]


def test_json_that_two_readers_could_take_differently_is_refused() -> None:
    sound = json.dumps(vectors("receipts")["files"]["sound"])
    found = judge("receipt", [{"text": text} for text in [sound, *AMBIGUOUS]])
    assert [said["outcome"] for said in found] == ["valid", *["malformed"] * len(AMBIGUOUS)]
