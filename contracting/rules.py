"""What a contract and a framework agreement must say, and what exactly is signed. Pure.

Rule ids: L-20 (sign, publish), L-31 (separation of posts), F-03, F-05 (ceiling prices, term).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

from contracting.facts import (
    AgreementFacts,
    AgreementItemTerms,
    ContractTerms,
    EntrantFacts,
    EntrantTerms,
)
from contracting.states import AgreementStatus, EntrantStatus
from core.errors import gettext_noop
from core.law.book import Law
from core.money import Yuan
from core.workdays import beijing_date

SIGN, PUBLISH, ACCEPTANCE_NOTICE = "L-20.contract_sign", "L-20.contract_notice", "D-09.acceptance_notice"
PAY, TERM = "P-03.pay_after_invoice", "F-05.framework_term"
FEW_LEFT = "F-10.supplement_trigger"
SUPPLEMENT, BOND = "L-22.supplement_max_rate", "L-21.performance_bond_max_rate"
EMERGENCY_SUPPLEMENT = "G-08.emergency_addon_max"
SUPPLEMENT_SOURCE = "supplement."
"""How the source of a supplement begins; the contract that it supplements follows."""
PAYLOAD_TYPE = "mingcai/v1/contract"
ENTRY_PAYLOAD_TYPE = "mingcai/v1/framework-entry"
APPLICATION_PAYLOAD_TYPE = "mingcai/v1/framework-application"


def supplement_rule(method: str) -> str:
    """Give the rule that caps the supplements of a contract: that of emergency purchases, or of all others."""
    return EMERGENCY_SUPPLEMENT if method == "emergency" else SUPPLEMENT


def supplemented(source: str) -> UUID | None:
    """Give the contract that a contract born of `source` supplements; None for any other contract."""
    if not source.startswith(SUPPLEMENT_SOURCE):
        return None
    return UUID(source.removeprefix(SUPPLEMENT_SOURCE).rpartition(".")[0])


def missing_from_terms(terms: ContractTerms) -> dict[str, str]:
    """Say what keeps these terms from being a contract; empty when nothing does."""
    lacking: dict[str, str] = {}
    for name in ("contract_no", "title", "ocid", "award_id", "region", "method", "category"):
        if not str(getattr(terms, name)).strip():
            lacking[name] = gettext_noop("This is missing from the contract.")
    if terms.purchaser_id == terms.supplier_id:
        lacking["supplier_id"] = gettext_noop("Nobody makes a contract with themselves.")
    if not terms.items:
        lacking["items"] = gettext_noop("A contract has at least one item.")
    for item in terms.items:
        if not (item.name.strip() and item.spec.strip() and item.unit.strip()) or item.quantity <= 0:
            lacking["items"] = gettext_noop(
                "Give each item a name, a specification (for a service its scope), a quantity and a unit."
            )
    if not 0 <= terms.advance.fen <= terms.amount.fen:
        lacking["advance"] = gettext_noop("The advance lies between zero and the amount.")
    if terms.amount.fen <= 0 or Yuan.total(item.amount for item in terms.items) != terms.amount:
        lacking["amount"] = gettext_noop("The amount is not the sum of quantity times unit price.")
    return lacking


def payload(terms: ContractTerms, *, source: str, parties: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Give what both sides sign, as plain JSON; amounts as strings, quantities as plain decimals."""
    return {
        "type": PAYLOAD_TYPE,
        "contract_no": terms.contract_no,
        "title": terms.title,
        "source": source,
        "ocid": terms.ocid,
        "award_id": terms.award_id,
        "project_no": terms.project_no,
        "project_title": terms.project_title,
        "purchaser": parties["purchaser"],
        "supplier": parties["supplier"],
        **_together(terms),
        **_subcontracted(terms),
        **_permitted(terms),
        "amount_fen": terms.amount.fen,
        "currency": "CNY",
        "items": [
            {
                "no": item.no,
                "lot": item.lot,
                "name": item.name,
                "category": item.category,
                "brand": item.brand,
                "model": item.model,
                "spec": item.spec,
                "quantity": item.count,
                "unit": item.unit,
                "unit_price": str(item.unit_price),
            }
            for item in terms.items
        ],
        "delivery": terms.delivery,
        "payment": terms.payment,
        **({"advance_fen": terms.advance.fen} if terms.advance.fen else {}),
        "starts_on": terms.starts_on.isoformat() if terms.starts_on else None,
        "ends_on": terms.ends_on.isoformat() if terms.ends_on else None,
        "region": terms.region,
        "method": terms.method,
        "law_as_of": terms.law.as_of.isoformat(),
        "law_digest": terms.law.digest,
    }


def _together(terms: ContractTerms) -> dict[str, Any]:
    if terms.consortium is None:
        return {}
    return {
        "consortium": {
            "agreement": terms.consortium.agreement,
            "liable": "jointly",
            "law": "L-04.joint",
            "members": [
                {
                    "supplier": str(one.supplier_id),
                    "name": one.name,
                    "credit_code": one.credit_code,
                    "share": f"{one.share:f}",
                    "work": one.work,
                }
                for one in terms.consortium.members
            ],
        }
    }


def _subcontracted(terms: ContractTerms) -> dict[str, Any]:
    if not terms.subcontracts:
        return {}
    return {
        "subcontracts": {
            "liable": "supplier",
            "law": "L-36",
            "rows": [
                {
                    "name": one.name,
                    "credit_code": one.credit_code,
                    "size": one.size,
                    "share": f"{one.share:f}",
                    "work": one.work,
                }
                for one in terms.subcontracts
            ],
        }
    }


