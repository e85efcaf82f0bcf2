"""Fees and interest by scale, and the size of a firm."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.law.book import NoSuchRule
from core.law.current import law
from core.law.fees import agency_fee, late_interest, scale
from core.law.sme import Size, SizeUnknown, industries, size_of, thresholds_of
from core.money import Yuan

CATEGORIES = ("goods", "services", "works")
amounts = st.integers(0, 10**14).map(Yuan.from_fen)


@pytest.mark.parametrize(
    ("amount", "category", "fee"),
    [
        ("1267500.00", "services", "17140.00"),
        ("1000000.00", "goods", "15000.00"),
        ("5000000.00", "goods", "59000.00"),
        ("50000000.00", "works", "205500.00"),
        ("0.00", "goods", "0.00"),
        ("0.33", "goods", "0.00"),
        ("0.34", "goods", "0.01"),
        ("2000000000.00", "services", "769500.00"),
    ],
)
def test_the_fee_follows_the_steps(amount, category, fee):
    assert agency_fee(Yuan(amount), category) == Yuan(fee)


def test_a_discount_is_applied_before_the_one_rounding():
    assert agency_fee(Yuan("1267500.00"), "services", Decimal("0.8")) == Yuan("13712.00")


@given(amounts, amounts, st.sampled_from(CATEGORIES))
def test_a_dearer_award_never_costs_a_smaller_fee(one, other, category):
    low, high = sorted([one, other])
    assert agency_fee(low, category) <= agency_fee(high, category)
    assert agency_fee(high, category) <= high.times(max(step.rate for step in scale(category)))


def test_a_fee_for_what_has_no_scale_is_refused():
    with pytest.raises(ValueError, match="no scale"):
        agency_fee(Yuan("100.00"), "weapons")
    with pytest.raises(ValueError, match="negative"):
        agency_fee(Yuan("-1.00"), "goods")


@pytest.mark.parametrize(
    ("amount", "days", "interest"),
    [("480000", 45, "10800.00"), ("1267500", 10, "6337.50"), ("0.10", 1, "0.00"), ("100", 0, "0.00")],
)
def test_late_payment_bears_interest_by_the_day(amount, days, interest):
    assert late_interest(law(date(2026, 11, 21)), Yuan(amount), days) == Yuan(interest)
    with pytest.raises(NoSuchRule):
        late_interest(law(date(2019, 1, 1)), Yuan(amount), days)
    with pytest.raises(ValueError, match="negative"):
        late_interest(law(date(2026, 11, 21)), Yuan(amount), -1)


@pytest.mark.parametrize(
    ("industry", "staff", "revenue", "assets", "size"),
    [
        ("software", 90, "12000000", None, Size.SMALL),
        ("software", 100, "10000000", None, Size.MEDIUM),
        ("industry", 1200, "390000000", None, Size.MEDIUM),
        ("industry", 1000, "400000000", None, Size.LARGE),
        ("工业", 19, "400000000", None, Size.MICRO),
        ("agriculture", None, "499999.99", None, Size.MICRO),
        ("agriculture", None, "500000", None, Size.SMALL),
        ("construction", None, "60000000", "50000000", Size.MEDIUM),
        ("leasing_business", 100, None, "79999999.99", Size.SMALL),
        ("other", 300, None, None, Size.LARGE),
        ("other", 9, "999999999", None, Size.MICRO),
    ],
)
def test_the_size_of_a_firm_needs_every_measure_of_its_industry(industry, staff, revenue, assets, size):
    found = size_of(
        industry,
        staff=staff,
        revenue=Yuan(revenue) if revenue else None,
        assets=Yuan(assets) if assets else None,
    )
    assert found is size
    assert (found.is_sme, found.is_small_or_micro) == (size != Size.LARGE, size in {Size.SMALL, Size.MICRO})


def test_a_size_is_not_guessed():
    with pytest.raises(SizeUnknown):
        size_of("software", staff=90)
    with pytest.raises(SizeUnknown):
        size_of("piracy", staff=90)
    with pytest.raises(SizeUnknown):
        size_of("other", staff=-1)
    assert size_of("other", staff=1) is Size.MICRO


@given(
    st.sampled_from(sorted(industries())),
    st.integers(0, 5000),
    st.integers(0, 10**12),
    st.integers(0, 10**12),
)
def test_a_firm_that_grows_never_becomes_smaller(industry, staff, revenue, assets):
    order = [Size.MICRO, Size.SMALL, Size.MEDIUM, Size.LARGE]
    small = size_of(industry, staff=staff, revenue=Yuan.from_fen(revenue), assets=Yuan.from_fen(assets))
    grown = size_of(
        industry, staff=staff + 1, revenue=Yuan.from_fen(revenue * 2), assets=Yuan.from_fen(assets + 100)
    )
    assert order.index(grown) >= order.index(small)


def test_the_sixteen_groups_of_the_standard_are_there():
    assert len(industries()) == 16
    for industry in industries():
        for row in thresholds_of(industry):
            assert row.large_from > row.medium_from > row.small_from > 0
