"""Words for one value of the law, in the reader's language: its unit, its comparison, its name."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from django.utils.translation import get_language, gettext, ngettext

from core.errors import gettext_noop
from core.law.register import RATES
from core.law.rule import Range, Rule, Value
from core.law.titles import chinese_name, english_name

COMPARED = {
    ">=": gettext_noop("at least %(value)s"),
    "<=": gettext_noop("at most %(value)s"),
    "<": gettext_noop("below %(value)s"),
    "=": "%(value)s",
    "in": "%(value)s",
}
BASES = {
    "of_budget": gettext_noop("%(value)s of the budget"),
    "of_contract": gettext_noop("%(value)s of the contract"),
    "of_amount": gettext_noop("%(value)s of the amount"),
    "of_total": gettext_noop("%(value)s of the whole"),
    "per_day": gettext_noop("%(value)s a day"),
    "yuan": gettext_noop("%(value)s yuan"),
    "times": gettext_noop("%(value)s times"),
    "count_odd": gettext_noop("%(value)s, an odd number"),
    "per_12_months": gettext_noop("%(value)s in twelve months"),
}


def chinese() -> bool:
    """Tell whether the reader reads Chinese."""
    return (get_language() or "").startswith("zh")


def counted(count: int, unit: str) -> str:
    """Say a number of a unit of time."""
    forms = {
        "day": lambda: ngettext("%(count)s day", "%(count)s days", count),
        "workday": lambda: ngettext("%(count)s working day", "%(count)s working days", count),
        "month": lambda: ngettext("%(count)s month", "%(count)s months", count),
        "year": lambda: ngettext("%(count)s year", "%(count)s years", count),
        "hour": lambda: ngettext("%(count)s hour", "%(count)s hours", count),
        "minute": lambda: ngettext("%(count)s minute", "%(count)s minutes", count),
        "second": lambda: ngettext("%(count)s second", "%(count)s seconds", count),
    }
    return forms[unit]() % {"count": count}


def value_text(rule: Rule) -> str:
    """Say a value with its unit and comparison: at least 20 days, moved to the next working day."""
    if rule.unit == "date":
        return gettext("from %(value)s") % {"value": rule.value}
    said = gettext(COMPARED[rule.operator]) % {"value": _amount(rule.value, rule.unit)}
    return gettext("%(value)s, then the next working day") % {"value": said} if rule.roll else said


def _amount(value: Value, unit: str) -> str:
    if isinstance(value, Range):
        ends = {"low": _amount(value.low, "share"), "high": _amount(value.high, unit)}
        if unit not in RATES:
            ends["low"] = f"{value.low:,}"
        return gettext("%(low)s to %(high)s") % ends
    if isinstance(value, int) and unit in {"day", "workday", "month", "year", "hour", "minute", "second"}:
        return counted(value, unit)
    if isinstance(value, Decimal) and unit in RATES:
        text = f"{(value * 100).normalize():f}%"
    elif isinstance(value, (int, Decimal)) and unit in {"yuan", "share"}:
        text = f"{value:,}"
    elif isinstance(value, Fraction):
        text = f"{value.numerator}/{value.denominator}"
    else:
        text = str(value)
    return gettext(BASES[unit]) % {"value": text} if unit in BASES else text


def rule_name(rule: Rule) -> str:
    """Name a rule, also one that is pinned to a procedure; in English by our own short title, for the law is Chinese."""
    own = rule.name if rule.name != rule.id else chinese_name(rule.id) or rule.id
    return own if chinese() else english_name(rule.id) or own
