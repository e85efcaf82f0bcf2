"""The published inputs of an award, read strictly: what is missing, doubled or out of range is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from core.errors import Invalid, gettext_noop
from core.law.sme import Size
from core.money import BadMoney, Yuan, exact


class CaseError(Invalid, ValueError):
    """The inputs cannot be scored; the message says which one and why, in one line."""

    code = "bad-case"
    title = gettext_noop("The award cannot be recomputed from these inputs")

    def __init__(self, message: str) -> None:
        super().__init__(gettext_noop("%(reason)s"), reason=message)
        self.message = message

    def __str__(self) -> str:
        return self.message


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
    """What evaluators score, from zero to `most` points."""

    id: str
    most: Decimal
    kind: Kind


@dataclass(frozen=True, slots=True)
class Bid:
    """One bid with what was found about it; without a `quote` it cannot be compliant.

    `over_unit_ceiling`: a unit price is above its ceiling (最高限制单价), or an item has no price. The small shares are those of
    small and micro firms in a consortium's agreement and in subcontracts, without those tied to a larger one.
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
    "conflict abnormally_low_unproven over_unit_ceiling scores".split()
)
LOTS = frozenset({"lots", "max_wins_per_bidder"})
MEMBERS = {
    "price": frozenset({"weight", "formula", "places", "rounding"}),
    "deductions": frozenset({"small_micro", "consortium", "domestic", "stacking"}),
    "abnormally_low": frozenset({"mean", "second_lowest", "ceiling"}),
    "elimination": frozenset({"rate", "test_equipment"}),
    "criteria": frozenset({"id", "max", "kind"}),
    "bids": BID,
}
CATEGORIES = frozenset({"goods", "services", "works"})
MOST_PLACES, MOST_POINTS = 10, 1_000_000

Choice = TypeVar("Choice", bound=StrEnum)


