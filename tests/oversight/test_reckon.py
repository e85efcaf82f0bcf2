"""Anybody reckons a deadline: the due day, every day passed over with its reason, and where the rule stands."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.law.current import PACKS
from core.law.deadlines import reckon
from core.law.titles import DATA, english_name
from core.workdays import DayKind, Special, national

DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))


def test_every_day_between_start_and_due_is_counted_or_named() -> None:
    found = reckon(date(2026, 9, 28), 5, "workday")
    assert found.due == date(2026, 10, 10)
    assert [day.on for day in found.skipped] == [date(2026, 10, n) for n in range(1, 8)]
    assert {(day.kind, day.name) for day in found.skipped} == {(DayKind.HOLIDAY, "国庆节")}
    assert [(day.on, day.kind) for day in found.made_up] == [(date(2026, 10, 10), DayKind.MAKE_UP)]
    assert not found.provisional


@given(DAYS, st.integers(0, 90), st.booleans())
def test_working_days_and_skipped_days_add_up_to_the_whole_way(start: date, count: int, back: bool) -> None:
    found = reckon(start, count, "workday", backward=back)
    assert abs((found.due - start).days) == count + len(found.skipped)
    assert all(not day.working for day in found.skipped)
    assert (found.due <= start) if back else (found.due >= start)
    assert found.provisional == any(year not in national().documents for year in found.unannounced)


@given(DAYS, st.integers(1, 60))
def test_rolling_passes_over_days_off_only_at_the_end(start: date, count: int) -> None:
    found = reckon(start, count, "day", roll=True)
    assert found.due == start + timedelta(days=count + len(found.skipped))
    assert national().describe(found.due).working


@given(st.dates(date(2026, 1, 1), date(2026, 12, 20)), st.integers(1, 9), st.booleans())
def test_a_day_that_a_region_closes_never_makes_a_period_shorter(
    start: date, count: int, first: bool
) -> None:
    day = start + timedelta(days=1 if first else count)
    table = national().with_local([Special("停工令", day, day, False, "台风")])
    before = reckon(start, count, "workday")
    after = reckon(start, count, "workday", calendar=table)
    assert after.due >= before.due
    assert (after.due > before.due) == (before.due >= day and national().describe(day).working)


def test_a_year_without_a_notice_makes_the_answer_provisional_and_guesses_fixed_holidays() -> None:
    found = reckon(date(2026, 12, 30), 2, "workday")
    assert (found.due, found.provisional, found.unannounced) == (date(2027, 1, 4), True, (2027,))
    assert [(day.on, day.kind) for day in found.skipped][0] == (date(2027, 1, 1), DayKind.HOLIDAY)


def test_a_year_fixed_later_replaces_the_guess_for_that_year_only() -> None:
    notice = [Special("国办发明电〔2026〕9号", date(2027, 1, 1), date(2027, 1, 4), False, "元旦")]
    table = national().with_year(2027, "国办发明电〔2026〕9号", notice)
    assert reckon(date(2026, 12, 30), 2, "workday", calendar=table).due == date(2027, 1, 5)
    assert not reckon(date(2026, 12, 30), 2, "workday", calendar=table).provisional
    assert reckon(date(2026, 9, 28), 5, "workday", calendar=table).due == date(2026, 10, 10)
    with pytest.raises(ValueError, match="2027"):
        national().with_year(2027, "x", [Special("x", date(2026, 1, 5), date(2026, 1, 5), False, "x")])


def test_every_rule_of_the_packs_has_an_english_title_and_no_title_is_left_over() -> None:
    def ids(path: Path) -> set[str]:
        with path.open(encoding="utf-8", newline="") as file:
            return {row["rule_id"] for row in csv.DictReader(file)}

    packs = set().union(*(ids(path) for path in PACKS.glob("**/*.csv")))
    assert ids(DATA / "titles.csv") == packs
    assert all(english_name(name) for name in packs)


@pytest.mark.django_db
def test_anybody_reads_the_due_day_with_its_reasons_without_scripts(client: Any) -> None:
    asked = {"start": "2026-09-28", "rule": "L-10.doc_provision_min~~~open_tender+restricted_tender"}
    page = client.get("/deadlines/", asked, headers={"accept-language": "en"})
    text = page.content.decode()
    assert page.status_code == 200
    for shown in ("2026-10-10", "holiday (国庆节)", "国办发明电〔2025〕7号", "第三十一条", "full text"):
        assert shown in text
    assert "Provisional" not in text
    later = client.get("/deadlines/", {**asked, "start": "2026-12-29"}, headers={"accept-language": "en"})
    assert "Provisional" in later.content.decode()
    chinese = client.get("/deadlines/", asked, headers={"accept-language": "zh-hans"}).content.decode()
    assert "招标文件提供期限" in chinese


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "due", "backward"),
    [
        ({"start": "2026-09-28", "rule": "L-26.inquiry_reply"}, "2026-10-08", False),
        ({"start": "2026-10-08", "rule": "E-03.expert_draw_before", "region": "500112"}, "2026-09-29", True),
        ({"start": "2026-02-03", "count": "20", "unit": "day", "roll": "true"}, "2026-02-24", False),
        ({"start": "2026-09-30", "count": "1", "unit": "month"}, "2026-10-30", False),
    ],
)
def test_a_program_gets_the_same_answer(client: Any, asked: dict[str, str], due: str, backward: bool) -> None:
    answer = client.get("/api/v1/deadlines", asked).json()
    assert (answer["due"], answer["backward"]) == (due, backward)
    assert (answer["rule"] is None) == ("rule" not in asked)
    if answer["rule"]:
        assert answer["rule"]["citation"]
        assert answer["rule"]["certainty"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked",
    [
        {"start": "2026-09-28"},
        {"start": "2026-09-28", "rule": "Z-99.nothing"},
        {"start": "2026-09-28", "rule": "L-13.bid_bond_max_rate"},
        {"start": "2026-09-28", "count": "3", "unit": "fortnight"},
        {"start": "2026-09-28", "count": "-1"},
        {"start": "2026-09-28", "count": "99999999"},
        {"start": "2026-09-28", "count": "3", "region": "999999"},
        {"start": "1800-01-01", "count": "3"},
        {"start": "tomorrow", "count": "3"},
    ],
)
def test_what_cannot_be_reckoned_is_refused_by_name(client: Any, asked: dict[str, str]) -> None:
    good = client.get("/api/v1/deadlines", {"start": "2026-09-28", "count": "3"})
    assert good.status_code == 200
    refused = client.get("/api/v1/deadlines", asked)
    assert refused.status_code == 422
    assert refused.json()["errors"]
    page = client.get("/deadlines/", asked)
    assert page.status_code == 422
