"""Who may take part: one pure decision, to the day and to the second, with its reasons and where they are written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import BEIJING
from core.law import current
from parties.eligibility import Case, Link, Proof, SanctionFacts, decide, stands, stands_until, years_later
from parties.states import MAJOR, Condition, Hold, Mark

LAW = current.law(date(2026, 11, 1), "330100", "city", "goods", "open_tender")
YUBEI = current.law(date(2014, 6, 1), "500112", "county", "services", "open_tender")
DAY = timedelta(days=1)


def noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=BEIJING)


def record(mark: str = Mark.CRIMINAL, **over: Any) -> SanctionFacts:
    given = {"since": noon(2023, 11, 22), "until": None, "mark": mark, "citation": "某决定〔2023〕1号"}
    return SanctionFacts(**{"credit_code": "x", "name": "某公司", "kind": "", "reason": "", **given, **over})


@pytest.mark.parametrize("mark", sorted(MAJOR - {Mark.FINE}))
@pytest.mark.parametrize(
    ("at", "barred"),
    [
        (noon(2023, 11, 22) - timedelta(seconds=1), False),
        (noon(2023, 11, 22), True),
        (datetime(2026, 11, 21, 23, 59, 59, tzinfo=BEIJING), True),
        (datetime(2026, 11, 22, tzinfo=BEIJING), False),
    ],
    ids=["the second before", "from then on", "the last second of three years", "three years later"],
)
def test_a_grave_violation_stands_for_three_years_to_the_day(mark: str, at: datetime, barred: bool) -> None:
    found = decide(Case(day=at.date(), records=(record(mark),)), at=at, law=LAW)
    assert [(row.bars, row.rule) for row in found] == ([(True, "L-01.clean_record_years")] if barred else [])
    if found:
        assert "第二十二条" in found[0].citation
        assert found[0].facts == {
            "decision": "某决定〔2023〕1号",
            "since": "2023-11-22",
            "until": "2026-11-21",
        }


@pytest.mark.requirement("S001-18")
@pytest.mark.parametrize(("day", "barred"), [(date(2014, 3, 30), True), (date(2014, 3, 31), False)])
def test_a_record_is_counted_from_its_last_day(day: date, barred: bool) -> None:
    """Rejected while the last day of the record lies after the bid's day three years before."""
    ended = datetime(2011, 3, 31, tzinfo=BEIJING) + DAY  # its last day is 31 March 2011
    for mark in (Mark.CRIMINAL, Mark.CONDUCT):
        row = record(mark, since=noon(2010, 1, 1), until=ended)
        at = datetime(day.year, day.month, day.day, 9, tzinfo=BEIJING)
        assert bool(decide(Case(day=day, records=(row,)), at=at, law=YUBEI)) is barred


def test_bad_conduct_is_counted_on_only_where_the_law_says_so() -> None:
    row = record(Mark.CONDUCT, since=noon(2013, 1, 1), until=noon(2013, 6, 1))
    assert stands(row, noon(2014, 6, 1), YUBEI)
    assert not stands(row, noon(2014, 6, 1), LAW)


@pytest.mark.parametrize(("fine", "barred"), [("1999999.99", False), ("2000000.00", True)])
def test_only_a_large_fine_counts(fine: str, barred: bool) -> None:
    row = record(Mark.FINE, fine=Decimal(fine))
    assert stands(row, noon(2024, 1, 1), LAW) is barred


@given(
    start=st.datetimes(datetime(2015, 1, 1), datetime(2040, 1, 1)).map(lambda t: t.replace(tzinfo=BEIJING)),
    length=st.timedeltas(timedelta(seconds=1), timedelta(days=1500)),
    off=st.timedeltas(timedelta(days=-3000), timedelta(days=3000)),
)
def test_a_ban_stands_exactly_in_its_half_open_period_and_a_grave_violation_never_ends_earlier(
    start: datetime, length: timedelta, off: timedelta
) -> None:
    ban = record(Mark.BAN, since=start, until=start + length)
    at = start + off
    assert stands(ban, at, LAW) is (start <= at < start + length)
    grave = replace(ban, mark=Mark.STOPPED)
    end, plain = stands_until(grave, LAW), stands_until(ban, LAW)
    assert end is not None
    assert plain is not None
    assert end >= plain
    assert stands(grave, at, LAW) or not stands(ban, at, LAW)


def test_three_years_after_a_leap_day_are_the_first_of_march() -> None:
    assert years_later(date(2024, 2, 29), 3) == date(2027, 3, 1)
    assert years_later(date(2024, 2, 29), 4) == date(2028, 2, 29)


def test_every_finding_says_by_which_rule_and_whether_it_leaves_a_choice() -> None:
    day = date(2026, 11, 23)
    proofs = (
        Proof(Condition.CIVIL, date(2020, 1, 1), None),
        Proof(Condition.TAXES, date(2026, 1, 1), date(2026, 11, 22)),
    )
    case = Case(
        day=day,
        prepared="整体设计",
        links=(Link("乙公司", Hold.PERSON, True), Link("丙公司", Hold.PARENT, False)),
        listed=("taxes",),
        asked=(Condition.CIVIL, Condition.TAXES, Condition.MEANS),
        proofs=proofs,
    )
    found = decide(case, at=noon(2026, 11, 23), law=LAW)
    assert [(row.code, row.rule, row.bars) for row in found] == [
        ("prepared", "L-02.preparers_max", True),
        ("listed", "G-04.listed_max", True),
        ("linked", "L-02.linked_bidders_max", True),
        ("linked", "L-02.linked_bidders_max", False),
        ("unproven", "L-01.conditions", False),
        ("unproven", "L-01.conditions", False),
    ]
    assert all(row.citation and row.certainty for row in found)
    assert {row.certainty for row in found if row.code == "listed"} == {"general knowledge"}
    assert "not valid on the deadline" in found[4].text
    nameless = replace(case, proofs=proofs[1:], prepared="", links=(), listed=())
    assert [row.bars for row in decide(nameless, at=noon(2026, 11, 23), law=LAW)] == [True, False, False]
    valid = replace(case, day=date(2026, 11, 22), prepared="", links=(), listed=())
    assert [row.code for row in decide(valid, at=noon(2026, 11, 22), law=LAW)] == ["unproven"]


def test_nobody_is_barred_because_nobody_has_asked_but_it_is_said() -> None:
    [finding] = decide(Case(day=date(2026, 11, 23), listed=None), at=noon(2026, 11, 23), law=LAW)
    assert (finding.code, finding.bars) == ("not-asked", False)
    assert decide(Case(day=date(2026, 11, 23)), at=noon(2026, 11, 23), law=LAW) == ()


def test_who_designed_the_project_may_be_the_single_source() -> None:
    sole = current.law(date(2026, 11, 1), "330100", "city", "goods", "single_source")
    case = Case(day=date(2026, 11, 23), prepared="监理")
    assert decide(case, at=noon(2026, 11, 23), law=sole) == ()
    assert [row.code for row in decide(case, at=noon(2026, 11, 23), law=LAW)] == ["prepared"]
