"""A stopped clock moves the end of a period by the working days that it stood, once."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from core.law import current
from core.law.book import Law
from core.law.stops import end_after_stops
from core.workdays import BEIJING

DECIDE = "L-27.complaint_decide"


def day(text: str, hour: int = 10) -> datetime:
    midnight = datetime.combine(date.fromisoformat(f"2026-{text}"), time(), BEIJING)
    return midnight + timedelta(hours=hour)


@pytest.fixture(scope="module")
def law() -> Law:
    return current.law(date(2026, 1, 1))


@pytest.mark.parametrize(
    ("received", "stops", "last_day"),
    [
        ("09-21", [], "11-09"),
        ("09-21", [("10-12", "10-19")], "11-16"),
        ("01-30", [], "03-19"),
        ("09-21", [("10-12", "10-19"), ("10-14", "10-20")], "11-17"),
        ("09-21", [("10-16", "10-16")], "11-09"),
        ("09-21", [("10-16", "10-18")], "11-09"),
        ("09-21", [("11-10", "11-20")], "11-09"),
        ("09-21", [("10-12", "10-19"), ("11-10", "11-11")], "11-17"),
    ],
)
def test_the_end_moves_by_the_working_days_between_sending_and_return(
    law: Law, received: str, stops: list[tuple[str, str]], last_day: str
) -> None:
    moved = end_after_stops(law.end_of(DECIDE, day(received)), [(day(a), day(b)) for a, b in stops])
    assert moved.last_day == date.fromisoformat(f"2026-{last_day}")
    assert moved.ends_at == day(last_day, 24)


def test_a_return_lies_after_its_sending_and_calendar_days_are_not_stopped(law: Law) -> None:
    end = law.end_of(DECIDE, day("09-21"))
    with pytest.raises(ValueError, match="later"):
        end_after_stops(end, [(day("10-19"), day("10-12"))])
    with pytest.raises(TypeError):
        end_after_stops(law.end_of("L-27.suspend_max", day("09-21")), [(day("09-22"), day("09-23"))])
    assert end_after_stops(end, []).ends_at.astimezone(UTC) == end.ends_at
