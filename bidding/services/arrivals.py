"""What of one supplier has arrived for a tender: its own attempts and uploads, signed, at any time.

Only its own: before the close nobody else learns that anybody tries (R11). It is evidence when a deadline, a line or the
platform failed; it is no receipt of a bid.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings

from bidding import keepers
from bidding.models import Attempt, Ticket
from bidding.sealing.arrivals import MAX_ATTEMPTS, MAX_PARTS, Arrivals, Part, Try
from bidding.services.attempts import ACCEPTED
from core import clock
from core.ledger.key import log_signer
from storage import uploads


def of(supplier_id: uuid.UUID, tender_id: uuid.UUID) -> Arrivals:
    """Give what has arrived up to now: refused steps and tickets in the order of time, uploads with what is on disk."""
    now = clock.stamp()
    own = {"tender_id": tender_id, "supplier_id": supplier_id}
    tries = [Try(row.at, row.lot, row.step, row.code) for row in Attempt.objects.filter(**own)]
    tries += [
        Try(row.arrival, row.lot, row.kind, (ACCEPTED if row.accepted else row.code) or "undecided")
        for row in Ticket.objects.filter(tender_id=tender_id, bid__supplier_id=supplier_id)
    ]
    tries.sort(key=lambda row: (row.at, row.step, row.code))
    parts = uploads.arrived(f"organisation.{supplier_id}", f"tender.{tender_id}")
    return Arrivals(
        log_origin=settings.LEDGER_ORIGIN,
        tender=str(tender_id),
        supplier=str(supplier_id),
        as_of=now,
        attempts=tuple(tries[-MAX_ATTEMPTS:]),
        parts=tuple(
            Part(str(row.id), row.length, row.received, row.sha256, row.at) for row in parts[-MAX_PARTS:]
        ),
    )


def signed(supplier_id: uuid.UUID, tender_id: uuid.UUID) -> dict[str, Any]:
    """Give the same as the file that anyone can verify: signed with the key of the log."""
    body = of(supplier_id, tender_id).to_json()
    return {"arrivals": keepers.sign_statement(body, log_signer(may_create=False))}
