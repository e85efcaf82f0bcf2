"""What the pages of oversight show: facts turned into words and rows."""

from __future__ import annotations

from calendar import Calendar
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.enacted import selectors as enacted
from core.enacted import words as law_words
from core.errors import gettext_noop
from core.law.book import NATIONAL
from core.law.rule import Certainty, Rule
from core.workdays import Calendar as Workdays
from core.workdays import Day, DayKind
from oversight import words
from oversight.selectors import periods
from oversight.selectors.periods import Answer
from oversight.selectors.register import DIMENSIONS, Filters, Version
from oversight.selectors.register import in_force as rules_in_force

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
        "length": law_words.counted(counted.count, counted.unit),
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
        "name": law_words.rule_name(rule),
        "text": law_words.value_text(rule),
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


def register(asked: Filters | None, query: str) -> dict[str, Any]:
    """Give the register as asked: rules by what they stand in, and how sure they are in all."""
    found = rules_in_force(asked) if asked else []
    counts = Counter(rule.certainty for rule in found)
    return {
        "groups": [
            {
                "prefix": prefix,
                "title": words.source_name(prefix),
                "rules": [rule_row(rule) for rule in group],
            }
            for prefix, group in periods.grouped(found).items()
        ],
        "total": len(found),
        "sure": [(_(words.CERTAINTIES[kind]), counts[kind]) for kind in Certainty if counts[kind]],
        "on": asked.on if asked else None,
        "query": query,
    }


FIELDS = {
    "value": gettext_noop("Value"),
    "operator": gettext_noop("Comparison"),
    "unit": gettext_noop("Unit"),
    "roll": gettext_noop("Last day off"),
    "level": gettext_noop("Level of the budget"),
    "category": gettext_noop("Category"),
    "method": gettext_noop("Method"),
    "name": gettext_noop("Content"),
    "citation": gettext_noop("Legal basis"),
    "certainty": gettext_noop("Certainty"),
    "effective_to": gettext_noop("Until"),
}


def differences(before: Rule, after: Rule, names: Iterable[str]) -> list[dict[str, str]]:
    """Give what changed between two versions, each side in words."""
    shown = [name for name in names if name not in {"operator", "unit", "roll"} or "value" not in names]
    return [
        {"what": _(FIELDS[name]), "before": _part(before, name), "after": _part(after, name)}
        for name in shown
    ]


def _part(rule: Rule, name: str) -> str:
    if name in {"value", "operator", "unit", "roll"}:
        return law_words.value_text(rule)
    if name in DIMENSIONS:
        codes = sorted(getattr(rule, name))
        return ", ".join(words.scope_name(code) for code in codes) or _("all")
    if name == "certainty":
        return _(words.CERTAINTIES[rule.certainty])
    value = getattr(rule, name)
    return str(value) if value else _("open")


STATES = {
    "past": (gettext_noop("no longer in force"), "held"),
    "now": (gettext_noop("in force"), "done"),
    "coming": (gettext_noop("not yet in force"), "waiting"),
}


def history(rule_id: str, versions: Mapping[str, list[Version]]) -> dict[str, Any]:
    """Give the page of one rule: its versions by place, each with what it changed and who published it."""
    newest = next(iter(versions.values()))[0].rule
    return {
        "id": rule_id,
        "name": law_words.rule_name(newest),
        "name_zh": newest.name,
        "source": words.source_name(rule_id[0]),
        "places": [
            {"code": code, "name": words.place(code), "versions": [_version(row) for row in rows]}
            for code, rows in versions.items()
        ],
    }


def _version(row: Version) -> dict[str, Any]:
    word, glyph = STATES[row.state]
    return {
        **rule_row(row.rule),
        "state": _(word),
        "glyph": glyph,
        "changes": differences(row.before, row.rule, row.changed) if row.before else [],
        "enactment": row.enactment,
    }


def _choice(rule: Rule) -> str:
    scope = words.scope_text(rule)
    where = f" [{scope}]" if scope else ""
    return f"{law_words.rule_name(rule)}{where} · {law_words.value_text(rule)}"


def calendar(year: int, region: str | None) -> dict[str, Any]:
    """Give a year as months of weeks, with what its notices say."""
    table = enacted.calendar(region)
    months = []
    for month in range(1, 13):
        weeks = Calendar(firstweekday=0).monthdatescalendar(year, month)
        months.append(
            {
                "name": date_format(date(year, month, 1), "F"),
                "weeks": [[_cell(table, day, month) for day in week] for week in weeks],
            }
        )
    named = [table.describe(date(year, 1, 1) + timedelta(days=n)) for n in range(366)]
    return {
        "year": year,
        "place": words.place(region or NATIONAL),
        "region": region or "",
        "document": table.documents.get(year, ""),
        "known": year in table.documents,
        "months": months,
        "named": [
            _day(day)
            for day in named
            if day.on.year == year
            and (day.name or day.provisional and not day.working and day.on.weekday() < 5)
        ],  # fmt: skip
        "weekdays": [words.short_weekday(date(2024, 1, 1 + n)) for n in range(7)],
        "total": sum(day.working for day in named if day.on.year == year),
    }


def _cell(table: Workdays, day: date, month: int) -> dict[str, Any] | None:
    if day.month != month:
        return None
    known = table.describe(day)
    mark = {DayKind.HOLIDAY: _("off"), DayKind.MAKE_UP: _("work")}.get(known.kind, "")
    return {"on": day, "mark": mark, "off": not known.working, "why": words.day_text(known)}


def value_hint(base: Rule) -> str:
    """Say how the value of a rule is written, by what holds now."""
    return _("Now: %(words)s, written %(value)s. Write the new one the same way.") % {
        "words": law_words.value_text(base),
        "value": base.value,
    }


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
        "name": law_words.rule_name(rule),
        "name_zh": rule.name,
        "value": str(rule.value),
        "unit": rule.unit,
        "operator": rule.operator,
        "roll": rule.roll,
        "text": law_words.value_text(rule),
        "jurisdiction": rule.jurisdiction,
        "level": sorted(rule.level),
        "category": sorted(rule.category),
        "method": sorted(rule.method),
        "since": rule.since.isoformat(),
        "until": rule.effective_to.isoformat() if rule.effective_to else None,
        "citation": rule.citation,
        "certainty": rule.certainty.value,
    }


def plain_version(row: Version) -> dict[str, Any]:
    """Give a version as the API says it."""
    made = row.enactment
    return {
        **plain_rule(row.rule),
        "state": row.state,
        "changed": list(row.changed),
        "enacted": {
            "number": made.number,
            "published_at": made.published_at.isoformat(),
            "digest": made.digest,
            "log_index": made.log_index,
        }
        if made
        else None,
    }


def plain_calendar(year: int, region: str | None) -> dict[str, Any]:
    """Give a year's days as the API says them."""
    table = enacted.calendar(region)
    days = [table.describe(date(year, 1, 1) + timedelta(days=n)) for n in range(366)]
    days = [day for day in days if day.on.year == year]
    return {
        "year": year,
        "region": region or NATIONAL,
        "document": table.documents.get(year, ""),
        "provisional": year not in table.documents,
        "working_days": sum(day.working for day in days),
        "named": [
            plain_day(day) for day in days if day.name or (day.provisional and day.kind is DayKind.HOLIDAY)
        ],
        "years": sorted(table.documents),
    }
