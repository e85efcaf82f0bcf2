"""Draw small charts on the server, as SVG: they print, need no scripts, and read out as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

register = template.Library()

SERIES = 3
"""Hues that colour-blind eyes tell apart; a fourth series is drawn in grey."""


def _figure(value: Any) -> float:
    """A length to draw: money, decimals and numbers alike; nothing is nought."""
    return float(getattr(value, "amount", value) or 0)


def _hue(index: int) -> str:
    return f"s{index + 1}" if index < SERIES else "s0"


def _short(number: float) -> str:
    """A figure for an axis: separators, no false digits; 万 and 亿 are left to the caller's unit."""
    return f"{number:,.0f}" if abs(number) >= 100 or number == int(number) else f"{number:,.1f}"


def _ceiling(highest: float) -> float:
    """The first of 1, 2, 2.5, 5 times a power of ten that is not below `highest`."""
    if highest <= 0:
        return 1.0
    power = 1.0
    while power * 10 <= highest:
        power *= 10
    while power > highest:
        power /= 10
    return next(power * step for step in (1, 2, 2.5, 5, 10) if power * step >= highest)


@register.simple_tag
def sparkline(values: Iterable[Any], label: str = "") -> SafeString:
    """A line without axes for a table cell: the course of one figure; its last value is a dot."""
    points = [_figure(value) for value in values if value is not None]
    if not points:
        return format_html('<span class="nothing">{}</span>', "—")
    low, high = min(points), max(points)
    reach = (high - low) or 1.0
    step = 92 / max(len(points) - 1, 1)
    places = [(4 + i * step, 20 - 16 * (point - low) / reach) for i, point in enumerate(points)]
    path = " ".join(f"{'L' if i else 'M'}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(places))
    said = label or gettext("from %(first)s to %(last)s, lowest %(low)s, highest %(high)s") % {
        "first": _short(points[0]), "last": _short(points[-1]), "low": _short(low), "high": _short(high),
    }  # fmt: skip
    return format_html(
        '<svg class="chart sparkline" viewBox="0 0 100 24" role="img" aria-label="{}"><path d="{}"/>'
        '<circle cx="{}" cy="{}" r="2.5"/></svg>',
        said, path, f"{places[-1][0]:.1f}", f"{places[-1][1]:.1f}",
    )  # fmt: skip


@register.simple_tag
def bar_inline(value: Any, most: Any, mark: Any = None, label: str = "") -> SafeString:
    """One bar in a table cell: `value` of `most`, and a line at `mark` (a reference or ceiling)."""
    shown, limit = _figure(value), _figure(most)
    top = max(shown, limit, _figure(mark)) or 1.0
    line: SafeString | str = ""
    if mark is not None:
        at = f"{160 * _figure(mark) / top:.1f}"
        line = format_html('<line class="mark" x1="{}" x2="{}" y1="0" y2="12"/>', at, at)
    return format_html(
        '<svg class="chart bar-inline" viewBox="0 0 160 12" preserveAspectRatio="none" role="img"'
        ' aria-label="{}"><rect class="ground" y="3" width="160" height="6"/>'
        '<rect class="s1" y="3" width="{}" height="6"/>{}</svg>',
        label or f"{_short(shown)} / {_short(top)}", f"{160 * shown / top:.1f}", line,
    )  # fmt: skip


@register.simple_tag
def bar_chart(rows: Sequence[Any], title: str, unit: str = "", names: Sequence[str] = ()) -> SafeString:
    """Bars side by side; a row is `(label, value)`, `(label, [values…])` or a mapping of `label`, `value(s)`.

    `names` names the series.  The same figures follow as a table for those who cannot see the chart.
    """
    data = [_row(row) for row in rows]
    if not data:
        return format_html('<p class="quiet">{}</p>', gettext("No figures yet."))
    series = max(len(values) for _, values in data)
    top = _ceiling(max((max(values, default=0.0) for _, values in data), default=0.0))
    width, height, left, foot = 720, 240, 56, 28
    slot = (width - left) / len(data)
    bar = min(28.0, slot * 0.7 / series)
    every = max(1, round(len(data) / 12))

    lines = format_html_join(
        "",
        '<line class="axis" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (left, width, y, y, left - 8, f"{float(y) + 4:.1f}", _short(top * part / 4))
            for part in range(5)
            for y in [f"{height - foot - (height - foot - 12) * part / 4:.1f}"]
        ),
    )
    bars = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (
                _hue(j),
                f"{left + slot * i + (slot - bar * series) / 2 + bar * j:.1f}",
                f"{height - foot - tall:.1f}",
                f"{bar * 0.9:.1f}",
                f"{tall:.1f}",
            )
            for i, (_, values) in enumerate(data)
            for j, value in enumerate(values)
            for tall in [(height - foot - 12) * max(value, 0.0) / top]
        ),
    )
    labels = format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="middle">{}</text>',
        (
            (f"{left + slot * (i + 0.5):.1f}", height - 8, label)
            for i, (label, _) in enumerate(data)
            if i % every == 0
        ),
    )
    legend = (
        format_html(
            '<ul class="legend" aria-hidden="true">{}</ul>',
            format_html_join("", '<li class="{}">{}</li>', ((_hue(j), name) for j, name in enumerate(names))),
        )
        if len(names) > 1
        else ""
    )
    return format_html(
        '<figure class="chart-figure"><figcaption>{}{}</figcaption>{}<svg class="chart" viewBox="0 0 {} {}"'
        ' aria-hidden="true" focusable="false">{}{}{}</svg>{}</figure>',
        title, f" ({unit})" if unit else "", legend, width, height, lines, bars, labels,
        _table(data, title, names),
    )  # fmt: skip


def _row(row: Any) -> tuple[str, list[float]]:
    if isinstance(row, Mapping):
        label, values = row["label"], row.get("values", row.get("value"))
    else:
        label, values = row
    if not isinstance(values, (list, tuple)):
        values = [values]
    return str(label), [_figure(value) for value in values]


def _table(data: Sequence[tuple[str, list[float]]], title: str, names: Sequence[str]) -> SafeString:
    head = format_html_join("", '<th scope="col">{}</th>', ((name,) for name in names))
    body = format_html_join(
        "",
        '<tr><th scope="row">{}</th>{}</tr>',
        (
            (label, format_html_join("", "<td>{}</td>", ((_short(value),) for value in values)))
            for label, values in data
        ),
    )
    first = format_html("<thead><tr><td></td>{}</tr></thead>", head) if names else ""
    return format_html(
        '<div class="visually-hidden"><table><caption>{}</caption>{}<tbody>{}</tbody></table></div>',
        title,
        first,
        body,
    )
