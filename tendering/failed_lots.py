"""Reads of lots that failed by themselves."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from core.money import Yuan
from tendering.models import FailedLot


def of_tender(tender_id: UUID) -> list[FailedLot]:
    """Give the lots of a procedure that failed by themselves, by number."""
    return list(FailedLot.objects.filter(tender_id=tender_id))


def waiting_of(tender_id: UUID) -> QuerySet[FailedLot]:
    """Give those that wait to be procured again or given up."""
    return FailedLot.objects.filter(tender_id=tender_id, taken_by=None, given_up_at=None)


def waiting_in(plan_id: UUID) -> Yuan:
    """Give the budgets of all that wait under a plan, added up."""
    rows = FailedLot.objects.filter(tender__plan_id=plan_id, taken_by=None, given_up_at=None)
    return Yuan.total(Yuan(row.budget) for row in rows)


def taken_by(tender_id: UUID) -> Yuan:
    """Give the budgets of the failed lots that a procedure takes up, added up: what it may spend."""
    return Yuan.total(Yuan(row.budget) for row in FailedLot.objects.filter(taken_by_id=tender_id))
