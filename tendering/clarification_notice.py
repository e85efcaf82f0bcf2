"""Payload of the notice that answers a question to all (澄清公告)."""

from __future__ import annotations

from typing import Any

from core.errors import gettext_noop
from disclosure.states import NoticeType
from tendering.facts import TenderFacts
from tendering.notices import common, contact, mark
from tendering.release import tender_release


def clarification(tender: TenderFacts, number: int, question: str, answer: str) -> dict[str, Any]:
    """Give the clarification notice number `number`; it names nobody who asked."""
    return {
        **common(tender),
        "type": NoticeType.CLARIFICATION,
        "amount": tender.budget,
        "law_as_of": tender.law_as_of,
        "due_at": tender.bids_due_at,
        "sections": [
            *mark(tender),
            {
                "title": gettext_noop("Tender"),
                "rows": [
                    [gettext_noop("Project number"), tender.project_no],
                    [gettext_noop("Tender"), tender.title],
                    [gettext_noop("First published"), tender.published_at],
                    [gettext_noop("Number of the clarification"), str(number)],
                ],
            },
            {"title": gettext_noop("Question"), "text": question},
            {"title": gettext_noop("Answer"), "text": answer},
            contact(tender),
        ],
        "facts": {
            "tender": str(tender.id),
            "number": number,
            "question": question,
            "answer": answer,
            "sandbox": tender.sandbox,
        },
        "release": {"tender": {**tender_release(tender, "active")["tender"], "hasEnquiries": True}},
        "tag": ["tenderUpdate"],
    }
