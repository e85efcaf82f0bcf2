"""Points of an objective criterion by rule: from the fact that a bidder states in its sealed sheet to the points. Pure.

A rule is what the document fixes, as plain JSON; decimals are texts.  `kind` says how points follow from the fact:
`yes_no` (`most` points for yes), `per_unit` (`each` for every unit, at most `most`), `steps` (of the highest threshold
reached) and `line` (between the two nearest thresholds, in proportion). What is not stated gets no point.
Source: 财政部令第87号第五十五条 (factors are quantified and answer to the points), 第六十四条 (members agree on facts).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from core.errors import Invalid, gettext_noop
from core.money import BadMoney, exact, rounded_half_up

PLACES, MOST_STEPS, FULL = 2, 20, Decimal(100)
_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")
YES, NO = "yes", "no"


class PointKind(StrEnum):
    """How points follow from a fact."""

    YES_NO = "yes_no"
    PER_UNIT = "per_unit"
    STEPS = "steps"
    LINE = "line"


KIND_WORDS: dict[str, str] = {
    PointKind.YES_NO: gettext_noop("Yes or no: points for yes"),
    PointKind.PER_UNIT: gettext_noop("So many points for each unit, up to a cap"),
    PointKind.STEPS: gettext_noop("Steps: points of the highest threshold reached"),
    PointKind.LINE: gettext_noop("In proportion between thresholds"),
}


def fact_name(criterion: str) -> str:
    """Give the name under which a bidder's sheet states the fact of a criterion (FORMAT.md 3.7, `facts`)."""
    return f"score_{criterion.lower()}"


