"""Amounts: what is accepted, what is refused, and that nothing is lost on the way."""

from __future__ import annotations

from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.money import BadMoney, UnitPrice, Yuan, capped_down, rounded_half_up

fens = st.integers(min_value=-(10**18) + 1, max_value=10**18 - 1)
small_fens = st.integers(min_value=-(10**15), max_value=10**15)
exact_numbers = st.one_of(
    st.fractions(min_value=-(10**9), max_value=10**9),
    st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=7),
)


@pytest.mark.parametrize(
    ("given_value", "wire"),
    [
        ("1234.50", "1234.50"),
        ("1234.5", "1234.50"),
        (1234, "1234.00"),
        (Decimal("1234.500"), "1234.50"),
        (Decimal("1E+3"), "1000.00"),
        ("-0.01", "-0.01"),
        ("0", "0.00"),
        ("-0", "0.00"),
        ("9999999999999999.99", "9999999999999999.99"),
    ],
)
def test_an_amount_has_one_wire_form(given_value, wire):
    assert str(Yuan(given_value)) == wire
    assert Yuan(wire) == Yuan(given_value)
    assert hash(Yuan(wire)) == hash(Yuan(given_value))


@pytest.mark.parametrize(
    "bad",
    [
        1234.5, 0.0, True, None, b"1", "", " 1", "1 ", "1e3", "1,000", "+1", ".5", "1.", "１２", "0x10",
        "1_000", "1.234", "1.230", "NaN", "Infinity", Decimal("NaN"), Decimal("-Infinity"),
        Decimal("0.001"), Decimal("1E+99999999"), Decimal("1E-99999999999"), Decimal("0E-99999999999"),
        "10000000000000000.00", float("nan"), "--1", "1\n",
    ],
)  # fmt: skip
def test_what_is_not_exact_to_the_fen_is_refused(bad):
    with pytest.raises(BadMoney) as refused:
        Yuan(bad)
    assert isinstance(refused.value, Invalid)
    assert refused.value.status == 422
    assert str(Yuan("1.23")) == "1.23"


@pytest.mark.parametrize("bad", [1.0, True, "1", None, Decimal(1), 10**18])
def test_fen_are_a_whole_number_within_bounds(bad):
    with pytest.raises(BadMoney):
        Yuan.from_fen(bad)
    assert Yuan.from_fen(123450) == Yuan("1234.50")


@given(fens)
def test_fen_and_wire_form_lead_back_to_the_same_amount(fen):
    amount = Yuan.from_fen(fen)
    assert amount.fen == fen
    assert Yuan(str(amount)) == amount
    assert Yuan(amount.amount) == amount


@given(small_fens, small_fens)
def test_adding_and_comparing_are_those_of_whole_fen(one, other):
    left, right = Yuan.from_fen(one), Yuan.from_fen(other)
    assert (left + right).fen == one + other
    assert (left - right).fen == one - other
    assert (left < right, left == right) == (one < other, one == other)
    assert Yuan.total([left, right, -left]) == right
    assert bool(left) == (one != 0)


def test_no_decimal_context_changes_a_result():
    with localcontext() as context:
        context.prec = 3
        assert Yuan("1234567890123.45") + Yuan("0.01") == Yuan("1234567890123.46")
        assert Yuan("1234567.89").times(Decimal("0.02")) == Yuan("24691.36")
        assert rounded_half_up(Fraction(2, 3) * 10**12) == Decimal("666666666666.67")


@given(exact_numbers, st.integers(0, 6))
def test_the_two_roundings_are_half_up_and_down(value, places):
    step = Decimal(1).scaleb(-places)
    with localcontext() as context:
        context.prec = 80
        fine = Fraction(value)
        number = Decimal(fine.numerator) / Decimal(fine.denominator)
        assert rounded_half_up(value, places) == number.quantize(step, ROUND_HALF_UP)
        down = capped_down(value, places)
        assert down == number.quantize(step, ROUND_FLOOR)
    assert 0 <= fine - Fraction(down) < Fraction(step)
    assert down.as_tuple().exponent == -places


def test_a_cap_is_never_exceeded():
    assert Yuan("1234567.89").capped(Decimal("0.20")) == Yuan("246913.57")
    assert Yuan("1508658.00").capped(Decimal("0.02")) == Yuan("30173.16")
    assert Yuan("0.04").capped(Decimal("0.2")) == Yuan("0.00")
    assert Yuan("100.00").times(Fraction(1, 3)) == Yuan("33.33")
    assert Yuan("0.05").times(Decimal("0.1")) == Yuan("0.01")


@pytest.mark.parametrize("factor", [0.02, float("inf"), True, None])
def test_a_rate_is_never_a_float(factor):
    with pytest.raises(BadMoney):
        Yuan("100.00").times(factor)
    with pytest.raises(BadMoney):
        Yuan("100.00").capped(factor)
    with pytest.raises(BadMoney):
        UnitPrice("1").times(factor)


@pytest.mark.parametrize(
    ("given_value", "wire"),
    [
        ("1.234567", "1.234567"),
        ("12", "12.00"),
        ("0.500000", "0.50"),
        (Decimal("3.1"), "3.10"),
        ("0.000001", "0.000001"),
    ],
)
def test_a_unit_price_may_have_six_places(given_value, wire):
    assert str(UnitPrice(given_value)) == wire
    assert UnitPrice(wire) == UnitPrice(given_value)


@pytest.mark.parametrize("bad", ["1.2345678", 1.5, "-1", "-0.000001", "NaN", True, "1000000000000.000000"])
def test_a_unit_price_of_seven_places_or_below_zero_is_refused(bad):
    with pytest.raises(BadMoney):
        UnitPrice(bad)


def test_a_line_total_is_rounded_once():
    assert UnitPrice("0.333333").times(3) == Yuan("1.00")
    assert UnitPrice("0.004999").times(1) == Yuan("0.00")
    assert UnitPrice("12.345").times(Decimal("2.5")) == Yuan("30.86")


def test_an_amount_adds_only_to_an_amount():
    with pytest.raises(TypeError):
        Yuan("1.00") + 1
    with pytest.raises(TypeError):
        sum([Yuan("1.00")])
