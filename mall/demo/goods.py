"""What the demonstration's mall sells: categories, invented makers, plausible specifications and prices.

Read from the tables beside it. Every brand begins with 示例 (example) and belongs to nobody; prices are of the
usual order, no more. Item codes follow the catalogue of 2022 as far as it is known (general knowledge).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Level:
    """One class of a product line: its specification, its attributes, the price around which offers lie."""

    code: str
    spec: str
    attributes: tuple[tuple[str, str], ...]
    price: int


@dataclass(frozen=True, slots=True)
class Line:
    """One category with its makers and levels; `stem` begins the model numbers, `art` names its drawing."""

    code: str
    name: str
    name_en: str
    kind: str
    unit: str
    art: str
    stem: str
    brands: tuple[str, ...]
    levels: tuple[Level, ...]
    versions: tuple[str, ...]
    delivery: tuple[int, int]
    warranty: int


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def lines() -> tuple[Line, ...]:
    """Give every product line in the order of the mall."""
    levels = _rows("levels.csv")
    return tuple(
        Line(
            code=row["code"],
            name=row["name"],
            name_en=row["name_en"],
            kind=row["kind"],
            unit=row["unit"],
            art=row["art"],
            stem=row["stem"],
            brands=tuple(row["brands"].split("|")),
            levels=tuple(
                Level(
                    code=level["level"],
                    spec=level["spec"],
                    attributes=tuple(
                        (label, value)
                        for pair in level["attributes"].split("|")
                        for label, _, value in [pair.partition("=")]
                    ),
                    price=int(level["price"]),
                )
                for level in levels
                if level["art"] == row["art"]
            ),
            versions=tuple(row["versions"].split("|")),
            delivery=(int(row["delivery_least"]), int(row["delivery_most"])),
            warranty=int(row["warranty"]),
        )
        for row in _rows("lines.csv")
    )
