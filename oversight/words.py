"""Words for values of the law: every unit, scope and kind of day, in the reader's language."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext

from core import regions
from core.enacted.words import chinese
from core.errors import gettext_noop
from core.law.book import NATIONAL, SANDBOX, scopes
from core.law.rule import Certainty, Rule
from core.law.titles import sources
from core.workdays import Day, DayKind

SCOPES = {
    "central": gettext_noop("central level"),
    "province": gettext_noop("provincial level"),
    "city": gettext_noop("city level"),
    "county": gettext_noop("county level"),
    "township": gettext_noop("township level"),
    "goods": gettext_noop("goods"),
    "services": gettext_noop("services"),
    "works": gettext_noop("works"),
    "open_tender": gettext_noop("open tender"),
    "restricted_tender": gettext_noop("restricted tender"),
    "negotiation": gettext_noop("competitive negotiation"),
    "consultation": gettext_noop("competitive consultation"),
    "online_inquiry": gettext_noop("online inquiry"),
    "second_competition": gettext_noop("second competition"),
    "quotation": gettext_noop("request for quotations"),
    "single_source": gettext_noop("single source"),
    "emergency": gettext_noop("emergency purchase"),
    "framework": gettext_noop("framework agreement"),
    "open_framework": gettext_noop("open framework agreement"),
    "innovation": gettext_noop("innovation partnership"),
    "mall": gettext_noop("e-mall"),
}
DAY_KINDS = {
    DayKind.WORKDAY: gettext_noop("working day"),
    DayKind.MAKE_UP: gettext_noop("make-up working day"),
    DayKind.WEEKEND: gettext_noop("weekend"),
    DayKind.HOLIDAY: gettext_noop("holiday"),
}
CERTAINTIES = {
    Certainty.FULL_TEXT: gettext_noop("checked against the full text"),
    Certainty.ARTICLE_TEXT: gettext_noop("checked against the article quoted"),
    Certainty.SOURCE_DOCUMENT: gettext_noop("from this project's source document"),
    Certainty.SECONDARY_SOURCE: gettext_noop("seen in a secondary source only"),
    Certainty.GENERAL_KNOWLEDGE: gettext_noop("general knowledge, not checked"),
    Certainty.UNCERTAIN: gettext_noop("uncertain, check before use"),
    Certainty.PLATFORM_RULE: gettext_noop("rule of this platform, not statutory"),
    Certainty.DEMONSTRATION: gettext_noop("demonstration only"),
}
"""How each kind of certainty is said; a page never makes a value surer than its pack does."""


def scope_text(rule: Rule) -> str:
    """Say for which levels, categories and methods a rule is made; empty for every one."""
    parts = []
    for kind, codes in (("level", rule.level), ("category", rule.category), ("method", rule.method)):
        names = [scope_name(code) for code in scopes()[kind] if code in codes]
        if names:
            parts.append(("、" if chinese() else ", ").join(names))
    return "；".join(parts) if chinese() else "; ".join(parts)


def scope_name(code: str) -> str:
    """Name a level, category or method."""
    return gettext(SCOPES.get(code, code))


def source_name(prefix: str) -> str:
    """Name the body of rules that a letter stands for."""
    return sources()[prefix][0 if chinese() else 1]


def place(code: str) -> str:
    """Name a jurisdiction."""
    if code == NATIONAL:
        return gettext("whole country")
    if code == SANDBOX:
        return gettext("demonstration")
    return regions.full_name(code)


def day_text(day: Day) -> str:
    """Say why a day did or did not count: National Day holiday; weekend."""
    kind = gettext(DAY_KINDS[day.kind])
    if not day.name:
        return kind
    return gettext("%(kind)s (%(name)s)") % {"kind": kind, "name": day.name}


def short_weekday(day: date) -> str:
    """Name the day of the week in the head of a month: one character in Chinese, three letters in English."""
    name = date_format(day, "D")
    return name[-1] if chinese() else name


def weekday(day: Day) -> str:
    """Name the day of the week."""
    return date_format(day.on, "l")
