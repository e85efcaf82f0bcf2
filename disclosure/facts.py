"""What other packages and the edge receive: frozen descriptions of what has been published."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.money import Yuan


@dataclass(frozen=True)
class NoticeFacts:
    """One published notice; `hash` is hex SHA-256 of its canonical content."""

    id: uuid.UUID
    type: str
    title: str
    title_en: str
    region: str
    ocid: str
    project_no: str
    published_at: datetime
    due_at: datetime | None
    version: int
    hash: str
    url: str
    release_id: str = ""


@dataclass(frozen=True)
class TransactionFacts:
    """One public transaction record; `items` as published, prices as decimal strings."""

    id: uuid.UUID
    order_no: str
    ocid: str
    amount: Yuan
    ordered_at: datetime
    published_at: datetime
    hash: str
    url: str
    items: list[dict[str, Any]] = field(default_factory=list)
