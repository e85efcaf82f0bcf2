"""What other modules learn of a change of a signed contract: frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracting.facts import SignatureFacts
from contracting.states import Party


@dataclass(frozen=True, slots=True)
class AlterationFacts:
    """A change of a signed contract that changes no money; `before` and `after` hold what changes."""

    id: UUID
    contract_id: UUID
    no: int
    status: str
    ground: str
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]
    terms_hash: str
    proposed_by: str
    proposed_side: str
    proposed_at: datetime
    ended_at: datetime | None
    ended_reason: str
    notice_id: UUID | None
    signatures: tuple[SignatureFacts, ...]

    def signed_by(self, party: Party, member: str = "") -> bool:
        """Tell whether a side, or a partner of a consortium, has signed."""
        return any((row.party, row.member) == (party, member) for row in self.signatures)
