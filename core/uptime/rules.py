"""What a heartbeat says about the time since the last one. Pure.

Two clocks are compared: the platform's, by which deadlines run, and the host's without what a test clock adds. Time
counts as an outage only as far as both have gone on: a clock that is moved makes no outage.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

BEAT = timedelta(seconds=10)
"""How often the heart beats."""
PATIENCE = timedelta(seconds=30)
"""For how long it may be silent, or say that something is away, before that is an outage."""


class Part(StrEnum):
    """What was away: everything, the site alone, the stores of bids, or too many keepers."""

    PLATFORM = "platform"
    SITE = "site"
    STORE = "store"
    KEEPERS = "keepers"


@dataclass(frozen=True, slots=True)
class Beat:
    """One heartbeat: `at` by the platform's clock, `host_at` by the host's, and what was found to be away."""

    at: datetime
    host_at: datetime
    away: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Since:
    """The span of beats alike before a beat: since when, until when, and whether something was away throughout."""

    began: Beat
    last: Beat


@dataclass(frozen=True, slots=True)
class Found:
    """What one beat tells: `began_at` to `ended_at` (None: it lasts), really `seconds` long, and what was away."""

    began_at: datetime
    ended_at: datetime | None
    seconds: int
    parts: tuple[str, ...]


def silent(since: Since, beat: Beat) -> bool:
    """Tell whether the heart stood still between two beats for longer than PATIENCE."""
    return beat.host_at - since.last.host_at > PATIENCE and beat.at - since.last.at > PATIENCE


def read(since: Since | None, beat: Beat) -> list[Found]:
    """Give the outages that a beat ends, or finds to go on, oldest first."""
    if since is None:
        return []
    found = []
    if since.last.away:
        lasts = bool(beat.away) and not silent(since, beat)
        until = beat if lasts or not silent(since, beat) else since.last
        seconds = _seconds(since.began, until)
        if seconds >= PATIENCE.total_seconds():
            parts = _sorted(since.last.away | (beat.away if lasts else frozenset()))
            found.append(Found(since.began.at, None if lasts else until.at, seconds, parts))
    if silent(since, beat):
        found.append(Found(since.last.at, beat.at, _seconds(since.last, beat), (Part.PLATFORM,)))
    return found


def goes_on(since: Since | None, beat: Beat) -> bool:
    """Tell whether a beat belongs to the span before it: no silence between, and as well or unwell as it."""
    return since is not None and not silent(since, beat) and bool(since.last.away) == bool(beat.away)


def _seconds(first: Beat, second: Beat) -> int:
    return int(min(second.at - first.at, second.host_at - first.host_at).total_seconds())


def _sorted(parts: Collection[str]) -> tuple[str, ...]:
    return tuple(part for part in Part if part in parts)
