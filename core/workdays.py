"""Working days (工作日) and calendar days (日): two units that are never mixed.

Pure. A period's start day is not counted; a period of calendar days whose last day is no working day ends,
where the rule says so, on the next working day. Dates are civil dates of Beijing, at UTC+8 all year.

The table is typed from the State Council's yearly notices. A year without a notice is unknown: whoever fixes
a binding date gets UnknownYear; whoever only wants to see where a date would fall asks with `binding=False`
and is told that the answer is provisional.   Source: 《民法典》第二百零一条、第二百零二条、第二百零三条.
"""

from __future__ import annotations

import calendar
import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from functools import cache
from pathlib import Path

from core.errors import Refused, gettext_noop

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Civil time of the law; the same as `core.clock.BEIJING`, which a pure module may not import."""

CALENDAR = Path(__file__).parent / "law" / "data" / "calendar_cn.csv"
MOST = 100_000
"""The longest count of days or working days that is answered: more than two hundred and fifty years."""

_DAY = timedelta(days=1)
_SATURDAY = 5


class UnknownYear(Refused):
    """A binding date would depend on a year whose holidays have not been announced."""

    code = "unknown-calendar-year"
    title = gettext_noop("The working days of that year have not been announced yet")

    def __init__(self, year: int) -> None:
        self.year = year
        super().__init__(gettext_noop("The working days of %(year)s are not in the calendar"), year=year)


class Unit(StrEnum):
    """What a period is counted in."""

    DAY = "day"
    WORKDAY = "workday"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class PeriodEnd:
    """The last day of a period; `provisional` if it depends on a year without an announced calendar."""

    last_day: date
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Special:
    """Days that are not as their weekday says: `first` to `last`, both included, by one notice."""

    document: str
    first: date
    last: date
    working: bool
    name: str


class DayKind(StrEnum):
    """Why a day counts as a working day, or does not."""

    WORKDAY = "workday"
    MAKE_UP = "make_up"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True)
class Day:
    """One day as the calendar knows it; `name` and `document` where a notice speaks about it.

    `local`: by a regional notice. `provisional`: guessed, for the year's notice is not out.
    """

    on: date
    kind: DayKind
    name: str = ""
    document: str = ""
    local: bool = False
    provisional: bool = False

    @property
    def working(self) -> bool:
        """Tell whether the day counts."""
        return self.kind in {DayKind.WORKDAY, DayKind.MAKE_UP}


@dataclass(frozen=True)
class Calendar:
    """Which days are working days. `documents` maps each known year to the notice that fixes it.

    `local` are the days that a region has fixed otherwise; they go before the national ones.
    """

    documents: dict[int, str]
    specials: tuple[Special, ...]
    every_year: tuple[tuple[int, int], ...] = ()
    """(month, day) of the holidays fixed by ordinance: used for unknown years, never for binding dates."""
    local: tuple[Special, ...] = ()
    _named: dict[date, Special] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_named", {**_by_day(self.specials), **_by_day(self.local)})

    def knows(self, day: date) -> bool:
        """Tell whether the notice for the year of `day` is in the table."""
        return day.year in self.documents

    def with_year(self, year: int, document: str, specials: Iterable[Special]) -> Calendar:
        """Give the calendar with the whole of `year` as another notice fixes it. Raises ValueError for other years."""
        new = tuple(specials)
        if any(day.year != year for special in new for day in (special.first, special.last)):
            raise ValueError(f"a notice for {year} fixes days of {year}")
        kept = tuple(special for special in self.specials if special.first.year != year)
        return replace(self, documents={**self.documents, year: document}, specials=(*kept, *new))

    def with_local(self, specials: Iterable[Special]) -> Calendar:
        """Give the calendar with days that a region fixes otherwise; a later call goes before an earlier one."""
        new = tuple(specials)
        taken = _by_day(new)
        kept = tuple(
            replace(special, first=day, last=day)
            for special in self.local
            for day in _days(special)
            if day not in taken
        )
        return replace(self, local=(*kept, *new))

    def describe(self, day: date) -> Day:
        """Say what `day` is and by which notice; a day of an unknown year is guessed and says so."""
        special = self._named.get(day)
        if special is not None:
            kind = DayKind.MAKE_UP if special.working else DayKind.HOLIDAY
            return Day(day, kind, special.name, special.document, special in self.local)
        known = self.knows(day)
        if not known and (day.month, day.day) in self.every_year:
            return Day(day, DayKind.HOLIDAY, provisional=True)
        kind = DayKind.WEEKEND if day.weekday() >= _SATURDAY else DayKind.WORKDAY
        return Day(day, kind, provisional=not known)

    def is_workday(self, day: date, *, binding: bool = True) -> bool:
        """Tell whether `day` is a working day.

        For an unknown year raises UnknownYear, or with `binding=False` guesses from the weekday and the
        holidays of fixed date.
        """
        special = self._named.get(day)
        if special is not None:
            return special.working
        if self.knows(day):
            return day.weekday() < _SATURDAY
        if binding:
            raise UnknownYear(day.year)
        return day.weekday() < _SATURDAY and (day.month, day.day) not in self.every_year

    def after(self, day: date, count: int, *, binding: bool = True) -> date:
        """Give the `count`-th working day after `day`, which itself is not counted; zero gives `day`.

        Raises UnknownYear if a day on the way is of an unknown year and the answer is to be binding.
        """
        return self._step(day, count, _DAY, binding)

    def before(self, day: date, count: int, *, binding: bool = True) -> date:
        """Give the `count`-th working day before `day`, which itself is not counted; zero gives `day`."""
        return self._step(day, count, -_DAY, binding)

    def _step(self, day: date, count: int, step: timedelta, binding: bool) -> date:
        _check(count)
        while count:
            day += step
            count -= self.is_workday(day, binding=binding)
        return day

    def end_of_period(
        self, start: date, count: int, unit: Unit | str, roll: bool = False, *, binding: bool = True
    ) -> PeriodEnd:
        """Give the last day of a period of `count` units that begins after `start`.

        A month or year ends on the day of the same number, or on the last of a shorter month. `roll` moves a
        last day that is no working day to the next one. Raises UnknownYear (binding) and ValueError for a
        negative or absurd count or a date beyond the year 9999.
        """
        kind = Unit(unit)
        _check(count)
        try:
            if kind is Unit.WORKDAY:
                return self._settle(lambda sure: self.after(start, count, binding=sure), binding)
            last = start + count * _DAY if kind is Unit.DAY else _same_day(start, count, kind)
            if not roll:
                return PeriodEnd(last)
            return self._settle(lambda sure: self._rolled(last, sure), binding)
        except OverflowError:
            raise ValueError("the period ends beyond the year 9999") from None

    def start_of_period(self, end: date, count: int, unit: Unit | str, *, binding: bool = True) -> PeriodEnd:
        """Give the day from which `count` days or working days lead to `end`; its last_day is that day.

        What must be done at least so long before `end` is done in time on that day; what may be done at most
        so long before may be done from that day on. Raises like `end_of_period`.
        """
        kind = Unit(unit)
        _check(count)
        try:
            if kind is Unit.WORKDAY:
                return self._settle(lambda sure: self.before(end, count, binding=sure), binding)
            return PeriodEnd(end - count * _DAY if kind is Unit.DAY else _same_day(end, -count, kind))
        except OverflowError:
            raise ValueError("the period begins before the year 1") from None

    def _rolled(self, day: date, binding: bool) -> date:
        while not self.is_workday(day, binding=binding):
            day += _DAY
        return day

    def _settle(self, answer: Callable[[bool], date], binding: bool) -> PeriodEnd:
        """Answer bindingly; where that is not possible and not needed, provisionally."""
        try:
            return PeriodEnd(answer(True))
        except UnknownYear:
            if binding:
                raise
        return PeriodEnd(answer(False), provisional=True)


def _days(special: Special) -> list[date]:
    return [special.first + _DAY * n for n in range((special.last - special.first).days + 1)]


def _by_day(specials: Iterable[Special]) -> dict[date, Special]:
    """Map each day to what fixes it. Raises ValueError for a day fixed twice and for an empty period."""
    found: dict[date, Special] = {}
    for special in specials:
        days = _days(special)
        if not days or not found.keys().isdisjoint(days):
            raise ValueError(f"{special.first} is in the calendar twice, or its period is empty")
        found.update(dict.fromkeys(days, special))
    return found


def _check(count: int) -> None:
    if not 0 <= count <= MOST:
        raise ValueError(f"a period has 0 to {MOST} units, not {count}")


def _same_day(start: date, count: int, unit: Unit) -> date:
    months = start.year * 12 + start.month - 1 + count * (12 if unit is Unit.YEAR else 1)
    year, month = months // 12, months % 12 + 1
    if not 1 <= year <= 9999:
        raise OverflowError
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def beijing_date(instant: datetime) -> date:
    """Give the civil date in Beijing of an aware instant. Raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone has no date")
    return instant.astimezone(BEIJING).date()


