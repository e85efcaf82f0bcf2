"""What the deal notice of a single source (成交公告) says."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime
from typing import Any

from core.errors import gettext_noop
from core.law.duties import duty
from core.money import UnitPrice, Yuan, in_words
from disclosure import ocds
from disclosure.states import NoticeType
from evaluation.models import SoleDeal
from evaluation.notices import fee_section
from parties.selectors import OrganisationFacts, organisation_facts
from tendering import emergencies
from tendering.facts import TenderFacts


def notice(
    tender: TenderFacts, deal: SoleDeal, supplier: OrganisationFacts, fee: dict[str, Any] | None, at: datetime
) -> dict[str, Any]:
    """Give the arguments of `disclosure.services.publish`; `at` is when it was decided.

    Source: 《实施条例》第四十三条; 财办库〔2020〕50号.
    """
    amount = Yuan(deal.amount)
    prices = {(row["lot"], row["item"]): UnitPrice(row["unit_price"]) for row in deal.prices}
    winner = [[supplier.name, supplier.address or "—", amount, in_words(amount)]]
    items = [
        [item.name, item.spec, f"{item.quantity.normalize():f}", item.unit, str(prices[lot.no, item.no])]
        for lot in tender.lots
        for item in lot.items
    ]
    sections: list[dict[str, Any]] = [
        {
            "title": gettext_noop("Winner"),
            "table": {
                "head": [
                    gettext_noop("Supplier"),
                    gettext_noop("Address"),
                    gettext_noop("Amount"),
                    gettext_noop("In words"),
                ],
                "rows": winner,
            },
        },
        {
            "title": gettext_noop("Main items"),
            "table": {
                "head": [
                    gettext_noop("Name"),
                    gettext_noop("Specification"),
                    gettext_noop("Quantity"),
                    gettext_noop("Unit"),
                    gettext_noop("Unit price"),
                ],
                "rows": items,
            },
        },
        {"title": gettext_noop("Who negotiated"), "text": deal.staff},
    ]
    sections += emergencies.sections(tender)
    if fee is not None:
        sections.append(fee_section(fee))
    return {
        "title": f"{tender.title}成交公告",
        "title_en": f"Award: {tender.title_en}" if tender.title_en else "",
        "type": NoticeType.AWARD,
        "region": tender.region,
        "source": tender.source,
        "ocid": tender.ocid,
        "project_no": tender.project_no,
        "purchaser": asdict(organisation_facts(tender.purchaser_id)),
        "agency": asdict(organisation_facts(tender.agency_id)) if tender.agency_id else None,
        "category": tender.category,
        "method": tender.method,
        "amount": amount,
        "law_as_of": tender.law_as_of,
        "sections": sections,
        "facts": {
            "winners": [
                {
                    "name": supplier.name,
                    "credit_code": supplier.credit_code,
                    "address": supplier.address or "—",
                    "amount": str(amount),
                }
            ],
            "experts": [name.strip() for name in re.split("[、,，;；]", deal.staff) if name.strip()],
            "deal": deal.digest,
            **({"agency_fee": fee} if fee is not None else {}),
        },
        "release": _release(tender, deal, supplier, amount, at),
        "tag": ["award"],
    }


def void(
    tender: TenderFacts, deal: SoleDeal, supplier: OrganisationFacts, reason: str, at: datetime, rule: str
) -> dict[str, Any]:
    """Give the notice that a deal does not stand (采购结果变更公告), and by what rule; `reason` may be a message id."""
    said = notice(tender, deal, supplier, None, deal.decided_at or at)
    rows = [
        [gettext_noop("Supplier"), supplier.name],
        [gettext_noop("Amount"), Yuan(deal.amount)],
        [gettext_noop("Set aside"), at],
        [gettext_noop("Reason"), {"msg": reason}],
        [gettext_noop("Legal basis"), duty(rule).citation],
    ]
    release = said["release"]
    award = {**release["awards"][0], "status": "cancelled"}
    return {
        **said,
        "title": f"{tender.title}成交结果变更公告",
        "title_en": f"Change of result: {tender.title_en}" if tender.title_en else "",
        "type": NoticeType.RESULT_CHANGE,
        "sections": [{"title": gettext_noop("Awards that do not stand"), "rows": rows}],
        "facts": {"deal": deal.digest, "reason": reason, "set_aside_at": at},
        "release": {**release, "tender": {"id": tender.project_no, "status": "active"}, "awards": [award]},
        "tag": ["awardUpdate"],
    }


def _release(
    tender: TenderFacts, deal: SoleDeal, supplier: OrganisationFacts, amount: Yuan, decided: datetime
) -> dict[str, Any]:
    return {
        "parties": [ocds.party(supplier, roles=["tenderer", "supplier"])],
        "tender": {"id": tender.project_no, "status": "complete"},
        "awards": [
            ocds.award(
                deal.award_id,
                suppliers=[supplier],
                amount=amount,
                decided=decided,
                title=tender.title,
                items=[
                    ocds.item(
                        f"{lot.no}-{item.no}",
                        description=item.name,
                        code=item.code,
                        class_name=item.classification,
                        quantity=item.quantity,
                        unit=item.unit,
                        lot=lot.no,
                    )
                    for lot in tender.lots
                    for item in lot.items
                ],
            )
        ],
    }
