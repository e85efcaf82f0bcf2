"""What may not be bought as a public service (政府购买服务负面清单): six kinds, and words that point to them.

Pure: read once from the table beside it. Source: 财政部令第102号第十条 (rule G-01). The words are this platform's reading.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.law.rule import Certainty

TABLE = Path(__file__).parent / "data" / "negative_list.csv"


@dataclass(frozen=True, slots=True)
class Barred:
    """One kind of the list; `words` point to it, none where only people can tell."""

    no: int
    kind: str
    words: tuple[str, ...]
    citation: str
    certainty: Certainty


@cache
def kinds() -> tuple[Barred, ...]:
    """Give the kinds in the order of the list."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Barred(
                int(row["no"]),
                row["kind"],
                tuple(word for word in row["words"].split("|") if word),
                row["citation"],
                Certainty(row["certainty"]),
            )
            for row in csv.DictReader(file)
        )


def barred(text: str) -> tuple[Barred, str] | None:
    """Give the first kind that `text` names, and the word that says so; None where no word of the list stands in it."""
    for kind in kinds():
        for word in kind.words:
            if word in text:
                return kind, word
    return None
