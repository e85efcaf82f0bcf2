"""What other packages learn of a supplementary call: frozen, without rows behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SupplementFacts:
    """The agreement in force that a call finds more suppliers for, until `ends_at`; `reason` says what their lack affects."""

    agreement_id: UUID
    agreement_no: str
    title: str
    ocid: str
    ends_at: datetime
    reason: str
