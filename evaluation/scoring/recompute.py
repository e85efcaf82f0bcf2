"""The award from its published inputs."""

from __future__ import annotations

from typing import Any

from core.law.book import LawBook
from core.law.current import book as national_book
from evaluation.scoring.case import Case, parse_case
from evaluation.scoring.framework import admission
from evaluation.scoring.lots import share_out
from evaluation.scoring.ranking import SAME_BRAND, Ranked, Ranking, exclusion_of, failure_of, ranked
from evaluation.scoring.warnings import broken_rules, differing_facts, low_quotes, open_draws


def recompute(data: object, book: LawBook | None = None) -> dict[str, Any]:
    """Give the ranking, exclusions and warnings of one case, or of several lots with their winners.

    `data` is JSON as published, with decimals as strings, ints or Decimal, never floats. `book` is the law
    book, by default the installed packs. The same inputs in any order of bids and evaluators give the same
    result. A procedure that fails is a result, not an error. Raises CaseError for inputs that cannot be
    scored.
    """
    laws = book or national_book()
    if isinstance(data, dict) and "lots" in data:
        return share_out(data, lambda case: award(case, laws))
    return award(parse_case(data), laws)[0]


def award(case: Case, book: LawBook) -> tuple[dict[str, Any], list[Ranked]]:
    """Give the published result of one case, and the ranking it rests on."""
    reasons = {bid.id: exclusion_of(bid, case) for bid in case.bids}
    staying = [bid for bid in case.bids if reasons[bid.id] is None]
    failed = failure_of(case, staying, book)
    ranking: Ranking | None = None
    found: list[dict[str, Any]] = []
    if failed is None:
        ranking = ranked(case, staying, book)
        reasons.update({bid.id: SAME_BRAND for bid in ranking.beaten})
        passed = [
            bid for bid in case.bids if reasons[bid.id] in {None, SAME_BRAND, "abnormally_low_unproven"}
        ]
        found = (
            low_quotes(case, passed, book)
            + differing_facts(case, staying)
            + broken_rules(case, staying)
            + open_draws(case, ranking.places)
        )
    places = ranking.places if ranking else []
    result = {
        "base_price": str(ranking.base_price) if ranking else None,
        "failed": failed,
        "ranking": [place.as_dict() for place in places],
        "excluded": [{"id": name, "reason": reason} for name, reason in sorted(reasons.items()) if reason],
        "warnings": found,
    }
    if case.method.admits:
        chosen = admission(case, places, book) if places else {"admitted": [], "undrawn": []}
        result["admitted"] = chosen["admitted"]
        if chosen["undrawn"]:
            found.append({"code": "draw_needed", "bids": chosen["undrawn"]})
    return result, places
