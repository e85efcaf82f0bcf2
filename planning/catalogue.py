"""The catalogue of objects of purchase (政府采购品目分类目录): parts of two editions, with certainty.

Pure: read once from the table beside it. The same code may mean different things in different editions, so a
row is named by both.   Source: 财库〔2022〕31号 (2022), 财库〔2013〕189号 (2013).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.errors import Invalid, gettext_noop

TABLE = Path(__file__).parent / "data" / "catalogue.csv"
NEWEST = "2022"


class UnknownItemCode(Invalid):
    """The catalogue's edition has no such code."""

    code = "unknown-item-code"
    title = gettext_noop("The catalogue has no such item code")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: `certainty` says how it was verified; `category` is goods, works or services."""

    code: str
    name: str
    edition: str
    certainty: str

    @property
    def category(self) -> str:
        """`goods`, `works` or `services`, by the first letter."""
        return {"A": "goods", "B": "works", "C": "services"}[self.code[0]]

    @property
    def key(self) -> str:
        """Edition and code in one word, as forms carry it."""
        return f"{self.edition}:{self.code}"


@cache
def entries() -> tuple[Entry, ...]:
    """Give every row, newest edition first, by code."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [Entry(r["code"], r["name"], r["edition"], r["certainty"]) for r in csv.DictReader(file)]
    return tuple(sorted(rows, key=lambda row: (-int(row.edition), row.code)))


@cache
def _by_key() -> dict[tuple[str, str], Entry]:
    return {(row.code, row.edition): row for row in entries()}


def get(code: str, edition: str = NEWEST) -> Entry:
    """Give one row. Raises UnknownItemCode."""
    row = _by_key().get((code, edition))
    if row is None:
        raise UnknownItemCode(
            gettext_noop("The %(edition)s edition has no item %(given)s"), edition=edition, given=code[:20]
        )
    return row


def name_of(code: str, edition: str) -> str:
    """Give the name of a row, empty when the catalogue does not have it."""
    row = _by_key().get((code, edition))
    return row.name if row else ""


def choices(category: str = "") -> list[tuple[str, str]]:
    """Give (key, label) of the rows, for a select; `category` narrows them."""
    return [
        (row.key, f"{row.code} {row.name} ({row.edition})")
        for row in entries()
        if not category or row.category == category
    ]


def parse_key(key: str) -> Entry:
    """Give the row that `edition:code` names. Raises UnknownItemCode."""
    edition, _, code = key.partition(":")
    return get(code, edition)
