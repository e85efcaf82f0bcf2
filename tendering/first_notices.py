"""Notices that come before the document: the call for applications (资格预审公告), and the single-source notice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from core.errors import gettext_noop
from core.law.book import Law
from disclosure.states import NoticeType
from tendering.before_notice import reservation, responsible, supported
from tendering.conditions_notice import admitted
from tendering.facts import TenderFacts
from tendering.methods import method_of
from tendering.notices import Payload, common, contact, lots, mark, overview
from tendering.release import tender_release
from tendering.states import GROUND_WORDS

SUBMIT, LEAST = "L-12.prequal_submit_min", "L-14.min_bidders"


@dataclass(frozen=True, slots=True)
class Draw:
    """How many are drawn at random, from how many who qualify at least, and the hash that the seed is committed to by."""

    wanted: int
    pool: int
    commitment: str


def prequalification(tender: TenderFacts, law: Law, *, due_at: datetime, draw: Draw | None = None) -> Payload:
    """Give the call for applications; without a `draw` everybody who qualifies is invited.

    Source: 《政府采购法实施条例》第二十一条; 财政部令第87号第十三条至第十五条.
    """
    apply = f"/tenders/{tender.id}/apply/"
    return {
        **common(tender),
        "type": NoticeType.PREQUALIFICATION,
        "amount": tender.budget,
        "law_as_of": law.as_of,
        "due_at": due_at,
        "sections": [
            *mark(tender),
            overview(tender),
            {"title": gettext_noop("Need"), "text": tender.need},
            *lots(tender),
            *admitted(tender),
            _applications(law, SUBMIT, due_at, apply),
            _draw(law, draw) if draw else _everybody(law),
            *reservation(tender),
            *supported(tender),
            responsible(tender),
            contact(tender),
        ],
        "facts": {
            "tender": str(tender.id),
            "budget": tender.budget,
            "applications_due_at": due_at,
            **({"wanted": draw.wanted, "pool": draw.pool, "commitment": draw.commitment} if draw else {}),
            "law_digest": law.digest,
            "sandbox": tender.sandbox,
        },
        "release": tender_release(tender, "planned"),
        "tag": ["tender"],
    }


def amended_call(
    tender: TenderFacts,
    *,
    reason: str,
    called_at: datetime,
    changes: Sequence[tuple[str, Any, Any]],
    due_at: datetime,
    because: dict[str, Any] | None = None,
) -> Payload:
    """Give the correction notice of a prequalification notice; `due_at` is when applications are due with it.

    `reason` is plain text or a message id, `changes` are (label, before, after), `because` is a section with the facts.
    """
    head = [gettext_noop("What changes"), gettext_noop("Before"), gettext_noop("After")]
    rows = [[{"msg": label}, before or "—", after] for label, before, after in changes]
    return {
        **common(tender),
        "type": NoticeType.AMENDMENT,
        "amount": tender.budget,
        "corrects": tender.notice_id,
        "law_as_of": tender.law_as_of,
        "due_at": due_at,
        "sections": [
            *mark(tender),
            {
                "title": gettext_noop("The procurement notice that is amended"),
                "rows": [
                    [gettext_noop("Project number"), tender.project_no],
                    [gettext_noop("Tender"), tender.title],
                    [gettext_noop("First published"), called_at],
                ],
            },
            {"title": gettext_noop("Reason"), "text": {"msg": reason}},
            *([because] if because else []),
            {"title": gettext_noop("Amendments"), "table": {"head": head, "rows": rows}},
            contact(tender),
        ],
        "facts": {
            "tender": str(tender.id),
            "reason": reason,
            "changes": [
                {"label": label, "before": before, "after": after} for label, before, after in changes
            ],
            "applications_due_at": due_at,
            "sandbox": tender.sandbox,
        },
        "release": tender_release(tender, "planned"),
        "tag": ["tenderAmendment"],
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


def _everybody(law: Law) -> dict[str, Any]:
    said = gettext_noop(
        "Everybody who qualifies is invited and gets the document; who does not is told why. Where fewer qualify than may "
        "bid, it is tendered again."
    )
    rule = law.cite(LEAST)
    return {
        "title": gettext_noop("Suppliers that will be invited"),
        "rows": [
            [gettext_noop("Who is invited"), {"msg": said}],
            [gettext_noop("Qualified applicants needed"), str(law.count(LEAST))],
            [gettext_noop("Legal basis"), f"{law.cite(SUBMIT).citation}；{rule.citation}"],
        ],
    }


def _draw(law: Law, draw: Draw) -> dict[str, Any]:
    text = gettext_noop(
        "Drawn at random from all who qualify: in the order of SHA-256 over seed and credit code. The seed is committed "
        "to by the hash below and mixed with the log’s first checkpoint after the pool is fixed."
    )
    return {
        "title": gettext_noop("Suppliers that will be invited"),
        "rows": [
            [gettext_noop("Invited"), str(draw.wanted)],
            [gettext_noop("Qualified applicants needed"), str(draw.pool)],
            [gettext_noop("How they are chosen"), {"msg": text}],
            [gettext_noop("Hash of the seed"), draw.commitment],
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
            *supported(tender),
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
