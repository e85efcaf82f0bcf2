"""Terms that treat suppliers differently without good reason (差别待遇或者歧视待遇): patterns, and the case each points to.

Pure: read once from the table beside it. Source: 《政府采购法实施条例》第二十条 (rule L-03); 财政部令第87号第十七条. What the
patterns find is this platform's reading: people decide.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.law.rule import Certainty

TABLE = Path(__file__).parent / "data" / "discriminatory_terms.csv"


@dataclass(frozen=True, slots=True)
class Suspect:
    """One kind of term; `case` is the item of the article, `why` what it says in Chinese."""

    case: int
    pattern: re.Pattern[str]
    why: str
    citation: str
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Hit:
    """One term that a text contains, and what speaks against it."""

    term: str
    suspect: Suspect


@cache
def suspects() -> tuple[Suspect, ...]:
    """Give the kinds of terms in the order of the table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Suspect(
                int(row["case"]),
                re.compile(row["pattern"]),
                row["why"],
                row["citation"],
                Certainty(row["certainty"]),
            )
            for row in csv.DictReader(file)
        )


def terms_in(text: str) -> list[Hit]:
    """Give every suspect term of a text, each once, in the order in which they stand there."""
    found: dict[str, tuple[int, Hit]] = {}
    for suspect in suspects():
        for match in suspect.pattern.finditer(text):
            found.setdefault(match.group(), (match.start(), Hit(match.group(), suspect)))
    return [hit for _, hit in sorted(found.values(), key=lambda pair: pair[0])]
