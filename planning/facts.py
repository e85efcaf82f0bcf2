"""What other packages learn of budgets and plans: frozen, without rows behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core.money import Yuan


@dataclass(frozen=True, slots=True)
class BudgetFacts:
    """A budget line: `amount` = `base` + adjustments; `available` = amount − reserved − committed − spent."""

    id: UUID
    org_id: UUID
    code: str
    name: str
    fiscal_year: int
    category: str
    item_code: str
    item_edition: str
    funding: str
    base: Yuan
    amount: Yuan
    reserved: Yuan
    committed: Yuan
    spent: Yuan

    @property
    def available(self) -> Yuan:
        """What may still be promised; never below zero."""
        return self.amount - self.reserved - self.committed - self.spent


@dataclass(frozen=True, slots=True)
class ReservationFacts:
    """What one act holds of one budget line. `source` is `"<kind>.<id>"`, such as `plan.…` or `order.…`."""

    budget_line_id: UUID
    source: str
    reserved: Yuan
    committed: Yuan
    spent: Yuan


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """A filed procurement plan (实施计划)."""

    id: UUID
    budget_line_id: UUID
    org_id: UUID
    filing_no: str
    ocid: str
    title: str
    title_en: str
    need: str
    method: str
    category: str
    region: str
    item_code: str
    item_edition: str
    quantity: str
    unit: str
    amount: Yuan
    expected_on: date
    status: str
    filed_at: datetime
    intention_notice_id: UUID | None
    intention_at: datetime | None
    intention_exemption: str = ""
    intention_reason: str = ""

    @property
    def source(self) -> str:
        """The name under which this plan holds its part of the budget."""
        return f"plan.{self.id}"
