"""Periods: the start day is not counted, working days follow the notices, unknown years are never guessed."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.law.deadlines import deadline
from core.workdays import (
    CALENDAR,
    Unit,
    UnknownYear,
    beijing_date,
    day_begins,
    national,
    read_calendar,
)

SHARED = Path(__file__).parents[2] / ".." / "shared" / "rules"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared reference folder is not here")
CN = national()
known_days = st.dates(date(2024, 1, 1), date(2026, 6, 30))
any_days = st.dates(date(2020, 1, 1), date(2032, 12, 31))
counts = st.integers(0, 60)


def d(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "count", "unit", "roll", "last"),
    [
        ("2026-02-11", 5, "workday", False, "2026-02-25"),
        ("2026-09-28", 5, "workday", False, "2026-10-10"),
        ("2026-02-03", 20, "day", True, "2026-02-24"),
        ("2026-02-03", 20, "day", False, "2026-02-23"),
        ("2026-09-15", 20, "day", True, "2026-10-08"),
        ("2026-02-13", 2, "workday", False, "2026-02-24"),
        ("2026-09-18", 2, "workday", False, "2026-09-21"),
        ("2026-09-30", 2, "workday", False, "2026-10-09"),
        ("2026-02-10", 7, "workday", False, "2026-02-26"),
        ("2026-09-24", 7, "workday", False, "2026-10-12"),
        ("2026-09-29", 7, "workday", False, "2026-10-14"),
        ("2026-02-06", 15, "workday", False, "2026-03-05"),
        ("2026-09-21", 15, "workday", False, "2026-10-19"),
        ("2026-01-30", 30, "workday", False, "2026-03-19"),
        ("2026-09-21", 30, "workday", False, "2026-11-09"),
        ("2026-02-12", 7, "workday", False, "2026-02-28"),
        ("2026-04-30", 3, "workday", False, "2026-05-08"),
        ("2026-09-24", 5, "workday", False, "2026-10-09"),
        ("2026-02-14", 2, "workday", False, "2026-02-25"),
        ("2021-04-15", 0, "workday", False, "2021-04-15"),
        ("2026-01-20", 30, "day", False, "2026-02-19"),
        ("2026-09-21", 10, "workday", False, "2026-10-12"),
        ("2026-09-28", 10, "day", True, "2026-10-08"),
        ("2024-02-29", 1, "year", False, "2025-02-28"),
        ("2026-01-31", 1, "month", False, "2026-02-28"),
        ("2026-11-21", 15, "year", False, "2041-11-21"),
    ],
)
def test_a_period_ends_on_the_day_the_notices_give(start, count, unit, roll, last):
    end = CN.end_of_period(d(start), count, unit, roll)
    assert (end.last_day, end.provisional) == (d(last), False)


@pytest.mark.parametrize(("review", "earliest"), [("2026-02-25", "2026-02-14"), ("2026-10-08", "2026-09-29")])
def test_counting_back_gives_the_earliest_day_of_the_draw(review, earliest):
    assert CN.before(d(review), 2) == d(earliest)
    assert CN.start_of_period(d(review), 2, "workday").last_day == d(earliest)


def test_a_period_is_lengthened_by_the_working_days_of_an_appraisal():
    away = sum(CN.is_workday(d("2026-10-12") + timedelta(n)) for n in range(1, 8))
    assert away == 5
    assert CN.after(CN.after(d("2026-09-21"), 30), away) == d("2026-11-16")


@needs_shared
def test_every_worked_example_of_a_deadline_comes_out():
    cases = json.loads((SHARED / "examples.json").read_text())
    forward = [case for case in cases if case["kind"] == "deadline"]
    back = [case for case in cases if case["kind"] == "deadline_back"]
    amended = [case for case in cases if case["kind"] == "amendment"]
    assert (len(forward), len(back), len(amended)) == (13, 1, 2)
    for case in forward:
        end = CN.end_of_period(d(case["start"]), case["n"], case["unit"], case["roll_to_workday"])
        assert end.last_day == d(case["last_day"]), case["id"]
    for case in back:
        assert CN.start_of_period(d(case["start"]), case["n"], case["unit"]).last_day == d(case["earliest"])
    for case in amended:
        end = CN.end_of_period(d(case["amend_date"]), case["min"], case["unit"])
        assert end.last_day == d(case["earliest_deadline"])
        assert (d(case["orig_deadline"]) < end.last_day) is case["must_extend"]


@needs_shared
def test_every_day_of_three_years_is_as_in_the_reference_table():
    with (SHARED / "cn_calendar_2024_2026.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 366 + 365 + 365
    assert [r["date"] for r in rows if CN.is_workday(d(r["date"])) != (r["is_workday"] == "1")] == []


def test_every_day_is_as_an_independent_package_says():
    chinese_calendar = pytest.importorskip("chinese_calendar")
    days = [date(2024, 1, 1) + timedelta(n) for n in range(366 + 365 + 365)]
    assert [day for day in days if CN.is_workday(day) != chinese_calendar.is_workday(day)] == []


def test_each_known_year_names_the_notice_that_fixes_it():
    assert CN.documents == {
        2024: "国办发明电〔2023〕7号",
        2025: "国办发明电〔2024〕12号",
        2026: "国办发明电〔2025〕7号",
    }


@given(known_days, counts, counts)
def test_counting_on_is_counting_in_two_steps(day, one, other):
    assert CN.after(day, one + other) == CN.after(CN.after(day, one), other)
    assert CN.end_of_period(day, one, "workday").last_day == CN.after(day, one)


@given(any_days, any_days, counts)
def test_who_starts_later_never_ends_earlier(one, other, count):
    early, late = sorted([one, other])
    for unit in (Unit.DAY, Unit.WORKDAY):
        for roll in (False, True):
            ends = [CN.end_of_period(day, count, unit, roll, binding=False).last_day for day in (early, late)]
            assert ends[0] <= ends[1]


@given(any_days, counts)
def test_a_longer_period_never_ends_earlier_and_a_rolled_one_ends_on_a_working_day(day, count):
    for unit in (Unit.DAY, Unit.WORKDAY):
        plain = CN.end_of_period(day, count, unit, binding=False)
        assert plain.last_day <= CN.end_of_period(day, count + 1, unit, binding=False).last_day
        rolled = CN.end_of_period(day, count, Unit.DAY, True, binding=False)
        assert CN.is_workday(rolled.last_day, binding=False)
        assert 0 <= (rolled.last_day - (day + timedelta(count))).days <= 10


@given(known_days, st.integers(1, 60))
def test_counting_back_undoes_counting_on_from_a_working_day(day, count):
    if CN.is_workday(day):
        assert CN.before(CN.after(day, count), count) == day


def test_a_binding_date_is_refused_where_a_year_is_unknown_and_a_provisional_one_says_so():
    assert CN.after(d("2026-12-30"), 1) == d("2026-12-31")
    with pytest.raises(UnknownYear) as refused:
        CN.after(d("2026-12-30"), 2)
    assert (refused.value.year, refused.value.status) == (2027, 409)
    with pytest.raises(UnknownYear):
        CN.end_of_period(d("2026-12-01"), 35, "day", roll=True)
    assert CN.end_of_period(d("2026-12-01"), 60, "day").provisional is False
    end = CN.end_of_period(d("2026-12-30"), 2, "workday", binding=False)
    assert (end.last_day, end.provisional) == (d("2027-01-04"), True)
    assert CN.end_of_period(d("2026-12-30"), 1, "workday", binding=False).provisional is False
    with pytest.raises(UnknownYear):
        CN.before(d("2024-01-02"), 1)
    with pytest.raises(UnknownYear):
        CN.is_workday(d("2023-12-29"))


@pytest.mark.parametrize(
    ("start", "count", "unit", "roll", "answer"),
    [
        ("2026-09-28", 5, "workday", False, {"last_day": "2026-10-10", "provisional": False}),
        ("2026-09-28", 5, "workday", True, {"last_day": "2026-10-10", "provisional": False}),
        ("2026-02-03", 20, "day", True, {"last_day": "2026-02-24", "provisional": False}),
        ("2026-12-28", 7, "workday", False, {"last_day": "2027-01-07", "provisional": True}),
        ("2026-12-31", 1, "day", True, {"last_day": "2027-01-04", "provisional": True}),
        ("2026-12-31", 1, "day", False, {"last_day": "2027-01-01", "provisional": False}),
    ],
)
def test_the_calculator_answers_for_any_year(start, count, unit, roll, answer):
    assert deadline(d(start), count, unit, roll) == answer


@pytest.mark.parametrize(
    ("count", "unit"), [(-1, "day"), (10**9, "workday"), (1, "month"), (1, "hours"), (1, "")]
)
def test_the_calculator_refuses_what_is_no_period(count, unit):
    with pytest.raises(ValueError, match=r"a period has|the unit is"):
        deadline(d("2026-01-05"), count, unit)


def test_a_period_beyond_the_calendar_of_python_is_refused():
    with pytest.raises(ValueError, match="9999"):
        deadline(d("9999-12-30"), 5, "day")
    with pytest.raises(ValueError, match="9999"):
        deadline(d("9999-12-30"), 5, "workday")
    with pytest.raises(ValueError, match="9999"):
        CN.end_of_period(d("9990-01-01"), 15, "year")
    with pytest.raises(ValueError, match="year 1"):
        CN.start_of_period(d("0001-01-05"), 15, "day")


def test_the_date_of_an_instant_is_that_of_beijing():
    assert beijing_date(datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC)) == d("2026-11-20")
    assert beijing_date(datetime(2026, 11, 20, 16, 0, 0, tzinfo=UTC)) == d("2026-11-21")
    assert day_begins(d("2026-11-21")) == datetime(2026, 11, 20, 16, 0, 0, tzinfo=UTC)
    with pytest.raises(ValueError, match="time zone"):
        beijing_date(datetime(2026, 11, 20))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("2026,国办发明电〔2025〕7号,01-01,01-01,off,元旦", "twice"),
        ("2026,国办发明电〔2025〕7号,03-05,03-04,off,元旦", "empty"),
        ("2026,国办发明电〔2099〕1号,03-05,03-05,off,元旦", "two documents"),
        ("2026,国办发明电〔2025〕7号,03-05,03-05,half,元旦", "no kind of day"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_not_read(tmp_path, row, message):
    good = tmp_path / "good.csv"
    good.write_text(CALENDAR.read_text(encoding="utf-8"), encoding="utf-8")
    assert read_calendar(good) == CN
    bad = tmp_path / "bad.csv"
    bad.write_text(CALENDAR.read_text(encoding="utf-8") + row + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_calendar(bad)
