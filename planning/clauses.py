"""The clause library of procurement documents: what ships with the platform, overlaid by what a regulator has written.

A clause with an empty text is withdrawn from its day on.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from core.errors import NotFound
from planning.models import ClauseVersion

TABLE = Path(__file__).parent / "data" / "clauses.csv"
FIRST = date(2020, 1, 1)
FIELDS = ("title", "project_no", "purchaser", "agency", "method", "budget", "ceiling")
"""Names in braces that a document fills in."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One version of a clause; `category` and `method` narrow where it stands, empty: everywhere."""

    key: str
    version: int
    place: int
    category: str
    method: str
    title: str
    text: str
    basis: str
    since: date
    made_by: str = ""

    @property
    def name(self) -> str:
        """Key and version, as a document names what it was made of."""
        return f"{self.key}@{self.version}"

    def filled(self, values: Mapping[str, str]) -> str:
        """Give the text with its fields filled in; a name in braces that is no field stays as it is."""
        return re.sub(r"\{(\w+)\}", lambda found: values.get(found.group(1), found.group()), self.text)


@cache
def _shipped() -> tuple[Clause, ...]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Clause(
                row["key"], 1, int(row["place"]), row["category"], row["method"], row["title"], row["text"],
                row["basis"], FIRST,
            )
            for row in csv.DictReader(file)
        )  # fmt: skip


def in_library(key: str) -> list[Clause]:
    """Give every version of a clause, newest first; none for a key that is not taken."""
    found = [clause for clause in _every() if clause.key == key]
    return sorted(found, key=lambda clause: -clause.version)


def versions(key: str) -> list[Clause]:
    """Give every version of a clause, newest first. Raises NotFound."""
    found = in_library(key)
    if not found:
        raise NotFound()
    return found


def in_force(day: date, category: str = "", method: str = "") -> list[Clause]:
    """Give the clauses that a document of this day has, in their order; of each the newest version that is in force."""
    newest: dict[str, Clause] = {}
    for clause in sorted(_every(), key=lambda one: one.version):
        if clause.since <= day:
            newest[clause.key] = clause
    return sorted(
        (
            clause
            for clause in newest.values()
            if clause.text
            and clause.category in ("", category or clause.category)
            and clause.method in ("", method or clause.method)
        ),
        key=lambda clause: (clause.place, clause.key),
    )


def _every() -> list[Clause]:
    written = [
        Clause(
            row.key, row.version, row.place, row.category, row.method, row.title, row.text, row.basis, row.since,
            row.made_by,
        )
        for row in ClauseVersion.objects.all()
    ]  # fmt: skip
    return [*_shipped(), *written]
