"""What a contract takes from a decided procedure, whatever its method; and the agency's fee."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracting.facts import Consortium, ContractTerms, Subcontract, SubcontractLimit, TermItem
from core.law.fees import agency_fee, scale
from core.money import Yuan
from parties.access import Actor
from planning.selectors import entrustment_of, plan_facts
from planning.states import PAYERS, Fee
from tendering import selectors as tendering
from tendering.facts import TenderFacts
from tendering.rules import PERCENT


def contract_terms(
    actor: Actor,
    tender: TenderFacts,
    *,
    contract_no: str,
    title: str,
    award_id: str,
    supplier_id: UUID,
    amount: Yuan,
    items: Sequence[TermItem],
    letter_at: datetime,
    when_signed: str,
    consortium: Consortium | None = None,
    subcontracts: Sequence[Subcontract] = (),
    subcontract_limit: SubcontractLimit | None = None,
) -> ContractTerms:
    """Freeze the terms of a contract that a decision leads to; `actor` decided and is its handler (L-31)."""
    return ContractTerms(
        contract_no=contract_no,
        title=title,
        title_en=tender.title_en,
        ocid=tender.ocid,
        award_id=award_id,
        project_no=tender.project_no,
        project_title=tender.title,
        purchaser_id=tender.purchaser_id,
        supplier_id=supplier_id,
        agency_id=tender.agency_id,
        amount=amount,
        items=tuple(items),
        law=tendering.law_of(tender.id),
        letter_at=letter_at,
        region=tender.region,
        method=tender.method,
        category=tender.category,
        delivery=_performed(tender),
        payment=tender.payment,
        advance=amount.capped(tender.advance_percent / PERCENT),
        budget_line_id=tender.budget_line_id,
        budget_source=f"plan.{tender.plan_id}",
        handler_id=actor.user_id,
        when_signed=when_signed,
        public_service=plan_facts(tender.plan_id).public_service,
        sandbox=tender.sandbox,
        consortium=consortium,
        subcontracts=tuple(subcontracts),
        subcontract_limit=subcontract_limit,
    )


def _performed(tender: TenderFacts) -> str:
    """Give how the contract is performed: the document's terms, and those the talks could change as they stand now."""
    return "\n".join([tender.delivery, *(f"{row.title}：{row.text}" for row in tender.terms)])


def fee_of(tender: TenderFacts, total: Yuan) -> dict[str, Any] | None:
    """Give the agency's fee for an award of `total` as the agreement has it; None without an agency.

    `standard` is what it is computed by, `factor` what the scale is multiplied with, `payer` who pays.
    """
    agreed = entrustment_of(tender.plan_id) if tender.agency_id is not None else None
    if tender.agency_id is None:
        return None
    by_scale = scale(tender.category)[0].citation
    if agreed is None or agreed.fee == Fee.SCALE:
        factor = agreed.factor if agreed else Decimal(1)
        fee = agency_fee(total, tender.category, factor)
        standard = by_scale if factor == 1 else f"{by_scale} × {factor.normalize():f}"
    else:
        fee = agreed.fee_amount
        standard = "委托代理协议约定的定额" if agreed.fee == Fee.FIXED else "不收取代理费用"
    return {
        "standard": standard,
        "amount": str(fee),
        **(
            {"payer": agreed.payer, "paid_by": PAYERS[agreed.payer], "agreement": agreed.terms_hash}
            if agreed
            else {}
        ),
    }