def parse_case(data: object, lot: str = "1") -> Case:
    """Read one case from JSON. Raises CaseError naming the member that is missing or out of range."""
    case = _object(data, "the case")
    method = _choice(Method, case, "method")
    criteria = tuple(
        _criterion(item, f"criteria[{n}]")
        for n, item in enumerate(_list(case, "criteria", required=method.is_scored))
    )
    _unique([criterion.id for criterion in criteria], "criterion")
    bids = tuple(
        _bid(item, f"bids[{n}]", criteria) for n, item in enumerate(_list(case, "bids", required=True))
    )
    _unique([bid.id for bid in bids], "bid")
    _same_evaluators(bids)
    category = _text(case, "category", default="") or None
    if category is not None and category not in CATEGORIES:
        raise CaseError(f"category: {category!r} is none of {', '.join(sorted(CATEGORIES))}")
    draw = tuple(_string(item, f"draw[{n}]") for n, item in enumerate(_list(case, "draw")))
    _unique(draw, "drawn bid")
    for name in sorted(set(draw) - {bid.id for bid in bids}):
        raise CaseError(f"draw: there is no bid {name!r}")
    return Case(
        lot=_text(case, "lot", default=lot),
        method=method,
        category=category,
        budget=_money(case, "budget"),
        ceiling=_money(case, "ceiling"),
        law_as_of=_date(case, "law_as_of"),
        price=_price(case["price"]) if method.weighs_price and _needed(case, "price") else None,
        deductions=_deductions(case.get("deductions")),
        aggregation=_choice(Aggregation, case, "aggregation", Aggregation.MEAN),
        criteria=criteria if method.is_scored else (),
        bids=bids,
        ties=_choice(Ties, case, "ties", Ties.LOWER_QUOTE if method.is_scored else Ties.PARALLEL),
        low_rates=_low_rates(case.get("abnormally_low")),
        min_bidders=_whole(case["min_bidders"], "min_bidders", 1, 1000) if "min_bidders" in case else None,
        draw=draw,
        elimination=_elimination(case.get("elimination", {})) if method.admits else Elimination(),
        law=_object(case["law"], "law") if case.get("law") is not None else None,
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
    price = _object(data, "price")
    _choice(Rounding, price, "rounding", Rounding.HALF_UP, place="price.")
    return Price(
        weight=_number(price, "weight", most=MOST_POINTS, place="price."),
        formula=_choice(Formula, price, "formula", Formula.ORDER_87, place="price."),
        places=_whole(price.get("places", 2), "price.places", 0, MOST_PLACES),
    )


def _deductions(data: object) -> Deductions:
    if data is None:
        return Deductions()
    given = _object(data, "deductions")
    rates = {
        name: _number(given, name, most=1, default="0", place="deductions.")
        for name in ("small_micro", "consortium", "domestic")
    }
    return Deductions(
        **rates, stacking=_choice(Stacking, given, "stacking", Stacking.ADDITIVE, place="deductions.")
    )


def _elimination(data: object) -> Elimination:
    given = _object(data, "elimination")
    if (rate := _number(given, "rate", most=1, default="0", place="elimination.")) == 1:
        raise CaseError("elimination.rate: everybody would be eliminated")
    return Elimination(rate, _flag(given, "test_equipment", False, "elimination."))


def _low_rates(data: object) -> LowRates:
    given = _object({} if data is None else data, "abnormally_low")
    rates = {
        name: _number(given, name, most=1, place="abnormally_low.")
        for name in ("mean", "second_lowest", "ceiling")
        if given.get(name) is not None
    }
    return LowRates(**rates)


def _criterion(data: object, place: str) -> Criterion:
    given = _object(data, place)
    return Criterion(
        id=_text(given, "id", place=f"{place}."),
        most=_number(given, "max", most=MOST_POINTS, place=f"{place}."),
        kind=_choice(Kind, given, "kind", Kind.SUBJECTIVE, place=f"{place}."),
    )


def _bid(data: object, place: str, criteria: tuple[Criterion, ...]) -> Bid:
    given = _object(data, place)
    bid_id = _text(given, "id", place=f"{place}.")
    place = f"bid {bid_id!r}, "
    compliant = _flag(given, "compliant", True, place)
    quote = _money(given, "quote", place)
    if quote is None and compliant:
        raise CaseError(f"{place}quote: is missing")
    if quote is not None and quote <= Yuan(0):
        raise CaseError(f"{place}quote: {quote} is not above zero")
    brands = [_string(item, f"{place}core_brands[{n}]") for n, item in enumerate(_list(given, "core_brands"))]
    brand = _text(given, "brand", default="", place=place)
    return Bid(
        id=bid_id,
        bidder=_text(given, "bidder", default=bid_id, place=place),
        quote=quote,
        size=_choice(Size, given, "size", Size.LARGE, place=place),
        consortium_small_share=_number(given, "consortium_small_share", most=1, default="0", place=place),
        subcontract_small_share=_number(given, "subcontract_small_share", most=1, default="0", place=place),
        domestic=_flag(given, "domestic", True, place),
        brand=frozenset(brands or ([brand] if brand else [])),
        compliant=compliant,
        conflict=_flag(given, "conflict", False, place),
        abnormally_low_unproven=_flag(given, "abnormally_low_unproven", False, place),
        over_unit_ceiling=_flag(given, "over_unit_ceiling", False, place),
        scores=_scores(given.get("scores"), place, criteria),
    )


def _scores(data: object, place: str, criteria: tuple[Criterion, ...]) -> dict[str, dict[str, Decimal]]:
    """Read all evaluators' scores of a bid: each sheet complete, each score within its criterion's range."""
    if data is None:
        return {}
    most = {criterion.id: criterion.most for criterion in criteria}
    scores: dict[str, dict[str, Decimal]] = {}
    for evaluator, given in _object(data, f"{place}scores").items():
        where = f"{place}evaluator {evaluator!r}, "
        sheet = _object(given, where.rstrip(", "))
        for name in sheet:
            if name not in most:
                raise CaseError(f"{where}{name}: there is no such criterion")
        scores[evaluator] = {
            name: _number(sheet, name, most=limit, place=where) for name, limit in most.items()
        }
    return scores


def _same_evaluators(bids: tuple[Bid, ...]) -> None:
    """Refuse a bid that only some of the evaluators scored; one that nobody scored may be out of the race."""
    everybody = {evaluator for bid in bids for evaluator in bid.scores}
    for bid in bids:
        absent = sorted(everybody - bid.scores.keys())
        if bid.scores and absent:
            raise CaseError(f"bid {bid.id!r}: the scores of evaluator {absent[0]!r} are missing")


def _object(data: object, place: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise CaseError(f"{place}: is not an object")
    return data


def _needed(given: Mapping[str, Any], name: str, place: str = "") -> bool:
    if given.get(name) is None:
        raise CaseError(f"{place}{name}: is missing")
    return True


def _list(given: Mapping[str, Any], name: str, *, required: bool = False) -> list[Any]:
    if not required and given.get(name) is None:
        return []
    _needed(given, name)
    if not isinstance(given[name], list):
        raise CaseError(f"{name}: is not a list")
    return list(given[name])


def _string(value: object, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CaseError(f"{place}: is not a text, or is empty")
    return value


def _text(given: Mapping[str, Any], name: str, *, default: str | None = None, place: str = "") -> str:
    if given.get(name) is None and default is not None:
        return default
    _needed(given, name, place)
    if given[name] == "" and default is not None:
        return default
    return _string(given[name], f"{place}{name}")


def _choice(
    kind: type[Choice], given: Mapping[str, Any], name: str, default: Choice | None = None, *, place: str = ""
) -> Choice:
    if given.get(name) is None and default is not None:
        return default
    _needed(given, name, place)
    value = given[name]
    if not isinstance(value, str) or value not in list(kind):
        raise CaseError(f"{place}{name}: {str(value)[:40]!r} is none of {', '.join(kind)}")
    return kind(value)


def _flag(given: Mapping[str, Any], name: str, default: bool, place: str) -> bool:
    value = given.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise CaseError(f"{place}{name}: is neither true nor false")
    return value


def _whole(value: object, place: str, least: int, most: int) -> int:
    number = (
        int(value)
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 9
        else value
    )
    if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
        raise CaseError(f"{place}: is not a whole number from {least} to {most}")
    return number


def _number(
    given: Mapping[str, Any],
    name: str,
    *,
    most: Decimal | int | None = None,
    default: str | None = None,
    place: str = "",
) -> Decimal:
    value = given.get(name, default) if default is not None else given.get(name)
    if value is None:
        raise CaseError(f"{place}{name}: is missing")
    try:
        number = exact(value)
    except BadMoney:
        raise CaseError(f"{place}{name}: {str(value)[:40]!r} is not an exact decimal number") from None
    if number < 0 or (most is not None and number > most):
        limit = "is below zero" if most is None else f"is not between 0 and {most}"
        raise CaseError(f"{place}{name}: {number} {limit}")
    return number


def _money(given: Mapping[str, Any], name: str, place: str = "") -> Yuan | None:
    value = given.get(name)
    if value is None:
        return None
    try:
        amount = Yuan(value)
    except BadMoney:
        raise CaseError(
            f"{place}{name}: {str(value)[:40]!r} is not an amount in yuan, exact to the fen"
        ) from None
    if amount < Yuan(0):
        raise CaseError(f"{place}{name}: {amount} is below zero")
    return amount


def _date(given: Mapping[str, Any], name: str) -> date:
    _needed(given, name)
    try:
        return date.fromisoformat(given[name])
    except (ValueError, TypeError):
        raise CaseError(f"{name}: {str(given[name])[:40]!r} is not a date like 2026-03-01") from None


def _unique(names: list[str] | tuple[str, ...], noun: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise CaseError(f"the {noun} {name!r} is given twice")
