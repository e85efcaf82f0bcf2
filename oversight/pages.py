"""What the pages of oversight show: facts turned into words and rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from core.law.rule import Rule
from core.workdays import Day
from oversight import words
from oversight.selectors import periods
from oversight.selectors.periods import Answer

MOST_LISTED = 60
"""More skipped days than this stand in a fold."""


def calculator() -> dict[str, Any]:
    """Give what the calculator says beside its form."""
    return {"demonstration": periods.demonstration()}


def answer(found: Answer) -> dict[str, Any]:
    """Give the answer of the calculator as rows and sentences."""
    counted = found.reckoning
    return {
        "start": counted.start,
        "due": counted.due,
        "backward": counted.backward,
        "length": words.counted(counted.count, counted.unit),
        "provisional": counted.provisional,
        "years": ", ".join(str(year) for year in counted.unannounced),
        "skipped": [_day(day) for day in counted.skipped],
        "made_up": [_day(day) for day in counted.made_up],
        "long": len(counted.skipped) > MOST_LISTED,
        "place": words.place(found.region),
        "rule": rule_row(found.rule) if found.rule else None,
        "rolls": counted.roll,
    }


def _day(day: Day) -> dict[str, Any]:
    return {
        "on": day.on,
        "weekday": words.weekday(day),
        "why": words.day_text(day),
        "document": day.document,
        "local": day.local,
        "provisional": day.provisional,
    }


def rule_row(rule: Rule) -> dict[str, Any]:
    """Give one rule as lists and chips show it."""
    return {
        "id": rule.id,
        "key": rule.key,
        "name": words.rule_name(rule),
        "text": words.value_text(rule),
        "scope": words.scope_text(rule),
        "place": words.place(rule.jurisdiction),
        "jurisdiction": rule.jurisdiction,
        "citation": rule.citation,
        "certainty": rule.certainty.value,
        "certainty_text": _(words.CERTAINTIES[rule.certainty]),
        "since": rule.since,
        "until": rule.effective_to,
        "back": None,
    }


def rule_choices(rules: Iterable[Rule]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Give rules for a select, by what they stand in: name, scope, value."""
    return [
        (
            words.source_name(prefix),
            [(rule.key, _choice(rule)) for rule in group],
        )
        for prefix, group in periods.grouped(rules).items()
    ]


def _choice(rule: Rule) -> str:
    scope = words.scope_text(rule)
    where = f" [{scope}]" if scope else ""
    return f"{words.rule_name(rule)}{where} · {words.value_text(rule)}"


def plain_day(day: Day) -> dict[str, Any]:
    """Give a day as the API says it."""
    return {
        "date": day.on.isoformat(),
        "kind": day.kind.value,
        "name": day.name,
        "document": day.document,
        "local": day.local,
        "provisional": day.provisional,
    }


def plain_rule(rule: Rule) -> dict[str, Any]:
    """Give a rule as the API says it."""
    return {
        "id": rule.id,
        "key": rule.key,
        "name": words.rule_name(rule),
        "name_zh": rule.name,
        "value": str(rule.value),
        "unit": rule.unit,
        "operator": rule.operator,
        "roll": rule.roll,
        "text": words.value_text(rule),
        "jurisdiction": rule.jurisdiction,
        "level": sorted(rule.level),
        "category": sorted(rule.category),
        "method": sorted(rule.method),
        "since": rule.since.isoformat(),
        "until": rule.effective_to.isoformat() if rule.effective_to else None,
        "citation": rule.citation,
        "certainty": rule.certainty.value,
    }
