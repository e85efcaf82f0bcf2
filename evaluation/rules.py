"""Rules of evaluation: what a score may be, when a reason is needed, and the case that a recomputation takes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Any

from core.errors import Invalid, gettext_noop
from core.money import BadMoney, UnitPrice, Yuan, exact, rounded_half_up
from evaluation.corrections import OPENED
from tendering.point_rules import fact_name, published
from tendering.point_rules import stated as fact

PLACES = 2
MIDDLE_BAND = (Decimal("0.4"), Decimal("0.9"))
"""Shares of the highest score between which a judgement needs no reason; outside the evaluator says why.

A rule of this platform, not of law: extreme scores are the ones that Source: 财政部令第87号第六十四条 (畸高、畸低) looks at.
"""

FAR = Decimal("0.25")
"""Share of the highest score by which a judgement differs from the median of all before it is shown as standing out.

A rule of this platform: the law (财政部令第87号第六十四条) names abnormally high and low scores and no number; the panel finds.
"""


class BadScore(Invalid):
    """The score is no number of two places within the criterion's bounds."""

    code = "bad-score"
    title = gettext_noop("This score cannot be given")


def score(text: str, highest: Decimal) -> Decimal:
    """Read a score between 0 and `highest` with at most two places. Raises BadScore."""
    try:
        value = exact(text.strip())
    except BadMoney:
        raise BadScore(gettext_noop("Enter a number such as 41.5.")) from None
    if not value.is_finite() or not 0 <= value <= highest:
        raise BadScore(gettext_noop("The score lies between 0 and %(highest)s."), highest=f"{highest:f}")
    if value != value.quantize(Decimal(1).scaleb(-PLACES)):
        raise BadScore(gettext_noop("A score has at most two places."))
    return value


class BadFact(Invalid):
    """The fact is no answer to what the criterion asks."""

    code = "bad-fact"
    title = gettext_noop("This is no such fact")


def fact_of(rule: Mapping[str, Any], text: str) -> str:
    """Read what a member finds a fact to be. Raises BadFact."""
    found = fact(rule, text.strip())
    if found is None:
        raise BadFact(gettext_noop("Give yes or no, or a number of zero or more, as the criterion asks."))
    return found


def needs_reason(kind: str, value: Decimal, highest: Decimal) -> bool:
    """Tell whether a judgement is outside the middle band, so that the evaluator must say why."""
    return kind == "subjective" and not MIDDLE_BAND[0] * highest <= value <= MIDDLE_BAND[1] * highest


def far(values: Sequence[Decimal], highest: Decimal) -> tuple[list[int], Decimal]:
    """Give the places of judgements further from the median of all than FAR of the highest score, and that median.

    Fewer than three judgements say nothing of one another: then no place.
    """
    middle = median(values)
    if len(values) < 3:
        return [], middle
    return [n for n, value in enumerate(values) if abs(value - middle) > FAR * highest], middle


def case(
    *,
    tender: Any,
    lot: Any,
    bids: Iterable[Any],
    compliant: Mapping[Any, bool],
    scores: Mapping[str, Mapping[Any, Mapping[str, Decimal]]],
    drawn: Sequence[str] = (),
    fewest: int | None = None,
    law: Mapping[str, str] | None = None,
    subcontracted: Mapping[Any, Decimal] | None = None,
    unproven: Collection[Any] = (),
    found: Mapping[str, Mapping[Any, Mapping[str, str]]] | None = None,
) -> dict[str, Any]:
    """Give the published inputs of one lot, in the form that `python -m evaluation recompute` takes.

    `tender` and `lot` are tendering's facts, `bids` opened bids with a quote; `scores` maps evaluator -> bid -> criterion;
    `drawn` is the order of a draw between equals, when there was one; `fewest` are the suppliers that may go on, where the
    method's usual count is not what counts; `law` are the values that the tender was pinned to; `subcontracted` the share
    of each bid's small subcontractors, where any counts; `unproven` are bids whose low quote was not explained; `found`
    maps evaluator -> bid -> criterion to a fact that is another than the sheet states.
    """
    ceiling = lot.ceiling or tender.ceiling
    admits = tender.framework is not None
    return {
        "lot": lot.no,
        "method": tender.evaluation_method,
        "category": tender.category,
        **({} if admits else {"budget": str(lot.budget)}),
        **({"ceiling": str(ceiling)} if ceiling is not None else {}),
        "law_as_of": str(tender.law_as_of),
        **({"law": dict(law)} if law is not None else {}),
        **({"elimination": _elimination(tender)} if admits else {"price": _price(tender)}),
        "deductions": dict(tender.deductions),
        "aggregation": "mean",
        "criteria": [
            {
                "id": row.id,
                "max": f"{row.max:f}",
                "kind": row.kind,
                **({"rule": published(row.rule)} if row.rule else {}),
            }
            for row in tender.criteria
            if row.kind in {"subjective", "objective"}
        ],
        "bids": [
            {
                "id": str(bid.bid_id),
                "quote": str(bid.quote),
                **_as_opened(bid),
                "size": bid.size or "large",
                "consortium_small_share": f"{bid.consortium.small_share:f}" if bid.consortium else "0",
                **_subcontracted(bid, subcontracted or {}),
                "domestic": bool(bid.sheet.get("facts", {}).get("domestic", True)),
                "brand": str(bid.sheet.get("facts", {}).get("brand", "")) or f"own-{bid.bid_id}",
                "compliant": bool(compliant.get(bid.bid_id, False)),
                **({"abnormally_low_unproven": True} if bid.bid_id in unproven else {}),
                **_unit_ceilings(tender, lot, bid),
                **_facts(tender, bid, found or {}),
                "scores": {
                    evaluator: {name: f"{value:f}" for name, value in sheet[bid.bid_id].items()}
                    for evaluator, sheet in scores.items()
                    if bid.bid_id in sheet
                },
            }
            for bid in bids
        ],
        "ties": tender.ties,
        **({"draw": list(drawn)} if drawn else {}),
        **({"min_bidders": fewest} if fewest is not None else {}),
    }


