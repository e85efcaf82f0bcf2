"""Titles of rules: ours in English, the packs' in Chinese; which periods are counted backwards. Not the law's words."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from core.law.current import book

DATA = Path(__file__).parent / "data"


@cache
def _rows() -> dict[str, dict[str, str]]:
    with (DATA / "titles.csv").open(encoding="utf-8", newline="") as file:
        return {row["rule_id"]: row for row in csv.DictReader(file)}


@cache
def sources() -> dict[str, tuple[str, str]]:
    """Give the bodies of rules by their letter: Chinese and English title."""
    with (DATA / "sources.csv").open(encoding="utf-8", newline="") as file:
        return {row["prefix"]: (row["title"], row["title_en"]) for row in csv.DictReader(file)}


def english_name(rule_id: str) -> str:
    """Give our English title of a rule, or nothing."""
    row = _rows().get(rule_id)
    return row["title"] if row else ""


@cache
def _names() -> dict[str, str]:
    return {rule.id: rule.name for rule in book(sandbox=True).rules}


def chinese_name(rule_id: str) -> str:
    """Give the title that the packs have for a rule today, or nothing: what is pinned to a procedure has none."""
    return _names().get(rule_id, "")


def reaches_back(rule_id: str) -> bool:
    """Tell whether the period is counted backwards from what it precedes."""
    row = _rows().get(rule_id)
    return row is not None and row["counted"] == "before"
