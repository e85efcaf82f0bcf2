"""Notices that come before the document: the call for applications of a restricted tender, and the single-source notice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from core.errors import gettext_noop
from core.law.book import Law
from tendering.before_notice import reservation, responsible
from tendering.conditions_notice import admitted
from tendering.facts import TenderFacts
from tendering.methods import method_of
from tendering.notices import Payload, common, contact, lots, mark, overview
from tendering.release import tender_release
from tendering.states import GROUND_WORDS


def prequalification(
    tender: TenderFacts, law: Law, *, due_at: datetime, wanted: int, pool: int, commitment: str
) -> Payload:
    """Give the call for applications: `wanted` are drawn from at least `pool`. Source: 财政部令第87号第十三条至第十五条."""
    method = method_of(tender.method)
    apply = f"/tenders/{tender.id}/apply/"
    return {
        **common(tender),
        "type": method.first_notice,
        "amount": tender.budget,
        "law_as_of": law.as_of,
        "due_at": due_at,
        "sections": [
            *mark(tender),
            overview(tender),
            {"title": gettext_noop("Need"), "text": tender.need},
            *lots(tender),
            *admitted(tender),
            _applications(law, method.first_time, due_at, apply),
            _draw(law, wanted, pool, commitment),
            *reservation(tender),
            responsible(tender),
            contact(tender),
        ],
        "facts": {
            "tender": str(tender.id),
            "budget": tender.budget,
            "applications_due_at": due_at,
            "wanted": wanted,
            "pool": pool,
            "commitment": commitment,
            "law_digest": law.digest,
            "sandbox": tender.sandbox,
        },
        "release": tender_release(tender, "planned"),
        "tag": ["tender"],
    }


def _applications(law: Law, rule: str, due_at: datetime, apply: str) -> dict[str, Any]:
    return {
        "title": gettext_noop("Applications"),
        "rows": [
            [gettext_noop("Applications are due"), due_at],
            [gettext_noop("Where"), {"href": apply, "text": f"{settings.PUBLIC_URL}{apply}"}],
            [gettext_noop("Legal basis"), law.cite(rule).citation],
        ],
    }


def _draw(law: Law, wanted: int, pool: int, commitment: str) -> dict[str, Any]:
    text = gettext_noop(
        "Drawn at random from all who qualify: in the order of SHA-256 over seed and credit code. The seed is committed "
        "to by the hash below and mixed with the log’s first checkpoint after the pool is fixed."
    )
    return {
        "title": gettext_noop("Suppliers that will be invited"),
        "rows": [
            [gettext_noop("Invited"), str(wanted)],
            [gettext_noop("Qualified applicants needed"), str(pool)],
            [gettext_noop("How they are chosen"), {"msg": text}],
            [gettext_noop("Hash of the seed"), commitment],
            [
                gettext_noop("Legal basis"),
                f"{law.cite('L-08.invited_min').citation}；{law.cite('T-04.invite_pool_factor').citation}",
            ],
        ],
    }


def single_source(tender: TenderFacts, law: Law, *, until: datetime) -> Payload:
    """Give the single-source notice with the fields that rule N-09 lists. Source: 财政部令第74号第三十八条."""
    sole = tender.sole
    if sole is None:
        raise ValueError("a single-source notice names its supplier")
    head = [gettext_noop("Name"), gettext_noop("Unit"), gettext_noop("Title"), gettext_noop("Opinion")]
    opinions = [[row["name"], row["unit"], row["title"], row["opinion"]] for row in sole.opinions]
    where = f"/tenders/{tender.id}/single-source/"
    return {
        **common(tender),
        "type": method_of(tender.method).notice,
        "amount": tender.budget,
        "law_as_of": law.as_of,
        "due_at": until,
        "sections": [
            *mark(tender),
            overview(tender),
            {"title": gettext_noop("Need"), "text": tender.need},
            *lots(tender),
            {
                "title": gettext_noop("Single source"),
                "rows": [
                    [gettext_noop("Supplier"), sole.supplier_name],
                    [gettext_noop("Address"), sole.supplier_address or "—"],
                    [gettext_noop("Ground"), {"msg": GROUND_WORDS[sole.ground]}],
                    [gettext_noop("Reason"), sole.reason],
                ],
            },
            {"title": gettext_noop("Opinions of professionals"), "table": {"head": head, "rows": opinions}},
            {
                "title": gettext_noop("Objections"),
                "rows": [
                    [gettext_noop("Objections are taken until"), until],
                    [gettext_noop("Where"), {"href": where, "text": f"{settings.PUBLIC_URL}{where}"}],
                    [gettext_noop("Legal basis"), law.cite(method_of(tender.method).notice_time).citation],
                ],
            },
            *reservation(tender),
            responsible(tender),
            contact(tender),
        ],
        "facts": {
            "tender": str(tender.id),
            "budget": tender.budget,
            "supplier": sole.supplier_name,
            "ground": sole.ground,
            "reason": sole.reason,
            "opinions": list(sole.opinions),
            "period_ends_at": until,
            "law_digest": law.digest,
            "sandbox": tender.sandbox,
        },
        "release": tender_release(tender, "active"),
        "tag": ["tender"],
    }
