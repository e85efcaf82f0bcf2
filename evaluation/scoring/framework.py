"""Stage one of a framework agreement: how many of the qualified suppliers may be admitted (入围)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from core.law.book import Law, LawBook
from core.money import Exact
from evaluation.scoring.case import Case
from evaluation.scoring.ranking import Ranked
from evaluation.scoring.values import ELIMINATED, ELIMINATION, ELIMINATION_OF_TESTS, QUALIFIED, law_of

METHOD = "framework"


def most_admitted(
    law: Law, qualified: int, *, rate: Exact | None = None, tests_by_quality: bool = False
) -> int:
    """Give how many of `qualified` suppliers may be admitted at most; zero where too few are qualified.

    `rate` is the document's elimination rate; below the law's it is raised to it. `tests_by_quality`:
    testing or laboratory equipment compared by quality first, for which the law asks a higher rate. At
    least as many as the law says are eliminated. Raises NoSuchRule for another method and ValueError for a
    rate that is not in [0, 1). Source: 财政部令第110号 (淘汰率).
    """
    if rate is not None and not 0 <= rate < 1:
        raise ValueError("an elimination rate is at least zero and below one")
    if qualified < law.count(QUALIFIED):
        return 0
    least = law.rate(ELIMINATION_OF_TESTS if tests_by_quality else ELIMINATION)
    share = max(Fraction(least), Fraction(rate or 0)) * qualified
    eliminated = max(law.count(ELIMINATED), -(-share.numerator // share.denominator))
    return max(qualified - eliminated, 0)


def admission(case: Case, places: Sequence[Ranked], book: LawBook) -> dict[str, Any]:
    """Give who is admitted, in order, of those ranked: as many as the elimination leaves.

    Where equals stand on both sides of the line none of them is admitted before a public draw has put them in order;
    `undrawn` names them. Before the rule was in force the law of its first day counts.
    """
    since = book.earliest(QUALIFIED).since
    law = law_of(case, book, METHOD, as_of=max(case.law_as_of, since))
    most = most_admitted(
        law, len(places), rate=case.elimination.rate, tests_by_quality=case.elimination.test_equipment
    )
    inside, outside = places[:most], places[most:]
    open_rank = inside[-1].rank if inside and outside and inside[-1].rank == outside[0].rank else None
    return {
        "admitted": [place.bid.id for place in inside if place.rank != open_rank],
        "undrawn": sorted(place.bid.id for place in places if place.rank == open_rank),
    }
