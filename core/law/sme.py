"""The size of a firm by its industry's thresholds (中小企业划型标准).

A firm is large if it reaches the large threshold in every measure of its industry; medium, small alike; else
micro. Source: 工信部联企业〔2011〕300号.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from core.errors import Invalid, gettext_noop
from core.money import Yuan

TABLE = Path(__file__).parent / "data" / "sme_sizes.csv"


class Size(StrEnum):
    """The four sizes; all but large count as 中小企业, small and micro as 小微企业."""

    LARGE = "large"
    MEDIUM = "medium"
    SMALL = "small"
    MICRO = "micro"

    @property
    def is_sme(self) -> bool:
        """Medium, small or micro."""
        return self is not Size.LARGE

    @property
    def is_small_or_micro(self) -> bool:
        """Small or micro: what deductions and reserved shares are for."""
        return self in {Size.SMALL, Size.MICRO}


class SizeUnknown(Invalid):
    """The industry is not in the table, or a measure it needs was not given or is negative."""

    code = "size-unknown"
    title = gettext_noop("The size of the firm cannot be told from this")


@dataclass(frozen=True, slots=True)
class Threshold:
    """From which value on a firm of an industry is large, medium, small in one measure (persons or yuan)."""

    measure: str
    large_from: int
    medium_from: int
    small_from: int


@cache
def _table() -> tuple[dict[str, tuple[Threshold, ...]], dict[str, str]]:
    thresholds: defaultdict[str, list[Threshold]] = defaultdict(list)
    names: dict[str, str] = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            names[row["industry"]] = row["name"]
            numbers = (int(row[column]) for column in ("large_from", "medium_from", "small_from"))
            thresholds[row["industry"]].append(Threshold(row["measure"], *numbers))
    return {industry: tuple(rows) for industry, rows in thresholds.items()}, names


def industries() -> dict[str, str]:
    """Give the code and Chinese name of each industry, in the order of the standard."""
    return dict(_table()[1])


def thresholds_of(industry: str) -> tuple[Threshold, ...]:
    """Give the thresholds of an industry, by its code or its Chinese name. Raises SizeUnknown."""
    table, names = _table()
    for code, name in names.items():
        if industry in (code, name):
            return table[code]
    raise SizeUnknown(gettext_noop("%(industry)s is not an industry of the table"), industry=industry[:40])


def size_of(
    industry: str, *, staff: int | None = None, revenue: Yuan | None = None, assets: Yuan | None = None
) -> Size:
    """Tell the size of a firm from its staff (persons), yearly revenue and total assets.

    Only the measures of its industry are looked at; each of them must be given. Raises SizeUnknown.
    """
    given = {"staff": staff, "revenue": revenue, "assets": assets}
    values: list[tuple[int, Threshold]] = []
    for threshold in thresholds_of(industry):
        value = given[threshold.measure]
        if value is None:
            raise SizeUnknown(
                gettext_noop("The measure %(measure)s is needed for this industry"), measure=threshold.measure
            )
        fen = value.fen if isinstance(value, Yuan) else value * 100
        if fen < 0:
            raise SizeUnknown(
                gettext_noop("The measure %(measure)s cannot be negative"), measure=threshold.measure
            )
        values.append((fen, threshold))
    if all(fen >= row.large_from * 100 for fen, row in values):
        return Size.LARGE
    if all(fen >= row.medium_from * 100 for fen, row in values):
        return Size.MEDIUM
    return Size.SMALL if all(fen >= row.small_from * 100 for fen, row in values) else Size.MICRO
