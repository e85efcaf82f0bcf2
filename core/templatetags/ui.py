"""Show money, instants, hashes, rules and states the same way on every page.

`{% load ui %}`.  Nothing here decides anything: the tags only turn a value into accessible markup, work
without scripts, and write no inline script or style: the content security policy needs no exception.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext, pgettext

from core.errors import gettext_noop
from core.money import Yuan, in_words
from core.templatetags.glyphs import GLYPHS

register = template.Library()

SHANGHAI = ZoneInfo("Asia/Shanghai")
EN_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
RULE_UNITS = {
    "day": gettext_noop("days"),
    "workday": gettext_noop("working days"),
    "year": gettext_noop("years"),
    "minute": gettext_noop("minutes"),
    "second": gettext_noop("seconds"),
    "yuan": gettext_noop("yuan"),
    "count": "",
    "count_odd": "",
    "share": "",
    "date": "",
}
"""Units of the law packs and how a page names them; any other text stands for itself."""
NOTHING = mark_safe('<span class="nothing" aria-hidden="true">—</span>')


def _chinese() -> bool:
    return (get_language() or "zh-hans").lower().startswith("zh")


def _read(source: object, *names: str) -> Any:
    """The first of `names` that `source` (mapping or object) has and that is not empty, else None."""
    for name in names:
        value = source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)
        if value not in (None, ""):
            return value
    return None


# --- assets ---


@lru_cache(maxsize=4)
def _manifest_at(path: str, changed_ns: int) -> dict[str, dict[str, str]]:
    manifest: dict[str, dict[str, str]] = json.loads(Path(path).read_text("utf-8"))
    return manifest


def asset(logical: str) -> dict[str, str] | None:
    """File name and integrity of a built asset such as `app.js`; None while the front end has not been built.

    Raises KeyError for a name that the build does not make.
    """
    path = Path(settings.BASE_DIR) / "config" / "static" / "build" / "manifest.json"
    if not path.exists():
        return None
    return _manifest_at(str(path), path.stat().st_mtime_ns)[logical]


@register.simple_tag
def asset_js(name: str) -> SafeString:
    """Load a built script, deferred, with its sub-resource integrity."""
    built = asset(f"{name}.js")
    if built is None:
        return mark_safe("<!-- scripts not built: node tools/build_frontend.mjs -->")
    return format_html(
        '<script src="{}" integrity="{}" defer></script>',
        static(f"build/{built['file']}"),
        built["integrity"],
    )


@register.simple_tag
def asset_css(name: str) -> SafeString:
    """Load a built style sheet with its sub-resource integrity."""
    built = asset(f"{name}.css")
    if built is None:
        return mark_safe("<!-- styles not built: node tools/build_frontend.mjs -->")
    return format_html(
        '<link rel="stylesheet" href="{}" integrity="{}">',
        static(f"build/{built['file']}"),
        built["integrity"],
    )


@register.simple_tag
def asset_url(logical: str) -> str:
    """The address of a built file, such as `seal.svg`; empty while the front end has not been built."""
    built = asset(logical)
    return static(f"build/{built['file']}") if built else ""


@register.simple_tag
def maybe_url(name: str, *args: object, **kwargs: object) -> str:
    """The address of a named view, or an empty string where this installation has no such page."""
    try:
        return reverse(name, args=args or None, kwargs=kwargs or None)
    except NoReverseMatch:
        return ""


# --- values ---


@register.filter
def ground_words(ground: dict[str, str]) -> str:
    """What a legal ground that a record keeps says, in the reader's language."""
    return ground["name"] if _chinese() else ground.get("name_en", ground["name"])


def _amount(value: object) -> Decimal | None:
    inner = _read(value, "amount", "value") if not isinstance(value, (str, int, Decimal)) else value
    if inner is None:
        return None
    try:
        number = Decimal(str(inner))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def money_text(value: object, places: int = 2) -> str:
    """Yuan with separators: `¥1,234.50` in Chinese, `CNY 1,234.50` in English; empty if not an amount."""
    number = _amount(value)
    if number is None:
        return ""
    sign = "−" if number < 0 else ""
    places = max(places, -int(number.normalize().as_tuple().exponent))
    return f"{sign}{'¥' if _chinese() else 'CNY '}{abs(number):,.{places}f}"


