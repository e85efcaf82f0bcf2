"""What the invitation to an open framework (开放式框架协议征集公告) says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.errors import gettext_noop
from core.law.book import Law
from tendering import framework_notice, notices
from tendering.conditions_notice import conditions
from tendering.facts import TenderFacts
from tendering.methods import method_of
from tendering.release import tender_release
from tendering.states import CriterionKind

REVIEW = "F-14.application_review"


def invitation(tender: TenderFacts, law: Law, *, until: datetime, address: str) -> dict[str, Any]:
    """Give the notice: fixed prices, conditions, and where suppliers apply `until` the end of the term."""
    return {
        **notices.common(tender),
        "type": method_of(tender.method).notice,
        "amount": tender.budget,
        "law_as_of": law.as_of,
        "due_at": until,
        "sections": sections(tender, law, until=until, address=address),
        "facts": {
            "tender": str(tender.id),
            "applications_until": until,
            **framework_notice.facts(tender),
            "law_digest": law.digest,
            "sandbox": tender.sandbox,
        },
        "release": tender_release(tender, "active"),
        "tag": ["tender"],
    }


def sections(tender: TenderFacts, law: Law, *, until: datetime, address: str) -> list[dict[str, Any]]:
    """Give the sections, as the preview shows and the publication stores them."""
    where = (
        {"href": address, "text": address}
        if address
        else {"msg": gettext_noop("On the page of the agreement")}
    )
    rows: list[list[Any]] = [
        [gettext_noop("Applications are taken until"), until],
        [gettext_noop("Where"), where],
        [
            gettext_noop("Who enters"),
            {"msg": gettext_noop("Every supplier that meets the conditions and accepts the prices.")},
        ],
        [gettext_noop("Legal basis"), law.cite(REVIEW).citation],
    ]
    return [
        *notices.mark(tender),
        notices.overview(tender),
        {"title": gettext_noop("Need"), "text": tender.need},
        *notices.lots(tender),
        *framework_notice.sections(tender),
        conditions(tender, CriterionKind.QUALIFICATION, gettext_noop("Qualifications of suppliers")),
        {"title": gettext_noop("How to apply"), "rows": rows},
        {
            "title": gettext_noop("Delivery and payment"),
            "rows": [[gettext_noop("Delivery"), tender.delivery]]
            + ([[gettext_noop("Payment"), tender.payment]] if tender.payment else []),
        },
        notices.contact(tender),
    ]
