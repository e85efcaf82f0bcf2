"""The browser computes every award as the command does, to the last place."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from core.law.current import book
from evaluation import inputs
from evaluation.scoring.case import CaseError
from evaluation.scoring.recompute import recompute
from tests.frontend.conftest import run_node
from tests.scoring.cases import bid, case, cases, example


def made_up() -> list[dict[str, Any]]:
    """Cases of every method and kind, the same in every run; each fourth one as a framework's call."""
    found = [example()]

    @settings(max_examples=120, deadline=None, derandomize=True, database=None)
    @given(cases())
    def collect(one: dict[str, Any]) -> None:
        method = ("price_first", "quality_first")[len(found) % 2]
        framework = {"method": method, "elimination": {"rate": "0.25", "test_equipment": len(found) % 8 < 4}}
        found.append({**one, **framework} if len(found) % 4 == 0 else one)

    collect()
    equal = [bid(name, "950000.00", brand="X") for name in "ABCD"]
    found += ruled()
    return [*found, case(*equal, draw=["C", "A"]), case(*equal, aggregation="trimmed_mean", min_bidders=1)]


def ruled() -> list[dict[str, Any]]:
    """Cases with a criterion scored by every kind of rule: facts stated, found otherwise, missing and unreadable."""
    rules: list[dict[str, Any]] = [
        {"kind": "yes_no", "most": "20"},
        {"kind": "per_unit", "whole": True, "each": "2.5", "most": "20"},
        {"kind": "steps", "steps": [["12", "5"], ["24.5", "18"]]},
        {"kind": "line", "steps": [["12", "5"], ["24.5", "18"], ["36", "0"]]},
    ]
    facts = ["yes", "7", "7.2", "12", "13.1", "24.5", "30", "999", "x"]
    return [
        case(
            *[bid(f"B{n}", "950000.00", facts={"service": fact}) for n, fact in enumerate(facts)],
            bid("found", "950000.00", facts={"service": "12"}, found={"E2": {"service": "24.5"}}),
            bid("none", "950000.00"),
            criteria=[
                {"id": "tech", "max": "50", "kind": "subjective"},
                {"id": "service", "max": "20", "kind": "objective", "rule": rule},
            ],
        )
        for rule in rules
    ]


def test_the_browser_gives_the_result_of_the_command_for_every_method() -> None:
    oldest = inputs.earliest()
    asked, expected = [], []
    for one in made_up():
        try:
            expected.append(recompute(one, book()))
        except CaseError:
            continue
        asked.append({"case": inputs.cases(one)[0], "earliest": oldest})
    assert len(asked) > 80
    assert sum(one["code"] == "points_not_by_rule" for row in expected for one in row["warnings"]) > 20
    assert {row["failed"] for row in expected} >= {None, "fewer_than_three", "all_over_budget"}
    code, got = run_node("award_in_node.mjs", "recompute", asked)
    assert code == 0
    for given_, want, have in zip(asked, expected, got, strict=True):
        assert have == want, given_