def stated(row: Any, bid: Any) -> str | None:
    """Give the fact that a bid's sealed sheet states for a criterion scored by rule; None where it does not."""
    return fact(row.rule, bid.sheet.get("facts", {}).get(fact_name(row.id)))


def _facts(tender: Any, bid: Any, found: Mapping[str, Mapping[Any, Mapping[str, str]]]) -> dict[str, Any]:
    said = {row.id: value for row in tender.criteria if row.rule and (value := stated(row, bid)) is not None}
    others = {seat: dict(sheet[bid.bid_id]) for seat, sheet in found.items() if sheet.get(bid.bid_id)}
    return {**({"facts": said} if said else {}), **({"found": others} if others else {})}


def _as_opened(bid: Any) -> dict[str, str]:
    """Give the quote that the opening published, where the one that counts was corrected and confirmed."""
    opened = bid.sheet.get(OPENED)
    return {"opened_quote": str(Yuan.from_fen(opened))} if opened is not None else {}


def _subcontracted(bid: Any, shares: Mapping[Any, Decimal]) -> dict[str, str]:
    return {"subcontract_small_share": f"{shares[bid.bid_id]:f}"} if bid.bid_id in shares else {}


def _price(tender: Any) -> dict[str, Any]:
    return {
        "weight": f"{tender.price_weight:f}",
        "formula": tender.price_formula,
        "places": PLACES,
        "rounding": "half_up",
    }


def _elimination(tender: Any) -> dict[str, Any]:
    terms = tender.framework
    by_tests = tender.evaluation_method == "quality_first" and terms.quality_ground == "test_equipment"
    return {"rate": f"{terms.elimination.normalize():f}", "test_equipment": by_tests}


def _unit_ceilings(tender: Any, lot: Any, bid: Any) -> dict[str, bool]:
    """Give whether a bid keeps to the ceilings that bind it: those of a framework's call, or its own agreed prices."""
    if tender.framework is not None:
        return {"over_unit_ceiling": over_unit_ceiling(lot, bid, {})}
    if tender.competition is not None:
        return {
            "over_unit_ceiling": over_unit_ceiling(
                lot, bid, tender.competition.ceilings_of(bid.supplier_id, lot.no)
            )
        }
    return {}


def over_unit_ceiling(lot: Any, bid: Any, own: Mapping[str, UnitPrice]) -> bool:
    """Tell whether a bid leaves an item of the lot without a price, or prices one above its ceiling (rule F-03).

    `own` are the bidder's agreed prices by item, which take the place of the ceilings (rule F-11).
    """
    quoted = quoted_prices(bid)
    most = {item.no: own.get(item.no, item.ceiling) for item in lot.items}
    return any(
        no not in quoted or (ceiling is not None and quoted[no] > ceiling) for no, ceiling in most.items()
    )


def quoted_prices(bid: Any) -> dict[str, UnitPrice]:
    """Give the unit prices of an opened bid by the number of the item."""
    return {str(row["item"]): UnitPrice(str(row["unit_price"])) for row in bid.sheet.get("prices", [])}


def unit_prices(total: Yuan, rows: Sequence[tuple[Decimal, UnitPrice | None]]) -> list[UnitPrice]:
    """Give the unit prices under which the items, as (quantity, quoted unit price), add up to the quoted total.

    Prices that add up stay as quoted. Others are corrected in proportion, to six places: where an item has no price, and
    under methods for which the law has no order of corrections (rule T-19). Raises ValueError for no items, or for a total
    that no unit prices make.
    """
    if not rows:
        raise ValueError("there are no items")
    quoted = [price.times(quantity).fen if price is not None else 0 for quantity, price in rows]
    if sum(quoted) == total.fen and all(price is not None for _, price in rows):
        return [price for _, price in rows if price is not None]
    weights = quoted if sum(quoted) else [1] * len(rows)
    shares = [Fraction(total.fen * weight, sum(weights)) for weight in weights]
    fen = [int(share) for share in shares]
    left = total.fen - sum(fen)
    for place in sorted(range(len(rows)), key=lambda n: fen[n] - shares[n])[:left]:
        fen[place] += 1
    prices = [
        UnitPrice(rounded_half_up(Fraction(amount, 100) / Fraction(quantity), 6))
        for amount, (quantity, _) in zip(fen, rows, strict=True)
    ]
    made = sum(price.times(quantity).fen for price, (quantity, _) in zip(prices, rows, strict=True))
    if made != total.fen:
        raise ValueError(f"no unit prices of six places make {total}")
    return prices