def made(
    *, kind: str, ask: str, unit: str = "", whole: bool = False, most: Any = None, each: Any = None,
    table: str = "", proof: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Give the rule that a form describes; `table` has a line “threshold = points” for each step.

    Raises Invalid naming the field that must be put right.
    """
    if kind not in list(PointKind):
        raise Invalid(errors={"kind": gettext_noop("Choose how points follow from the fact.")})
    if not ask.strip():
        raise Invalid(
            errors={"ask": gettext_noop("Say what the bidder states, such as its years of warranty.")}
        )
    rule: dict[str, Any] = {"kind": kind, "ask": ask.strip(), "proof": proof.strip()}
    if kind == PointKind.YES_NO:
        return {**rule, "most": _points(most, "most")}
    rule |= {"unit": unit.strip(), "whole": bool(whole)}
    if kind == PointKind.PER_UNIT:
        rule |= {"each": _points(each, "each"), "most": _points(most, "most")}
        if Decimal(rule["each"]) > Decimal(rule["most"]):
            raise Invalid(errors={"each": gettext_noop("One unit cannot give more than the cap.")})
        return rule
    return {**rule, "steps": _steps(table, least=2 if kind == PointKind.LINE else 1)}


def _points(value: Any, field: str) -> str:
    try:
        points = exact(str(value))
    except BadMoney:
        points = Decimal(0)
    if not 0 < points <= FULL or points != points.quantize(Decimal(1).scaleb(-PLACES)):
        raise Invalid(
            errors={field: gettext_noop("Points lie above 0 and up to 100, with at most two places.")}
        )
    return f"{points.normalize():f}"


def _steps(table: str, *, least: int) -> list[list[str]]:
    rows = [line for line in table.replace("＝", "=").splitlines() if line.strip()]
    found: list[tuple[Decimal, Decimal]] = []
    for line in rows:
        threshold, _, points = line.partition("=")
        number, value = _number(threshold), _number(points)
        two_places = value is not None and value == value.quantize(Decimal(1).scaleb(-PLACES))
        if number is None or value is None or value > FULL or not two_places:
            raise Invalid(
                errors={"table": gettext_noop("Write each line as “threshold = points”, such as 24 = 3.")}
            )
        found.append((number.normalize(), value))
    if not least <= len(found) <= MOST_STEPS:
        raise Invalid(
            errors={
                "table": gettext_noop("Give at least one threshold, two for a proportion, and at most 20.")
            }
        )
    if any(a[0] >= b[0] for a, b in zip(found, found[1:], strict=False)):
        raise Invalid(errors={"table": gettext_noop("The thresholds rise from line to line.")})
    if not any(points for _, points in found):
        raise Invalid(errors={"table": gettext_noop("At least one threshold gives points.")})
    return [[f"{number:f}", f"{value.normalize():f}"] for number, value in found]


def _number(text: object) -> Decimal | None:
    """Read a number that a sheet may state: zero or more, at most twelve digits before and six after the point."""
    found = _NUMBER.fullmatch(str(text).strip())
    return Decimal(found[0]) if found else None


def highest(rule: Mapping[str, Any]) -> Decimal:
    """Give the most points that the rule can give: the criterion's highest score."""
    if "steps" in rule:
        return max(Decimal(points) for _, points in rule["steps"])
    return Decimal(rule["most"])


def stated(rule: Mapping[str, Any], value: object) -> str | None:
    """Give a fact in the form in which it counts, or None where it is missing or no answer to what was asked."""
    if rule["kind"] == PointKind.YES_NO:
        return value if isinstance(value, str) and value in {YES, NO} else None
    if value is None or isinstance(value, bool):
        return None
    number = _number(value)
    if number is None or (rule.get("whole") and number != number.to_integral_value()):
        return None
    return f"{number.normalize():f}"


def points(rule: Mapping[str, Any], value: object) -> Decimal:
    """Give the points for a fact as a sheet states it; none for one that is missing or cannot be read."""
    fact = stated(rule, value)
    if fact is None:
        return Decimal(0)
    if rule["kind"] == PointKind.YES_NO:
        return Decimal(rule["most"]) if fact == YES else Decimal(0)
    number = Fraction(Decimal(fact))
    if rule["kind"] == PointKind.PER_UNIT:
        return rounded_half_up(min(Fraction(rule["each"]) * number, Fraction(rule["most"])), PLACES)
    steps = [(Fraction(threshold), Fraction(given)) for threshold, given in rule["steps"]]
    reached = [given for threshold, given in steps if number >= threshold]
    if rule["kind"] == PointKind.STEPS or not reached or len(reached) == len(steps):
        flat = reached[-1] if reached else Fraction(0) if rule["kind"] == PointKind.STEPS else steps[0][1]
        return rounded_half_up(flat, PLACES)
    (low, under), (high, over) = steps[len(reached) - 1], steps[len(reached)]
    return rounded_half_up(under + (over - under) * (number - low) / (high - low), PLACES)


def published(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Give the part of a rule that points follow from, as published inputs carry it."""
    return {name: rule[name] for name in ("kind", "whole", "each", "most", "steps") if name in rule}


def text(rule: Mapping[str, Any]) -> str:
    """Say in the words of the document how points are given; the document is Chinese, as its standard clauses are."""
    unit = rule.get("unit") or ("个单位" if rule["kind"] == PointKind.PER_UNIT else "")
    if rule["kind"] == PointKind.YES_NO:
        how = f"是，得{rule['most']}分；否，得0分"
    elif rule["kind"] == PointKind.PER_UNIT:
        how = f"每1{unit}得{rule['each']}分，最高{rule['most']}分"
    elif rule["kind"] == PointKind.STEPS:
        lines = [f"达到{threshold}{unit}得{given}分" for threshold, given in rule["steps"]]
        how = f"按达到的最高一档计分：{'；'.join(lines)}；未达到最低一档得0分"
    else:
        lines = [f"{threshold}{unit}得{given}分" for threshold, given in rule["steps"]]
        how = f"{'，'.join(lines)}，其间按比例计算（四舍五入到两位小数），两端以外按端点计分"
    proof = f"证明方式：{rule['proof']}。" if rule.get("proof") else ""
    return f"投标人填报：{rule['ask']}。{how}。未填报不得分。{proof}"
