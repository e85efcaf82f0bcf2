"""Payload of a public notice that a regulator writes (监督检查处理结果, 集中采购机构考核结果, 违法失信行为记录, 其他)."""

from __future__ import annotations

from typing import Any

from core.errors import gettext_noop
from oversight.models import Announcement
from parties.selectors import OrganisationFacts
from parties.states import MARK_WORDS
from planning.notices import as_party


def announced(row: Announcement, office: OrganisationFacts, *, late: bool) -> dict[str, Any]:
    """Give the arguments of `disclosure.services.publish`, the actor's apart.   Source: 财库〔2015〕135号."""
    rows: list[list[Any]] = [[gettext_noop("Published by"), office.name]]
    rows += [
        [label, value]
        for label, value in (
            (gettext_noop("Whom it concerns"), row.concerned),
            (gettext_noop("Unified social credit code"), row.credit_code),
            (gettext_noop("Number of the decision"), row.number),
            (gettext_noop("What the record is"), {"msg": MARK_WORDS[row.mark]} if row.mark else ""),
            (gettext_noop("First day"), row.since or ""),
            (gettext_noop("Last day"), row.until or ""),
            (gettext_noop("Completed on"), row.completed_on),
        )
        if value
    ]
    texts = (
        (gettext_noop("Facts and findings"), row.matter),
        (gettext_noop("Legal basis"), row.basis),
        (gettext_noop("Decision or result"), row.outcome),
    )
    return {
        "type": row.kind,
        "title": row.title,
        "region": office.region,
        "source": f"announcement.{row.pk}",
        "purchaser": as_party(office),
        "sections": [
            {"title": gettext_noop("What is announced"), "rows": rows},
            *({"title": title, "text": text} for title, text in texts if text),
        ],
        "facts": {
            "issuer": office.name,
            "concerned": row.concerned,
            "credit_code": row.credit_code,
            "number": row.number,
            "decision": row.outcome,
            "mark": row.mark,
            "since": row.since,
            "until": row.until,
            "completed_on": row.completed_on,
            "late": late,
        },
    }
