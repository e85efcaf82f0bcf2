"""What a tender asks of its bidders, as the facts of a tender say it, who is invited, and who objected."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core.money import Yuan
from tendering.competition import competition_of
from tendering.facts import Preparer, Subcontracting
from tendering.methods import Invites, method_of
from tendering.models import Application, Competition, Objection, Tender
from tendering.states import ApplicationStatus


def asked_of(tender: Tender) -> dict[str, Any]:
    """Give the members of `TenderFacts` that say who may bid; a tender without an entry asks for nothing of them."""
    competing = competition_of(tender) if method_of(tender.method).invites is Invites.ENTRANTS else None
    row = getattr(tender, "admission", None)
    if row is None:
        return {"competition": competing}
    return {
        "competition": competing,
        "evidence_asked": tuple(row.evidence_asked),
        "securities": {no: Yuan(amount) for no, amount in row.securities.items()},
        "consortia": row.consortia,
        "prequalified": row.prequalified,
        "subcontracting": {
            no: Subcontracting(Decimal(said["most"]), said["work"], Decimal(said["sme"]))
            for no, said in row.subcontracting.items()
        },
        "preparers": tuple(Preparer(**one) for one in row.preparers),
    }


def is_invited(tender_id: UUID, supplier_id: UUID) -> bool:
    """Tell whether a supplier was invited: drawn, qualified where nobody is drawn, or called as entered in a framework."""
    called = Competition.objects.filter(tender_id=tender_id).values_list("called", flat=True).first()
    if called is not None:
        return str(supplier_id) in {row["supplier"] for row in called}
    return _invited(tender_id).filter(supplier_id=supplier_id).exists()


def is_anybody_invited(tender_id: UUID) -> bool:
    """Tell whether suppliers were invited at all."""
    return _invited(tender_id).exists()


def _invited(tender_id: UUID) -> QuerySet[Application]:
    return Application.objects.filter(tender_id=tender_id, status=ApplicationStatus.INVITED)


def objectors(tender_id: UUID) -> set[UUID]:
    """Give the organisations that objected to a single-source notice."""
    rows = Objection.objects.filter(tender_id=tender_id, made_by_org__isnull=False)
    return {org for org in rows.values_list("made_by_org", flat=True) if org is not None}
