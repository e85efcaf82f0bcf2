"""Amounts that follow from a scale or a daily rate: agency fees and interest on late payment."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

from core.law.book import Law
from core.law.rule import BadPack, Certainty
from core.money import Exact, Yuan, exact, rounded_half_up

SCALE = Path(__file__).parent / "data" / "agency_fee.csv"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a graduated scale: `rate` of the part of the amount above the last step, up to `up_to`."""

    up_to: Yuan | None
    rate: Decimal
    citation: str
    certainty: Certainty


@cache
def scale(category: str) -> tuple[Step, ...]:
    """Give the steps for goods, services or works. Raises ValueError for another category, or BadPack.

    Source: 计价格〔2002〕1980号, customary since its repeal (差额定率累进); the contract may agree on
    another.
    """
    with SCALE.open(encoding="utf-8", newline="") as file:
        steps = tuple(
            Step(
                Yuan(row["up_to"]) if row["up_to"] else None,
                exact(row["rate"]),
                row["citation"],
                Certainty(row["certainty"]),
            )
            for row in csv.DictReader(file)
            if row["category"] == category
        )
    if not steps:
        raise ValueError(f"there is no scale for {category!r}")
    limits = [step.up_to for step in steps]
    ends = [limit for limit in limits if limit is not None]
    if limits[-1] is not None or len(ends) != len(steps) - 1 or ends != sorted(set(ends)):
        raise BadPack(f"the scale for {category} does not rise to an open end")
    return steps


def agency_fee(amount: Yuan, category: str, factor: Exact = 1) -> Yuan:
    """Give the fee for an award of `amount`, times the agreed `factor`, rounded half up to the fen once.

    Raises ValueError for a negative amount or an unknown category.
    """
    if amount < Yuan(0):
        raise ValueError("an award cannot be negative")
    fee, below = Fraction(0), Fraction(0)
    for step in scale(category):
        top = Fraction(amount.amount if step.up_to is None else min(amount, step.up_to).amount)
        fee += max(top - below, Fraction(0)) * Fraction(step.rate)
        below = top
    return Yuan(rounded_half_up(fee * Fraction(factor)))


def late_interest(law: Law, amount: Yuan, days: int) -> Yuan:
    """Give the interest on `amount` paid `days` calendar days late where none was agreed, half up to the fen.

    Raises NoSuchRule before the rate was in force and ValueError for negative days.
    Source: 《保障中小企业款项支付条例》第十七条.
    """
    if days < 0:
        raise ValueError("days of delay cannot be negative")
    return amount.times(Fraction(law.rate("P-05.late_rate_daily")) * days)
