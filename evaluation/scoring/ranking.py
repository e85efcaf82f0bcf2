"""Ranking: who is out and why, why a procedure fails, and the order of those who stay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from core.law.book import LawBook
from core.money import Yuan, rounded_half_up
from evaluation.scoring.case import Aggregation, Bid, Case, CaseError, Method, Ties
from evaluation.scoring.price import evaluation_prices, price_score, quote_of
from evaluation.scoring.values import QUALIFIED, value_of

FEWEST = {
    Method.WEIGHTED_SCORE: ("L-14.min_bidders", "open_tender"),
    Method.LOWEST_EVALUATED_PRICE: ("L-14.min_bidders", "open_tender"),
    Method.LOWEST_FINAL_QUOTE: ("N-04.final_quotes_min", "negotiation"),
    Method.CONSULTATION_SCORE: ("C-05.consult_final_min", "consultation"),
    Method.PRICE_FIRST: (QUALIFIED, "framework"),
    Method.QUALITY_FIRST: (QUALIFIED, "framework"),
}
TOO_FEW_QUALIFIED = "too_few_qualified"
FEWER_THAN_THREE = "fewer_than_three"
ALL_OVER_BUDGET = "all_over_budget"
SAME_BRAND = "same_brand"
QUALITY_PLACES = 2


@dataclass(frozen=True, slots=True)
class Ranked:
    """A bid with its place. Scores are absent where the price alone decides."""

    bid: Bid
    rank: int
    evaluation_price: Yuan
    price_score: Decimal | None = None
    other_score: Decimal | None = None
    total: Decimal | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give the published form."""
        return {
            "id": self.bid.id,
            "rank": self.rank,
            "evaluation_price": str(self.evaluation_price),
            "price_score": _points(self.price_score),
            "other_score": _points(self.other_score),
            "total": _points(self.total),
        }


def _points(score: Decimal | None) -> str | None:
    return None if score is None else f"{score:f}"


@dataclass(frozen=True, slots=True)
class Ranking:
    """The places, best first; who lost to another bid of the same brand; the lowest evaluation price compared."""

    places: list[Ranked]
    beaten: list[Bid]
    base_price: Yuan


def exclusion_of(bid: Bid, case: Case) -> str | None:
    """Give the reason for which a bid is out before any comparison, or None.

    A quote equal to the ceiling or the budget stays in.   Source: 财政部令第87号第六十条、第六十三条.
    """
    if not bid.compliant:
        return "not_compliant"
    if bid.conflict:
        return "conflict"
    if bid.over_unit_ceiling:
        return "over_unit_ceiling"
    if case.ceiling is not None and quote_of(bid) > case.ceiling:
        return "over_ceiling"
    if case.budget is not None and quote_of(bid) > case.budget:
        return "over_budget"
    return "abnormally_low_unproven" if bid.abnormally_low_unproven else None


def effective_count(case: Case, bids: Iterable[Bid]) -> int:
    """Count bidders; in a tender those with products of one brand count once (财政部令第87号第三十一条)."""
    groups = brands(bids) if case.method.is_tender else [[bid] for bid in bids]
    return len(groups)


def brands(bids: Iterable[Bid]) -> list[list[Bid]]:
    """Group bids with the same brand, or the same brands of all core products; others stand alone."""
    groups: defaultdict[tuple[str, ...], list[Bid]] = defaultdict(list)
    for bid in bids:
        groups[("brand", *sorted(bid.brand)) if bid.brand else ("bid", bid.id)].append(bid)
    return list(groups.values())


def failure_of(case: Case, staying: Sequence[Bid], book: LawBook) -> str | None:
    """Tell why the procedure fails, or None: too few who answer, all above the budget, or too few who stay.

    The fewest that may go on are the law's for the method, or the case's own `min_bidders` where the law
    lets fewer go on.   Source: 《政府采购法》第三十六条; 财政部令第87号第四十三条.
    """
    fewest = case.min_bidders
    if fewest is None:
        rule_id, method = FEWEST[case.method]
        fewest = int(value_of(book, case, rule_id, method))
    too_few = TOO_FEW_QUALIFIED if case.method.admits else FEWER_THAN_THREE
    answering = [bid for bid in case.bids if bid.compliant and not bid.conflict]
    if effective_count(case, answering) < fewest:
        return too_few
    if case.budget is not None and answering and all(quote_of(bid) > case.budget for bid in answering):
        return ALL_OVER_BUDGET
    return too_few if effective_count(case, staying) < fewest else None