@register.simple_tag
def money(value: object, words: bool = False) -> SafeString:
    """An amount in yuan, tabular; with `words=True` the 大写 below it, where the amount binds."""
    text = money_text(value)
    if not text:
        return NOTHING
    shown = format_html('<data class="money" value="{}">{}</data>', _amount(value), text)
    if not words:
        return shown
    capitals = in_words(Yuan(str(_amount(value))))
    return format_html(
        '<span class="money-pair">{}<span class="money-words" lang="zh-Hans">{}</span></span>',
        shown,
        capitals,
    )


def _instant(value: object) -> datetime | None:
    if isinstance(value, str) and value:
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    if value.tzinfo is None:
        raise ValueError("an instant must be timezone aware")
    return value.astimezone(SHANGHAI)


def when_text(value: object, precision: str = "minute") -> str:
    """`2026年11月21日 14:30` or `21 Nov 2026 14:30`, Beijing time, to the `day`, `minute` or `second`."""
    if isinstance(value, str) and len(value) == 10:
        value = date.fromisoformat(value)
    day: date | None
    if isinstance(value, date) and not isinstance(value, datetime):
        day, clock = value, ""
    else:
        moment = _instant(value)
        if moment is None:
            return ""
        day = moment.date()
        clock = {"day": "", "minute": f" {moment:%H:%M}", "second": f" {moment:%H:%M:%S}"}[precision]
    if _chinese():
        return f"{day.year}年{day.month}月{day.day}日{clock}"
    return f"{day.day} {EN_MONTHS[day.month - 1]} {day.year}{clock}"


@register.simple_tag
def iso(value: object) -> str:
    """An instant as machines read it, with its offset; empty for anything else."""
    moment = _instant(value)
    return moment.isoformat() if moment else ""


@register.simple_tag
def when(value: object, precision: str = "minute", zone: bool = True) -> SafeString:
    """An instant in Beijing time, or a date of law; the zone is stated unless `zone=False`."""
    text = when_text(value, precision)
    if not text:
        return NOTHING
    moment = _instant(value) if not (isinstance(value, str) and len(value) == 10) else None
    machine = moment.isoformat() if moment else str(value)
    if not zone or moment is None or precision == "day":
        return format_html('<time class="when" datetime="{}">{}</time>', machine, text)
    place = "（北京时间）" if _chinese() else " (Beijing)"
    return format_html(
        '<time class="when" datetime="{}">{}<span class="when-zone">{}</span></time>', machine, text, place
    )


def left_text(seconds: int) -> str:
    """What is left of a period, in its two largest units: `3 days 4 hours`."""
    days, rest = divmod(max(seconds, 0), 86400)
    hours, rest = divmod(rest, 3600)
    minutes, secs = divmod(rest, 60)
    parts = [
        ngettext("%(n)d day", "%(n)d days", days) % {"n": days} if days else "",
        ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours} if hours else "",
        ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes} if minutes and not days else "",
        ngettext("%(n)d second", "%(n)d seconds", secs) % {"n": secs} if not days and not hours else "",
    ]
    return " ".join([part for part in parts if part][:2])


@register.simple_tag(takes_context=True)
def countdown(context: template.Context, value: object) -> SafeString:
    """What is left until an instant, kept current by the server's clock; without scripts as of page time."""
    moment = _instant(value)
    now = _instant(context.get("server_now"))
    if moment is None:
        return NOTHING
    seconds = int((moment - now).total_seconds()) if now else None
    if seconds is None:
        text = when_text(moment)
    elif seconds <= 0:
        text = gettext("The time is over")
    else:
        text = left_text(seconds)
    last = " countdown--last" if seconds is not None and 0 < seconds <= 3600 else ""
    return format_html(
        '<time class="countdown{}" data-countdown="{}" datetime="{}" title="{}">{}</time>',
        last, moment.isoformat(), moment.isoformat(), when_text(moment, "second"), text,
    )  # fmt: skip


