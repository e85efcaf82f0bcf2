"""Entry to a framework agreement from published inputs: price first, quality first, and who is always eliminated."""

from __future__ import annotations

from typing import Any

import pytest

from evaluation.scoring.case import CaseError
from evaluation.scoring.recompute import recompute


def case(quotes: list[str], method: str = "price_first", rate: str = "0.2", **over: Any) -> dict[str, Any]:
    scores = over.pop("scores", None) or ["80"] * len(quotes)
    bids = [
        {
            "id": chr(65 + n),
            "quote": quote,
            "scores": {"E1": {"q": score}} if method == "quality_first" else {},
        }
        for n, (quote, score) in enumerate(zip(quotes, scores, strict=True))
    ]
    return {
        "method": method, "category": "goods", "law_as_of": "2026-03-01", "elimination": {"rate": rate},
        "criteria": [{"id": "q", "max": "100", "kind": "subjective"}], "bids": bids, **over,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("quotes", "rate", "admitted"),
    [
        (["30", "10", "20"], "0", ["B", "C"]),
        (["30", "10"], "0.2", ["B"]),
        (["1", "2", "3", "4", "5", "6"], "0.2", ["A", "B", "C", "D"]),
        (["1", "2", "3", "4", "5", "6"], "0.5", ["A", "B", "C"]),
        (["1", "2", "3", "4", "5", "6"], "0.1", ["A", "B", "C", "D"]),
    ],
)
def test_the_cheapest_are_admitted_and_never_all(quotes: list[str], rate: str, admitted: list[str]) -> None:
    result = recompute(case(quotes, rate=rate))
    assert (result["failed"], result["admitted"]) == (None, admitted)
    assert [row["rank"] for row in result["ranking"]] == list(range(1, len(quotes) + 1))


def test_by_quality_the_price_has_no_say_below_the_ceilings() -> None:
    given = case(["30", "10", "20", "15", "1"], "quality_first", scores=["90", "70", "80.555", "60", "99"])
    given["bids"][4]["over_unit_ceiling"] = True
    result = recompute(given)
    assert result["admitted"] == ["A", "C", "B"]
    assert result["excluded"] == [{"id": "E", "reason": "over_unit_ceiling"}]
    first = result["ranking"][0]
    assert (first["price_score"], first["other_score"], first["total"]) == (None, "90.00", "90.00")
    assert result["ranking"][1]["total"] == "80.56"


def test_of_test_equipment_by_quality_two_in_five_go() -> None:
    given = case(["1"] * 5, "quality_first", scores=["5", "4", "3", "2", "1"])
    assert len(recompute(given)["admitted"]) == 4
    given["elimination"] = {"rate": "0.2", "test_equipment": True}
    assert len(recompute(given)["admitted"]) == 3


def test_a_price_above_its_ceiling_can_leave_too_few() -> None:
    given = case(["10", "20"])
    given["bids"][1]["over_unit_ceiling"] = True
    result = recompute(given)
    assert (result["failed"], result["admitted"], result["ranking"]) == ("too_few_qualified", [], [])


def test_equals_on_both_sides_of_the_line_are_drawn() -> None:
    given = case(["10", "20", "20"], ties="parallel")
    result = recompute(given)
    assert result["admitted"] == ["A"]
    assert {"code": "draw_needed", "bids": ["B", "C"]} in result["warnings"]
    drawn = recompute({**given, "draw": ["C", "B", "A"]})
    assert (drawn["admitted"], drawn["warnings"]) == (["A", "C"], [])


def test_whoever_eliminates_everybody_or_scores_nobody_is_refused() -> None:
    for wrong in (case(["1", "2"], rate="1"), case(["1", "2"], rate="-0.1")):
        with pytest.raises(CaseError, match="elimination"):
            recompute(wrong)
    unscored = case(["1", "2"], "quality_first")
    unscored["bids"][0]["scores"] = {}
    with pytest.raises(CaseError, match="scores"):
        recompute(unscored)
