"""The demonstration's year: a clock that only moves forward, and the stories that act at their hour.

A story is a generator: it yields the instant at which it wants to go on. Between two steps the clock does what is due,
as the clock process would.
"""

from __future__ import annotations

import heapq
import itertools
import os
import time as systime
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from core import clock
from core.clock import BEIJING
from core.timers import services as timers
from core.workdays import beijing_date, day_begins, national

Story = Iterator[datetime]
YEAR = timedelta(days=366)
LAST_DEADLINE = timedelta(days=16)
"""How long after the end of the year told here its last open tender still accepts bids."""


def end_of_tale(now: datetime) -> datetime:
    """Give the instant up to which the year is told: now, or the last one whose deadlines have a calendar.

    A binding deadline needs the State Council's notice of its year; where the newest known year is nearly over, the
    tale ends before that.
    """
    known = max(national().documents)
    return min(now, day_begins(date(known + 1, 1, 1)) - LAST_DEADLINE)


class Timeline:
    """Moves the clock file from story step to story step until `ends_at`; what would come later never happens."""

    def __init__(self, clock_file: Path, ends_at: datetime, handlers: Mapping[str, timers.Handler]) -> None:
        self.clock_file = clock_file
        self.ends_at = ends_at
        self.handlers = handlers
        self.stories: list[tuple[datetime, int, Story]] = []
        self._numbers = itertools.count(1)
        self._written = 0

    # --- civil time -------------------------------------------------------------------------------------------------

    def day(self, before: float, hour: int = 9, minute: int = 0) -> datetime:
        """Give an hour of the working day that lies `before` days before the end, or is the next after that."""
        return self.workday(beijing_date(self.ends_at - timedelta(days=before)), hour, minute)

    def later(self, days: float, hour: int = 9, minute: int = 0) -> datetime:
        """Give an hour of a working day about `days` days from now."""
        return self.workday(beijing_date(clock.now() + timedelta(days=days)), hour, minute)

    def workday(self, day: date, hour: int, minute: int) -> datetime:
        """Give an hour of `day`, or of the next working day if that is still told."""
        at, wanted = time(hour, minute), day
        while not national().is_workday(wanted, binding=False):
            wanted += timedelta(days=1)
        rolled = datetime.combine(wanted, at, BEIJING)
        return rolled if rolled < self.ends_at else datetime.combine(day, at, BEIJING)

    # --- telling ----------------------------------------------------------------------------------------------------

    def add(self, story: Story) -> None:
        """Let a story begin: it runs up to its first instant at once."""
        self._queue(story)

    def tell_until(self, instant: datetime) -> None:
        """Live through every story up to `instant`, in the order of time, and set the clock there."""
        until = min(instant, self.ends_at)
        while self.stories and self.stories[0][0] < until:
            at, _, story = heapq.heappop(self.stories)
            self.move(at)
            self.work_off()
            self._queue(story)
            self.work_off()
        self.move(until)
        self.work_off()

    def move(self, instant: datetime) -> None:
        """Set the clock to `instant`; a clock that is there already goes on as it is."""
        if instant > clock.now():
            self.begin(instant)

    def begin(self, instant: datetime) -> None:
        """Set the clock to `instant`, even back: only before anything has happened."""
        seconds = (instant - datetime.now(UTC)).total_seconds()  # noqa: TID251 - the host's clock is what is moved
        # In one piece and with a time of change of its own: whoever reads it never sees half a number or the last one.
        self._written = max(self._written + 1, systime.time_ns())
        draft = self.clock_file.with_suffix(".next")
        draft.write_text(f"{seconds:.6f}")
        os.utime(draft, ns=(self._written, self._written))
        draft.replace(self.clock_file)

    def work_off(self) -> None:
        """Do what is due, until nothing is."""
        while timers.run_due(self.handlers):
            pass

    def _queue(self, story: Story) -> None:
        instant = next(story, None)
        if instant is not None:
            heapq.heappush(self.stories, (instant, next(self._numbers), story))
