"""A keeper's own clock: the host's, moved by a file of seconds where a test says so."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from bidding.keeper.decide import MAX_CLOCK_DIFFERENCE

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class KeeperClock:
    """Tells the time; `differences` are how far each peer's clock was ahead when last asked, in seconds."""

    def __init__(self, offset_file: Path | None = None) -> None:
        """`offset_file` moves the clock by the seconds in it.  Raises ValueError unless TEST_CLOCK=1."""
        if offset_file is not None and os.environ.get("TEST_CLOCK") != "1":
            raise ValueError("the clock can be moved by a file only with TEST_CLOCK=1")
        self._offset_file = offset_file
        self.differences: dict[str, float] = {}

    def now(self) -> datetime:
        """The present instant, aware, in UTC, to the microsecond."""
        offset = 0.0
        if self._offset_file is not None and self._offset_file.exists():
            offset = float(self._offset_file.read_text().strip() or "0")
        return _EPOCH + timedelta(microseconds=time.time_ns() // 1000) + timedelta(seconds=offset)

    def agrees_with_peers(self) -> bool:
        """Whether the median of the peers that answered is within the bound; true while none has answered."""
        known = list(self.differences.values())
        return not known or abs(median(known)) <= MAX_CLOCK_DIFFERENCE


def seconds(instant: datetime) -> int:
    """Whole seconds since the epoch, rounded down."""
    return (instant - _EPOCH) // timedelta(seconds=1)


def from_seconds(count: int) -> datetime:
    """The instant of a cosignature.  Raises OverflowError beyond the year 9999."""
    return _EPOCH + timedelta(seconds=count)
