"""What an evaluator must look at before signing: very low quotes, facts judged differently, open draws."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from core.law.book import LawBook
from evaluation.scoring.case import Bid, Case, Kind
from evaluation.scoring.facts import follow_rule
from evaluation.scoring.price import quote_of
from evaluation.scoring.ranking import Ranked, brands
from evaluation.scoring.values import LOW_RULES, law_of


def low_quotes(case: Case, passed: Iterable[Bid], book: LawBook) -> list[dict[str, Any]]:
    """Name the quotes that start a review, by bid id, each with the tests it met.

    `passed`: the bids that passed the conformity review, whatever became of them later. Quotes are compared
    as opened, never after deductions, and strictly: a quote on the line is not below it. Rates are the
    document's, else those of the law date; before the rule was in force there is no test. A test without a
    line (no ceiling and no budget, one bid) is left out. A hit is no invalidity: the bidder
    explains.   Source: 财库〔2026〕2号.
    """
    law = law_of(case, book)
    given = {
        "mean": case.low_rates.mean,
        "second_lowest": case.low_rates.second_lowest,
        "ceiling": case.low_rates.ceiling,
    }
    rates: dict[str, Fraction] = {}
    for test, rule_id in LOW_RULES.items():
        if law.has(rule_id):
            own = given[test]
            rates[test] = Fraction(law.rate(rule_id) if own is None else own)
    bids = sorted(passed, key=lambda bid: bid.id)
    quotes = sorted(quote_of(bid).fen for bid in bids)
    limit = case.ceiling if case.ceiling is not None else case.budget
    lines: dict[str, Fraction] = {}
    if "mean" in rates and quotes:
        lines["mean"] = rates["mean"] * Fraction(sum(quotes), len(quotes))
    if "second_lowest" in rates and len(quotes) > 1:
        lines["second_lowest"] = rates["second_lowest"] * quotes[1]
    if "ceiling" in rates and limit is not None:
        lines["ceiling"] = rates["ceiling"] * limit.fen
    found = []
    for bid in bids:
        fen = quote_of(bid).fen
        hits = [
            test
            for test, line in lines.items()
            if fen < line and (test != "second_lowest" or fen == quotes[0])
        ]
        if hits:
            found.append({"code": "abnormally_low", "bid": bid.id, "tests": hits})
    return found


def differing_facts(case: Case, scored: Iterable[Bid]) -> list[dict[str, Any]]:
    """Name the objective criteria on which evaluators differ: a ground for scoring again.

    Source: 财政部令第87号第六十四条.
    """
    return [
        {"code": "objective_scores_differ", "bid": bid.id, "criterion": criterion.id}
        for bid in sorted(scored, key=lambda bid: bid.id)
        for criterion in case.criteria
        if criterion.kind is Kind.OBJECTIVE
        and len({sheet[criterion.id] for sheet in bid.scores.values()}) > 1
    ]


def broken_rules(case: Case, scored: Iterable[Bid]) -> list[dict[str, Any]]:
    """Name the criteria scored by rule whose points do not follow from the facts: somebody changed one or the other."""
    return [
        {"code": "points_not_by_rule", "bid": bid.id, "criterion": criterion.id}
        for bid in sorted(scored, key=lambda bid: bid.id)
        for criterion in case.criteria
        if criterion.rule is not None and not follow_rule(criterion, bid)
    ]


def open_draws(case: Case, places: Iterable[Ranked]) -> list[dict[str, Any]]:
    """Name the bids of one brand that are equally good: only one of them may be recommended, by draw.

    The order drawn in public goes into the case's `draw`.   Source: 财政部令第87号第三十一条.
    """
    if not case.method.is_tender:
        return []
    groups = brands(place.bid for place in places)
    return [
        {"code": "draw_needed", "bids": names}
        for names in sorted(sorted(bid.id for bid in group) for group in groups)
        if len(names) > 1
    ]
