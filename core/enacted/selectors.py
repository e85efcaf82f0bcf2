"""The law as it stands: the packs with what regulators have enacted over them.

What is cached is found by the digest of the last enactment, so that it is never older than the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from core import clock
from core.enacted.models import Enactment
from core.law import current
from core.law.amend import amended
from core.law.book import Law, LawBook, jurisdictions
from core.law.rule import COLUMNS, Rule, parse_rule
from core.workdays import Calendar, Special, beijing_date, national


def last_digest() -> str:
    """Give the digest of the newest enactment; empty while there is none."""
    return Enactment.objects.order_by("-number").values_list("digest", flat=True).first() or ""


def enactments(kind: str = "", jurisdiction: str = "") -> list[Enactment]:
    """Give what has been enacted, oldest first."""
    rows = Enactment.objects.all()
    if kind:
        rows = rows.filter(kind=kind)
    if jurisdiction:
        rows = rows.filter(jurisdiction=jurisdiction)
    return list(rows)


def rule_of(content: Mapping[str, Any]) -> Rule:
    """Read the rule that an enactment of a value, or a draft of one, speaks of. Raises like `parse_rule`."""
    return parse_rule({**dict.fromkeys(COLUMNS, ""), **content})


def book(sandbox: bool = False) -> LawBook:
    """Give the book of all packs with the enacted rules over them."""
    return _book(last_digest(), sandbox)


@lru_cache(maxsize=8)
def _book(digest: str, sandbox: bool) -> LawBook:
    base = current.book(sandbox)
    return amended(base, [rule_of(row.content) for row in enactments("rule")]) if digest else base


def law(
    as_of: date,
    region: str | None = None,
    level: str | None = None,
    category: str | None = None,
    method: str | None = None,
    *,
    sandbox: bool = False,
) -> Law:
    """Give the values in force on `as_of` for one kind of procedure, with the region's calendar.

    Raises like `LawBook.law`.
    """
    found = _law(last_digest(), as_of, region, level, category, method, sandbox)
    return found.counting_by(lambda: calendar(region))


@lru_cache(maxsize=512)
def _law(
    digest: str,
    as_of: date,
    region: str | None,
    level: str | None,
    category: str | None,
    method: str | None,
    sandbox: bool,
) -> Law:
    return _book(digest, sandbox).law(as_of, region, level, category, method, sandbox=sandbox)


def preview(rules: Iterable[Rule]) -> LawBook:
    """Give the book as it would be with further rules enacted. Raises BadPack where they cannot stand in it."""
    return amended(book(), rules)


def national_calendar() -> Calendar:
    """Give the country's working days as known today."""
    return calendar()


def calendar(region: str | None = None, on: date | None = None) -> Calendar:
    """Give the working days of a region as known on a day (today): national notices, then what regions fixed."""
    return _calendar(last_digest(), region, on or beijing_date(clock.now()))


def calendars(regions: Iterable[str]) -> dict[str, Calendar]:
    """Give the working days of several regions as known today, at the cost of one."""
    digest, today = last_digest(), beijing_date(clock.now())
    return {region: _calendar(digest, region or None, today) for region in set(regions)}


@lru_cache(maxsize=64)
def _calendar(digest: str, region: str | None, on: date) -> Calendar:
    table = national()
    if not digest:
        return table
    rows = [row for row in enactments("calendar") if row.effective_from <= on]
    for code in jurisdictions(region):
        for row in rows:
            if row.jurisdiction == code:
                table = with_days(table, row.content)
    return table


def with_days(table: Calendar, content: Mapping[str, Any]) -> Calendar:
    """Give a calendar with the days of one enactment: the whole of a year by its notice, or single days of a region.

    Raises ValueError for days that contradict each other or lie in another year.
    """
    days = specials(content)
    if content["whole"]:
        return table.with_year(int(content["year"]), content["document"], days)
    return table.with_local(days)


def specials(content: Mapping[str, Any]) -> list[Special]:
    """Read the days of an enactment of a calendar."""
    return [
        Special(
            content["document"],
            date.fromisoformat(day["first"]),
            date.fromisoformat(day["last"]),
            day["kind"] == "work",
            day["name"],
        )
        for day in content["days"]
    ]
