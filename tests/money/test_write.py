"""Capital numerals: the rules of the form, and a reader that leads back to the amount."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.money import Yuan, in_words

NUMERALS = {word: value for value, word in enumerate("零壹贰叁肆伍陆柒捌玖")}
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def read_integer(words: str) -> int:
    """Read capital numerals below ten to the sixteenth; knows nothing of how they were written."""
    for name, size in (("亿", 10**8), ("万", 10**4)):
        if name in words:
            high, low = words.rsplit(name, 1) if name == "亿" else words.split(name, 1)
            return read_integer(high) * size + read_integer(low)
    total, digit = 0, 0
    for word in words:
        if word in UNITS:
            total += digit * UNITS[word]
            digit = 0
        else:
            digit = NUMERALS[word]
    return total + digit


def read(words: str) -> Yuan:
    sign = -1 if words.startswith("负") else 1
    words = words.removeprefix("负").removesuffix("整")
    yuan, rest = words.split("元") if "元" in words else ("", words)
    jiao, rest = rest.split("角") if "角" in rest else ("", rest)
    fen = rest.removesuffix("分")
    return Yuan.from_fen(sign * (read_integer(yuan) * 100 + read_integer(jiao) * 10 + read_integer(fen)))


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.00", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("0.55", "伍角伍分"),
        ("1.00", "壹元整"),
        ("1.05", "壹元零伍分"),
        ("1.50", "壹元伍角整"),
        ("10.00", "壹拾元整"),
        ("10.50", "壹拾元零伍角整"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
        ("107000.53", "壹拾万柒仟元零伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("10000.00", "壹万元整"),
        ("10001.00", "壹万零壹元整"),
        ("1000700.00", "壹佰万零柒佰元整"),
        ("100070000.00", "壹亿零柒万元整"),
        ("120003000.00", "壹亿贰仟万叁仟元整"),
        ("100000001.00", "壹亿零壹元整"),
        ("1000000000000.00", "壹万亿元整"),
        ("1267500.00", "壹佰贰拾陆万柒仟伍佰元整"),
        ("-12.30", "负壹拾贰元叁角整"),
        ("9999999999999999.99", "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_an_amount_is_written_as_the_form_asks(amount, words):
    assert in_words(Yuan(amount)) == words


@given(st.one_of(st.integers(-(10**18) + 1, 10**18 - 1), st.integers(0, 10**9)))
@example(10**17)
@example(100_0000_0700_00)
def test_whoever_reads_the_words_gets_the_amount(fen):
    words = in_words(Yuan.from_fen(fen))
    assert read(words) == Yuan.from_fen(fen)
    assert "零零" not in words
    assert words.endswith(("整", "分"))
    assert words.endswith("整") == (fen % 10 == 0)
