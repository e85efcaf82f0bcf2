"""The published inputs of an award, read strictly: what is missing, doubled or out of range is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from core.law.sme import Size
from core.money import Yuan
from evaluation.scoring.facts import read_facts, read_found, read_rule
from evaluation.scoring.reading import (
    CaseError as CaseError,
)
from evaluation.scoring.reading import (
    a_choice,
    a_date,
    a_flag,
    a_list,
    a_number,
    a_string,
    a_text,
    a_whole,
    an_amount,
    an_object,
    needed,
    unique,
)


class Method(StrEnum):
    """How the bids are compared."""

    WEIGHTED_SCORE = "weighted_score"
    LOWEST_EVALUATED_PRICE = "lowest_evaluated_price"
    LOWEST_FINAL_QUOTE = "lowest_final_quote"
    CONSULTATION_SCORE = "consultation_score"
    PRICE_FIRST = "price_first"
    QUALITY_FIRST = "quality_first"

    @property
    def is_scored(self) -> bool:
        """Points, instead of the price alone."""
        return self in {Method.WEIGHTED_SCORE, Method.CONSULTATION_SCORE, Method.QUALITY_FIRST}

    @property
    def weighs_price(self) -> bool:
        """Points for the price beside those for other criteria."""
        return self in {Method.WEIGHTED_SCORE, Method.CONSULTATION_SCORE}

    @property
    def admits(self) -> bool:
        """Suppliers are admitted to a framework agreement, and some are always eliminated."""
        return self in {Method.PRICE_FIRST, Method.QUALITY_FIRST}

    @property
    def is_tender(self) -> bool:
        """Open or restricted tender, where bidders with products of one brand count once."""
        return self in {Method.WEIGHTED_SCORE, Method.LOWEST_EVALUATED_PRICE}


class Formula(StrEnum):
    """Two ways to write one price score: base ÷ price × 100, then weighted; or base ÷ price × weight."""

    ORDER_87 = "order87"
    ORDER_214 = "order214"


class Stacking(StrEnum):
    """How two deductions add up: both on the quote, or one on what the other left."""

    ADDITIVE = "additive"
    MULTIPLICATIVE = "multiplicative"


class Aggregation(StrEnum):
    """How evaluators become one score; the trimmed mean drops each bid's highest and lowest evaluator."""

    MEAN = "mean"
    TRIMMED_MEAN = "trimmed_mean"


class Ties(StrEnum):
    """What decides between equals: the lower quote and then nothing, or nothing at all."""

    LOWER_QUOTE = "lower_quote_then_parallel"
    PARALLEL = "parallel"


class Kind(StrEnum):
    """Whether evaluators may differ on a criterion."""

    SUBJECTIVE = "subjective"
    OBJECTIVE = "objective"


class Rounding(StrEnum):
    """The one rounding of scores."""

    HALF_UP = "half_up"


@dataclass(frozen=True, slots=True)
class Price:
    """The price criterion: its weight in points and how it is rounded."""

    weight: Decimal
    formula: Formula
    places: int


@dataclass(frozen=True, slots=True)
class Deductions:
    """Rates that make an evaluation price of a quote; taken as given."""

    small_micro: Decimal = Decimal(0)
    consortium: Decimal = Decimal(0)
    domestic: Decimal = Decimal(0)
    stacking: Stacking = Stacking.ADDITIVE


