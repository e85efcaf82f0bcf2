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
    return [*found, case(*equal, draw=["C", "A"]), case(*equal, aggregation="trimmed_mean", min_bidders=1)]


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
    assert {row["failed"] for row in expected} >= {None, "fewer_than_three", "all_over_budget"}
    code, got = run_node("award_in_node.mjs", "", asked)
    assert code == 0
    for given_, want, have in zip(asked, expected, got, strict=True):
        assert have == want, given_
