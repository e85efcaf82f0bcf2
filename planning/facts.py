"""What other packages learn of budgets and plans: frozen, without rows behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
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
    """What one act holds of one budget line.

    `source` is `"<kind>.<id>"`, such as `plan.…` or `order.…`; `name` is what people call it.
    """

    budget_line_id: UUID
    source: str
    reserved: Yuan
    committed: Yuan
    spent: Yuan
    name: str = ""

    @property
    def kind(self) -> str:
        """What kind of act it is: the first part of its source."""
        return self.source.partition(".")[0]

    @property
    def plan_id(self) -> UUID | None:
        """Give the plan that holds the budget, or None where another act does."""
        kind, _, name = self.source.partition(".")
        return UUID(name) if kind == "plan" else None


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """A filed procurement plan (实施计划).

    `sme_form` says how it is reserved for SMEs, empty while that is not decided; `sme_amount` is reserved for them,
    `small_micro_amount` of it for small and micro enterprises. `guide` is the entry of the guiding catalogue it was filed
    under, as `planning.guide.Edition.kept` gives it; empty where none holds.
    """

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
    unbudgeted: bool = False
    public_service: bool = False
    sme_form: str = ""
    sme_amount: Yuan = Yuan(0)
    small_micro_amount: Yuan = Yuan(0)
    sme_reason: str = ""
    support: str = ""
    project_total: Yuan = Yuan(0)
    guide: Mapping[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The name under which this plan holds its part of the budget."""
        return f"plan.{self.id}"


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """One paper that another mode of buying rests on; the file itself is not public."""

    kind: str
    number: str
    authority: str
    decided_on: date
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class OtherModeFacts:
    """Another mode of buying chosen for a plan; `supplier` (name, credit_code, address) once it is concluded."""

    plan_id: UUID
    mode: str
    reason: str
    chosen_at: datetime
    papers: tuple[PaperFacts, ...]
    supplier: dict[str, str]
    amount: Yuan
    agreed: str
    notice_id: UUID | None

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of paper there are."""
        return frozenset(row.kind for row in self.papers)


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """Who signed an agreement for a side, and when."""

    side: str
    person: str
    user_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class EntrustmentFacts:
    """The agreement with an agency on one plan; `terms` is what both sides sign, `terms_hash` its SHA-256.

    `fee` is scale (times `factor`), fixed (`fee_amount`) or none; `publishers` names the side that publishes each
    item of `states.ENTRUSTED`.
    """

    id: UUID
    plan_id: UUID
    purchaser_id: UUID
    purchaser_name: str
    agency_id: UUID
    agency_name: str
    status: str
    scope: tuple[str, ...]
    authority: str
    ends_on: date
    fee: str
    factor: Decimal
    fee_amount: Yuan
    payer: str
    publishers: dict[str, str]
    terms: dict[str, Any]
    terms_hash: str
    offered_at: datetime
    signed_at: datetime | None
    ended_reason: str
    signatures: tuple[SignatureFacts, ...]

    def holds_on(self, day: date) -> bool:
        """Tell whether both sides have signed and the term is not over on the civil day `day`."""
        return self.status == "signed" and day <= self.ends_on

    def signed_by(self, side: str) -> bool:
        """Tell whether a side has signed."""
        return any(row.side == side for row in self.signatures)


@dataclass(frozen=True, slots=True)
class RequirementFacts:
    """What a purchase has to achieve and what the market was asked; `asked` are rows {who, kind, on, said}.

    `notice_id` is the notice that asks for comments until `comments_until`.
    """

    plan_id: UUID
    outcome: str
    market: str
    history: str
    upkeep: str
    asked: tuple[dict[str, str], ...]
    version: int
    saved_by: str
    saved_at: datetime
    notice_id: UUID | None
    comments_until: datetime | None
