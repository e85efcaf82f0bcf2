"""Every worked example of the shared rules has a test: what is not tested beside its code is tested here."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.law.current import law
from core.law.fees import agency_fee, late_interest
from core.money import Yuan
from evaluation.scoring.committee import committee_for
from evaluation.scoring.framework import most_admitted
from tendering.methods import method_of

SHARED = Path(__file__).parents[2] / ".." / "shared" / "rules" / "examples.json"
TODAY = date(2026, 11, 21)
ELSEWHERE = {
    "deadline": "tests/law/test_count_workdays.py",
    "deadline_back": "tests/law/test_count_workdays.py",
    "amendment": "tests/law/test_count_workdays.py",
    "price_score": "tests/scoring/test_recompute.py",
    "abnormal_low": "tests/scoring/test_warn_low.py",
    "bond": "tests/law/test_ask_law.py",
    "supplement": "tests/law/test_ask_law.py",
    "seed001_subsidy": "tests/law/test_ask_law.py",
    "sme_reserve": "tests/law/test_ask_law.py",
}
"""Kinds that the test of the code itself goes through."""


def committee(case: dict[str, Any]) -> None:
    held = law(TODAY, category="goods", method="open_tender")
    panel = method_of("open_tender").panel
    assert panel is not None
    large = committee_for(panel, held, Yuan("10000000"))
    assert (large.size, large.experts) == (case["size"], case["experts"])
    assert committee_for(panel, held, Yuan("9999999.99")).size < large.size


def framework_elim(case: dict[str, Any]) -> None:
    held = law(TODAY, category="goods", method="framework")
    assert most_admitted(held, case["n_qualified"], rate=Decimal(case["min_rate"])) == case["max_selected"]


def fee(case: dict[str, Any]) -> None:
    assert agency_fee(Yuan("1267500.00"), "services") == Yuan(case["fee"])


def interest(case: dict[str, Any]) -> None:
    assert late_interest(law(TODAY), Yuan("1267500.00"), 10) == Yuan(case["interest"])


HERE = {
    "committee": committee,
    "framework_elim": framework_elim,
    "agency_fee": fee,
    "late_interest": interest,
}


@pytest.mark.skipif(not SHARED.is_file(), reason="the shared reference folder is not here")
def test_every_worked_example_is_tested_here_or_beside_its_code() -> None:
    root = Path(__file__).parents[2]
    for case in json.loads(SHARED.read_text()):
        if case["kind"] in HERE:
            HERE[case["kind"]](case)
        else:
            assert (
                case["kind"] in (root / ELSEWHERE[case["kind"]]).read_text()
                or case["id"] in (root / ELSEWHERE[case["kind"]]).read_text()
            ), case["id"]
