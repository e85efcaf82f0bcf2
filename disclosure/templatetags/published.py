"""Show the cells of published notices: text, amounts, times, links, in the reader's language."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html, linebreaks
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from core.templatetags.ui import money, when
from disclosure.states import LABELS, MARKETS, MODES, WAYS, NoticeType

register = template.Library()


def chinese() -> bool:
    """Tell whether the reader reads Chinese."""
    return (get_language() or "zh-hans").startswith("zh")


@register.simple_tag
def said(value: Any) -> SafeString | str:
    """Show one published value; links only to http(s) addresses and to pages of this site."""
    if isinstance(value, dict):
        if "money" in value:
            return money(value["money"])
        if "at" in value:
            return when(value["at"])
        if "on" in value:
            return when(value["on"], "day")
        if "msg" in value:
            return gettext(value["msg"])
        if "href" in value:
            return _link(str(value["href"]), str(value.get("text") or value["href"]))
        if "zh" in value or "en" in value:
            return value.get("zh" if chinese() else "en") or value.get("zh") or value.get("en") or ""
        return "; ".join(f"{name}: {part}" for name, part in value.items())
    if isinstance(value, list):
        return format_html(
            "{}", "、".join(str(part) for part in value) if chinese() else ", ".join(map(str, value))
        )
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, str) and "\n" in value:
        return SafeString(linebreaks(value, autoescape=True))
    return format_html("{}", "" if value is None else value)


def _link(href: str, text: str) -> SafeString | str:
    if href.startswith(("https://", "http://")) or (href.startswith("/") and not href.startswith("//")):
        return format_html('<a href="{}">{}</a>', href, text)
    return text


@register.filter
def type_name(notice: Any) -> str:
    """Name a notice's type in the reader's language."""
    return gettext(LABELS[NoticeType(getattr(notice, "type", notice))])


@register.filter
def method_name(code: str) -> str:
    """Name a procurement method in the reader's language."""
    zh, message = WAYS.get(code, (code, code))
    return zh if chinese() else gettext(message)


@register.filter
def mode_name(code: str) -> str:
    """Name how a transaction came about."""
    zh, message, _ = MODES.get(code, (code, code, ""))
    return zh if chinese() else gettext(message)


@register.filter
def market_name(code: str) -> str:
    """Name where a transaction came about."""
    zh, message = MARKETS.get(code, (code, code))
    return zh if chinese() else gettext(message)


@register.filter
def in_language(thing: Any) -> str:
    """Give the title of a notice in the reader's language, as far as it has one."""
    english = getattr(thing, "title_en", "")
    return english if english and not chinese() else thing.title


@register.filter
def region_name(code: str) -> str:
    """Name a region in full."""
    from core import regions

    return regions.full_name(code) if code else ""
