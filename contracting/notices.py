"""Payloads of the notices of contracts and framework agreements, with their open data.

Fields of the contract notice: 财办库〔2020〕50号; of the acceptance: 财库〔2015〕135号; of the entry: 财政部令第110号.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from contracting.facts import (
    AcceptanceFacts,
    AgreementFacts,
    ContractFacts,
    EntrantFacts,
    PaymentFacts,
    TermItem,
)
from contracting.performers_notice import who_performs
from contracting.states import RESULT_WORDS, SELECTION_WORDS, ContractStatus, Result, Selection
from core.errors import gettext_noop
from core.workdays import beijing_date
from disclosure import ocds
from disclosure.states import CATEGORIES, MARKETS, METHODS, OCDS_METHODS, NoticeType
from parties.selectors import OrganisationFacts, organisation_facts
from planning import catalogue
from planning.notices import as_party

Payload = dict[str, Any]
_OCDS_STATUS = {
    ContractStatus.FORMED: "pending",
    ContractStatus.VOID: "cancelled",
    ContractStatus.COMPLETED: "terminated",
}


def contract_notice(contract: ContractFacts, *, published_at: datetime) -> Payload:
    """Give the contract notice (政府采购合同公告)."""
    sides = _sides(contract)
    late = contract.notice_due_at is not None and published_at >= contract.notice_due_at
    rows: list[list[Any]] = [
        [gettext_noop("Contract number"), contract.contract_no],
        [gettext_noop("Contract"), contract.title],
        [gettext_noop("Project number"), contract.project_no],
        [gettext_noop("Project"), contract.project_title],
        [gettext_noop("Procurement method"), {"msg": METHODS[contract.method][1]}],
        [gettext_noop("Amount"), contract.amount],
        [gettext_noop("Signed on"), _signed_on(contract)],
        [gettext_noop("Published on"), beijing_date(published_at)],
    ]
    if late:
        rows.append([gettext_noop("Late"), {"msg": gettext_noop("Published after the legal period")}])
    return {
        **_common(contract),
        "type": NoticeType.CONTRACT,
        "amount": contract.amount,
        "sections": [
            *_mark(contract.sandbox),
            {"title": gettext_noop("Contract"), "rows": [row for row in rows if row[1]]},
            *(
                {"title": title, "rows": _party_rows(org)}
                for title, org in zip(
                    (gettext_noop("Party A (purchaser)"), gettext_noop("Party B (supplier)")),
                    sides,
                    strict=True,
                )
            ),
            *who_performs(contract),
            _items(contract.items),
            {
                "title": gettext_noop("Performance"),
                "rows": [
                    row
                    for row in (
                        [gettext_noop("Begins"), contract.starts_on],
                        [gettext_noop("Ends"), contract.ends_on],
                        [gettext_noop("Delivery"), contract.delivery],
                        [gettext_noop("Payment"), contract.payment],
                        [gettext_noop("SHA-256 of the signed terms"), contract.terms_hash],
                    )
                    if row[1]
                ],
            },
        ],
        "facts": {
            "contract": str(contract.id),
            "contract_no": contract.contract_no,
            "supplier": sides[1].name,
            "supplier_code": sides[1].credit_code,
            "amount": contract.amount,
            "signed_on": _signed_on(contract),
            "due_at": contract.notice_due_at,
            "late": late,
            "signed_late": contract.signed_late,
            "terms_hash": contract.terms_hash,
            "items": [_item_facts(item) for item in contract.items],
        },
        "release": contract_release(contract),
        "tag": ["contract"],
    }


def acceptance_notice(contract: ContractFacts, acceptance: AcceptanceFacts) -> Payload:
    """Give the notice of an acceptance (履约验收公告)."""
    rows: list[list[Any]] = [
        [gettext_noop("Contract number"), contract.contract_no],
        [gettext_noop("Contract"), contract.title],
        [gettext_noop("Purchaser"), contract.purchaser_name],
        [gettext_noop("Supplier"), contract.supplier_name],
        [gettext_noop("Amount"), contract.amount],
        [gettext_noop("Result"), {"msg": RESULT_WORDS[Result(acceptance.result)]}],
        [gettext_noop("Opinion"), acceptance.opinion],
        [gettext_noop("Accepted on"), beijing_date(acceptance.at)],
    ]
    return {
        **_common(contract),
        "type": NoticeType.ACCEPTANCE,
        "amount": contract.amount,
        "sections": [
            *_mark(contract.sandbox),
            {"title": gettext_noop("Acceptance"), "rows": rows},
            _items(contract.items),
        ],
        "facts": {
            "contract": str(contract.id),
            "contract_no": contract.contract_no,
            "supplier": contract.supplier_name,
            "result": acceptance.result,
            "opinion": acceptance.opinion,
            "accepted_at": acceptance.at,
            "posts_separated": acceptance.separated,
        },
        "release": contract_release(contract),
        "tag": ["implementation"],
    }


def payment_notice(contract: ContractFacts, payment: PaymentFacts) -> Payload:
    """Give the notice of a payment, so that open data follows the money to its end."""
    rows: list[list[Any]] = [
        [gettext_noop("Contract number"), contract.contract_no],
        [gettext_noop("Contract"), contract.title],
        [gettext_noop("Purchaser"), contract.purchaser_name],
        [gettext_noop("Supplier"), contract.supplier_name],
        [gettext_noop("Paid"), payment.amount],
        [gettext_noop("Paid so far"), contract.paid],
        [gettext_noop("Amount"), contract.amount],
        [gettext_noop("Paid on"), beijing_date(payment.at)],
    ]
    return {
        **_common(contract),
        "title": f"{contract.title}（资金支付）",
        "title_en": f"{contract.title_en} (payment)" if contract.title_en else "",
        "type": NoticeType.OTHER,
        "amount": payment.amount,
        "sections": [*_mark(contract.sandbox), {"title": gettext_noop("Payment"), "rows": rows}],
        "facts": {
            "contract": str(contract.id),
            "contract_no": contract.contract_no,
            "supplier": contract.supplier_name,
            "paid": payment.amount,
            "paid_so_far": contract.paid,
            "paid_at": payment.at,
        },
        "release": contract_release(contract),
        "tag": ["implementationUpdate"],
    }


def contract_release(contract: ContractFacts) -> dict[str, Any]:
    """Give the contracts section of the process, this contract with its whole performance so far."""
    purchaser, supplier = _sides(contract)
    partners = _partners(contract)
    done: dict[str, Any] = {}
    if contract.payments:
        done["transactions"] = [
            ocds.payment(
                f"{contract.contract_no}-{row.no}",
                amount=row.amount,
                paid=row.at,
                payer=purchaser,
                payee=supplier,
            )
            for row in contract.payments
        ]
    if contract.acceptances:
        done["acceptances"] = [
            ocds.acceptance(
                f"{contract.contract_no}-{row.no}", decided=row.at, result=row.result, description=row.opinion
            )
            for row in contract.acceptances
        ]
    return {
        "parties": [ocds.party(one, roles=["supplier"]) for one in (supplier, *partners)],
        "contracts": [
            ocds.contract(
                contract.contract_no,
                award_id=contract.award_id,
                suppliers=[supplier, *partners],
                amount=contract.amount,
                signed=contract.signed_at,
                status=_OCDS_STATUS.get(ContractStatus(contract.status), "active"),
                title=contract.title,
                items=[_ocds_item(item) for item in contract.items],
                starts=contract.starts_on,
                ends=contract.ends_on,
                implementation=done,
            )
        ],
    }


def entry_notice(
    agreement: AgreementFacts, entrants: tuple[EntrantFacts, ...], said: Mapping[str, Any]
) -> Payload:
    """Give the notice of admitted suppliers (入围结果公告) of one framework agreement; `said` adds sections and facts.

    `said["call"]` is the call that chose them, where it is another process than the agreement's: the supplementary one, which
    carries the notice (`ocid`, `project_no`), or that of several lots (`parent`, its process).
    """
    call = said.get("call") or {}
    organiser = organisation_facts(agreement.organiser_id)
    orgs = {row.id: organisation_facts(row.supplier_id) for row in entrants}
    rows: list[list[Any]] = [
        [gettext_noop("Agreement number"), agreement.agreement_no],
        [gettext_noop("Framework agreement"), agreement.title],
        [gettext_noop("Organiser"), agreement.organiser_name],
        [gettext_noop("Category"), {"msg": CATEGORIES[agreement.category]}],
        [gettext_noop("Market"), {"msg": MARKETS[agreement.market][1]}],
        [gettext_noop("Begins"), agreement.starts_at],
        [gettext_noop("Ends"), agreement.ends_at],
        [gettext_noop("Cap of all orders"), agreement.cap],
        [
            gettext_noop("Orders are placed by"),
            {"msg": SELECTION_WORDS[agreement.selection]},
        ],
    ]
    return {
        "type": NoticeType.FRAMEWORK_ENTRY,
        "title": f"{agreement.title}入围结果公告",
        "title_en": f"Suppliers admitted: {agreement.title_en}" if agreement.title_en else "",
        "region": agreement.region,
        "source": f"agreement.{agreement.id}",
        "ocid": call.get("ocid", agreement.ocid),
        "project_no": call.get("project_no", agreement.agreement_no),
        "purchaser": as_party(organiser),
        "category": agreement.category,
        "method": "framework",
        "amount": agreement.cap,
        "law_as_of": agreement.law_as_of,
        "sections": [
            {"title": gettext_noop("Framework agreement"), "rows": rows},
            {
                "title": gettext_noop("Admitted suppliers"),
                "table": {
                    "head": [
                        gettext_noop("No."),
                        gettext_noop("Supplier"),
                        gettext_noop("Address"),
                        gettext_noop("Cap of orders"),
                    ],
                    "rows": [
                        [str(row.no), row.supplier_name, orgs[row.id].address, row.cap] for row in entrants
                    ],
                },
            },
            {
                "title": gettext_noop("Agreed prices"),
                "table": {
                    "head": [
                        gettext_noop("Item"),
                        gettext_noop("Supplier"),
                        gettext_noop("Unit"),
                        gettext_noop("Ceiling"),
                        gettext_noop("Agreed price"),
                    ],
                    "rows": [
                        [price.name, row.supplier_name, price.unit, str(price.ceiling), str(price.price)]
                        for row in entrants
                        for price in row.prices
                    ],
                },
            },
            *said.get("sections", ()),
        ],
        "facts": {
            **said.get("facts", {}),
            "agreement": str(agreement.id),
            "agreement_no": agreement.agreement_no,
            "starts_at": agreement.starts_at,
            "ends_at": agreement.ends_at,
            "cap": agreement.cap,
            "suppliers": [
                {
                    "no": row.no,
                    "name": row.supplier_name,
                    "credit_code": orgs[row.id].credit_code,
                    "cap": row.cap,
                    "prices": {price.item_no: str(price.price) for price in row.prices},
                }
                for row in entrants
            ],
        },
        "release": _entry_release(agreement, entrants, orgs, call),
        "tag": ["award"],
    }


def _entry_release(
    agreement: AgreementFacts, entrants: tuple[EntrantFacts, ...], orgs: Any, call: Mapping[str, str]
) -> dict[str, Any]:
    """Give the first stage's sections: the tender that set up the framework, one award per entrant."""
    starts, ends = ocds.instant(agreement.starts_at), ocds.instant(agreement.ends_at)
    return {
        "parties": [ocds.party(org, roles=["supplier"]) for org in orgs.values()],
        "tender": {
            "id": call.get("project_no", agreement.agreement_no),
            "title": agreement.title,
            "status": "complete",
            "procurementMethod": OCDS_METHODS["framework"],
            "procurementMethodDetails": METHODS["framework"][0],
            "mainProcurementCategory": agreement.category,
            "value": ocds.value(agreement.cap),
            "techniques": {
                "hasFrameworkAgreement": True,
                "frameworkAgreement": {
                    "method": "withReopeningCompetition"
                    if agreement.selection == Selection.COMPETITION
                    else "withoutReopeningCompetition",
                    "maximumParticipants": len(agreement.entrants),
                    "period": {"startDate": starts, "endDate": ends},
                    "value": ocds.value(agreement.cap),
                },
            },
            "items": [
                ocds.item(
                    item.no,
                    description=item.name,
                    code=item.code,
                    class_name=catalogue.name_of(item.code, item.edition),
                    unit=item.unit,
                    unit_price=item.ceiling,
                    spec=item.spec,
                )
                for item in agreement.items
            ],
        },
        "awards": [
            ocds.award(
                str(row.no),
                suppliers=[orgs[row.id]],
                amount=row.cap,
                decided=row.admitted_at,
                title=agreement.title,
                items=[
                    ocds.item(
                        price.item_no,
                        description=price.name,
                        code=price.code,
                        unit=price.unit,
                        unit_price=price.price,
                    )
                    for price in row.prices
                ],
            )
            for row in entrants
        ],
        **({"relatedProcesses": [ocds.related(call["parent"], "parent")]} if call.get("parent") else {}),
    }


