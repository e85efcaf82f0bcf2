"""The host's clock, where it decides (SQLite): it must be the keepers' clock, or nobody submits (R1).

Keepers are asked for a fresh stamp, never judged by their acks: an ack is given once, and repeated as it was given.
Between two questions the host's monotonic clock vouches: as long as the wall clock runs beside it, nobody has turned it.
"""

from __future__ import annotations

import secrets
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from django.db import connection

from bidding import keepers
from bidding.sealing.objects import Keeper
from core import clock
from core.errors import Refused, gettext_noop
from tendering import selectors as tenders
from tendering.facts import BidTerms

TOLERANCE = timedelta(seconds=2)
DRIFT = timedelta(seconds=0.5)
ASK_AGAIN_AFTER = 60.0
_lock = threading.Lock()
_agreed: dict[str, tuple[float, float]] = {}


class ClockDisagrees(Refused):
    """The server's clock and the keepers' differ by more than two seconds."""

    code = "clock-disagrees"
    title = gettext_noop("The server's clock disagrees with the keepers' clocks")
    status = 503


def must_agree(tender_id: UUID) -> None:
    """Raise ClockDisagrees when the host's clock decides and the median of the keepers' is more than TOLERANCE away.

    With no keeper to ask it says nothing: what a bid then counts by is that k keepers acked it before the deadline.
    """
    if connection.vendor == "postgresql":
        return
    tender = tenders.bid_terms(tender_id)
    keeper_set = str(tender.sealing.get("keepers"))
    with _lock:
        asked, apart = _agreed.get(keeper_set, (float("-inf"), 0.0))
    ticks = time.monotonic()
    if ticks - asked < ASK_AGAIN_AFTER and abs(_apart() - apart) < DRIFT.total_seconds():
        return
    differences = _ask(tender)
    if not differences:
        return
    if abs(statistics.median(differences)) > TOLERANCE.total_seconds():
        raise ClockDisagrees(
            gettext_noop(
                "Bids cannot be submitted until the operator has set the clock right. Nothing was lost."
            )
        )
    with _lock:
        _agreed.clear()
        _agreed[keeper_set] = (ticks, _apart())


def _apart() -> float:
    return clock.now().timestamp() - time.monotonic()


def _ask(tender: BidTerms) -> list[float]:
    """Ask all keepers side by side: how many seconds each one's time lies outside of asking and answer, on our clock."""
    people = keepers.keepers_of(tender)
    hashed = secrets.token_bytes(32)

    def ask(keeper: Keeper) -> float | None:
        sent = clock.now()
        answer = keepers.ask_for_stamp(keeper, hashed)
        if answer is None:
            return None
        late = (answer.time - answer.received).total_seconds()
        early = (answer.time - sent).total_seconds()
        return max(late, 0.0) or min(early, 0.0)

    with ThreadPoolExecutor(max_workers=len(people)) as pool:
        return [apart for apart in pool.map(ask, people) if apart is not None]
