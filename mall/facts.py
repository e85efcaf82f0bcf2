"""What the pages and other programs learn of the mall: frozen, without rows behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core.money import UnitPrice, Yuan


@dataclass(frozen=True, slots=True)
class CategoryFacts:
    """A category of the mall and how many products stand in it."""

    code: str
    edition: str
    name: str
    name_en: str
    kind: str
    products: int = 0


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """One picture; `sha256` is its address."""

    sha256: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """One supplier's offer; `price` is at most `agreed`, which is at most `ceiling`."""

    id: UUID
    product_id: UUID
    entrant_id: UUID
    agreement_id: UUID
    agreement_no: str
    supplier_id: UUID
    supplier_name: str
    price: UnitPrice
    agreed: UnitPrice
    ceiling: UnitPrice
    stock: int
    sold: int
    delivery_days: int
    warranty_months: int
    listed: bool

    @property
    def in_stock(self) -> bool:
        """Whether a unit is left."""
        return self.stock > 0


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """One product with its offers, cheapest first; `best` is the first that is in stock, else the first."""

    id: UUID
    category_code: str
    category_name: str
    category_name_en: str
    kind: str
    name: str
    name_en: str
    brand: str
    model: str
    spec: str
    attributes: tuple[tuple[str, str], ...]
    unit: str
    key: str
    reference: UnitPrice | None
    reference_source: str
    reference_on: date | None
    pictures: tuple[PictureFacts, ...]
    offers: tuple[OfferFacts, ...]

    @property
    def best(self) -> OfferFacts | None:
        """The cheapest offer that can be ordered, else the cheapest."""
        return next((row for row in self.offers if row.in_stock), self.offers[0] if self.offers else None)


@dataclass(frozen=True, slots=True)
class CartLineFacts:
    """One line of the cart at today's price."""

    offer: OfferFacts
    product: ProductFacts
    quantity: int

    @property
    def amount(self) -> Yuan:
        """Quantity times unit price."""
        return self.offer.price.times(self.quantity)


@dataclass(frozen=True, slots=True)
class CartGroup:
    """The lines of a cart that make one order: one supplier under one agreement."""

    entrant_id: UUID
    agreement_id: UUID
    agreement_no: str
    agreement_title: str
    supplier_id: UUID
    supplier_name: str
    entrant_left: Yuan
    agreement_left: Yuan
    lines: tuple[CartLineFacts, ...]

    @property
    def amount(self) -> Yuan:
        """The sum of the lines."""
        return Yuan.total(line.amount for line in self.lines)

    @property
    def cap_left(self) -> Yuan:
        """What may still be ordered: the smaller of the two caps' rests."""
        return min(self.entrant_left, self.agreement_left)


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order. An item is `{offer, product, name, name_en, category, brand, model, spec, quantity, unit,
    unit_price, amount, ceiling, reference, lowest}`, amounts as strings, as it was when the order was placed.
    """

    id: UUID
    order_no: str
    ocid: str
    key: UUID
    status: str
    purchaser_id: UUID
    purchaser_name: str
    supplier_id: UUID
    supplier_name: str
    agreement_id: UUID
    agreement_no: str
    agreement_title: str
    entrant_id: UUID
    budget_line_id: UUID
    items: tuple[dict[str, Any], ...]
    amount: Yuan
    region: str
    deliver_to: str
    reason: str
    placed_by: str
    placed_by_id: UUID
    placed_at: datetime
    answer_due_at: datetime
    confirmed_by: str
    confirmed_at: datetime | None
    delivered_at: datetime | None
    received_by: str
    received_at: datetime | None
    separated: bool | None
    ended_at: datetime | None
    transaction_id: UUID | None

    @property
    def source(self) -> str:
        """The name of this order in budgets, caps, records and streams."""
        return f"order.{self.id}"
