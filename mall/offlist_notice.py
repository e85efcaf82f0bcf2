"""What the notice of a purchase off the list of a framework agreement says (rules F-12, F-13)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from contracting.facts import AgreementFacts
from core.errors import gettext_noop
from core.law.book import Law
from core.law.duties import duty
from disclosure import ocds
from disclosure.states import METHODS, NoticeType
from mall.offlist_facts import OffListFacts
from mall.offlist_rules import RULE, public_item
from parties.selectors import OrganisationFacts


def off_list_notice(
    facts: OffListFacts,
    agreement: AgreementFacts,
    purchaser: OrganisationFacts,
    supplier: OrganisationFacts,
    *,
    law: Law,
    at: datetime,
) -> dict[str, Any]:
    """Give the arguments of `disclosure.services.publish`: what was bought, why, and who was asked to go as low."""
    outside = facts.winner is None
    result = (
        gettext_noop("No supplier of the framework agreement goes as low: it is bought outside.")
        if outside
        else gettext_noop("A supplier of the framework agreement goes as low: it gets the order.")
    )
    deal: list[list[Any]] = [
        [gettext_noop("Agreement number"), agreement.agreement_no],
        [gettext_noop("Framework agreement"), agreement.title],
        [gettext_noop("Purchaser"), purchaser.name],
        [gettext_noop("Supplier"), supplier.name],
        [gettext_noop("Amount"), facts.amount],
        [gettext_noop("Result"), {"msg": result}],
        [gettext_noop("Reason"), facts.reason],
        [gettext_noop("Evidence (SHA-256)"), facts.sha256],
        [gettext_noop("Legal basis"), duty(RULE).citation],
    ]
    item = public_item(facts)
    bought = [
        item["name"],
        f"{item['brand']} {item['model']}",
        item["spec"],
        f"{item['quantity']} {item['unit']}",
        item["unit_price"],
        facts.amount,
    ]
    head = [
        gettext_noop("Item"),
        gettext_noop("Brand and model"),
        gettext_noop("Specification"),
        gettext_noop("Quantity"),
        gettext_noop("Unit price"),
        gettext_noop("Amount"),
    ]
    asked_head = [gettext_noop("Supplier"), gettext_noop("Agreed price"), gettext_noop("Goes down to")]
    asked = [
        [row.supplier_name, str(row.agreed), str(row.price) if row.price else "—"] for row in facts.answers
    ]
    goods = [
        ocds.item(
            "1",
            description=item["name"],
            code=item["category"],
            quantity=item["quantity"],
            unit=item["unit"],
            unit_price=facts.sells_at,
            brand=item["brand"],
            model=item["model"],
            spec=item["spec"],
        )
    ]
    title = f"{agreement.title}名单外采购成交结果公告" if outside else f"{agreement.title}成交结果公告"
    return {
        "type": NoticeType.FRAMEWORK_DEAL,
        "title": title,
        "title_en": f"Deal: {agreement.title_en}" if agreement.title_en else "",
        "region": facts.region,
        "source": facts.source,
        "ocid": facts.ocid,
        "project_no": facts.purchase_no,
        "purchaser": asdict(purchaser),
        "category": agreement.category,
        "method": "framework",
        "amount": facts.amount,
        "law_as_of": law.as_of,
        "sections": [
            {"title": gettext_noop("Deal"), "rows": deal},
            {"title": gettext_noop("Items"), "table": {"head": head, "rows": [bought]}},
            {
                "title": gettext_noop("Suppliers of the framework agreement that were asked to go as low"),
                "table": {"head": asked_head, "rows": asked},
            },
        ],
        "facts": {
            "agreement_no": agreement.agreement_no,
            "off_list": outside,
            "supplier": {"name": supplier.name, "credit_code": supplier.credit_code},
            "items": [{**item, "amount": str(facts.amount)}],
            "evidence": facts.sha256,
            "asked": [
                {
                    "name": row.supplier_name,
                    "agreed": str(row.agreed),
                    "price": str(row.price) if row.price else None,
                }
                for row in facts.answers
            ],
        },
        "release": {
            "parties": [ocds.party(supplier, roles=["supplier"])],
            "tender": {
                "id": facts.purchase_no,
                "title": title,
                "status": "complete",
                "procurementMethod": "direct",
                "procurementMethodDetails": METHODS["framework"][0],
                "mainProcurementCategory": agreement.category,
                "value": ocds.value(facts.amount),
                "items": goods,
            },
            "awards": [
                ocds.award(
                    str(facts.id),
                    suppliers=[supplier],
                    amount=facts.amount,
                    decided=at,
                    items=goods,
                    title=title,
                )
            ],
            "relatedProcesses": [ocds.related(agreement.ocid, title=agreement.title)],
        },
        "tag": ["award"],
    }