def _permitted(terms: ContractTerms) -> dict[str, Any]:
    limit = terms.subcontract_limit
    if limit is None:
        return {}
    said = {"most": f"{limit.most:f}", "work": limit.work, "sme": f"{limit.sme:f}", "size": limit.size}
    return {"subcontract_limit": said}


def entry_payload(
    agreement: AgreementFacts, entrant: EntrantFacts, *, parties: dict[str, dict[str, str]], law_digest: str
) -> dict[str, Any]:
    """Give what the organiser and an admitted supplier sign, as plain JSON; amounts as strings or whole fen."""
    return {
        "type": ENTRY_PAYLOAD_TYPE,
        "agreement_no": agreement.agreement_no,
        "title": agreement.title,
        "ocid": agreement.ocid,
        "source": agreement.source,
        **parties,
        "starts_at": agreement.starts_at.isoformat(),
        "ends_at": agreement.ends_at.isoformat(),
        "cap_fen": entrant.cap.fen,
        "currency": "CNY",
        "selection": agreement.selection,
        "answer_hours": agreement.answer_hours,
        "prices": [
            {
                "no": row.item_no,
                "name": row.name,
                "category": row.code,
                "unit": row.unit,
                "ceiling": str(row.ceiling),
                "unit_price": str(row.price),
            }
            for row in entrant.prices
        ],
        "region": agreement.region,
        "law_as_of": agreement.law_as_of.isoformat(),
        "law_digest": law_digest,
    }


def application_payload(agreement: AgreementFacts, supplier: dict[str, str]) -> dict[str, Any]:
    """Give what a supplier signs to enter an open framework: the agreement, and its fixed prices."""
    return {
        "type": APPLICATION_PAYLOAD_TYPE,
        "agreement_no": agreement.agreement_no,
        "ocid": agreement.ocid,
        "supplier": supplier,
        "ends_at": agreement.ends_at.isoformat(),
        "selection": agreement.selection,
        "answer_hours": agreement.answer_hours,
        "prices": [
            {"no": row.no, "name": row.name, "unit": row.unit, "unit_price": str(row.ceiling)}
            for row in agreement.items
        ],
        "law_as_of": agreement.law_as_of.isoformat(),
    }


def must_be_another(person: UUID, busy: Collection[UUID | None], desk: Iterable[UUID]) -> bool:
    """Tell whether a duty has to go to somebody else at the desk, because this person did its counterpart.

    Where the desk has nobody else, it may not: the act then says that posts were not separated.
    Source: 《政府采购法》第六十一条.
    """
    return person in busy and any(other not in busy for other in desk)


def left_of(agreement: AgreementFacts) -> tuple[int, int]:
    """Give how many of the suppliers that were ever admitted are left, and how many were (rule F-10)."""
    left = [row for row in agreement.entrants if row.status in (EntrantStatus.NAMED, EntrantStatus.ADMITTED)]
    return len(left), len(agreement.entrants)


def may_supplement(law: Law, agreement: AgreementFacts) -> bool:
    """Tell whether fewer suppliers are left than the share below which others may be called for; never of an open one.

    Source: 财政部令第110号第二十条.
    """
    left, whole = left_of(agreement)
    closed = agreement.open_until is None and agreement.status == AgreementStatus.ACTIVE
    return closed and law.has(FEW_LEFT) and whole > 0 and Fraction(left, whole) < Fraction(law.rate(FEW_LEFT))


def wrong_with_agreement(
    law: Law, starts: date, ends: date, cap: Yuan, items: Collection[AgreementItemTerms]
) -> dict[str, str]:
    """Say what keeps a framework agreement from being made. `ends` is the first day after its term."""
    wrong: dict[str, str] = {}
    if ends <= starts:
        wrong["ends_at"] = gettext_noop("The term must end after it begins.")
    elif law.has(TERM) and ends > beijing_date(law.end_of(TERM, starts, binding=False).ends_at):
        wrong["ends_at"] = gettext_noop("The term is longer than the law allows.")
    if cap.fen <= 0:
        wrong["cap"] = gettext_noop("The cap must be above zero.")
    if not items:
        wrong["items"] = gettext_noop("Give at least one item with its ceiling price.")
    if len({item.no for item in items}) != len(items):
        wrong["items"] = gettext_noop("Two items have the same number.")
    return wrong


def wrong_with_entry(
    entrant: EntrantTerms, cap: Yuan, items: Collection[AgreementItemTerms]
) -> dict[str, str]:
    """Say what keeps a supplier from being admitted. An agreed price is at most the ceiling (F-03)."""
    wrong: dict[str, str] = {}
    ceilings = {item.no: item.ceiling for item in items}
    if not entrant.prices or set(entrant.prices) - ceilings.keys():
        wrong["prices"] = gettext_noop("Give a price for items of this agreement, and for no others.")
    elif any(price > ceilings[no] for no, price in entrant.prices.items()):
        wrong["prices"] = gettext_noop("An agreed price is above the ceiling of its item.")
    if not 0 < entrant.cap.fen <= cap.fen:
        wrong["cap"] = gettext_noop("The cap of a supplier lies between zero and the agreement's.")
    return wrong
