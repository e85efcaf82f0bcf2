"""What the result notice of a second competition (框架协议成交结果公告) says beside an award's own sections.

Fields: 财政部令第110号第三十五条 (rule F-12).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contracting.facts import TermItem
from core.errors import gettext_noop
from disclosure.states import NoticeType
from tendering.competition_facts import CompetitionFacts


def deal(about: CompetitionFacts, bought: Sequence[TermItem], said: dict[str, Any]) -> dict[str, Any]:
    """Give the award notice `said` as the notice of one deal under the framework agreement."""
    head = [
        gettext_noop("Item"),
        gettext_noop("Specification"),
        gettext_noop("Quantity"),
        gettext_noop("Unit price"),
        gettext_noop("Amount"),
    ]
    table = [
        [item.name, item.spec, f"{item.count} {item.unit}", str(item.unit_price), item.amount]
        for item in bought
    ]
    under = {
        "title": gettext_noop("Deal"),
        "rows": [
            [gettext_noop("Agreement number"), about.agreement_no],
            [gettext_noop("Framework agreement"), about.agreement_title],
            [gettext_noop("Way of the second stage"), {"msg": gettext_noop("Second competition")}],
        ],
    }
    items = {"title": gettext_noop("Items"), "table": {"head": head, "rows": table}}
    changed = said["type"] == NoticeType.RESULT_CHANGE
    return {
        **said,
        "type": said["type"] if changed else NoticeType.FRAMEWORK_DEAL,
        "sections": [under, items, *said["sections"]],
        "facts": {
            **said["facts"],
            "agreement_no": about.agreement_no,
            "supplier": {name: said["facts"]["winners"][0][name] for name in ("name", "credit_code")},
            "items": [
                {
                    "name": item.name,
                    "brand": item.brand,
                    "model": item.model,
                    "spec": item.spec,
                    "quantity": item.count,
                    "unit": item.unit,
                    "unit_price": str(item.unit_price),
                    "amount": str(item.amount),
                }
                for item in bought
            ],
        },
    }
