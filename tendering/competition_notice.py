"""What the call of a second competition (电子卖场采购公告) says beside a procurement notice's own sections."""

from __future__ import annotations

from typing import Any

from core.errors import gettext_noop
from disclosure import ocds
from tendering.facts import TenderFacts


def sections(tender: TenderFacts) -> list[dict[str, Any]]:
    """Give the agreement and, once they are called, the suppliers with their agreed prices; none for other methods."""
    about = tender.competition
    if about is None:
        return []
    rows: list[list[Any]] = [
        [gettext_noop("Agreement number"), about.agreement_no],
        [gettext_noop("Framework agreement"), about.agreement_title],
        [
            gettext_noop("Who wins"),
            {"msg": gettext_noop("The lowest total of those who stay within their own agreed prices.")},
        ],
    ]
    found: list[dict[str, Any]] = [{"title": gettext_noop("Second competition"), "rows": rows}]
    if about.called:
        items = [(f"{lot.no}-{item.no}", item) for lot in tender.lots for item in lot.items]
        head = [gettext_noop("Supplier"), gettext_noop("Item"), gettext_noop("Most it may ask per unit")]
        prices = [[one.name, item.name, str(one.prices[key])] for one in about.called for key, item in items]
        found.append(
            {
                "title": gettext_noop("Suppliers called, with their agreed prices"),
                "table": {"head": head, "rows": prices},
            }
        )
    return found


def facts(tender: TenderFacts) -> dict[str, Any]:
    """Give the call as published facts; empty for other methods."""
    about = tender.competition
    if about is None:
        return {}
    return {
        "agreement_no": about.agreement_no,
        "framework": about.agreement_ocid,
        "called": [
            {
                "name": one.name,
                "credit_code": one.credit_code,
                "prices": {key: str(price) for key, price in one.prices.items()},
            }
            for one in about.called
        ],
        "items": [
            {
                "no": f"{lot.no}-{item.no}",
                "name": item.name,
                "spec": item.spec,
                "quantity": item.quantity,
                "unit": item.unit,
            }
            for lot in tender.lots
            for item in lot.items
        ],
    }


def related(tender: TenderFacts) -> list[dict[str, Any]]:
    """Give the OCDS relation to the process of the framework that is ordered under, or supplemented."""
    if tender.competition is not None:
        return [ocds.related(tender.competition.agreement_ocid, title=tender.competition.agreement_title)]
    more = tender.framework.supplement if tender.framework else None
    return [ocds.related(more.ocid, title=more.title)] if more else []
