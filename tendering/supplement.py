"""Reads of supplementary calls (补充征集): which agreement one supplements, and what agreement a call has led to."""

from __future__ import annotations

from uuid import UUID

from contracting.facts import AgreementFacts
from contracting.selectors import agreement_facts, agreements, agreements_of
from contracting.services.entering import few_left
from tendering.facts import TenderFacts
from tendering.models import FrameworkCall
from tendering.states import TenderStatus
from tendering.supplement_facts import SupplementFacts

SOURCE = "tender."


def supplement_of(row: FrameworkCall) -> SupplementFacts | None:
    """Give the agreement that a call supplements; None for a first call."""
    one = row.supplements
    if one is None:
        return None
    return SupplementFacts(one.pk, one.agreement_no, one.title, one.ocid, one.ends_at, row.supplement_reason)


def agreements_made(tender: TenderFacts) -> list[AgreementFacts]:
    """Give the agreements that a decided call has led to: one for each lot, or the one that it supplements; none before."""
    about = tender.framework.supplement if tender.framework else None
    if about is None:
        return agreements_of(tender.source)
    decided = tender.status in (TenderStatus.AWARDED, TenderStatus.CONTRACTED)
    return [agreement_facts(about.agreement_id)] if decided else []


def first_call(agreement: AgreementFacts) -> UUID | None:
    """Give the tender by which an agreement was made, or None where it was made without one."""
    if not agreement.source.startswith(SOURCE):
        return None
    return UUID(agreement.source.removeprefix(SOURCE).partition("/")[0])


def lot_of(agreement: AgreementFacts) -> str:
    """Give the lot by which an agreement was made, where its call had several; else an empty text."""
    return agreement.source.partition("/")[2]


def to_supplement(organiser_id: UUID, category: str) -> list[AgreementFacts]:
    """Give the organiser's agreements of a category in force in which so few suppliers are left that others may enter."""
    return [
        row
        for row in agreements()
        if row.organiser_id == organiser_id and row.category == category and first_call(row) and few_left(row)
    ]


def is_entrant(tender: TenderFacts, supplier_id: UUID) -> bool:
    """Tell whether a supplier has entered the agreement that a call supplements, be it in or out now."""
    about = tender.framework.supplement if tender.framework else None
    return about is not None and agreement_facts(about.agreement_id).entrant_of(supplier_id) is not None
