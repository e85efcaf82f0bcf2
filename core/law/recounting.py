"""Periods that were counted over days nobody had announced yet, and where announced days put them. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.law.book import Deadline, Law
from core.workdays import Calendar

Calendars = Callable[[str], Calendar]
"""The working days of a region's code."""


@dataclass(frozen=True, slots=True)
class Period:
    """One open period: the instant in `field` of `row`, as it was counted and as the announced days count it.

    `subject` names the act in the log, `task` begins the keys of the tasks that wait for it; `name` and `title` say to
    people what it belongs to.
    """

    row: Any
    field: str
    subject: str
    task: str
    name: str
    title: str
    was: Deadline
    now: Deadline

    @property
    def before(self) -> datetime | None:
        """When it ends now."""
        found: datetime | None = getattr(self.row, self.field)
        return found

    @property
    def after(self) -> datetime:
        """When it ends by the announced days."""
        return self.now.ends_at

    @property
    def rule(self) -> str:
        """The rule that it follows."""
        return self.now.rule.id

    @property
    def moves(self) -> bool:
        """Tell whether it moves: only what was provisional does, and only where the days put it elsewhere."""
        return self.before is not None and self.was.provisional and self.before != self.after


def by(law: Law, table: Calendar) -> Law:
    """Give a law that counts by these working days."""
    return law.counting_by(lambda: table)
