"""What the law asks or allows without a number: each duty with its text and legal basis."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.law.book import NoSuchRule
from core.law.rule import Certainty

DUTIES = Path(__file__).parent / "data" / "duties.csv"


@dataclass(frozen=True, slots=True)
class Duty:
    """One rule without a number; `name` is its content in Chinese."""

    id: str
    name: str
    citation: str
    certainty: Certainty


def duty(rule_id: str) -> Duty:
    """Give the duty called `rule_id`. Raises NoSuchRule."""
    try:
        return _all()[rule_id]
    except KeyError:
        raise NoSuchRule(rule_id) from None


@cache
def _all() -> dict[str, Duty]:
    with DUTIES.open(encoding="utf-8", newline="") as file:
        rows = [
            Duty(row["rule_id"], row["name"], row["citation"], Certainty(row["certainty"]))
            for row in csv.DictReader(file)
        ]
    return {row.id: row for row in rows}
