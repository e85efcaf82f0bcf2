"""Contradictions of a price are corrected in the order of the law.   Source: 财政部令第87号第五十九条."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.law.grounds import grounds
from core.money import BadMoney, UnitPrice, Yuan, from_words, in_words
from evaluation.corrections import RULES, Corrected, Line, Said, Unclear, correct

LISTED = grounds("T-19", "open_tender", date(2026, 3, 2))
ORDER = [one.code for one in LISTED]


def line(item: str, quantity: str, price: str) -> Line:
    return Line(item, Decimal(quantity), UnitPrice(price))


def said(total: str, *lines: Line, words: str | None = None, elsewhere: str | None = None) -> Said:
    return Said(Yuan(total), lines, Yuan(words) if words else None, Yuan(elsewhere) if elsewhere else None)


def steps(found: Corrected) -> list[tuple[str, str, str, str]]:
    return [(one.code, one.item, one.before, one.after) for one in found.steps]


A, B = line("1", "10", "450.00"), line("2", "3", "100.00")


def test_the_order_is_the_law_s_and_every_code_has_its_rule():
    assert ORDER == ["sheet", "words", "decimal", "sum"]
    assert set(ORDER) == set(RULES)
    assert {(one.citation, str(one.certainty)) for one in LISTED} == {
        ("财政部令第87号第五十九条", "general knowledge")
    }
    assert grounds("T-19", "competitive_negotiation", date(2026, 3, 2)) == []
    assert grounds("T-19", "open_tender", date(2017, 9, 30)) == []


@pytest.mark.parametrize(
    ("what", "total", "unit_prices", "done"),
    [
        (said("4800", A, B), "4800.00", ["450.00", "100.00"], []),
        (said("4800", A, B, words="4800", elsewhere="4800"), "4800.00", ["450.00", "100.00"], []),
        (said("4800"), "4800.00", [], []),
        (said("4800", A, B, elsewhere="4700"), "4800.00", ["450.00", "100.00"], [("sheet", "", "4700.00", "4800.00")]),
        (said("4500", words="4800"), "4800.00", [], [("words", "", "4500.00", "4800.00")]),
        (said("4800", line("1", "10", "45.00"), B), "4800.00", ["450.00", "100.00"], [("decimal", "1", "45.00", "450.00")]),
        (said("4800", line("1", "10", "45000"), B), "4800.00", ["450.00", "100.00"], [("decimal", "1", "45000.00", "450.00")]),
        (said("4700", A, B), "4800.00", ["450.00", "100.00"], [("sum", "", "4700.00", "4800.00")]),
        (
            said("4700", line("1", "10", "45.00"), B, words="4800", elsewhere="9000"),
            "4800.00", ["450.00", "100.00"],
            [("sheet", "", "9000.00", "4700.00"), ("words", "", "4700.00", "4800.00"), ("decimal", "1", "45.00", "450.00")],
        ),
        (
            said("4800", A, B, words="5000"), "4800.00", ["450.00", "100.00"],
            [("words", "", "4800.00", "5000.00"), ("sum", "", "5000.00", "4800.00")],
        ),
        (said("4800", line("1", "10", "0"), line("2", "3", "0")), "4800.00", ["0.00", "0.00"], []),
        (said("0.01", line("1", "1", "0.000001")), "0.01", ["0.01"], [("decimal", "1", "0.000001", "0.01")]),
    ],
)  # fmt: skip
def test_each_contradiction_is_corrected_by_what_prevails(what, total, unit_prices, done):
    found = correct(what, ORDER)
    assert (str(found.total), [str(one.unit_price) for one in found.lines]) == (total, unit_prices)
    assert steps(found) == done


def test_which_price_is_misplaced_is_said_where_the_numbers_leave_a_choice():
    twins = said("1100", line("1", "1", "100"), line("2", "1", "100"))
    with pytest.raises(Unclear) as refused:
        correct(twins, ORDER)
    assert refused.value.facts["items"] == "1, 2"
    assert steps(correct(twins, ORDER, "2")) == [("decimal", "2", "100.00", "1000.00")]
    assert steps(correct(twins, ORDER, "3")) == [("sum", "", "1100.00", "200.00")], (
        "neither is: the sum prevails"
    )


prices = st.integers(1, 10**8).map(lambda n: UnitPrice(Decimal(n).scaleb(-2)))
lines = st.lists(st.tuples(st.integers(1, 50), prices), max_size=4).map(
    lambda rows: tuple(Line(str(n), Decimal(quantity), price) for n, (quantity, price) in enumerate(rows))
)
amounts = st.integers(1, 10**11).map(Yuan.from_fen)


@settings(max_examples=80)
@given(amounts, lines, st.none() | amounts, st.none() | amounts)
def test_a_corrected_price_contradicts_itself_no_more(total, rows, words, elsewhere):
    found = correct(Said(total, rows, words, elsewhere), ORDER, rows[0].item if rows else "")
    assert not rows or found.sum == found.total
    assert rows or found.total == (words or total)
    assert correct(Said(found.total, found.lines), ORDER).steps == ()
    assert [one.item for one in found.lines] == [one.item for one in rows]
    codes = [one.code for one in found.steps]
    assert codes == sorted(set(codes), key=ORDER.index), "each at most once, in the order of the law"
    backwards = correct(Said(total, rows[::-1], words, elsewhere), ORDER, rows[0].item if rows else "")
    assert (backwards.total, backwards.lines[::-1], backwards.steps) == (
        found.total,
        found.lines,
        found.steps,
    )


@settings(max_examples=80)
@given(st.integers(0, 10**16))
def test_words_are_read_as_they_are_written(fen):
    words = in_words(Yuan.from_fen(fen))
    assert from_words(words) == from_words(f"人民币：{words.replace('元', '圆')}") == Yuan.from_fen(fen)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("拾万零伍仟元正", "105000"),
     ("壹拾万伍仟元整", "105000"), ("壹元零伍角", "1.50"), ("伍角整", "0.50"), ("叁元伍分", "3.05")],
)  # fmt: skip
def test_lawful_ways_of_writing_are_read(text, amount):
    assert from_words(text) == Yuan(amount)


@pytest.mark.parametrize(
    "text",
    ["", "元", "整", "壹", "一百元", "100元", "壹万伍元", "壹仟伍元", "壹壹元",
      "万元", "壹亿亿元", "壹佰万仟元", "负壹元", "壹元壹元", "零零元"],
)  # fmt: skip
def test_words_that_no_amount_has_are_refused(text):
    with pytest.raises(BadMoney):
        from_words(text)