def _partners(contract: ContractFacts) -> list[OrganisationFacts]:
    rows = contract.consortium.partners if contract.consortium else ()
    return [organisation_facts(one.supplier_id) for one in rows]


def _sides(contract: ContractFacts) -> tuple[OrganisationFacts, OrganisationFacts]:
    return organisation_facts(contract.purchaser_id), organisation_facts(contract.supplier_id)


def _common(contract: ContractFacts) -> Payload:
    return {
        "title": contract.title,
        "title_en": contract.title_en,
        "region": contract.region,
        "source": contract.key,
        "ocid": contract.ocid,
        "project_no": contract.project_no,
        "purchaser": as_party(organisation_facts(contract.purchaser_id)),
        "agency": as_party(organisation_facts(contract.agency_id)) if contract.agency_id else None,
        "category": contract.category,
        "method": contract.method,
        "law_as_of": contract.law_as_of,
    }


def _mark(sandbox: bool) -> list[dict[str, Any]]:
    if not sandbox:
        return []
    text = gettext_noop("This is a demonstration: invented data, periods in seconds, no legal effect.")
    return [{"title": gettext_noop("Demonstration"), "text": {"msg": text}}]


def _signed_on(contract: ContractFacts) -> date:
    if contract.signed_at is None:
        raise ValueError("a contract is published after it is signed")
    return beijing_date(contract.signed_at)


