"""One row of a law pack: a value, where and when it holds, where it is written, and how sure that is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from core.money import exact

COLUMNS = (
    "rule_id", "value", "unit", "operator", "roll", "jurisdiction", "level", "category", "method", "since",
    "effective_to", "name", "citation", "certainty",
)  # fmt: skip
OPERATORS = frozenset({">=", "<=", "<", "=", "in"})

_ID = re.compile(r"[A-Z]-[0-9]{2}\.[a-z][a-z0-9_]*", re.ASCII)


class BadPack(ValueError):
    """A law pack that cannot be used: unreadable, contradictory, or not meant for this installation."""


class Certainty(StrEnum):
    """How a value was checked, surest first. A value is never listed as surer than it is."""

    FULL_TEXT = "full text"
    ARTICLE_TEXT = "article text"
    SOURCE_DOCUMENT = "source document"
    SECONDARY_SOURCE = "secondary source"
    GENERAL_KNOWLEDGE = "general knowledge"
    UNCERTAIN = "uncertain"
    PLATFORM_RULE = "platform rule"
    DEMONSTRATION = "demonstration"


@dataclass(frozen=True, slots=True)
class Range:
    """What a procurement document may choose from: both ends included."""

    low: Decimal
    high: Decimal

    def __contains__(self, value: object) -> bool:
        return isinstance(value, (int, Decimal, Fraction)) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low}..{self.high}"


Value = int | Decimal | Fraction | Range | date
"""A count, a rate, a share written as a fraction, a range to choose from, or a day."""


def parse_value(text: str) -> Value:
    """Read `20`, `0.02`, `2/3`, `0.10..0.20` or `2017-09-01`. Raises ValueError."""
    if ".." in text:
        low, high = (exact(part) for part in text.split(".."))
        if low > high:
            raise ValueError(f"{text} is an empty range")
        return Range(low, high)
    if "/" in text:
        above, below = text.split("/")
        return Fraction(int(above), int(below))
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date.fromisoformat(text)
    number = exact(text)
    return number if "." in text else int(number)


@dataclass(frozen=True, slots=True)
class Rule:
    """A value of the law. Empty scopes mean every level, category or method.

    In force from `since` until, not including, `effective_to`. `roll`: a last day that is no working day
    moves to the next one. `certainty` says how the value was checked, never how important it is.
    """

    id: str
    value: Value
    unit: str
    operator: str
    roll: bool
    jurisdiction: str
    level: frozenset[str]
    category: frozenset[str]
    method: frozenset[str]
    since: date
    effective_to: date | None
    name: str
    citation: str
    certainty: Certainty

    def holds(self, day: date, level: str | None, category: str | None, method: str | None) -> bool:
        """Tell whether the rule is in force on `day` for this case; None asks for an open scope."""
        return self.in_force(day) and all(
            not scope or asked in scope
            for scope, asked in ((self.level, level), (self.category, category), (self.method, method))
        )

    def overlaps(self, other: Rule) -> bool:
        """Tell whether both hold for some day and case; ids and jurisdictions are not compared."""
        in_time = (self.effective_to is None or other.since < self.effective_to) and (
            other.effective_to is None or self.since < other.effective_to
        )
        return in_time and all(
            not mine or not theirs or mine & theirs
            for mine, theirs in (
                (self.level, other.level),
                (self.category, other.category),
                (self.method, other.method),
            )
        )

    @property
    def key(self) -> str:
        """Give the id with its scopes, by which a list tells versions for different cases apart."""
        scopes = ("+".join(sorted(scope)) for scope in (self.level, self.category, self.method))
        return "~".join((self.id, *scopes)).rstrip("~")

    def covers(self, level: str | None, category: str | None, method: str | None) -> bool:
        """Tell whether the rule speaks about some case of these scopes; None is every one."""
        asked = ((self.level, level), (self.category, category), (self.method, method))
        return all(not scope or code is None or code in scope for scope, code in asked)

    def in_force(self, day: date) -> bool:
        """Tell whether `day` lies in the time for which the rule is made."""
        return self.since <= day and (self.effective_to is None or day < self.effective_to)

    def admits(self, actual: int | Decimal | Fraction) -> bool:
        """Tell whether `actual`, in the rule's unit, satisfies it. Raises TypeError for a date."""
        if self.operator == "in":
            return isinstance(self.value, Range) and actual in self.value
        if isinstance(self.value, (Range, date)):
            raise TypeError(f"{self.id} cannot be compared with a number")
        if self.operator == ">=":
            return actual >= self.value
        if self.operator == "<=":
            return actual <= self.value
        return actual < self.value if self.operator == "<" else actual == self.value

    def snapshot(self) -> dict[str, Any]:
        """Give what a digest covers: value, unit, operator, rolling, origin; not names and later repeal."""
        return {
            "rule_id": self.id,
            "value": str(self.value),
            "unit": self.unit,
            "operator": self.operator,
            "roll": self.roll,
            "jurisdiction": self.jurisdiction,
            "since": self.since.isoformat(),
            "citation": self.citation,
            "certainty": self.certainty.value,
        }


def parse_rule(row: Mapping[str, str]) -> Rule:
    """Make a rule of a row of strings. Raises BadPack or ValueError, and KeyError for a missing column."""
    if not _ID.fullmatch(row["rule_id"]):
        raise BadPack(f"{row['rule_id']!r} is no rule id")
    if row["operator"] not in OPERATORS or row["roll"] not in {"", "yes"}:
        raise BadPack("unknown operator, or roll is neither empty nor yes")
    if not all(row[column] for column in ("unit", "jurisdiction", "name", "citation")):
        raise BadPack("unit, jurisdiction, name and citation may not be empty")
    value = parse_value(row["value"])
    if isinstance(value, Range) != (row["operator"] == "in"):
        raise BadPack("a range goes with the operator in, and only with it")
    since = date.fromisoformat(row["since"])
    until = date.fromisoformat(row["effective_to"]) if row["effective_to"] else None
    if until is not None and until <= since:
        raise BadPack("the rule would never be in force")
    level, category, method = (frozenset(row[scope].split()) for scope in ("level", "category", "method"))
    return Rule(
        id=row["rule_id"],
        value=value,
        unit=row["unit"],
        operator=row["operator"],
        roll=row["roll"] == "yes",
        jurisdiction=row["jurisdiction"],
        level=level,
        category=category,
        method=method,
        since=since,
        effective_to=until,
        name=row["name"],
        citation=row["citation"],
        certainty=Certainty(row["certainty"]),
    )


def rule_from_snapshot(row: Mapping[str, Any]) -> Rule:
    """Read back a rule from `Rule.snapshot`; its scopes are empty, for it was found by them already."""
    blank = dict.fromkeys(COLUMNS, "")
    given = {**row, "roll": "yes" if row["roll"] else "", "name": row["rule_id"]}
    return parse_rule({**blank, **given})
