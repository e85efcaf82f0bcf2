"""The public deadline calculator: where a period ends and which days it passed over, without binding anybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from core.workdays import Calendar, Day, DayKind, Unit, national

_DAY = timedelta(days=1)
LONGEST = 3660
"""The longest period in days that is answered day by day: ten years."""


@dataclass(frozen=True, slots=True)
class Reckoning:
    """A period counted out. `due` is its last day, or, counted backwards, the day from which it leads to `start`.

    `skipped` are the days that did not count, `made_up` the weekend days that did, `unannounced` the years whose
    notice is not out: then `provisional`.
    """

    start: date
    due: date
    count: int
    unit: Unit
    roll: bool
    backward: bool
    skipped: tuple[Day, ...]
    made_up: tuple[Day, ...]
    unannounced: tuple[int, ...]

    @property
    def provisional(self) -> bool:
        """Tell whether the answer may still change."""
        return bool(self.unannounced)


def reckon(
    start: date,
    count: int,
    unit: Unit | str,
    *,
    roll: bool = False,
    backward: bool = False,
    calendar: Calendar | None = None,
) -> Reckoning:
    """Count `count` units from `start`, which is not counted, and name every day that was skipped.

    Working days skip each day off on the way; calendar days, months and years only those that `roll` passes at
    the end. Raises ValueError for a count or a date beyond what is answered.
    """
    kind, table = Unit(unit), calendar or national()
    if not 0 <= count * _LENGTH[kind] <= LONGEST:
        raise ValueError(f"a period has at most {LONGEST} days")
    if backward:
        due = table.start_of_period(start, count, kind, binding=False).last_day
        end = due
    else:
        due = table.end_of_period(start, count, kind, roll, binding=False).last_day
        end = table.end_of_period(start, count, kind, binding=False).last_day
    if kind is Unit.WORKDAY:
        passed = [table.describe(day) for day in _between(start, due)]
    elif roll and not backward:
        passed = [table.describe(day) for day in _between(end - _DAY, due)]
    else:
        passed = []
    return Reckoning(
        start=start,
        due=due,
        count=count,
        unit=kind,
        roll=roll,
        backward=backward,
        skipped=tuple(day for day in passed if not day.working),
        made_up=tuple(day for day in passed if day.kind is DayKind.MAKE_UP),
        unannounced=tuple(sorted({day.on.year for day in passed if day.provisional})),
    )


_LENGTH = {Unit.DAY: 1, Unit.WORKDAY: 2, Unit.MONTH: 31, Unit.YEAR: 366}
"""About how many days a unit takes, to bound what is asked."""


def _between(start: date, end: date) -> Iterator[date]:
    """Give the days from the one next to `start` to `end`, in the direction of `end`."""
    step = _DAY if end >= start else -_DAY
    while start != end:
        start += step
        yield start


def deadline(
    start: date, count: int, unit: str, roll: bool = False, calendar: Calendar | None = None
) -> dict[str, str | bool]:
    """Answer the public deadline calculator: `{"last_day": "2026-10-10", "provisional": false}`.

    Counts days or working days, the start day not included; never binding, so an unannounced year makes the
    answer provisional. Raises ValueError for another unit and for a count below zero or above MOST.
    """
    if unit not in {Unit.DAY, Unit.WORKDAY}:
        raise ValueError("the unit is day or workday")
    end = (calendar or national()).end_of_period(start, count, unit, roll, binding=False)
    return {"last_day": end.last_day.isoformat(), "provisional": end.provisional}
