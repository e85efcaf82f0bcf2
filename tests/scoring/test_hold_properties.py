"""What holds for every case: order does not matter, cheaper is never worse, nothing is lost."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.money import Yuan, rounded_half_up
from evaluation.scoring.case import CaseError
from evaluation.scoring.recompute import recompute
from tests.scoring.cases import amounts, cases, quoted


def result_of(made):
    try:
        return recompute(made)
    except CaseError as refused:
        assume("leave nothing" in str(refused))
        assume(False)
        raise


@settings(max_examples=150, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_bids_and_evaluators_does_not_matter(made, rng: random.Random):
    expected = result_of(made)
    shuffled = {**made, "bids": list(made["bids"])}
    rng.shuffle(shuffled["bids"])
    for bid in shuffled["bids"]:
        sheets = list(bid["scores"].items())
        rng.shuffle(sheets)
        bid["scores"] = dict(sheets)
    rng.shuffle(shuffled["criteria"])
    assert {**recompute(shuffled), "warnings": None} == {**expected, "warnings": None}
    assert sorted(map(str, recompute(shuffled)["warnings"])) == sorted(map(str, expected["warnings"]))


@settings(max_examples=150, deadline=None)
@given(cases())
def test_every_bid_is_ranked_or_excluded_or_the_procedure_failed(made):
    result = result_of(made)
    ids = {bid["id"] for bid in made["bids"]}
    placed = [place["id"] for place in result["ranking"]]
    gone = [entry["id"] for entry in result["excluded"]]
    assert len(set(placed) | set(gone)) == len(placed) + len(gone)
    assert set(placed) | set(gone) <= ids
    if result["failed"] is None:
        assert set(placed) | set(gone) == ids
    else:
        assert (placed, result["base_price"]) == ([], None)


@settings(max_examples=150, deadline=None)
@given(cases(least=3))
def test_points_are_the_sum_of_parts_within_their_bounds(made):
    result = result_of(made)
    weight, places = Decimal(made["price"]["weight"]), made["price"]["places"]
    for place in result["ranking"]:
        if place["total"] is None:
            continue
        price, other, total = (Decimal(place[part]) for part in ("price_score", "other_score", "total"))
        assert total == price + other
        assert 0 <= price <= weight
        assert 0 <= other <= 70
        assert {-part.as_tuple().exponent for part in (price, other, total)} == {places}
        exact = (
            Fraction(Decimal(result["base_price"]))
            / Fraction(Decimal(place["evaluation_price"]))
            * Fraction(weight)
        )
        assert price == rounded_half_up(exact, places)


@settings(max_examples=150, deadline=None)
@given(cases(least=3))
def test_ranks_follow_the_points_or_the_price(made):
    ranking = result_of(made)["ranking"]
    scored = made["method"] in {"weighted_score", "consultation_score"}
    for better, worse in zip(ranking, ranking[1:], strict=False):
        assert better["rank"] <= worse["rank"]
        if scored:
            assert Decimal(better["total"]) >= Decimal(worse["total"])
        else:
            assert Decimal(better["evaluation_price"]) <= Decimal(worse["evaluation_price"])
    ranks = [place["rank"] for place in ranking]
    assert ranks == [1 + sum(other < rank for other in ranks) for rank in ranks]


@settings(max_examples=100, deadline=None)
@given(st.lists(amounts, min_size=3, max_size=6), st.integers(0, 5), amounts)
def test_a_bidder_who_quotes_less_never_gets_fewer_price_points(quotes, which, new):
    which %= len(quotes)
    assume(Yuan(new) < Yuan(quotes[which]))
    before = {str(n): quote for n, quote in enumerate(quotes)}
    after = {**before, str(which): new}
    points = [
        {place["id"]: Decimal(place["price_score"]) for place in recompute(quoted(all_quotes))["ranking"]}[
            str(which)
        ]
        for all_quotes in (before, after)
    ]
    assert points[1] >= points[0]


@settings(max_examples=100, deadline=None)
@given(cases(least=3))
def test_the_cheaper_of_two_compared_never_gets_fewer_price_points(made):
    ranking = [place for place in result_of(made)["ranking"] if place["price_score"] is not None]
    by_price = sorted(ranking, key=lambda place: Decimal(place["evaluation_price"]))
    points = [Decimal(place["price_score"]) for place in by_price]
    assert points == sorted(points, reverse=True)


@settings(max_examples=100, deadline=None)
@given(cases(least=3))
def test_both_formulas_give_the_same_points(made):
    one = {**made, "price": {**made["price"], "formula": "order87"}}
    other = {**made, "price": {**made["price"], "formula": "order214"}}
    assert result_of(one) == result_of(other)
