"""Filters as a sentence, each of its parts a chip that takes it away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext

from core import regions
from core.http import said_of_fields
from core.templatetags.ui import money_text, when_text
from disclosure.selectors.filters import BadQuery, Filters
from disclosure.states import CATEGORIES, LABELS, NoticeType
from disclosure.templatetags.published import chinese, market_name, method_name, mode_name

ENGLISH_ORDER = (
    "q", "type", "method", "category", "mode", "market", "agreement", "purchaser", "agency", "supplier", "region",
    "min_amount", "max_amount", "since", "until", "due",
)  # fmt: skip
CHINESE_ORDER = (
    "since", "until", "due", "region", "purchaser", "agency", "supplier", "min_amount", "max_amount", "agreement",
    "market", "mode", "method", "category", "type", "q",
)  # fmt: skip


def read(cls: type[Filters], query: Mapping[str, str]) -> tuple[Filters, dict[str, str]]:
    """Give the filters of a page, or none and what is wrong with them."""
    try:
        return cls.read(query), {}
    except BadQuery as error:
        return cls(), said_of_fields(error)


def _part(filters: Any, name: str, text: str) -> str:
    if name == "q":
        return gettext("with “%(words)s”") % {"words": text}
    if name == "type":
        return gettext("of type %(name)s") % {"name": gettext(LABELS[NoticeType(text)])}
    if name == "due":
        return gettext("with deadline on %(day)s") % {"day": when_text(text)}
    if name == "method":
        return gettext("by %(method)s") % {"method": method_name(text)}
    if name == "category":
        name = gettext(CATEGORIES[text]) if text in CATEGORIES else text
        return gettext("of class %(name)s") % {"name": name}
    if name == "mode":
        return gettext("by %(method)s") % {"method": mode_name(text)}
    if name == "market":
        return gettext("in the %(market)s") % {"market": market_name(text)}
    if name == "region":
        return gettext("in %(region)s") % {"region": regions.full_name(filters.region)}
    if name == "purchaser":
        return gettext("bought by %(name)s") % {"name": text}
    if name == "agreement":
        return gettext("under agreement %(ocid)s") % {"ocid": text}
    if name == "agency":
        return gettext("through %(name)s") % {"name": text}
    if name == "supplier":
        return gettext("sold by %(name)s") % {"name": text}
    if name == "min_amount":
        return gettext("of at least %(amount)s") % {"amount": money_text(filters.min_amount)}
    if name == "max_amount":
        return gettext("of at most %(amount)s") % {"amount": money_text(filters.max_amount)}
    day = when_text(text) if len(text) == 10 else when_text(getattr(filters, name))
    return (gettext("since %(day)s") if name == "since" else gettext("until %(day)s")) % {"day": day}


def chips(filters: Filters, path: str) -> list[dict[str, str]]:
    """Give one chip per filter, in the order in which the language says them."""
    given = dict(filters.given)
    order = CHINESE_ORDER if chinese() else ENGLISH_ORDER
    found = []
    for name in order:
        if name in given:
            rest = urlencode([pair for pair in filters.given if pair[0] != name])
            found.append(
                {"text": _part(filters, name, given[name]), "remove_url": f"{path}?{rest}" if rest else path}
            )
    return found


def sentence(filters: Filters, path: str, everything: str, what: str) -> str:
    """Say what the list shows: `everything`, or `what` with the filters as one sentence."""
    parts = [chip["text"] for chip in chips(filters, path)]
    if not parts:
        return everything
    return f"{'，'.join(parts)}的{what}" if chinese() else f"{what} {', '.join(parts)}"


def next_url(filters: Filters, path: str, cursor: str | None) -> str:
    """Give the address of the next page, empty at the end."""
    return f"{path}?{urlencode([*filters.given, ('cursor', cursor)])}" if cursor else ""


def region_choices(filters: Filters) -> list[tuple[str, str]]:
    """Give the provinces, and below the chosen one its cities and districts."""
    found = [(region.code, region.name) for region in regions.provinces()]
    if filters.region:
        chosen = regions.path(filters.region)
        below = [r for step in chosen for r in regions.children(step.code)]
        found += [(r.code, regions.full_name(r.code)) for r in below]
    return found
