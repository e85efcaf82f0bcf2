"""The clock of a benchmark and its servers: it begins on a day of a year whose working days are known, and moves."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def _file() -> Path:
    """Where the offset stands that every process of this benchmark adds."""
    return Path(os.environ["CLOCK_OFFSET_FILE"])


def set_clock(instant: datetime) -> float:
    """Let it be `instant` now; gives the offset in seconds. Written in one piece, since servers read it any time."""
    offset = instant.timestamp() - time.time()
    draft = _file().with_suffix(".new")
    draft.write_text(repr(offset))
    draft.replace(_file())
    return offset