@register.simple_tag
def short_hash(value: object, verify: str = "") -> SafeString:
    """A hash as its first and last four characters, with a button that copies all and a link to verify it."""
    text = value.hex() if isinstance(value, (bytes, memoryview)) else str(value or "")
    if not text:
        return NOTHING
    shown = text if len(text) <= 10 else f"{text[:4]}–{text[-4:]}"
    link = (
        format_html(' <a class="hash-verify" href="{}">{}</a>', verify, gettext("Verify")) if verify else ""
    )
    return format_html(
        '<span class="hash"><code title="{}">{}</code>'
        '<button type="button" class="copy" data-copy="{}" hidden>{}'
        '<span class="visually-hidden">{}</span></button>{}</span>',
        text, shown, text, glyph("copy"), gettext("Copy"), link,
    )  # fmt: skip


# --- marks ---


@register.simple_tag
def glyph(name: str) -> SafeString:
    """A small line drawing beside a word; hidden from assistive technology, which has the word."""
    return format_html(
        '<svg class="glyph" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false"'
        ' fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"'
        ' stroke-linejoin="round">'
        '<path d="{}"/></svg>',
        GLYPHS[name],
    )


@register.simple_tag
def status_tag(word: object, kind: str = "info") -> SafeString:
    """A state as word and glyph; `kind` is one of GLYPHS, and only seal states are vermilion."""
    kind = kind if kind in GLYPHS else "info"
    return format_html('<span class="status status--{}">{}<span>{}</span></span>', kind, glyph(kind), word)


@register.inclusion_tag("components/seal.html")
def seal(state: str = "sealed", size: str = "m", label: str = "", moves: bool = False) -> dict[str, object]:
    """The seal: `sealed`, `opened` or `pending`; sizes xs, s, m, l, xl; `moves`: once, 300 ms."""
    return {"state": state, "size": size, "label": label, "moves": moves}


@register.inclusion_tag("components/rule_chip.html")
def rule_chip(rule: object, text: object = "") -> dict[str, object]:
    """A statutory number with what it rests on; stands in `li`, `td`, `dd`, `div`, not in `p`.

    `rule` has (as mapping or object) `citation`, `certainty`, and optionally `value`, `unit`, `how` (how the
    date or amount was computed), `url` and `id`/`rule_id`.
    """
    value, unit = _read(rule, "value"), _read(rule, "unit")
    word = RULE_UNITS.get(str(unit), str(unit)) if unit else ""
    unit = gettext(word) if word else ""
    return {
        "text": text or f"{'' if value is None else value} {unit}".strip(),
        "citation": _read(rule, "citation"),
        "certainty": _read(rule, "certainty"),
        "how": _read(rule, "how", "computed"),
        "url": _read(rule, "url"),
        "rule_id": _read(rule, "rule_id", "id"),
    }


# --- components ---


@register.inclusion_tag("components/timeline.html")
def timeline(items: Iterable[object], label: str = "") -> dict[str, object]:
    """One vertical line of dated acts, the same everywhere.

    Each item (mapping or object) has `at` and `title`, and optionally `who`, `detail`, `rule`, `proof` (a
    hash), `verify` and `url` (addresses), `kind` (a glyph: `sealed`, `opened`, `signed` are vermilion) and
    `state` (`done`, `now` or `next`).
    """
    names = ("at", "title", "detail", "rule", "proof", "verify", "url")
    rows = [
        {**{name: _read(item, name) for name in names}, "who": _named(_read(item, "who")), "kind": _read(item, "kind") or "",
         "state": _read(item, "state") or "done"}
        for item in items
    ]  # fmt: skip
    return {"items": rows, "label": label or pgettext("list of dated acts", "Timeline")}


def _named(who: object) -> str:
    """Give a name as records keep it, without the address: who reads a page needs not know it."""
    return re.sub(r"\s*<[^<>]*>", "", str(who)) if who else ""


