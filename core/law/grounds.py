"""Lists of grounds that the law names for an act: one of them is chosen, with its legal basis."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from core.law.book import NoSuchRule
from core.law.rule import Certainty

GROUNDS = Path(__file__).parent / "data" / "grounds.csv"


@dataclass(frozen=True, slots=True)
class Ground:
    """One ground of a rule's list; `methods` are those that it is for, none: those that no other row names."""

    rule: str
    code: str
    methods: frozenset[str]
    since: date
    until: date | None
    name: str
    name_en: str
    citation: str
    certainty: Certainty

    def words(self, language: str) -> str:
        """Give what it says to a reader of this language."""
        return self.name if language.startswith("zh") else self.name_en


def grounds(rule_id: str, method: str, on: date) -> list[Ground]:
    """Give the grounds of a rule's list for a procurement method, as in force on a day. Raises NoSuchRule for no list."""
    listed = [one for one in _all() if one.rule == rule_id]
    if not listed:
        raise NoSuchRule(rule_id)
    own = [one for one in listed if method in one.methods] or [one for one in listed if not one.methods]
    return [one for one in own if one.since <= on and (one.until is None or on < one.until)]


@cache
def _all() -> tuple[Ground, ...]:
    with GROUNDS.open(encoding="utf-8", newline="") as file:
        return tuple(
            Ground(
                row["rule_id"],
                row["code"],
                frozenset(row["methods"].split()),
                date.fromisoformat(row["since"]),
                date.fromisoformat(row["effective_to"]) if row["effective_to"] else None,
                row["name"],
                row["name_en"],
                row["citation"],
                Certainty(row["certainty"]),
            )
            for row in csv.DictReader(file)
        )
