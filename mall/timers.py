"""What the clock does for the mall."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from core.timers import services as timers
from mall.services import fulfilling, summaries

EVERY = timedelta(seconds=5) if settings.SANDBOX else timedelta(seconds=60)


def lapse(subject: str) -> None:
    """Let lapse the orders that nobody has answered in time, close agreements that are over, and come back in a while."""
    fulfilling.lapse_overdue()
    summaries.close_over()
    timers.soon(verb="mall.lapse", subject=subject, after=EVERY)
