"""The notices of an intention to buy (采购意向), of a requirement for comment and of another mode's result.

Source: 财库〔2020〕10号; 财库〔2017〕86号.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.errors import gettext_noop
from core.law.grounds import Ground
from disclosure import ocds
from disclosure.states import CATEGORIES, METHODS, NoticeType
from parties.access import Actor
from parties.selectors import OrganisationFacts, organisation_facts
from planning import catalogue
from planning.facts import BudgetFacts, OtherModeFacts, PlanFacts, RequirementFacts
from planning.states import PAPER_WORDS


def as_party(org: OrganisationFacts) -> dict[str, Any]:
    """Give what a notice says about an organisation."""
    return {
        name: getattr(org, name)
        for name in (
            "name",
            "name_en",
            "credit_code",
            "region",
            "address",
            "contact_name",
            "contact_phone",
            "size",
        )
    }


def _common(plan: PlanFacts, purchaser: OrganisationFacts) -> dict[str, Any]:
    return {
        "title": plan.title,
        "title_en": plan.title_en,
        "region": plan.region,
        "source": plan.source,
        "ocid": plan.ocid,
        "project_no": plan.filing_no,
        "purchaser": as_party(purchaser),
        "category": plan.category,
        "method": plan.method,
        "amount": plan.amount,
    }


def intention(plan: PlanFacts, line: BudgetFacts, actor: Actor) -> dict[str, Any]:
    """Give the arguments of `disclosure.services.publish` for the intention of `plan`, the actor's apart."""
    purchaser = organisation_facts(plan.org_id)
    item_name = catalogue.name_of(plan.item_code, plan.item_edition)
    rows: list[list[Any]] = [
        [gettext_noop("Purchaser"), purchaser.name],
        [gettext_noop("Object of procurement"), plan.title],
        [gettext_noop("Category"), {"msg": CATEGORIES[plan.category]}],
        [gettext_noop("Item of the catalogue"), f"{plan.item_code} {item_name} ({plan.item_edition})"],
        [gettext_noop("Quantity"), f"{plan.quantity} {plan.unit}".strip()],
        [gettext_noop("Budget"), plan.amount],
        [gettext_noop("Expected date"), plan.expected_on],
        [gettext_noop("Procurement method"), {"msg": METHODS[plan.method][1]}],
        [gettext_noop("Filing number"), plan.filing_no],
    ]
    return {
        "type": NoticeType.INTENTION,
        **_common(plan, purchaser),
        "sections": [
            {"title": gettext_noop("What is to be bought"), "rows": rows},
            {"title": gettext_noop("Need"), "text": plan.need},
            {
                "title": gettext_noop("Note"),
                "text": {"msg": gettext_noop("This is an early intention; the procurement notice decides.")},
            },
        ],
        "facts": {
            "plan": str(plan.id),
            "filing_no": plan.filing_no,
            "need": plan.need,
            "item": {"code": plan.item_code, "edition": plan.item_edition, "name": item_name},
            "quantity": plan.quantity,
            "unit": plan.unit,
            "expected_on": plan.expected_on,
        },
        "release": planning_release(plan, line),
        "tag": ["planning"],
    }


def requirement(
    plan: PlanFacts, line: BudgetFacts, said: RequirementFacts, comments_until: datetime
) -> dict[str, Any]:
    """Give the arguments of `disclosure.services.publish` for the requirement of `plan`, the actor's apart.

    Source: 《政府采购法实施条例》第十五条; 财库〔2017〕86号.
    """
    purchaser = organisation_facts(plan.org_id)
    texts = (
        (gettext_noop("What the purchase has to achieve"), said.outcome),
        (gettext_noop("Market and supply"), said.market),
        (gettext_noop("Results of like purchases"), said.history),
        (gettext_noop("Upkeep, spare parts and consumables"), said.upkeep),
    )
    contact = f"{purchaser.contact_name} {purchaser.contact_phone}".strip()
    return {
        "type": NoticeType.REQUIREMENTS,
        **_common(plan, purchaser),
        "due_at": comments_until,
        "sections": [
            {
                "title": gettext_noop("Requirements for comment"),
                "rows": [
                    [gettext_noop("Purchaser"), purchaser.name],
                    [gettext_noop("Object of procurement"), plan.title],
                    [gettext_noop("Budget"), plan.amount],
                    [gettext_noop("Comments are taken until"), comments_until],
                    [gettext_noop("Contact"), contact or "—"],
                ],
            },
            *({"title": title, "text": text} for title, text in texts if text),
        ],
        "facts": {
            "plan": str(plan.id),
            "filing_no": plan.filing_no,
            "need": said.outcome,
            "version": said.version,
            "asked": len(said.asked),
        },
        "release": planning_release(plan, line),
        "tag": ["planning"],
    }


