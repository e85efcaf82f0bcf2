"""Points that follow from facts: the rule as published, what bidders state, and what evaluators found instead."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from evaluation.scoring.reading import CaseError, a_choice, a_flag, a_list, a_number, a_string, an_object
from tendering.point_rules import PointKind, highest, points


def read_rule(data: object, place: str, most: Decimal) -> dict[str, Any]:
    """Read a rule strictly. Raises CaseError, also for one that can give more than the criterion's highest score."""
    given = an_object(data, place)
    kind = a_choice(PointKind, given, "kind", place=f"{place}.")
    rule: dict[str, Any] = {"kind": kind, "whole": a_flag(given, "whole", False, f"{place}.")}
    if kind in {PointKind.YES_NO, PointKind.PER_UNIT}:
        rule["most"] = a_number(given, "most", place=f"{place}.")
    if kind is PointKind.PER_UNIT:
        rule["each"] = a_number(given, "each", place=f"{place}.")
    if kind in {PointKind.STEPS, PointKind.LINE}:
        rule["steps"] = [
            _step(row, f"{place}.steps[{n}]") for n, row in enumerate(a_list(given, "steps", required=True))
        ]
        if not rule["steps"]:
            raise CaseError(f"{place}.steps: is empty")
        if any(a[0] >= b[0] for a, b in zip(rule["steps"], rule["steps"][1:], strict=False)):
            raise CaseError(f"{place}.steps: the thresholds do not rise")
    if highest(rule) > most:
        raise CaseError(f"{place}: gives more than {most} points")
    return rule


def _step(data: object, place: str) -> tuple[Decimal, Decimal]:
    if not isinstance(data, list) or len(data) != 2:
        raise CaseError(f"{place}: is not a threshold and its points")
    step = {"threshold": data[0], "points": data[1]}
    return a_number(step, "threshold", place=f"{place}."), a_number(step, "points", place=f"{place}.")


def read_facts(data: object, place: str, ruled: Collection[str]) -> dict[str, str]:
    """Read facts by criterion. Raises CaseError for one that no rule asks for."""
    facts = {}
    for name, value in an_object({} if data is None else data, place).items():
        if name not in ruled:
            raise CaseError(f"{place}: no rule asks for {name!r}")
        facts[name] = a_string(value, f"{place}.{name}")
    return facts


def read_found(data: object, place: str, ruled: Collection[str]) -> dict[str, dict[str, str]]:
    """Read, by evaluator, the facts that one of them found to be others. Raises CaseError."""
    given = an_object({} if data is None else data, place)
    return {evaluator: read_facts(facts, f"{place}.{evaluator}", ruled) for evaluator, facts in given.items()}


def follow_rule(criterion: Any, bid: Any) -> bool:
    """Tell whether every evaluator's points for a fact are those that the rule gives for what it found, or was stated."""
    return all(
        sheet[criterion.id]
        == points(criterion.rule, bid.found.get(seat, {}).get(criterion.id, bid.facts.get(criterion.id)))
        for seat, sheet in bid.scores.items()
    )
