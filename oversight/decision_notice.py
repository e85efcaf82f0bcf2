"""Payload of the public notice of a decision on a complaint (投诉处理结果公告)."""

from __future__ import annotations

from typing import Any

from core.errors import gettext_noop
from disclosure.states import NoticeType
from oversight.models import Complaint
from oversight.states import EFFECT_WORDS, OUTCOME_WORDS, SUBJECT_WORDS
from parties.access import Actor
from tendering.facts import TenderFacts
from tendering.notices import common, mark


def decision(row: Complaint, tender: TenderFacts, actor: Actor, *, late: bool) -> dict[str, Any]:
    """Give the notice of one decision. Source: 财政部令第94号第二十九条、第三十三条; 财库〔2015〕135号."""
    complainant = row.challenge.supplier
    respondents = [name for name in (tender.purchaser_name, tender.agency_name) if name]
    titles = {lot.no: lot.title for lot in tender.lots}
    named = "；".join(f"{no} {titles.get(no, '')}".strip() for no in row.effect_lots)
    lots = [[gettext_noop("Lots it acts on; the others stand"), named]] if named else []
    return {
        **common(tender),
        "type": NoticeType.COMPLAINT_DECISION,
        "law_as_of": tender.law_as_of,
        "sections": [
            *mark(tender),
            {
                "title": gettext_noop("Complaint"),
                "rows": [
                    [gettext_noop("Project number"), tender.project_no],
                    [gettext_noop("Tender"), tender.title],
                    [gettext_noop("Complainant"), complainant.name],
                    [gettext_noop("Respondent"), "、".join(respondents)],
                    [gettext_noop("What it is about"), {"msg": SUBJECT_WORDS[row.challenge.subject]}],
                    [gettext_noop("Received"), row.received_at],
                ],
            },
            {"title": gettext_noop("Matter of the complaint"), "text": row.matter},
            {"title": gettext_noop("Findings and legal basis"), "text": row.findings},
            {
                "title": gettext_noop("Decision"),
                "rows": [
                    [gettext_noop("Result"), {"msg": OUTCOME_WORDS[row.outcome]}],
                    [gettext_noop("Effect"), {"msg": EFFECT_WORDS[row.effect]}],
                    *lots,
                    [gettext_noop("Decided by"), actor.org_name],
                    [gettext_noop("Decided"), row.decided_at],
                ],
            },
        ],
        "facts": {
            "tender": str(tender.id),
            "complainant": complainant.name,
            "respondents": respondents,
            "subject": row.challenge.subject,
            "outcome": row.outcome,
            "effect": row.effect,
            "lots": row.effect_lots,
            "decided_by": actor.org_name,
            "decided_at": row.decided_at,
            "late": late,
            "sandbox": tender.sandbox,
        },
    }
