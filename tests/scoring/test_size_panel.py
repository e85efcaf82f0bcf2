"""Panels of lawful size and share of experts; how many a framework agreement may admit."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.law.book import NoSuchRule
from core.law.current import law
from core.money import Yuan
from evaluation.scoring.committee import Committee, committee_for, is_lawful
from evaluation.scoring.framework import most_admitted
from tendering.methods import TENDER_PANEL, method_of

TODAY = date(2026, 11, 21)
TENDER = law(TODAY, "500112", "county", "goods", "open_tender")


@pytest.mark.parametrize(
    ("budget", "size", "experts"),
    [("9999999.99", 5, 4), ("10000000", 7, 5), ("0", 5, 4), ("999999999", 7, 5)],
)
def test_a_tender_panel_grows_with_the_budget(budget, size, experts):
    panel = committee_for(TENDER_PANEL, TENDER, Yuan(budget))
    assert (panel.size, panel.experts) == (size, experts)
    assert committee_for(TENDER_PANEL, TENDER, Yuan(budget), is_complex=True).size == 7


@pytest.mark.parametrize(
    ("method", "budget", "panel"),
    [
        ("negotiation", "1999999.99", Committee(3, 2, "N-01.team_min")),
        ("quotation", "2000000", Committee(5, 4, "N-01.team_min_large")),
        ("consultation", "2000000", Committee(3, 2, "C-10.team_min")),
    ],
)
def test_other_panels_follow_their_own_rules(method, budget, panel):
    rules = method_of(method).panel
    assert committee_for(rules, law(TODAY, "500112", "county", "goods", method), Yuan(budget)) == panel


def test_a_method_without_panel_has_none():
    with pytest.raises(NoSuchRule):
        committee_for(TENDER_PANEL, law(TODAY, method="mall"), Yuan("100"))


@pytest.mark.parametrize(
    ("members", "experts", "lawful"),
    [(5, 4, True), (5, 5, True), (5, 3, False), (6, 5, False), (3, 3, False), (7, 5, True), (7, 4, False), (9, 6, True),
     (9, 5, False), (5, 6, False)],
)  # fmt: skip
def test_a_panel_is_odd_large_enough_and_two_thirds_experts(members, experts, lawful):
    assert is_lawful(TENDER_PANEL, TENDER, Yuan("100000"), members, experts) is lawful


@given(st.integers(0, 60).map(lambda n: 5 + 2 * n), st.integers(0, 130))
def test_two_thirds_are_exact(members, experts):
    assert is_lawful(TENDER_PANEL, TENDER, Yuan("1"), members, experts) is (
        experts <= members and experts * 3 >= members * 2
    )


FRAMEWORK = law(TODAY, category="goods", method="framework")


@pytest.mark.parametrize(
    ("qualified", "by_quality", "admitted"),
    [
        (10, False, 8),
        (3, False, 2),
        (2, False, 1),
        (7, True, 4),
        (1, False, 0),
        (0, False, 0),
        (5, False, 4),
        (6, False, 4),
    ],
)
def test_at_least_the_lawful_share_is_eliminated(qualified, by_quality, admitted):
    assert most_admitted(FRAMEWORK, qualified, tests_by_quality=by_quality) == admitted


def test_the_document_may_eliminate_more_but_not_less():
    assert most_admitted(FRAMEWORK, 10, rate=Fraction(1, 2)) == 5
    assert most_admitted(FRAMEWORK, 10, rate=Fraction(1, 10)) == 8
    with pytest.raises(ValueError, match="elimination rate"):
        most_admitted(FRAMEWORK, 10, rate=1)
    with pytest.raises(NoSuchRule):
        most_admitted(TENDER, 10)


@given(st.integers(2, 500))
def test_somebody_is_always_admitted_and_somebody_eliminated(qualified):
    assert 1 <= most_admitted(FRAMEWORK, qualified) < qualified
