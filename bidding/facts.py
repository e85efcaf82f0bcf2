"""What bidding tells other packages and its own pages: frozen facts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.money import Yuan


@dataclass(frozen=True)
class Prepared:
    """A bid before it is submitted."""

    bid_id: uuid.UUID
    ctx_base: dict[str, Any]
    record_hash: str = ""
    acks: int = 0
    keepers: int = 0


@dataclass(frozen=True)
class Outcome:
    """What became of a ticket; `code` says why it was refused and is empty when it was accepted."""

    ticket_id: uuid.UUID
    accepted: bool
    code: str
    arrival: datetime
    record_hash: str
    receipt_id: uuid.UUID | None


@dataclass(frozen=True)
class OpenedFileFacts:
    """One attachment of an opened bid."""

    id: uuid.UUID
    name: str
    size: int
    sha256: str
    scan: str = "unscanned"
    found: str = ""


@dataclass(frozen=True)
class OpenedBidFacts:
    """An opened bid: what evaluation reads. `verdict` is `opened`, or names who is at fault; then there is no sheet.

    `held`: the supervisor has not decided about it; `set_aside`: the procedure goes on without it.
    """

    bid_id: uuid.UUID
    lot: str
    supplier_id: uuid.UUID
    supplier_name: str
    credit_code: str
    size: str
    record_hash: str
    verdict: str
    code: str
    quote: Yuan | None
    sheet: dict[str, Any]
    opened_at: datetime
    files: tuple[OpenedFileFacts, ...] = field(default_factory=tuple)
    held: bool = False
    set_aside: bool = False
    envelope: str = "single"