def _party_rows(org: OrganisationFacts) -> list[list[Any]]:
    return [
        row
        for row in (
            [gettext_noop("Name"), org.name],
            [gettext_noop("Unified social credit code"), org.credit_code],
            [gettext_noop("Address"), org.address],
            [gettext_noop("Contact person"), " ".join(filter(None, (org.contact_name, org.contact_phone)))],
        )
        if row[1]
    ]


def _items(items: tuple[TermItem, ...]) -> dict[str, Any]:
    head = [
        gettext_noop("Item"),
        gettext_noop("Brand and model"),
        gettext_noop("Specification"),
        gettext_noop("Quantity"),
        gettext_noop("Unit price"),
        gettext_noop("Amount"),
    ]
    rows = [
        [
            item.name,
            " ".join(filter(None, (item.brand, item.model))),
            item.spec,
            f"{item.count} {item.unit}",
            str(item.unit_price),
            item.amount,
        ]
        for item in items
    ]
    return {"title": gettext_noop("Items"), "table": {"head": head, "rows": rows}}


def _item_facts(item: TermItem) -> dict[str, Any]:
    return {
        "no": item.no,
        "name": item.name,
        "category": item.category,
        "brand": item.brand,
        "model": item.model,
        "spec": item.spec,
        "quantity": item.count,
        "unit": item.unit,
        "unit_price": str(item.unit_price),
    }


def _ocds_item(item: TermItem) -> dict[str, Any]:
    return ocds.item(
        item.no,
        description=item.name,
        code=item.category,
        quantity=item.quantity,
        unit=item.unit,
        unit_price=item.unit_price,
        lot=item.lot,
        brand=item.brand,
        model=item.model,
        spec=item.spec,
    )
