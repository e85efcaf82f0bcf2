"""What the notice of one deal under a framework agreement (框架协议成交结果公告) says: required where suppliers take turns.

Fields: 财政部令第110号第三十五条 (rule F-12).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from core.errors import gettext_noop
from core.money import Yuan
from disclosure.states import NoticeType
from mall.facts import OrderFacts
from parties.selectors import OrganisationFacts


def deal_notice(
    order: OrderFacts, agreement: Any, purchaser: OrganisationFacts, supplier: OrganisationFacts
) -> dict[str, Any]:
    """Give the arguments of `disclosure.services.publish`; `agreement` is the row of the framework agreement."""
    items, section = public_items(order)
    rows: list[list[Any]] = [
        [gettext_noop("Agreement number"), agreement.agreement_no],
        [gettext_noop("Framework agreement"), agreement.title],
        [gettext_noop("Purchaser"), purchaser.name],
        [gettext_noop("Supplier"), supplier.name],
        [gettext_noop("Order number"), order.order_no],
        [gettext_noop("Amount"), order.amount],
    ]
    return {
        "type": NoticeType.FRAMEWORK_DEAL,
        "title": f"{agreement.title}成交结果公告",
        "title_en": f"Deal: {agreement.title_en}" if agreement.title_en else "",
        "region": order.region,
        "source": order.source,
        "ocid": order.ocid,
        "project_no": agreement.agreement_no,
        "purchaser": asdict(purchaser),
        "category": agreement.category,
        "method": "framework",
        "amount": order.amount,
        "law_as_of": agreement.law_as_of,
        "sections": [
            {"title": gettext_noop("Deal"), "rows": rows},
            section,
        ],
        "facts": {
            "agreement_no": agreement.agreement_no,
            "order_no": order.order_no,
            "supplier": {"name": supplier.name, "credit_code": supplier.credit_code},
            "items": items,
        },
    }


def public_items(order: OrderFacts) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Give the lines of an order as published facts, and as a section."""
    items = [
        {
            name: item[name]
            for name in ("name", "brand", "model", "spec", "quantity", "unit", "unit_price", "amount")
        }
        for item in order.items
    ]
    head = [
        gettext_noop("Item"),
        gettext_noop("Brand and model"),
        gettext_noop("Specification"),
        gettext_noop("Quantity"),
        gettext_noop("Unit price"),
        gettext_noop("Amount"),
    ]
    table = [
        [
            item["name"],
            f"{item['brand']} {item['model']}",
            item["spec"],
            f"{item['quantity']} {item['unit']}",
            str(item["unit_price"]),
            Yuan(item["amount"]),
        ]
        for item in items
    ]
    return items, {"title": gettext_noop("Items"), "table": {"head": head, "rows": table}}