def imports(
    plan: PlanFacts,
    line: BudgetFacts,
    products: list[dict[str, str]],
    opinions: list[dict[str, str]],
    objections_until: datetime,
) -> dict[str, Any]:
    """Give the arguments of `disclosure.services.publish` for the imported products of `plan`, the actor's apart.

    Source: 《政府采购法》第十条; 财库〔2007〕119号 (general knowledge).
    """
    purchaser = organisation_facts(plan.org_id)
    contact = f"{purchaser.contact_name} {purchaser.contact_phone}".strip()
    bought = [gettext_noop("Imported product"), gettext_noop("Quantity"), gettext_noop("Reason")]
    said = [
        gettext_noop("Name"),
        gettext_noop("Unit of work"),
        gettext_noop("Professional title"),
        gettext_noop("Opinion"),
    ]
    return {
        "type": NoticeType.IMPORT_PERMISSION,
        **_common(plan, purchaser),
        "due_at": objections_until,
        "sections": [
            {
                "title": gettext_noop("Permission to buy imported products"),
                "rows": [
                    [gettext_noop("Purchaser"), purchaser.name],
                    [gettext_noop("Object of procurement"), plan.title],
                    [gettext_noop("Budget"), plan.amount],
                    [gettext_noop("Filing number"), plan.filing_no],
                    [gettext_noop("Objections are taken until"), objections_until],
                    [gettext_noop("Contact"), contact or "—"],
                ],
            },
            {
                "title": gettext_noop("Imported products"),
                "table": {"head": bought, "rows": [list(row.values()) for row in products]},
            },
            {
                "title": gettext_noop("Opinions of professionals"),
                "table": {"head": said, "rows": [list(row.values()) for row in opinions]},
            },
        ],
        "facts": {
            "plan": str(plan.id),
            "filing_no": plan.filing_no,
            "need": plan.need,
            "products": products,
            "opinions": opinions,
        },
        "release": planning_release(plan, line),
        "tag": ["planning"],
    }


def other_result(
    plan: PlanFacts, line: BudgetFacts, chosen: OtherModeFacts, mode: Ground | None, at: datetime
) -> dict[str, Any]:
    """Give the arguments of `disclosure.services.publish` for what a purchase in another mode came to, the actor's apart.

    Source: 《渝北区政府购买信息服务实施办法（试行）》 (rule G-10).
    """
    purchaser = organisation_facts(plan.org_id)
    named = {"zh": mode.name, "en": mode.name_en} if mode else chosen.mode
    rows: list[list[Any]] = [
        [gettext_noop("Purchaser"), purchaser.name],
        [gettext_noop("Object of procurement"), plan.title],
        [gettext_noop("Filing number"), plan.filing_no],
        [gettext_noop("Mode of buying"), named],
        [gettext_noop("Why the market lacks competition"), chosen.reason],
        *(
            [PAPER_WORDS[row.kind], f"{row.authority} {row.number} {row.decided_on.isoformat()}"]
            for row in chosen.papers
        ),
        [gettext_noop("Supplier"), chosen.supplier["name"]],
        [gettext_noop("Unified social credit code"), chosen.supplier["credit_code"]],
        [gettext_noop("Address"), chosen.supplier["address"]],
        [gettext_noop("Amount"), chosen.amount],
    ]
    return {
        "type": NoticeType.OTHER_RESULT,
        **_common(plan, purchaser),
        "method": "",
        "amount": chosen.amount,
        "sections": [
            {"title": gettext_noop("Result"), "rows": rows},
            {"title": gettext_noop("What is agreed"), "text": chosen.agreed},
        ],
        "facts": {
            "plan": str(plan.id),
            "filing_no": plan.filing_no,
            "mode": chosen.mode,
            "reason": chosen.reason,
            "result": chosen.agreed,
            "supplier": chosen.supplier["name"],
            "supplier_code": chosen.supplier["credit_code"],
            "amount": chosen.amount,
        },
        "release": {
            **planning_release(plan, line),
            "parties": [ocds.party(chosen.supplier, roles=["supplier"])],
            "awards": [
                ocds.award(
                    plan.filing_no,
                    suppliers=[chosen.supplier],
                    amount=chosen.amount,
                    decided=at,
                    title=plan.title,
                )
            ],
        },
        "tag": ["award"],
    }


def planning_release(plan: PlanFacts, line: BudgetFacts) -> dict[str, Any]:
    """Give the planning and tender sections of the process while it is only intended."""
    return {
        "planning": planning_section(plan, line),
        "tender": {
            "id": plan.filing_no,
            "title": plan.title,
            "status": "planning",
            "value": ocds.value(plan.amount),
            "mainProcurementCategory": plan.category,
            "items": [
                ocds.item(
                    "1-1",
                    description=plan.title,
                    code=plan.item_code,
                    class_name=catalogue.name_of(plan.item_code, plan.item_edition),
                )
            ],
        },
    }


def planning_section(plan: PlanFacts, line: BudgetFacts) -> dict[str, Any]:
    """Give the planning section: why, and out of which budget."""
    return {
        "rationale": plan.need,
        "budget": {
            "id": f"{line.fiscal_year}-{line.code}",
            "description": line.name,
            "amount": ocds.value(plan.amount),
        },
    }
