"""The values of the law that scoring reads: those that the inputs carry, else those of the installed packs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from core.law.book import Law, LawBook
from core.law.rule import parse_value
from evaluation.scoring.case import Case, CaseError

SHARE = "S-04.sme_joint_share_min"
"""The rule for the share of small firms from which the deduction for a consortium or for subcontracts applies."""
LOW_RULES = {
    "mean": "A-01.low_avg_rate",
    "second_lowest": "A-02.low_second_rate",
    "ceiling": "A-03.low_ceiling_rate",
}
QUALIFIED, ELIMINATED = "F-08.qualified_min", "F-08.eliminated_min"
ELIMINATION, ELIMINATION_OF_TESTS = "F-08.elimination_min", "F-08.elimination_min_quality"
COUNTS = frozenset(
    {"L-14.min_bidders", "N-04.final_quotes_min", "C-05.consult_final_min", QUALIFIED, ELIMINATED}
)
RATES = frozenset({SHARE, ELIMINATION, ELIMINATION_OF_TESTS, *LOW_RULES.values()})


def carried(law: Law) -> dict[str, str]:
    """Give the values of a procedure's own law that its result depends on, as its published inputs carry them."""
    return {name: str(law.value(name)) for name in sorted(COUNTS | RATES) if law.has(name)}


def law_of(case: Case, book: LawBook, method: str | None = None, *, as_of: date | None = None) -> Law:
    """Give the law under which a case is scored; a value that the case carries stands over the packs'.

    Where it carries any, a rule that scoring reads and that is not among them was not in force. Raises CaseError.
    """
    law = book.law(as_of or case.law_as_of, category=case.category, method=method)
    if case.law is None:
        return law
    read = COUNTS | RATES
    rules = {name: rule for name, rule in law.rules.items() if name not in read}
    for name, value in _values(case.law).items():
        rules[name] = replace(law.rules.get(name) or book.earliest(name), value=value)
    return replace(law, rules=MappingProxyType(rules))


def value_of(book: LawBook, case: Case, rule_id: str, method: str | None = None) -> Decimal | Fraction | int:
    """Give a rate or count as of the case's law date; of a day before the rule, its oldest value."""
    law = law_of(case, book, method)
    rule = law.cite(rule_id) if law.has(rule_id) else book.earliest(rule_id)
    if not isinstance(rule.value, (Decimal, Fraction, int)):
        raise TypeError(f"{rule_id} is no single number")
    return rule.value


def _values(said: Mapping[str, Any]) -> dict[str, Decimal | Fraction | int]:
    found: dict[str, Decimal | Fraction | int] = {}
    for name, text in said.items():
        if name not in COUNTS | RATES:
            raise CaseError(f"law: {name!r} is no value that scoring reads")
        try:
            value = parse_value(text) if isinstance(text, str) else None
        except (ValueError, ArithmeticError):
            value = None
        whole = isinstance(value, int) and 0 <= value <= 1000
        if name in COUNTS and whole and isinstance(value, int):
            found[name] = value
        elif name in RATES and isinstance(value, (int, Decimal, Fraction)) and 0 <= value <= 1:
            found[name] = value
        else:
            raise CaseError(f"law: {name}: {str(text)[:40]!r} is no value, or out of its bounds")
    return found
