"""What other packages learn of a second competition: frozen, without rows behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from core.money import UnitPrice


@dataclass(frozen=True, slots=True)
class CalledFacts:
    """A supplier that was called; `prices` are its agreed unit prices by the tender's items, such as "1-1"."""

    supplier_id: UUID
    entrant_id: UUID
    name: str
    credit_code: str
    prices: Mapping[str, UnitPrice] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CompetitionFacts:
    """The framework agreement under which suppliers compete again; `items` maps the tender's items to the agreement's.

    `called` is empty until the notice is published.
    """

    agreement_id: UUID
    agreement_no: str
    agreement_title: str
    agreement_ocid: str
    market: str
    items: Mapping[str, str]
    called: tuple[CalledFacts, ...] = ()

    def called_one(self, supplier_id: UUID) -> CalledFacts | None:
        """Give the call of one supplier, or None."""
        return next((row for row in self.called if row.supplier_id == supplier_id), None)

    def ceilings_of(self, supplier_id: UUID, lot: str) -> dict[str, UnitPrice]:
        """Give what a supplier may ask at most for each item of a lot: its own agreed price (rule F-11)."""
        row = self.called_one(supplier_id)
        prices = row.prices if row else {}
        return {key.partition("-")[2]: price for key, price in prices.items() if key.startswith(f"{lot}-")}
