"""What a change of the law's values or days must keep to before anybody may publish it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from core.errors import gettext_noop
from core.law.register import RATES
from core.law.rule import Range, Rule
from core.workdays import Calendar, Day, Special

_DAY = timedelta(days=1)
_LONGEST = {"day": 3660, "workday": 2500, "month": 120, "year": 50, "hour": 8784, "minute": 527_040}
_MOST_COUNTED = 1000
_MOST_YUAN = 10**13

Errors = dict[str, str]


def wrong_with_value(new: Rule, base: Rule, above: Iterable[Rule], today: date) -> Errors:
    """Name what is wrong with a new version of `base`, by field.

    The kind of value, its unit and its comparison are those that the code reckons with and stay. A place may
    ask for more than the law above it, never for less; thresholds in yuan are each place's own.
    """
    errors: Errors = {}
    if new.since <= today:
        errors["since"] = gettext_noop(
            "The first day lies after today: a value never changes for a day that has begun."
        )
    if _kind(new) != _kind(base) or (new.unit, new.operator) != (base.unit, base.operator):
        errors["value"] = gettext_noop("This rule needs a value of the same kind as before.")
    elif not _within_bounds(new):
        errors["value"] = gettext_noop("This value is outside what the unit can be.")
    elif not all(_as_strict(new, other) for other in above):
        errors["value"] = gettext_noop(
            "The law above this place does not allow it: a place may be stricter, not laxer."
        )
    elif _same(new, base):
        errors["value"] = gettext_noop("Nothing would change.")
    return errors


def _kind(rule: Rule) -> str:
    value = rule.value
    return "number" if isinstance(value, (Decimal, Fraction)) else type(value).__name__


def _within_bounds(rule: Rule) -> bool:
    value = rule.value
    if isinstance(value, date):
        return True
    ends = (value.low, value.high) if isinstance(value, Range) else (value,)
    if any(end < 0 for end in ends):
        return False
    if rule.unit in RATES:
        return all(0 < Fraction(end) <= 1 for end in ends)
    if rule.unit == "yuan":
        return all(0 < end <= _MOST_YUAN for end in ends)
    if rule.unit == "count_odd" and any(end % 2 == 0 for end in ends):
        return False
    return all(1 <= end <= _LONGEST.get(rule.unit, _MOST_COUNTED) for end in ends)


def _as_strict(new: Rule, other: Rule) -> bool:
    if new.unit in {"yuan", "date"} or new.unit != other.unit:
        return True
    mine, theirs = new.value, other.value
    if isinstance(mine, Range) and isinstance(theirs, Range):
        return theirs.low <= mine.low and mine.high <= theirs.high
    if isinstance(mine, (Range, date)) or isinstance(theirs, (Range, date)):
        return True
    one, two = Fraction(mine), Fraction(theirs)
    if new.operator == ">=":
        return one >= two
    return one <= two if new.operator in {"<=", "<"} else one == two


def _same(new: Rule, base: Rule) -> bool:
    names = ("value", "jurisdiction", "level", "category", "method", "roll", "citation", "effective_to")
    return all(getattr(new, name) == getattr(base, name) for name in names)


def changed_days(old: Calendar, new: Calendar, year: int) -> list[tuple[Day, Day]]:
    """Give the days of a year that one calendar sees otherwise than the other: (before, after)."""
    day, found = date(year, 1, 1), []
    while day.year == year:
        was, now = old.describe(day), new.describe(day)
        if (was.working, was.name, was.document) != (now.working, now.name, now.document):
            found.append((was, now))
        day += _DAY
    return found


def wrong_with_days(
    old: Calendar,
    new: Calendar,
    content: Mapping[str, Any],
    specials: Iterable[Special],
    since: date,
    today: date,
) -> Errors:
    """Name what is wrong with a change of a year's days. No day that has already counted changes its kind."""
    errors: Errors = {}
    year, whole = int(content["year"]), bool(content["whole"])
    if since < today:
        errors["since"] = gettext_noop("The first day of effect lies in the past.")
    if any(special.first.year != year or special.last.year != year for special in specials):
        errors["days"] = gettext_noop("Every day must lie in the chosen year.")
    changed = changed_days(old, new, year)
    if not errors and not changed:
        errors["days"] = gettext_noop("Nothing would change.")
    if any(
        was.working != now.working and not was.provisional and was.on < max(since, today)
        for was, now in changed
    ):
        errors["days"] = gettext_noop("A day before the first day of effect keeps what it was.")
    if whole and not any(not special.working for special in specials):
        errors["days"] = gettext_noop("A notice for a whole year names its holidays.")
    return errors
