"""Payload of the notice of who qualified (资格入围公告), published once bids are closed so that no name is told early."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.errors import gettext_noop
from disclosure.states import NoticeType
from tendering.facts import ApplicationFacts, TenderFacts
from tendering.notices import common, contact, mark
from tendering.release import tender_release
from tendering.states import APPLICATION_WORDS, ApplicationStatus


def qualified(tender: TenderFacts, applications: Sequence[ApplicationFacts]) -> dict[str, Any]:
    """Give the notice of a prequalification's result: every applicant, and why one did not qualify.

    Source: 《政府采购法实施条例》第二十一条; 财政部令第87号第十四条.
    """
    passed = [row for row in applications if row.status != ApplicationStatus.REFUSED]
    head = [
        gettext_noop("Supplier"),
        gettext_noop("Unified social credit code"),
        gettext_noop("Result"),
        gettext_noop("Reason"),
    ]
    rows = [
        [row.supplier_name, row.credit_code, {"msg": APPLICATION_WORDS[row.status]}, row.reason]
        for row in sorted(
            applications, key=lambda row: (row.status == ApplicationStatus.REFUSED, row.credit_code)
        )
    ]
    return {
        **common(tender),
        "type": NoticeType.QUALIFIED,
        "law_as_of": tender.law_as_of,
        "sections": [
            *mark(tender),
            {
                "title": gettext_noop("Tender"),
                "rows": [
                    [gettext_noop("Project number"), tender.project_no],
                    [gettext_noop("Tender"), tender.title],
                    [gettext_noop("First published"), tender.published_at],
                    [gettext_noop("Bids due"), tender.bids_due_at],
                    [gettext_noop("Applications"), str(len(rows))],
                    [gettext_noop("Suppliers that qualified"), str(len(passed))],
                ],
            },
            {"title": gettext_noop("Result of the prequalification"), "table": {"head": head, "rows": rows}},
            contact(tender),
        ],
        "facts": {
            "tender": str(tender.id),
            "suppliers": [
                {
                    "name": row.supplier_name,
                    "credit_code": row.credit_code,
                    "qualified": row.status != ApplicationStatus.REFUSED,
                    "invited": row.status == ApplicationStatus.INVITED,
                    "reason": row.reason,
                }
                for row in applications
            ],
            "sandbox": tender.sandbox,
        },
        "release": tender_release(tender, "active"),
        "tag": ["tenderUpdate"],
    }
