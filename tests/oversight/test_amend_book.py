"""A value enacted later replaces, case by case, exactly what it speaks about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.law.amend import amended
from core.law.book import LawBook, scopes
from core.law.current import book
from core.law.rule import Rule

BASE = next(rule for rule in book().rules if rule.id == "L-26.inquiry_reply")
START = date(2024, 1, 1)
CODES = {kind: sorted(codes) for kind, codes in scopes().items()}


@st.composite
def versions(draw: st.DrawFn) -> Rule:
    since = START + timedelta(days=draw(st.integers(0, 400)))
    length = draw(st.none() | st.integers(1, 300))
    some = {
        kind: frozenset(draw(st.lists(st.sampled_from(codes), max_size=2))) for kind, codes in CODES.items()
    }
    return replace(
        BASE,
        value=draw(st.integers(1, 99)),
        since=since,
        effective_to=since + timedelta(days=length) if length else None,
        **some,
    )


@given(
    st.lists(versions(), min_size=1, max_size=4),
    st.integers(-5, 800),
    *(st.sampled_from(codes) for codes in CODES.values()),
)
def test_every_case_gets_the_last_version_that_speaks_about_it_and_else_the_pack(
    new: list[Rule], day: int, level: str, category: str, method: str
) -> None:
    made = amended(LawBook.of([BASE]), new)
    on = START + timedelta(days=day)
    last = [rule for rule in new if rule.holds(on, level, category, method)]
    wanted = last[-1] if last else BASE
    found = made.law(on, None, level, category, method).cite(BASE.id)
    assert found.value == wanted.value


def test_other_places_and_rules_are_left_alone() -> None:
    local = replace(BASE, jurisdiction="330100", value=2, since=START)
    made = amended(book(), [local])
    assert len(made.rules) == len(book().rules) + 1
    assert made.law(START, "330100").count(BASE.id) == 2
    assert made.law(START, "330200").count(BASE.id) == BASE.value
    assert made.law(START - timedelta(days=1), "330100").count(BASE.id) == BASE.value
