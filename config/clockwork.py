"""What the clock process does, whether a thread of `manage.py serve` or `manage.py clock` on its own."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from django.conf import settings
from django.db import close_old_connections

from config.timers import handlers
from core import clock
from core.timers import services as timers

log = logging.getLogger(__name__)
TICK_SECONDS = 0.2
CHECKPOINT_EVERY = timedelta(seconds=5) if settings.SANDBOX else timedelta(seconds=60)


def checkpoint(subject: str) -> None:
    """Publish a checkpoint that covers all audit chains, have the keepers cosign it, and come back in a while."""
    from core.audit.services import heads
    from core.canonical import canonical, digest
    from core.ledger import services as ledger

    chains = heads()
    ledger.append_heads(digest(canonical(chains)))
    ledger.publish_checkpoint()
    timers.schedule(verb="ledger.checkpoint", subject="log", due_at=clock.now() + CHECKPOINT_EVERY)


def run(stop: threading.Event) -> None:
    """Work off what is due until `stop` is set; outlives every error."""
    table = handlers()
    while not stop.is_set():
        close_old_connections()
        try:
            busy = timers.run_due(table)
        except Exception:  # noqa: BLE001 - the clock must go on whatever one tick met; it is logged
            log.exception("a tick of the clock failed")
            busy = 0
        close_old_connections()
        if not busy:
            stop.wait(TICK_SECONDS)
