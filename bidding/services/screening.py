"""Have the attachments of opened bids scanned, in the clock's time: no opening waits for a scanner."""

from __future__ import annotations

import uuid

from bidding.models import OpenedFile
from core.timers import services as timers
from storage import scanning

SCAN = "bidding.scan"
STORE = "opened"


def plan(tender_id: uuid.UUID) -> None:
    """Have a tender's attachments scanned soon, if there is a scanner and something that it has not seen."""
    if scanning.configured() and _unscanned(tender_id):
        timers.soon(verb=SCAN, subject=str(tender_id))


def screen(tender_id: uuid.UUID) -> None:
    """Scan what has not been scanned. Raises ScannerAway; the clock tries again."""
    for name in _unscanned(tender_id):
        scanning.scan(STORE, name)


def _unscanned(tender_id: uuid.UUID) -> list[str]:
    names = list(OpenedFile.objects.filter(bid__bid__tender_id=tender_id).values_list("stored_as", flat=True))
    known = scanning.results(STORE, names)
    return [name for name in names if name not in known]
