"""What is signed or hashed has one spelling only, and a reader never takes two meanings from one text."""

from __future__ import annotations

import json
import math

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from core.canonical import NotCanonical, NotJson, NotStrict, canonical, digest, parse, read_json

# Numbers of RFC 8785 appendix B that a JSON text can hold.
NUMBERS = [
    (0.0, "0"),
    (-0.0, "0"),
    (5e-324, "5e-324"),
    (1.7976931348623157e308, "1.7976931348623157e+308"),
    (295147905179352830000.0, "295147905179352830000"),
    (9.999999999999997e22, "9.999999999999997e+22"),
    (1e23, "1e+23"),
    (999999999999999700000.0, "999999999999999700000"),
    (1e21, "1e+21"),
    (9.999999999999997e-7, "9.999999999999997e-7"),
    (0.000001, "0.000001"),
    (333333333.3333332, "333333333.3333332"),
    (-0.0000033333333333333333, "-0.0000033333333333333333"),
]

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(("number", "text"), NUMBERS)
def test_numbers_are_written_as_rfc_8785_says(number, text):
    assert canonical(number).decode() == text


def test_names_are_sorted_by_their_utf16_units():
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    assert list(json.loads(canonical(dict.fromkeys(names)))) == [
        "\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33",
    ]  # fmt: skip


@given(VALUES)
def test_what_was_written_reads_back_the_same_and_is_spelt_as_the_reference_spells_it(value):
    assert parse(canonical(value)) == value
    assert canonical(value) == rfc8785.dumps(value)
    assert len(digest(value)) == 32


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, 2**53, "\ud800", {"\ud800": 1}, {1: 2}, object(), b"x"]
)
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(NotCanonical):
        canonical(value)


def test_a_value_nested_too_deeply_is_refused():
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(NotCanonical):
        canonical(deep)


@pytest.mark.parametrize(
    "data",
    [b'{"b":1,"a":2}', b'{"a": 1}', b"1.0", b'"\\u0041"', b" 1", b"1\n", b'{"a":1,"a":1}', b"", b"\xff"],
)
def test_bytes_in_another_spelling_are_not_canonical(data):
    with pytest.raises(NotCanonical):
        parse(data)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"x":{"a":1,"a":2}}',
        "NaN",
        "[Infinity]",
        "-Infinity",
        "1e999",
        "1" * 50,
        "[" * 100_000,
    ],
)
def test_json_with_two_meanings_is_refused(text):
    with pytest.raises(NotStrict):
        read_json(text)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"{'a':1}", b"\xff", b"\xef\xbb\xbf{}", b"1 2", b"01", "{}".encode("utf-16")]
)
def test_what_is_not_json_is_said_to_be_no_json(data):
    with pytest.raises(NotJson):
        read_json(data)
