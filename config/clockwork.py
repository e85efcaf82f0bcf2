"""What the clock process does, whether a thread of `manage.py serve` or `manage.py clock` on its own."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from django.conf import settings
from django.db import close_old_connections, transaction

from config.health import keepers
from config.timers import handlers
from core.timers import services as timers

log = logging.getLogger(__name__)
TICK_SECONDS = 0.2
_last_seal = ""
CHECKPOINT_EVERY = timedelta(seconds=5) if settings.SANDBOX else timedelta(seconds=60)


def checkpoint(subject: str) -> None:
    """Publish a checkpoint that covers the audit trail, have the keepers cosign it, and come back in a while."""
    from core.audit.services import seal
    from core.ledger import services as ledger
    from core.ledger import stamping
    from tendering.selectors import open_tenders

    global _last_seal
    newest = seal().hash
    # While bids are taken, every time: an entry only when something was done would tell that somebody bids.
    if newest != _last_seal or open_tenders():
        with transaction.atomic():
            ledger.append({"type": "mingcai/v1/heads", "sha256": newest})
        _last_seal = newest
    signed = ledger.publish_checkpoint()
    ledger.collect_cosignatures({row["url"]: row["vkey"] for row in keepers()})
    stamping.stamp(signed)
    timers.soon(verb="ledger.checkpoint", subject="log", after=CHECKPOINT_EVERY)


def plan() -> None:
    """See that the regular acts are in the diary: checkpoints, bid leaves, keepers, orders that nobody answers, mail."""
    for verb, subject in (
        ("ledger.checkpoint", "log"),
        ("bidding.batch", "log"),
        ("bidding.keepers", "all"),
        ("mall.lapse", "orders"),
        ("parties.inbox", "inbox"),
    ):
        if not timers.is_planned(verb=verb, subject=subject):
            timers.soon(verb=verb, subject=subject)


def run(stop: threading.Event) -> None:
    """Work off what is due until `stop` is set; outlives every error."""
    table = handlers()
    plan()
    while not stop.is_set():
        close_old_connections()
        try:
            busy = timers.run_due(table)
        except Exception:
            log.exception("a tick of the clock failed")
            busy = 0
        close_old_connections()
        if not busy:
            stop.wait(TICK_SECONDS)
