"""Payload of the notice that suspends a procedure (暂停公告); who complained it does not say."""

from __future__ import annotations

from typing import Any

from core.errors import gettext_noop
from disclosure.states import NoticeType
from tendering.facts import HoldFacts, TenderFacts
from tendering.notices import common, contact, mark


def suspension(tender: TenderFacts, hold: HoldFacts) -> dict[str, Any]:
    """Give the notice of one suspension."""
    return {
        **common(tender),
        "type": NoticeType.SUSPENSION,
        "amount": tender.budget,
        "law_as_of": tender.law_as_of,
        "sections": [
            *mark(tender),
            {
                "title": gettext_noop("Tender"),
                "rows": [
                    [gettext_noop("Project number"), tender.project_no],
                    [gettext_noop("Tender"), tender.title],
                    [gettext_noop("Suspended from"), hold.begins_at],
                    [gettext_noop("Suspended until, at most"), hold.until],
                ],
            },
            {"title": gettext_noop("Reason"), "text": hold.reason},
            contact(tender),
        ],
        "facts": {
            "tender": str(tender.id),
            "reason": hold.reason,
            "begins_at": hold.begins_at,
            "until": hold.until,
            "sandbox": tender.sandbox,
        },
    }
