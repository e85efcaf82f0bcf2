"""Recomputing an award: the worked examples, the exclusions, the failures, the ties."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from evaluation.scoring.recompute import recompute
from tests.scoring.cases import bid, case, example, quoted

SHARED = Path(__file__).parents[2] / ".." / "shared" / "rules" / "examples.json"


def places(result):
    return [(place["id"], place["rank"]) for place in result["ranking"]]


def out(result):
    return {entry["id"]: entry["reason"] for entry in result["excluded"]}


def scores(result, member="price_score"):
    return {place["id"]: place[member] for place in result["ranking"]}


def test_the_published_example_comes_out():
    result = recompute(example())
    assert result["base_price"] == "760000.00"
    assert result["failed"] is None
    assert result["ranking"][0] == {
        "id": "A",
        "rank": 1,
        "evaluation_price": "760000.00",
        "price_score": "30.00",
        "other_score": "58.25",
        "total": "88.25",
    }
    assert places(result) == [("A", 1), ("B", 2), ("C", 3)]
    assert (result["excluded"], result["warnings"]) == ([], [])


@pytest.mark.parametrize(
    ("quotes", "weight", "expected"),
    [
        ({"A": "1000000", "B": "950000", "C": "1100000"}, "30", {"A": "28.50", "B": "30.00", "C": "25.91"}),
        ({"A": "800000", "B": "1000000", "C": "1200000"}, "30", {"A": "30.00", "B": "24.00", "C": "20.00"}),
    ],
)
@pytest.mark.parametrize("formula", ["order87", "order214"])
def test_price_points_follow_the_lowest_price(quotes, weight, expected, formula):
    assert scores(recompute(quoted(quotes, price={"weight": weight, "formula": formula}))) == expected


@pytest.mark.parametrize(
    ("bids", "weight", "rate", "expected"),
    [
        (
            [bid("A", "1800000"), bid("B", "1950000", size="small"), bid("C", "1900000", size="medium")],
            "10", "0.10", {"A": "9.75", "B": "10.00", "C": "9.24"},
        ),
        (
            [bid("A", "900000"), bid("B", "1000000", size="micro"), bid("C", "950000")],
            "35", "0.20", {"A": "31.11", "B": "35.00", "C": "29.47"},
        ),
    ],
)  # fmt: skip
def test_a_small_firm_is_compared_at_a_lower_price(bids, weight, rate, expected):
    made = case(*bids, budget=None, ceiling=None, price={"weight": weight}, deductions={"small_micro": rate})
    assert scores(recompute(made)) == expected


@pytest.mark.parametrize("member", ["consortium_small_share", "subcontract_small_share"])
def test_work_of_small_firms_is_compared_at_a_lower_price_from_the_lawful_share_on(member):
    def shares(share):
        return recompute(
            case(
                bid("A", "500000"),
                bid("B", "520000", **{member: share}),
                bid("C", "560000"),
                method="consultation_score",
                category="services",
                price={"weight": "20", "formula": "order214"},
                deductions={"consortium": "0.06"},
            )
        )

    enough = shares("0.30")
    assert scores(enough) == {"A": "19.55", "B": "20.00", "C": "17.46"}
    assert enough["base_price"] == "488800.00"
    assert scores(shares("0.2999"))["A"] == "20.00"


def test_a_small_firm_in_a_consortium_gets_one_deduction_only():
    made = case(
        bid("A", "100000", size="small", consortium_small_share="0.5"), bid("B", "100000"), bid("C", "100000")
    )
    assert scores(recompute(made), "evaluation_price") == {
        "A": "80000.00",
        "B": "100000.00",
        "C": "100000.00",
    }


def test_works_are_won_by_the_lower_price_after_deduction():
    made = case(
        bid("A", "3000000"),
        bid("B", "3120000", size="small"),
        bid("C", "3300000"),
        method="lowest_evaluated_price",
        category="works",
        budget=None,
        ceiling=None,
        deductions={"small_micro": "0.05"},
    )
    result = recompute(made)
    assert places(result) == [("B", 1), ("A", 2), ("C", 3)]
    assert result["base_price"] == "2964000.00"
    assert {place["total"] for place in result["ranking"]} == {None}


@pytest.mark.parametrize(("stacking", "price"), [("additive", "570000.00"), ("multiplicative", "608000.00")])
def test_two_deductions_are_stacked_as_the_document_says(stacking, price):
    made = case(
        bid("A", "950000", size="small"),
        bid("B", "1000000", domestic=False),
        bid("C", "1100000", domestic=False),
        deductions={"stacking": stacking},
    )
    assert scores(recompute(made), "evaluation_price")["A"] == price


def test_domestic_products_gain_only_where_foreign_ones_compete():
    foreign = bid("C", "1100000", domestic=False)
    competing = recompute(case(bid("A", "950000"), bid("B", "1000000"), foreign, bid("D", "1100000")))
    assert scores(competing, "evaluation_price")["A"] == "760000.00"
    gone = recompute(
        case(bid("A", "950000"), bid("B", "1000000"), {**foreign, "compliant": False}, bid("D", "1100000"))
    )
    assert scores(gone, "evaluation_price")["A"] == "950000.00"
    assert out(gone) == {"C": "not_compliant"}


@pytest.mark.skipif(not SHARED.is_file(), reason="the shared reference folder is not here")
def test_every_worked_price_score_comes_out():
    cases = [item for item in json.loads(SHARED.read_text()) if item["kind"] == "price_score"]
    assert len(cases) == 2
    for item in cases:
        bids, rate = [], "0"
        for name, row in item["rows"].items():
            lower = Decimal(row["deduction"]) > 0
            rate = row["deduction"] if lower else rate
            bids.append(bid(name, row["quote"], size="small" if lower else "large"))
        made = case(
            *bids,
            method="consultation_score" if item["method"] == "consultation" else "weighted_score",
            category="services",
            budget=None,
            ceiling=None,
            price={"weight": str(Decimal(item["weight"]) * 100)},
            deductions={"small_micro": rate},
        )
        result = recompute(made)
        assert result["base_price"] == item["base"]
        assert scores(result) == {name: row["weighted"] for name, row in item["rows"].items()}
        assert scores(result, "evaluation_price") == {
            name: row["eval_price"] for name, row in item["rows"].items()
        }


def test_a_quote_on_the_limit_stays_and_a_fen_above_is_out():
    bids = [
        bid("A", "1150000.00"),
        bid("B", "1150000.01"),
        bid("C", "1200000.01"),
        bid("D", "900000"),
        bid("E", "950000"),
    ]
    assert out(recompute(case(*bids))) == {"B": "over_ceiling", "C": "over_ceiling"}
    assert out(recompute(case(*bids, ceiling=None))) == {"C": "over_budget"}
    assert out(recompute(case(*bids, ceiling=None, budget=None))) == {}


def test_bids_are_out_for_the_reason_found():
    result = recompute(
        case(
            bid("A", "900000"),
            bid("B", "910000"),
            bid("C", "920000"),
            bid("D", "930000", conflict=True),
            bid("E", "940000", abnormally_low_unproven=True),
            bid("F", None, compliant=False),
        )
    )
    assert out(result) == {"D": "conflict", "E": "abnormally_low_unproven", "F": "not_compliant"}
    assert [entry["id"] for entry in result["excluded"]] == ["D", "E", "F"]
    assert places(result) == [("A", 1), ("B", 2), ("C", 3)]


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({}, None),
        ({"compliant": False}, "fewer_than_three"),
        ({"conflict": True}, "fewer_than_three"),
        ({"abnormally_low_unproven": True}, "fewer_than_three"),
        ({"quote": "1150000.01"}, "fewer_than_three"),
    ],
)
@pytest.mark.parametrize(
    "method", ["weighted_score", "lowest_evaluated_price", "lowest_final_quote", "consultation_score"]
)
def test_fewer_than_three_fail(method, change, failed):
    bids = [
        bid("A", "900000"),
        bid("B", "910000"),
        bid("C", "920000", **change) if "quote" not in change else bid("C", **change),
    ]
    result = recompute(case(*bids, method=method))
    assert result["failed"] == failed
    if failed:
        assert (result["ranking"], result["base_price"], result["warnings"]) == ([], None, [])
        assert set(out(result)) == {"C"}


def test_fewer_may_go_on_where_the_case_says_that_the_law_allows_it():
    two = [bid("A", "900000"), bid("B", "910000")]
    assert recompute(case(*two, method="consultation_score"))["failed"] == "fewer_than_three"
    allowed = recompute(case(*two, method="consultation_score", min_bidders=2))
    assert (allowed["failed"], places(allowed)) == (None, [("A", 1), ("B", 2)])


def test_all_above_the_budget_fail():
    bids = [bid("A", "1200000.01"), bid("B", "1300000"), bid("C", "1400000")]
    assert recompute(case(*bids))["failed"] == "all_over_budget"
    assert recompute(case(*bids, ceiling=None))["failed"] == "all_over_budget"
    one_within = recompute(case(*bids, bid("D", "1200000.00"), ceiling=None))
    assert one_within["failed"] == "fewer_than_three"
    above_ceiling_only = recompute(case(*bids, budget="2000000"))
    assert above_ceiling_only["failed"] == "fewer_than_three"
    assert set(out(above_ceiling_only).values()) == {"over_ceiling"}
    assert recompute(case(*bids[:2]))["failed"] == "fewer_than_three"


def test_a_law_date_before_all_packs_only_drops_the_warnings_of_the_law():
    bids = [bid("A", "400000"), bid("B", "1000000", consortium_small_share="0.3"), bid("C", "1100000")]
    now, then = recompute(case(*bids)), recompute(case(*bids, law_as_of="1990-01-01"))
    assert now["warnings"] == [
        {"code": "abnormally_low", "bid": "A", "tests": ["mean", "second_lowest", "ceiling"]}
    ]
    assert then == {**now, "warnings": []}
    assert recompute(case(*bids[:2], law_as_of="1990-01-01"))["failed"] == "fewer_than_three"


def test_the_values_of_the_procedures_own_law_stand_over_the_packs():
    bids = [bid("A", "520000"), bid("B", "1000000", consortium_small_share="0.3"), bid("C", "1100000")]
    own = {
        "A-01.low_avg_rate": "0.50",
        "A-02.low_second_rate": "0.50",
        "L-14.min_bidders": "3",
        "S-04.sme_joint_share_min": "0.30",
    }

    def under(rule="L-14.min_bidders", value="3"):
        return recompute(case(*bids, law={**own, rule: value}))

    packs = recompute(case(*bids))
    assert (under(), packs["warnings"]) == (packs, [])
    assert under("A-02.low_second_rate", "0.55")["warnings"] == [
        {"code": "abnormally_low", "bid": "A", "tests": ["second_lowest"]}
    ]
    stricter = under("S-04.sme_joint_share_min", "0.31")
    assert [scores(one, "evaluation_price")["B"] for one in (packs, stricter)] == ["950000.00", "1000000.00"]
    assert under("L-14.min_bidders", "4")["failed"] == "fewer_than_three"


def points(name, quote, tech, **more):
    return bid(name, quote, scores={"E1": {"tech": tech, "service": "0"}}, **more)


def test_equal_totals_are_ranked_by_quote_and_then_are_parallel():
    # weight 0: the price gives no points, so totals are the technical points
    bids = [
        points("A", "990000", "40"),
        points("B", "970000", "40"),
        points("C", "970000", "40"),
        points("D", "900000", "10"),
    ]
    made = case(*bids, price={"weight": "0"})
    assert places(recompute(made)) == [("B", 1), ("C", 1), ("A", 3), ("D", 4)]
    assert places(recompute({**made, "ties": "parallel"})) == [("A", 1), ("B", 1), ("C", 1), ("D", 4)]
    assert places(recompute({**made, "draw": ["C", "B"]})) == [("C", 1), ("B", 2), ("A", 3), ("D", 4)]


def test_equal_prices_are_parallel_unless_the_document_looks_at_quotes():
    bids = [bid("A", "100000", size="small"), bid("B", "80000"), bid("C", "90000")]
    made = case(*bids, method="lowest_evaluated_price")
    assert places(recompute(made)) == [("B", 1), ("A", 2), ("C", 3)]
    del made["ties"]
    assert places(recompute(made)) == [("A", 1), ("B", 1), ("C", 3)]


def test_the_best_of_a_brand_is_recommended_by_score():
    bids = [
        points("X1", "990000", "35.2", brand="X"),
        points("X2", "980000", "36.1", brand="X"),
        points("X3", "990000", "36.1", brand="X"),
        points("Y", "990000", "34.0"),
        points("Z", "990000", "30.0"),
    ]
    made = case(*bids, price={"weight": "0"})
    result = recompute(made)
    assert places(result) == [("X2", 1), ("Y", 2), ("Z", 3)]
    assert out(result) == {"X1": "same_brand", "X3": "same_brand"}
    assert result["base_price"] == "980000.00"


def test_a_brand_whose_best_are_equal_waits_for_a_draw():
    bids = [points(name, "990000", "36.1", brand="X") for name in ("X2", "X3")]
    made = case(*bids, points("Y", "990000", "34.0"), points("Z", "990000", "30.0"), price={"weight": "0"})
    open_draw = recompute(made)
    assert open_draw["warnings"] == [{"code": "draw_needed", "bids": ["X2", "X3"]}]
    assert places(open_draw) == [("X2", 1), ("X3", 1), ("Y", 3), ("Z", 4)]
    drawn = recompute({**made, "draw": ["X3", "X2"]})
    assert (places(drawn), drawn["warnings"]) == ([("X3", 1), ("Y", 2), ("Z", 3)], [])
    assert out(drawn) == {"X2": "same_brand"}


def test_brands_count_once_when_bidders_are_counted():
    bids = [points(name, "990000", "30", brand="X") for name in ("X1", "X2", "X3")]
    assert recompute(case(*bids, points("Y", "990000", "30")))["failed"] == "fewer_than_three"
    enough = recompute(case(*bids, points("Y", "990000", "30"), points("Z", "990000", "30")))
    assert enough["failed"] is None
    without = [{**one, "brand": ""} for one in bids]
    assert recompute(case(*without))["failed"] is None
    assert recompute(case(*bids, method="consultation_score"))["failed"] is None


def test_by_price_only_the_cheapest_of_a_brand_takes_part():
    bids = [
        bid("X1", "900000", brand="X"),
        bid("X2", "890000", brand="X"),
        bid("Y", "910000"),
        bid("Z", "920000"),
    ]
    result = recompute(case(*bids, method="lowest_evaluated_price"))
    assert places(result) == [("X2", 1), ("Y", 2), ("Z", 3)]
    assert out(result) == {"X1": "same_brand"}


def test_core_products_are_of_one_brand_only_if_all_are():
    def with_cores(*cores):
        bids = [bid(f"B{n}", f"{900 + n}000", brand="", core_brands=core) for n, core in enumerate(cores)]
        return recompute(case(*bids, method="lowest_evaluated_price"))

    assert out(with_cores(["P", "Q"], ["Q", "P"], ["P", "R"], ["S", "T"])) == {"B1": "same_brand"}
    assert out(with_cores(["P", "Q"], ["P", "R"], ["S", "T"])) == {}


def test_a_cheaper_loser_of_the_same_brand_still_sets_the_base():
    bids = [
        points("X1", "500000", "1", brand="X"),
        points("X2", "1000000", "50", brand="X"),
        points("Y", "1000000", "34"),
        points("Z", "1000000", "30"),
    ]
    result = recompute(case(*bids))
    assert out(result) == {"X1": "same_brand"}
    assert result["base_price"] == "500000.00"
    assert scores(result) == {"X2": "15.00", "Y": "15.00", "Z": "15.00"}


def test_means_are_exact_and_each_part_is_rounded_once():
    sheets = {"E1": {"tech": "10"}, "E2": {"tech": "10"}, "E3": {"tech": "10.015"}}
    bids = [bid(name, quote, scores=sheets) for name, quote in (("A", "3"), ("B", "3"), ("C", "7"))]
    made = case(
        *bids, criteria=[{"id": "tech", "max": "50", "kind": "subjective"}], deductions={"domestic": "0"}
    )
    last = recompute(made)["ranking"][-1]
    assert (last["price_score"], last["other_score"], last["total"]) == ("12.86", "10.01", "22.87")
    made["price"]["places"] = 4
    last = recompute(made)["ranking"][-1]
    assert (last["price_score"], last["other_score"], last["total"]) == ("12.8571", "10.0050", "22.8621")


def test_extremes_are_dropped_only_where_the_document_says_so():
    sheets = {
        f"E{n}": {"tech": score, "service": "0"} for n, score in enumerate(["0", "30", "31", "32", "50"])
    }
    bids = [bid(name, "900000", scores=sheets) for name in "ABC"]
    assert set(scores(recompute(case(*bids)), "other_score").values()) == {"28.60"}
    trimmed = recompute(case(*bids, aggregation="trimmed_mean"))
    assert set(scores(trimmed, "other_score").values()) == {"31.00"}


def test_evaluators_who_differ_on_a_fact_are_pointed_out():
    made = example()
    made["bids"][1]["scores"]["E2"]["service"] = "17"
    assert recompute(made)["warnings"] == [
        {"code": "objective_scores_differ", "bid": "B", "criterion": "service"}
    ]
