"""Very low quotes: strict lines, quotes as opened, rates of the law or the document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluation.scoring.recompute import recompute
from tests.scoring.cases import bid, case, quoted

SHARED = Path(__file__).parents[2] / ".." / "shared" / "rules" / "examples.json"
NAMES = {"avg": "mean", "second": "second_lowest", "ceiling": "ceiling"}


def hits(made):
    return {w["bid"]: w["tests"] for w in recompute(made)["warnings"] if w["code"] == "abnormally_low"}


def test_a_quote_far_below_the_others_is_pointed_out():
    made = quoted({"A": "1000000", "B": "950000", "C": "420000", "D": "880000"}, ceiling="1200000")
    assert hits(made) == {"C": ["second_lowest", "ceiling"]}


def test_a_quote_on_the_line_is_not_below_it():
    made = quoted({"A": "1000000", "B": "900000", "C": "540000"}, ceiling="1200000")
    assert hits(made) == {}
    assert hits(quoted({"A": "1000000", "B": "900000", "C": "539999.99"}, ceiling="1200000")) == {
        "C": ["ceiling"]
    }


def test_the_document_may_set_higher_rates():
    made = quoted({"A": "1000000", "B": "900000", "C": "640000"}, ceiling="1000000")
    assert hits(made) == {}
    assert hits({**made, "abnormally_low": {"ceiling": "0.65"}}) == {"C": ["ceiling"]}
    assert hits({**made, "abnormally_low": {"mean": "0.65", "second_lowest": "0.65"}}) == {}


def test_without_a_ceiling_the_budget_draws_the_line():
    quotes = {"A": "100", "B": "80", "C": "44.99"}
    assert hits(quoted(quotes, budget="100")) == {"C": ["ceiling"]}
    assert hits(quoted(quotes)) == {}


@pytest.mark.parametrize(("day", "warned"), [("2026-01-31", False), ("2026-02-01", True)])
def test_quotes_are_tested_since_the_rule_is_in_force(day, warned):
    made = quoted({"A": "1000000", "B": "900000", "C": "100000"}, law_as_of=day)
    assert hits(made) == ({"C": ["mean", "second_lowest"]} if warned else {})


def test_quotes_are_tested_as_opened_and_among_all_that_passed():
    small = case(
        bid("A", "1000", size="small"), bid("B", "1000"), bid("C", "600"), bid("D", "200", compliant=False), ceiling=None,
        budget=None, deductions={"small_micro": "0.60"},
    )  # fmt: skip
    assert hits(small) == {}
    unproven = quoted({"A": "1000", "B": "1000", "C": "1000"})
    unproven["bids"].append(bid("D", "100", abnormally_low_unproven=True))
    assert hits(unproven) == {"D": ["mean", "second_lowest"]}


def test_two_equally_low_quotes_are_not_below_each_other():
    assert hits(quoted({"A": "100", "B": "100", "C": "1000", "D": "1000"})) == {"A": ["mean"], "B": ["mean"]}


@pytest.mark.skipif(not SHARED.is_file(), reason="the shared reference folder is not here")
def test_every_worked_case_comes_out():
    cases = [item for item in json.loads(SHARED.read_text()) if item["kind"] == "abnormal_low"]
    assert len(cases) == 2
    for item in cases:
        quotes = {name: str(quote) for name, quote in item["quotes"].items()}
        expected = {name: [NAMES[test] for test in tests] for name, tests in item["hits"].items() if tests}
        assert hits(quoted(quotes, ceiling=item["ceiling"])) == expected, item["id"]