def day_begins(day: date) -> datetime:
    """Give the instant, in UTC, at which `day` begins in Beijing; it ends where the next begins."""
    return datetime.combine(day, time(), BEIJING).astimezone(UTC)


def read_calendar(path: Path = CALENDAR) -> Calendar:
    """Read a calendar table. Raises ValueError for a day listed twice or a year with two documents."""
    documents: dict[int, str] = {}
    specials: list[Special] = []
    fixed: list[tuple[int, int]] = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["kind"] not in {"off", "work"}:
                raise ValueError(f"{row['kind']} is no kind of day")
            yearly = row["year"] == "every"
            year = 2000 if yearly else int(row["year"])
            first, last = (date.fromisoformat(f"{year}-{row[end]}") for end in ("first", "last"))
            if yearly:
                days = [first + _DAY * n for n in range((last - first).days + 1)]
                fixed.extend((day.month, day.day) for day in days)
                continue
            if documents.setdefault(year, row["document"]) != row["document"]:
                raise ValueError(f"the year {year} has two documents")
            specials.append(Special(row["document"], first, last, row["kind"] == "work", row["name"]))
    return Calendar(documents, tuple(specials), tuple(fixed))


@cache
def national() -> Calendar:
    """Give the calendar of the State Council's notices, read once."""
    return read_calendar()