def ranked(case: Case, staying: Sequence[Bid], book: LawBook) -> Ranking:
    """Rank the bids that stay.

    By price the cheapest of a brand takes part; by score all take part and the best of a brand is ranked.
    Equals that neither the tie rule nor a draw separates keep the same rank, and the next rank is skipped.
    Source: 财政部令第87号第三十一条、第五十六条、第五十七条; 财库〔2014〕214号第二十五条.
    """
    if not case.method.is_scored:
        taking_part, out = _one_of_each_brand(case, staying, lambda bid: (quote_of(bid).fen,))
        prices = evaluation_prices(case, taking_part, book)
        order = _ordering(case, lambda bid: (prices[bid.id].fen,))
        places = [Ranked(bid, rank, prices[bid.id]) for bid, rank in _places(taking_part, order)]
        return Ranking(places, out, min(prices.values()))
    prices = evaluation_prices(case, staying, book)
    base = min(prices.values())
    sheets = {bid.id: _scored(case, bid, base, prices[bid.id]) for bid in staying}
    order = _ordering(case, lambda bid: (-sheets[bid.id][2],))
    taking_part, out = _one_of_each_brand(case, staying, order)
    places = [Ranked(bid, rank, prices[bid.id], *sheets[bid.id]) for bid, rank in _places(taking_part, order)]
    return Ranking(places, out, base)


Order = Callable[[Bid], tuple[Any, ...]]


def _ordering(case: Case, first: Order) -> Order:
    """Give the sort key: what decides first, then by the tie rule the lower quote, then the public draw."""

    def key(bid: Bid) -> tuple[Any, ...]:
        quote = (quote_of(bid).fen,) if case.ties is Ties.LOWER_QUOTE else ()
        return (*first(bid), *quote, *_drawn(case, bid))

    return key


def _drawn(case: Case, bid: Bid) -> tuple[int]:
    return (case.draw.index(bid.id) if bid.id in case.draw else len(case.draw),)


def _one_of_each_brand(case: Case, bids: Sequence[Bid], order: Order) -> tuple[list[Bid], list[Bid]]:
    """Keep the best of each brand, and all who are equally good: between them only a draw decides."""
    if not case.method.is_tender:
        return list(bids), []
    stay: list[Bid] = []
    out: list[Bid] = []
    for group in brands(bids):
        best = min((*order(bid), *_drawn(case, bid)) for bid in group)
        for bid in group:
            (stay if (*order(bid), *_drawn(case, bid)) == best else out).append(bid)
    return stay, out


def _places(bids: Sequence[Bid], order: Order) -> list[tuple[Bid, int]]:
    """Give each bid its rank, best first, equals by id."""
    keys = sorted(order(bid) for bid in bids)
    return [(bid, keys.index(order(bid)) + 1) for bid in sorted(bids, key=lambda bid: (order(bid), bid.id))]


def _scored(case: Case, bid: Bid, base: Yuan, price: Yuan) -> tuple[Decimal | None, Decimal, Decimal]:
    """Give price score (None where quality alone counts), other score and their sum; each part is rounded once."""
    if not case.method.weighs_price:
        quality = rounded_half_up(other_score(case, bid), QUALITY_PLACES)
        return None, quality, quality
    if case.price is None:
        raise CaseError("price: is missing")
    points = price_score(base, price, case.price)
    others = rounded_half_up(other_score(case, bid), case.price.places)
    return points, others, points + others


def other_score(case: Case, bid: Bid) -> Fraction:
    """Give the exact mean of the evaluators' sums; the trimmed one leaves out one highest and one lowest sum.

    Raises CaseError where nobody has scored the bid, and for a trimmed mean of fewer than three evaluators.
    """
    if not case.criteria:
        return Fraction(0)
    if not bid.scores:
        raise CaseError(f"bid {bid.id!r}: all scores are missing")
    sums = sorted(
        sum((Fraction(score) for score in sheet.values()), Fraction(0)) for sheet in bid.scores.values()
    )
    if case.aggregation is Aggregation.TRIMMED_MEAN:
        sums = sums[1:-1]
        if not sums:
            raise CaseError("aggregation: a trimmed mean needs at least three evaluators")
    return sum(sums, Fraction(0)) / len(sums)
