"""A period whose clock is stopped: what is waited for does not count, and the end moves by as much."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from core.law.book import Deadline
from core.workdays import Calendar, Unit, beijing_date, day_begins, national

_DAY = timedelta(days=1)


def end_after_stops(
    end: Deadline, stops: Iterable[tuple[datetime, datetime]], calendar: Calendar | None = None
) -> Deadline:
    """Give the end of a period of working days, or of seconds, after the clock was stopped from each `sent` to its `back`.

    The day of sending counts, the days after it up to and with the day of the return do not: the period ends that many
    working days later. Stops that overlap stop the clock once; one that began after the period was over moves nothing.
    Never binding: what reaches into an unannounced year is provisional. Raises TypeError for a period of calendar days,
    ValueError for a return before its sending.   Source: 财政部令第94号第二十七条 (general knowledge).
    """
    table = calendar or national()
    if end.rule.unit in {*Unit} - {Unit.WORKDAY}:
        raise TypeError(f"{end.rule.id} is no period of working days")
    moved, counted = end, list[tuple[datetime, datetime]]()
    for sent, back in sorted(stops):
        if back < sent:
            raise ValueError("what is sent comes back later")
        if sent < moved.ends_at:
            counted.append((sent, back))
            moved = _moved(end, counted, table)
    return moved


def _moved(end: Deadline, stops: list[tuple[datetime, datetime]], table: Calendar) -> Deadline:
    if end.rule.unit != Unit.WORKDAY:
        ends_at = end.ends_at + _length(stops)
        return replace(end, last_day=beijing_date(ends_at), ends_at=ends_at)
    stopped = {day for sent, back in stops for day in _after(beijing_date(sent), beijing_date(back))}
    count = sum(table.is_workday(day, binding=False) for day in stopped)
    last = table.end_of_period(end.last_day, count, Unit.WORKDAY, binding=False)
    return replace(
        end,
        last_day=last.last_day,
        ends_at=day_begins(last.last_day + _DAY),
        provisional=end.provisional or last.provisional,
    )


def _after(first: date, last: date) -> list[date]:
    return [first + _DAY * n for n in range(1, (last - first).days + 1)]


def _length(spans: list[tuple[datetime, datetime]]) -> timedelta:
    total, until = timedelta(), spans[0][0]
    for sent, back in spans:
        total += max(back - max(sent, until), timedelta())
        until = max(until, back)
    return total
