"""Stage one of a framework agreement: how many of the qualified suppliers may be admitted (入围)."""

from __future__ import annotations

from fractions import Fraction

from core.law.book import Law
from core.money import Exact


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
    if qualified < law.count("F-08.qualified_min"):
        return 0
    least = law.rate("F-08.elimination_min_quality" if tests_by_quality else "F-08.elimination_min")
    share = max(Fraction(least), Fraction(rate or 0)) * qualified
    eliminated = max(law.count("F-08.eliminated_min"), -(-share.numerator // share.denominator))
    return max(qualified - eliminated, 0)
