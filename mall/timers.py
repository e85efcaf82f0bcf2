"""What the clock does for the mall."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings

from core.timers import services as timers
from mall.services import fulfilling, offlist, summaries

EVERY = timedelta(seconds=5) if settings.SANDBOX else timedelta(seconds=60)


def lapse(subject: str) -> None:
    """Let lapse unanswered orders, settle purchases off the list, close agreements that are over, and come back in a while."""
    fulfilling.lapse_overdue()
    offlist.settle_due()
    summaries.close_over()
    timers.soon(verb="mall.lapse", subject=subject, after=EVERY)


def off_list_signed(subject: str) -> None:
    """The contract of "offlist.<uuid>" is signed, or not concluded."""
    offlist.signed(purchase_id=UUID(subject.removeprefix("offlist.")))
