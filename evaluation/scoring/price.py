"""Evaluation prices and price scores: one rounding each, half up."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from core.law.book import LawBook
from core.money import Yuan, rounded_half_up
from evaluation.scoring.case import Bid, Case, CaseError, Deductions, Price, Stacking
from evaluation.scoring.values import SHARE, value_of


def quote_of(bid: Bid) -> Yuan:
    """Give the quote of a bid that has one; whoever asks has left out the bids without."""
    if bid.quote is None:
        raise CaseError(f"bid {bid.id!r}, quote: is missing")
    return bid.quote


def evaluation_prices(case: Case, bids: Iterable[Bid], book: LawBook) -> dict[str, Yuan]:
    """Give each bid's price after deductions, half up to the fen: used for comparing, never for the contract.

    A small or micro firm gets its rate, else a consortium with enough work for small firms, or whoever subcontracts
    enough to them, gets its own;
    domestic products get theirs only where foreign ones compete. Raises CaseError where nothing is left of
    a quote. Source: 财库〔2020〕46号第九条; 国办发〔2025〕34号.
    """
    competing = list(bids)
    mixed = len({bid.domestic for bid in competing}) > 1
    share = value_of(book, case, SHARE)
    prices: dict[str, Yuan] = {}
    for bid in competing:
        firm = firm_rate(bid, case.deductions, share)
        domestic = case.deductions.domestic if mixed and bid.domestic else Decimal(0)
        price = quote_of(bid).times(remaining(firm, domestic, case.deductions.stacking))
        if price <= Yuan(0):
            raise CaseError(f"bid {bid.id!r}: the deductions leave nothing of the quote {bid.quote}")
        prices[bid.id] = price
    return prices


def firm_rate(bid: Bid, deductions: Deductions, share: Decimal | Fraction | int) -> Decimal:
    """Give the rate for the bidder's size, or for what small firms do of the contract; never both.

    An agreement of a consortium and subcontracts are looked at each by itself: one of them must reach `share`.
    """
    if bid.size.is_small_or_micro:
        return deductions.small_micro
    small = max(bid.consortium_small_share, bid.subcontract_small_share)
    return deductions.consortium if small >= share else Decimal(0)


def remaining(one: Decimal, other: Decimal, stacking: Stacking) -> Fraction:
    """Give what two deductions leave of a quote, as a factor; it may be zero or less when they are added."""
    first, second = Fraction(one), Fraction(other)
    if stacking is Stacking.ADDITIVE:
        return 1 - (first + second)
    return (1 - first) * (1 - second)


def price_score(base: Yuan, price: Yuan, rule: Price) -> Decimal:
    """Give the points for a price: base ÷ price × weight, rounded half up once.

    Both formulas give the same points; they differ in the scale of the unrounded step between.
    Source: 财政部令第87号第五十五条; 财库〔2014〕214号第二十四条.
    """
    return rounded_half_up(Fraction(base.fen, price.fen) * Fraction(rule.weight), rule.places)
