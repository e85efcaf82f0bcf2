"""Keep the clock's diary and work it off: idempotent, restart-safe, testable without sleeping.

The diary goes by `clock.stamp`, which is the database's clock on PostgreSQL: a host whose clock is wrong does nothing early
or late, takes over no claim that stands, and leaves none that lasts beyond its time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from core import clock
from core.errors import Refused
from core.timers.models import Timer

log = logging.getLogger(__name__)

Handler = Callable[[str], None]
CLAIM_LASTS = timedelta(seconds=60)


def soon(*, verb: str, subject: str, after: timedelta = timedelta(0)) -> Timer:
    """Have `verb` done on `subject` after a while, by the clock that works the diary off."""
    return schedule(verb=verb, subject=subject, due_at=clock.stamp() + after)


def schedule(*, verb: str, subject: str, due_at: datetime) -> Timer:
    """Have `verb` done on `subject` from `due_at` on; a second call moves the open timer."""
    timer, _ = Timer.objects.update_or_create(
        verb=verb,
        subject=subject,
        done_at=None,
        defaults={"due_at": due_at, "next_try_at": due_at, "claimed_at": None},
    )
    return timer


def is_planned(*, verb: str, subject: str) -> bool:
    """Tell whether there is an open timer for the act."""
    return Timer.objects.filter(verb=verb, subject=subject, done_at=None).exists()


def drop(*, verb: str, subject: str) -> None:
    """Forget the open timer, if any."""
    Timer.objects.filter(verb=verb, subject=subject, done_at=None).delete()


def run_due(handlers: Mapping[str, Handler], *, limit: int = 100) -> int:
    """Do what is due now and give how many acts were tried.

    Claims are conditional updates with the row count checked (SQLite ignores SKIP LOCKED); a claim lapses after
    60 seconds, so that a killed clock loses nothing. A handler that raises is tried again with growing pauses.
    """
    now = clock.stamp()
    due = Timer.objects.filter(done_at=None, next_try_at__lte=now, due_at__lte=now).order_by("due_at")[:limit]
    tried = 0
    for timer in due:
        free = Timer.objects.filter(pk=timer.pk, done_at=None, due_at=timer.due_at)
        stale = now - CLAIM_LASTS
        if not (
            free.filter(claimed_at=None).update(claimed_at=now)
            or free.filter(claimed_at__lt=stale).update(claimed_at=now)
        ):
            continue
        tried += 1
        _run(handlers, timer, now)
    return tried


def _run(handlers: Mapping[str, Handler], timer: Timer, claimed_at: datetime) -> None:
    """Do one act. Its timer is ours to settle only while the claim stands: the act may have planned itself anew, even for
    the same instant, and another clock may have taken a claim that lapsed.
    """
    mine = Timer.objects.filter(pk=timer.pk, due_at=timer.due_at, claimed_at=claimed_at)
    handler = handlers.get(timer.verb)
    try:
        if handler is None:
            raise LookupError(f"no handler for the timer verb {timer.verb!r}")
        handler(timer.subject)
    except Exception as error:  # noqa: BLE001 - the clock must outlive any one act; the error is kept and shown
        attempts = timer.attempts + 1
        pause = timedelta(seconds=min(2**attempts, 300) if attempts > 3 else 1)
        mine.update(
            attempts=attempts,
            last_error=repr(error)[:2000],
            next_try_at=clock.stamp() + pause,
            claimed_at=None,
        )
        level = logging.INFO if isinstance(error, Refused) else logging.ERROR
        log.log(level, "timer failed: %s (attempt %d): %r", timer, attempts, error)
    else:
        mine.update(done_at=clock.stamp())
