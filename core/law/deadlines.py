"""The public deadline calculator: where a period ends, without binding anybody."""

from __future__ import annotations

from datetime import date

from core.workdays import Unit, national


def deadline(start: date, count: int, unit: str, roll: bool = False) -> dict[str, str | bool]:
    """Answer the public deadline calculator: `{"last_day": "2026-10-10", "provisional": false}`.

    Counts days or working days, the start day not included; never binding, so an unannounced year makes the
    answer provisional. Raises ValueError for another unit and for a count below zero or above MOST.
    """
    if unit not in {Unit.DAY, Unit.WORKDAY}:
        raise ValueError("the unit is day or workday")
    end = national().end_of_period(start, count, unit, roll, binding=False)
    return {"last_day": end.last_day.isoformat(), "provisional": end.provisional}
