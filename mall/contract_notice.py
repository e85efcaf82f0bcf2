"""What the contract notice of an order says, in the markets whose orders have one of their own type.

A confirmed order is the contract: agreement supply (协议供货), designated services (定点服务), online supermarket (网上超市).
Fields: 《政府采购法实施条例》第五十条 (rule L-20).
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from core.errors import gettext_noop
from core.workdays import beijing_date
from disclosure.states import MARKETS, Market, NoticeType
from mall.deal_notice import public_items
from mall.facts import OrderFacts
from parties.selectors import OrganisationFacts


def order_contract(
    order: OrderFacts,
    agreement: Any,
    purchaser: OrganisationFacts,
    supplier: OrganisationFacts,
    *,
    at: datetime,
) -> dict[str, Any]:
    """Give the arguments of `disclosure.services.publish` for an order concluded `at`; `agreement` is the row."""
    name, label = MARKETS[Market(agreement.market)]
    items, section = public_items(order)
    signed = beijing_date(at)
    rows: list[list[Any]] = [
        [gettext_noop("Contract number"), order.order_no],
        [gettext_noop("Market"), {"msg": label}],
        [gettext_noop("Agreement number"), agreement.agreement_no],
        [gettext_noop("Framework agreement"), agreement.title],
        [gettext_noop("Party A (purchaser)"), purchaser.name],
        [gettext_noop("Party B (supplier)"), supplier.name],
        [gettext_noop("Amount"), order.amount],
        [gettext_noop("Signed on"), signed],
        [gettext_noop("Delivery"), order.deliver_to or "—"],
    ]
    return {
        "type": NoticeType.CONTRACT,
        "title": f"{agreement.title}{name}合同公告",
        "title_en": f"Contract: {agreement.title_en}" if agreement.title_en else "",
        "region": order.region,
        "source": order.source,
        "ocid": order.ocid,
        "project_no": order.order_no,
        "purchaser": asdict(purchaser),
        "category": agreement.category,
        "method": str(agreement.market),
        "amount": order.amount,
        "law_as_of": agreement.law_as_of,
        "sections": [{"title": gettext_noop("Contract"), "rows": rows}, section],
        "facts": {
            "contract_no": order.order_no,
            "agreement_no": agreement.agreement_no,
            "supplier": supplier.name,
            "supplier_code": supplier.credit_code,
            "amount": order.amount,
            "signed_on": signed,
            "items": items,
        },
    }
