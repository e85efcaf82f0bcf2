"""What the pages learn of purchases off the list: frozen, without rows behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.money import UnitPrice, Yuan


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """What one supplier of the agreement answers; `price` is None where it does not go down, or has not answered."""

    entrant_id: UUID
    supplier_id: UUID
    supplier_name: str
    agreed: UnitPrice
    price: UnitPrice | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class OffListFacts:
    """A purchase off the list; `sells_id` is who may be bought from as far as it is known, at `sells_at` per unit."""

    id: UUID
    purchase_no: str
    ocid: str
    status: str
    purchaser_id: UUID
    purchaser_name: str
    supplier_id: UUID
    supplier_name: str
    agreement_id: UUID
    agreement_no: str
    agreement_title: str
    organiser_id: UUID
    item: dict[str, str]
    brand: str
    model: str
    spec: str
    quantity: int
    price: UnitPrice
    reason: str
    file: str
    media_type: str
    sha256: str
    stored_as: str
    budget_line_id: UUID
    region: str
    asked_at: datetime
    answers_due_at: datetime
    ended_reason: str
    contract_id: UUID | None
    notice_id: UUID | None
    transaction_id: UUID | None
    winner_id: UUID | None
    answers: tuple[AnswerFacts, ...] = ()

    @property
    def source(self) -> str:
        """The name of this purchase in budgets, caps, records and contracts."""
        return f"offlist.{self.id}"

    @property
    def winner(self) -> AnswerFacts | None:
        """The supplier of the agreement that goes as low, and lowest."""
        return next((row for row in self.answers if row.entrant_id == self.winner_id), None)

    @property
    def sells_id(self) -> UUID:
        """Who sells: the supplier of the agreement that matched, else the one outside."""
        return self.winner.supplier_id if self.winner else self.supplier_id

    @property
    def sells_name(self) -> str:
        """The name of who sells."""
        return self.winner.supplier_name if self.winner else self.supplier_name

    @property
    def sells_at(self) -> UnitPrice:
        """The unit price of who sells."""
        return self.winner.price if self.winner and self.winner.price else self.price

    @property
    def amount(self) -> Yuan:
        """Quantity times the unit price of who sells."""
        return self.sells_at.times(self.quantity)

    def answer_of(self, supplier_id: UUID | None) -> AnswerFacts | None:
        """Give the answer, or open question, of one supplier."""
        return next((row for row in self.answers if row.supplier_id == supplier_id), None)