@dataclass(frozen=True, slots=True)
class Criterion:
    """What evaluators score, from zero to `most` points; by `rule` where points follow from a fact that bidders state."""

    id: str
    most: Decimal
    kind: Kind
    rule: Mapping[str, Any] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Bid:
    """One bid with what was found about it; without a `quote` it cannot be compliant.

    `over_unit_ceiling`: a unit price is above its ceiling (最高限制单价), or an item has no price. The small shares are those of
    small and micro firms in a consortium's agreement and in subcontracts, without those tied to a larger one. `facts` are
    what the sealed sheet states, by criterion; `found`, by evaluator, what one of them found instead.
    """

    id: str
    bidder: str
    quote: Yuan | None
    size: Size
    consortium_small_share: Decimal
    domestic: bool
    brand: frozenset[str]
    compliant: bool
    conflict: bool
    abnormally_low_unproven: bool
    over_unit_ceiling: bool = False
    subcontract_small_share: Decimal = Decimal(0)
    scores: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    found: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LowRates:
    """Rates the document has set for the review of low quotes; absent ones are the law's."""

    mean: Decimal | None = None
    second_lowest: Decimal | None = None
    ceiling: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Elimination:
    """How many of the qualified a framework's call eliminates: a share; `test_equipment` has a higher least share."""

    rate: Decimal = Decimal(0)
    test_equipment: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One lot, ready to be scored: `draw` is the order of a public draw between equals, `law` values by rule id."""

    lot: str
    method: Method
    category: str | None
    budget: Yuan | None
    ceiling: Yuan | None
    law_as_of: date
    price: Price | None
    deductions: Deductions
    aggregation: Aggregation
    criteria: tuple[Criterion, ...]
    bids: tuple[Bid, ...]
    ties: Ties
    low_rates: LowRates
    min_bidders: int | None
    draw: tuple[str, ...]
    elimination: Elimination = Elimination()
    law: Mapping[str, Any] | None = None


CASE = frozenset(
    "lot method category budget ceiling law_as_of price deductions aggregation criteria bids ties".split()
    + "abnormally_low min_bidders draw elimination law".split()
)
BID = frozenset(
    "id bidder quote opened_quote size consortium_small_share subcontract_small_share domestic brand core_brands compliant "
    "conflict abnormally_low_unproven over_unit_ceiling scores facts found".split()
)
LOTS = frozenset({"lots", "max_wins_per_bidder"})
MEMBERS = {
    "price": frozenset({"weight", "formula", "places", "rounding"}),
    "deductions": frozenset({"small_micro", "consortium", "domestic", "stacking"}),
    "abnormally_low": frozenset({"mean", "second_lowest", "ceiling"}),
    "elimination": frozenset({"rate", "test_equipment"}),
    "criteria": frozenset({"id", "max", "kind", "rule"}),
    "bids": BID,
}
CATEGORIES = frozenset({"goods", "services", "works"})
MOST_PLACES, MOST_POINTS = 10, 1_000_000


def parse_case(data: object, lot: str = "1") -> Case:
    """Read one case from JSON. Raises CaseError naming the member that is missing or out of range."""
    case = an_object(data, "the case")
    method = a_choice(Method, case, "method")
    criteria = tuple(
        _criterion(item, f"criteria[{n}]")
        for n, item in enumerate(a_list(case, "criteria", required=method.is_scored))
    )
    unique([criterion.id for criterion in criteria], "criterion")
    bids = tuple(
        _bid(item, f"bids[{n}]", criteria) for n, item in enumerate(a_list(case, "bids", required=True))
    )
    unique([bid.id for bid in bids], "bid")
    _same_evaluators(bids)
    category = a_text(case, "category", default="") or None
    if category is not None and category not in CATEGORIES:
        raise CaseError(f"category: {category!r} is none of {', '.join(sorted(CATEGORIES))}")
    draw = tuple(a_string(item, f"draw[{n}]") for n, item in enumerate(a_list(case, "draw")))
    unique(draw, "drawn bid")
    for name in sorted(set(draw) - {bid.id for bid in bids}):
        raise CaseError(f"draw: there is no bid {name!r}")
    return Case(
        lot=a_text(case, "lot", default=lot),
        method=method,
        category=category,
        budget=an_amount(case, "budget"),
        ceiling=an_amount(case, "ceiling"),
        law_as_of=a_date(case, "law_as_of"),
        price=_price(case["price"]) if method.weighs_price and needed(case, "price") else None,
        deductions=_deductions(case.get("deductions")),
        aggregation=a_choice(Aggregation, case, "aggregation", Aggregation.MEAN),
        criteria=criteria if method.is_scored else (),
        bids=bids,
        ties=a_choice(Ties, case, "ties", Ties.LOWER_QUOTE if method.is_scored else Ties.PARALLEL),
        low_rates=_low_rates(case.get("abnormally_low")),
        min_bidders=a_whole(case["min_bidders"], "min_bidders", 1, 1000) if "min_bidders" in case else None,
        draw=draw,
        elimination=_elimination(case.get("elimination", {})) if method.admits else Elimination(),
        law=an_object(case["law"], "law") if case.get("law") is not None else None,
    )


def unknown_members(data: object) -> Iterator[str]:
    """Name the members of the inputs that nothing reads, so that a misspelt one is noticed."""
    if not isinstance(data, dict):
        return
    yield from _unknown(data, CASE | LOTS if "lots" in data else CASE)
    if isinstance(data.get("lots"), list):
        for number, lot in enumerate(data["lots"]):
            if isinstance(lot, dict):
                yield from (f"lots[{number}].{path}" for path in _unknown(lot, CASE))


def _unknown(data: dict[str, Any], known_members: frozenset[str]) -> Iterator[str]:
    yield from (name for name in data if name not in known_members)
    for name, known in MEMBERS.items():
        inner = data.get(name)
        for number, item in enumerate(inner if isinstance(inner, list) else [inner]):
            place = f"{name}[{number}]" if isinstance(inner, list) else name
            if isinstance(item, dict):
                yield from (f"{place}.{member}" for member in item if member not in known)


def _price(data: object) -> Price:
    price = an_object(data, "price")
    a_choice(Rounding, price, "rounding", Rounding.HALF_UP, place="price.")
    return Price(
        weight=a_number(price, "weight", most=MOST_POINTS, place="price."),
        formula=a_choice(Formula, price, "formula", Formula.ORDER_87, place="price."),
        places=a_whole(price.get("places", 2), "price.places", 0, MOST_PLACES),
    )


def _deductions(data: object) -> Deductions:
    if data is None:
        return Deductions()
    given = an_object(data, "deductions")
    rates = {
        name: a_number(given, name, most=1, default="0", place="deductions.")
        for name in ("small_micro", "consortium", "domestic")
    }
    return Deductions(
        **rates, stacking=a_choice(Stacking, given, "stacking", Stacking.ADDITIVE, place="deductions.")
    )


def _elimination(data: object) -> Elimination:
    given = an_object(data, "elimination")
    if (rate := a_number(given, "rate", most=1, default="0", place="elimination.")) == 1:
        raise CaseError("elimination.rate: everybody would be eliminated")
    return Elimination(rate, a_flag(given, "test_equipment", False, "elimination."))


def _low_rates(data: object) -> LowRates:
    given = an_object({} if data is None else data, "abnormally_low")
    rates = {
        name: a_number(given, name, most=1, place="abnormally_low.")
        for name in ("mean", "second_lowest", "ceiling")
        if given.get(name) is not None
    }
    return LowRates(**rates)


def _criterion(data: object, place: str) -> Criterion:
    given = an_object(data, place)
    most = a_number(given, "max", most=MOST_POINTS, place=f"{place}.")
    kind = a_choice(Kind, given, "kind", Kind.SUBJECTIVE, place=f"{place}.")
    if given.get("rule") is not None and kind is not Kind.OBJECTIVE:
        raise CaseError(f"{place}.rule: only objective criteria are scored by rule")
    return Criterion(
        id=a_text(given, "id", place=f"{place}."),
        most=most,
        kind=kind,
        rule=read_rule(given["rule"], f"{place}.rule", most) if given.get("rule") is not None else None,
    )


def _bid(data: object, place: str, criteria: tuple[Criterion, ...]) -> Bid:
    given = an_object(data, place)
    bid_id = a_text(given, "id", place=f"{place}.")
    place = f"bid {bid_id!r}, "
    compliant = a_flag(given, "compliant", True, place)
    quote = an_amount(given, "quote", place)
    if quote is None and compliant:
        raise CaseError(f"{place}quote: is missing")
    if quote is not None and quote <= Yuan(0):
        raise CaseError(f"{place}quote: {quote} is not above zero")
    brands = [
        a_string(item, f"{place}core_brands[{n}]") for n, item in enumerate(a_list(given, "core_brands"))
    ]
    brand = a_text(given, "brand", default="", place=place)
    return Bid(
        id=bid_id,
        bidder=a_text(given, "bidder", default=bid_id, place=place),
        quote=quote,
        size=a_choice(Size, given, "size", Size.LARGE, place=place),
        consortium_small_share=a_number(given, "consortium_small_share", most=1, default="0", place=place),
        subcontract_small_share=a_number(given, "subcontract_small_share", most=1, default="0", place=place),
        domestic=a_flag(given, "domestic", True, place),
        brand=frozenset(brands or ([brand] if brand else [])),
        compliant=compliant,
        conflict=a_flag(given, "conflict", False, place),
        abnormally_low_unproven=a_flag(given, "abnormally_low_unproven", False, place),
        over_unit_ceiling=a_flag(given, "over_unit_ceiling", False, place),
        scores=_scores(given.get("scores"), place, criteria),
        facts=read_facts(given.get("facts"), f"{place}facts", {one.id for one in criteria if one.rule}),
        found=read_found(given.get("found"), f"{place}found", {one.id for one in criteria if one.rule}),
    )


def _scores(data: object, place: str, criteria: tuple[Criterion, ...]) -> dict[str, dict[str, Decimal]]:
    """Read all evaluators' scores of a bid: each sheet complete, each score within its criterion's range."""
    if data is None:
        return {}
    most = {criterion.id: criterion.most for criterion in criteria}
    scores: dict[str, dict[str, Decimal]] = {}
    for evaluator, given in an_object(data, f"{place}scores").items():
        where = f"{place}evaluator {evaluator!r}, "
        sheet = an_object(given, where.rstrip(", "))
        for name in sheet:
            if name not in most:
                raise CaseError(f"{where}{name}: there is no such criterion")
        scores[evaluator] = {
            name: a_number(sheet, name, most=limit, place=where) for name, limit in most.items()
        }
    return scores


def _same_evaluators(bids: tuple[Bid, ...]) -> None:
    """Refuse a bid that only some of the evaluators scored; one that nobody scored may be out of the race."""
    everybody = {evaluator for bid in bids for evaluator in bid.scores}
    for bid in bids:
        absent = sorted(everybody - bid.scores.keys())
        if bid.scores and absent:
            raise CaseError(f"bid {bid.id!r}: the scores of evaluator {absent[0]!r} are missing")