@register.inclusion_tag("components/next_step.html", takes_context=True)
def next_step(
    context: template.Context,
    text: object,
    action: object = "",
    url: str = "",
    due: object = None,
    left: object = "",
    method: str = "get",
    blocked: object = "",
) -> dict[str, object]:
    """The next step: one sentence, one button, its deadline.

    `left` says what is left in working days and hours; `blocked` says why the button is not there yet.
    """
    return {
        "text": text, "action": action, "url": url, "due": due, "left": left, "blocked": blocked,
        "post": method.lower() == "post", "server_now": context.get("server_now"),
        "request": context.get("request"), "csrf_token": context.get("csrf_token"),
    }  # fmt: skip


@register.inclusion_tag("components/meter.html")
def meter(k: int, n: int, label: object = "", need: int | None = None) -> dict[str, object]:
    """`k of n` as marks and words; `need` is how many are enough."""
    marks = [{"on": i < k, "need": need is not None and i == need - 1} for i in range(n)]
    return {
        "k": k,
        "n": n,
        "label": label,
        "need": need,
        "marks": marks,
        "enough": need is not None and k >= need,
    }


@register.inclusion_tag("components/progress.html")
def progress_bar(value: int, total: int = 100, label: object = "") -> dict[str, object]:
    """Progress of something that takes longer than 400 ms."""
    share = min(100, round(100 * value / total)) if total else 0
    return {"value": value, "total": total, "label": label, "share": share}


@register.inclusion_tag("components/empty.html")
def empty_state(title: object, text: object = "", action: object = "", url: str = "") -> dict[str, object]:
    """A list with nothing in it: what would stand here, and what to do."""
    return {"title": title, "text": text, "action": action, "url": url}


@register.inclusion_tag("components/notice.html")
def notice(text: object, kind: str = "info", title: object = "") -> dict[str, object]:
    """A remark in the page: `info`, `warning`, `failed` (an alert), `done`, or `official` with the seal."""
    return {"text": text, "kind": kind if kind in {*GLYPHS, "official"} else "info", "title": title}


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: object) -> dict[str, object]:
    """What is wrong with a form, at its top, each error linked to its field."""
    return {"form": form}


@register.inclusion_tag("components/field.html")
def field(bound: Any, hint: object = "", width: str = "") -> dict[str, object]:
    """A form field with label, hint and error tied to it; `width` is `xs`, `s`, `m`, `l` or all."""
    hint = hint or bound.help_text
    ids = [f"{bound.id_for_label}-hint"] if hint else []
    ids += [f"{bound.id_for_label}-error"] if bound.errors else []
    kind = getattr(bound.field.widget, "input_type", "")
    many = kind == "radio" or (
        kind == "checkbox" and getattr(bound.field.widget, "allow_multiple_selected", False)
    )
    attrs: dict[str, object] = {}
    if kind not in {"checkbox", "radio"}:
        own = bound.field.widget.attrs.get("class", "")
        shape = "form-select" if kind == "select" else "form-control"
        attrs["class"] = " ".join(part for part in (own, shape, f"field-{width}" if width else "") if part)
    if ids and not many:
        attrs["aria-describedby"] = " ".join(ids)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return {
        "bound": bound, "hint": hint, "widget": bound.as_widget(attrs=attrs), "many": many,
        "tick": kind == "checkbox" and not many, "optional": not bound.field.required,
    }  # fmt: skip


@register.inclusion_tag("components/filters.html")
def filter_sentence(sentence: object, chips: Iterable[object] = (), clear_url: str = "") -> dict[str, object]:
    """Filters as one sentence; each chip (`text`, `remove_url`) takes one of them away."""
    return {
        "sentence": sentence,
        "chips": [{"text": _read(c, "text"), "remove_url": _read(c, "remove_url")} for c in chips],
        "clear_url": clear_url,
    }


@register.inclusion_tag("components/pager.html")
def pager(next_url: str = "", previous_url: str = "", shown: object = "") -> dict[str, object]:
    """The way to the next and previous part of a long list."""
    return {"next_url": next_url, "previous_url": previous_url, "shown": shown}
