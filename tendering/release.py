"""The open data of a tender: the OCDS sections of its process, whole."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from disclosure import ocds
from disclosure.states import METHODS, OCDS_METHODS
from planning.notices import planning_section
from planning.selectors import budget_facts, plan_facts
from tendering import competition_notice, framework_notice
from tendering.facts import TenderFacts
from tendering.states import BY_SCORE, CriterionKind


def tender_release(tender: TenderFacts, status: str) -> dict[str, Any]:
    """Give the OCDS sections of the process, whole; `status` is an OCDS tender status."""
    plan = plan_facts(tender.plan_id)
    weighted = tender.evaluation_method in BY_SCORE
    qualification = [row.name for row in tender.criteria if row.kind == CriterionKind.QUALIFICATION]
    body: dict[str, Any] = {
        "id": tender.project_no,
        "title": tender.title,
        "description": tender.need,
        "status": status,
        "value": ocds.value(tender.budget),
        "procurementMethod": OCDS_METHODS[tender.method],
        "procurementMethodDetails": METHODS[tender.method][0],
        "mainProcurementCategory": tender.category,
        "awardCriteria": "ratedCriteria" if weighted else "priceOnly",
        "submissionMethod": ["electronicSubmission"],
        "tenderPeriod": ocds.period(tender.published_at, tender.bids_due_at),
        "items": [
            ocds.item(
                f"{lot.no}-{item.no}",
                description=item.name,
                code=item.code,
                class_name=item.classification,
                quantity=item.quantity,
                unit=item.unit,
                lot=lot.no,
                spec=item.spec,
            )
            for lot in tender.lots
            for item in lot.items
        ],
        "lots": [
            ocds.lot(
                lot.no,
                title=lot.title,
                title_en=lot.title_en,
                status=status,
                amount=lot.ceiling or lot.budget,
            )
            for lot in tender.lots
        ],
        "documents": [
            ocds.document(
                str(row.id),
                type=row.kind,
                title=row.name,
                url=f"{settings.PUBLIC_URL}{reverse('tendering:document', args=[tender.id, row.id])}",
                published=max(tender.published_at or row.added_at, row.added_at),
                format=row.media_type,
            )
            for row in tender.documents
            if not tender.closed_circle
        ],
    }
    body |= framework_notice.techniques(tender)
    if tender.title_en:
        body["title_en"] = tender.title_en
    if qualification:
        body["eligibilityCriteria"] = "；".join(qualification)
    if tender.opens_at is not None:
        body["bidOpening"] = {"date": ocds.instant(tender.opens_at)}
    sections: dict[str, Any] = {
        "planning": planning_section(plan, budget_facts(tender.budget_line_id)),
        "tender": body,
    }
    related = competition_notice.related(tender)
    if tender.previous is not None:
        related.append(
            ocds.related_process("1", "unsuccessfulProcess", tender.previous.ocid, tender.previous.title)
        )
    if related:
        sections["relatedProcesses"] = related
    return sections
