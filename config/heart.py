"""The platform's heart: a thread of its own that looks whether bidders can bid, and writes down that it looked.

Beside the clock and not of it: a long opening keeps the clock busy, and that is no outage.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import httpx
from django.conf import settings
from django.core.files.storage import storages
from django.db import close_old_connections

from bidding.rules import acks_needed
from config import health
from core.ledger import wire
from core.uptime import services as uptime
from core.uptime.rules import BEAT, Part
from tendering.services import rescuing

log = logging.getLogger(__name__)
SECONDS = 3.0
ALIVE = frozenset({"ok", "starting"})


def run(stop: threading.Event, site: str = "") -> None:
    """Beat until `stop` is set; outlives every error. `site` is where the site is asked; empty: it is not."""
    while not stop.is_set():
        close_old_connections()
        try:
            look(site)
        except Exception:
            log.exception("a heartbeat was lost")
        close_old_connections()
        stop.wait(BEAT.total_seconds())


def look(site: str = "") -> None:
    """Look at everything once, note the heartbeat, and move the deadlines that an outage has cost their time."""
    checks: dict[str, Callable[[], bool]] = {Part.STORE: _store, Part.KEEPERS: _keepers}
    if site:
        checks[Part.SITE] = lambda: _answers(site)
    away = [part for part, check in checks.items() if not _well(part, check)]
    uptime.beat(away)
    rescuing.rescue()


def _well(part: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, that part is away
        log.warning("%s is away: %r", part, error)
        return False


def _store() -> bool:
    storages["sealed"].exists("ready/heart")
    return True


def _keepers() -> bool:
    """Enough keepers answer that bids can be sealed to them (R2); an installation without keepers seals nothing."""
    rows = health.keepers()
    if not rows:
        return True
    alive = 0
    with wire.client(SECONDS) as http:
        for row in rows:
            try:
                alive += http.get(f"{row['url']}/healthz").status_code == 200
            except httpx.HTTPError:
                log.info("keeper %s does not answer", row.get("id"))
    return alive >= acks_needed(settings.KEEPERS_NEEDED, len(rows))


def _answers(site: str) -> bool:
    with httpx.Client(timeout=SECONDS, trust_env=False) as http:
        return http.get(f"{site}/healthz").json().get("status") in ALIVE
