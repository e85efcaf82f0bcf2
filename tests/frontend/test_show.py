"""Values are shown the same way everywhere, in both languages, and never as markup."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from core.money import Yuan

NOW = datetime(2026, 11, 21, 6, 30, 5, tzinfo=UTC)


def show(source: str, language: str = "en", **context: Any) -> str:
    with translation.override(language):
        return Template("{% load charts %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("amount", "chinese", "english"),
    [
        (Decimal("1234567.8"), "¥1,234,567.80", "CNY 1,234,567.80"),
        ("0", "¥0.00", "CNY 0.00"),
        (Yuan("-12.30"), "−¥12.30", "−CNY 12.30"),
        ("0.123456", "¥0.123456", "CNY 0.123456"),
        (10**15, "¥1,000,000,000,000,000.00", "CNY 1,000,000,000,000,000.00"),
    ],
)
def test_money_is_shown_with_separators_and_never_rounded(amount: object, chinese: str, english: str) -> None:
    assert f">{chinese}</data>" in show("{% money x %}", "zh-hans", x=amount)
    assert f">{english}</data>" in show("{% money x %}", x=amount)


@pytest.mark.parametrize("nothing", [None, "", "twelve", Decimal("NaN"), float("inf")])
def test_what_is_no_amount_is_shown_as_nothing(nothing: object) -> None:
    assert show("{% money x %}", x=nothing) == '<span class="nothing" aria-hidden="true">—</span>'


def test_a_binding_amount_stands_in_words_too() -> None:
    assert "壹佰贰拾叁元肆角伍分" in show("{% money x True %}", x="123.45")


@pytest.mark.parametrize(
    ("value", "tag", "chinese", "english"),
    [
        (NOW, "{% when x %}", "2026年11月21日 14:30（北京时间）", "21 Nov 2026 14:30 (Beijing)"),
        (NOW.isoformat(), "{% when x %}", "2026年11月21日 14:30（北京时间）", "21 Nov 2026 14:30 (Beijing)"),
        (NOW, "{% when x 'second' False %}", "2026年11月21日 14:30:05", "21 Nov 2026 14:30:05"),
        (date(2026, 3, 1), "{% when x %}", "2026年3月1日", "1 Mar 2026"),
        ("2026-03-01", "{% when x %}", "2026年3月1日", "1 Mar 2026"),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), "{% when x 'day' %}", "2027年1月1日", "1 Jan 2027"),
    ],
)
def test_instants_are_shown_in_beijing_time(value: object, tag: str, chinese: str, english: str) -> None:
    plain = lambda text: "".join(part.partition(">")[2] for part in text.split("<"))  # noqa: E731
    assert plain(show(tag, "zh-hans", x=value)) == chinese
    assert plain(show(tag, x=value)) == english


def test_an_instant_without_a_zone_is_a_bug() -> None:
    with pytest.raises(ValueError, match="timezone"):
        show("{% when x %}", x=datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("left", "text", "last"),
    [
        (timedelta(days=3, hours=4, minutes=5), "3 days 4 hours", False),
        (timedelta(hours=1, seconds=1), "1 hour", False),
        (timedelta(hours=1), "1 hour", True),
        (timedelta(minutes=41, seconds=9), "41 minutes 9 seconds", True),
        (timedelta(seconds=1), "1 second", True),
        (timedelta(0), "The time is over", False),
        (-timedelta(days=1), "The time is over", False),
    ],
)
def test_a_countdown_says_what_is_left_and_the_last_hour_is_vermilion(
    left: timedelta, text: str, last: bool
) -> None:
    shown = show("{% countdown x %}", x=NOW + left, server_now=NOW)
    assert f">{text}</time>" in shown
    assert ("countdown--last" in shown) is last


def test_a_hash_is_shortened_and_copied_whole() -> None:
    shown = show("{% short_hash x '/verify' %}", x=bytes(range(32)))
    assert ">0001–1e1f</code>" in shown
    assert f'data-copy="{bytes(range(32)).hex()}"' in shown
    assert 'href="/verify"' in shown


EVIL = '"><script>alert(1)</script>'


@pytest.mark.parametrize(
    "source",
    [
        "{% money x %}{% short_hash x x %}{% status_tag x 'done' %}{% notice x 'warning' x %}",
        "{% rule_chip rule x %}{% timeline acts x %}{% next_step x x '/a' %}{% empty_state x x x '/a' %}",
        "{% meter 1 3 x %}{% progress_bar 1 2 x %}{% filter_sentence x chips %}{% seal 'sealed' 's' x %}",
        "{% bar_chart rows x x names %}{% sparkline numbers x %}{% bar_inline 1 2 3 x %}",
    ],
)
def test_what_people_typed_never_becomes_markup_and_no_tag_writes_inline_style_or_script(source: str) -> None:
    shown = show(
        source, x=EVIL, rule={"citation": EVIL, "certainty": EVIL, "how": EVIL, "id": EVIL},
        acts=[{"at": NOW, "title": EVIL, "who": EVIL, "detail": EVIL, "rule": EVIL, "proof": EVIL, "kind": "sealed"}],
        chips=[{"text": EVIL, "remove_url": "/x"}], rows=[(EVIL, [1, 2])], names=[EVIL, EVIL], numbers=[1, 2, 3],
        request=RequestFactory().get("/"),
    )  # fmt: skip
    assert "<script" not in shown
    assert " style=" not in shown
    assert " onclick" not in shown


def test_a_page_that_is_not_there_has_no_address() -> None:
    assert show("{% maybe_url 'no:such' as u %}[{{ u }}]") == "[]"
    assert show("{% maybe_url 'design' as u %}[{{ u }}]") == "[/design]"


def test_a_chart_reads_as_a_table() -> None:
    shown = show(
        "{% bar_chart rows 'Volume' 'yuan' names %}",
        rows=[("Jan", [3, 4]), ("Feb", [5, 1200])],
        names=["A", "B"],
    )
    assert shown.count("<rect") == 4
    assert '<tr><th scope="row">Feb</th><td>5</td><td>1,200</td></tr>' in shown


def test_assets_carry_their_integrity(settings: Any, tmp_path: Any) -> None:
    settings.BASE_DIR = tmp_path
    assert show("{% asset_js 'app' %}") == "<!-- scripts not built: node tools/build_frontend.mjs -->"
    build = tmp_path / "config" / "static" / "build"
    build.mkdir(parents=True)
    (build / "manifest.json").write_text('{"app.js": {"file": "app-1.js", "integrity": "sha384-x"}}')
    assert show("{% asset_js 'app' %}") == (
        '<script src="/static/build/app-1.js" integrity="sha384-x" defer></script>'
    )
    with pytest.raises(KeyError):
        show("{% asset_js 'no-such-bundle' %}")
