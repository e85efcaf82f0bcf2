"""Reads of budgets and plans: facts, never rows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from django.conf import settings

from core.enacted import selectors as enacted
from core.errors import NotFound
from core.law.book import Law
from core.money import Yuan
from core.workdays import Unit, beijing_date
from disclosure.selectors.notices import of_process
from disclosure.states import NoticeType
from planning.facts import BudgetFacts, PlanFacts, ReservationFacts
from planning.models import BudgetChange, BudgetLine, Plan, Reservation


class Purchase(Protocol):
    """What the law asks about a purchase to find its values: a plan, or the tender drawn from it."""

    @property
    def region(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def method(self) -> str: ...


def law_now(purchase: Purchase, level: str, now: datetime) -> Law:
    """Give the law that a notice published now would stand under; in the sandbox with periods in seconds."""
    return enacted.law(
        beijing_date(now),
        purchase.region,
        level or None,
        purchase.category,
        purchase.method,
        sandbox=settings.SANDBOX,
    )


def budget_facts(line_id: UUID) -> BudgetFacts:
    """Give one budget line, or raise NotFound."""
    line = BudgetLine.objects.filter(pk=line_id).first()
    if line is None:
        raise NotFound()
    return line_facts(line)


def budget_lines_of(org_id: UUID, fiscal_year: int | None = None) -> list[BudgetFacts]:
    """Give the budget lines of an organisation, newest year first."""
    lines = BudgetLine.objects.filter(organisation_id=org_id)
    if fiscal_year is not None:
        lines = lines.filter(fiscal_year=fiscal_year)
    return [line_facts(line) for line in lines]


def changes_of(line_id: UUID) -> list[BudgetChange]:
    """Give the additions to and adjustments of a line, oldest first."""
    return list(BudgetChange.objects.filter(budget_line_id=line_id))


def reservations_of(line_id: UUID) -> list[ReservationFacts]:
    """Give what holds parts of a line, oldest first."""
    return [reservation_row(row) for row in Reservation.objects.filter(budget_line_id=line_id)]


def reservation_of(source: str) -> ReservationFacts | None:
    """Give what `source` holds, or None when it holds nothing."""
    row = Reservation.objects.filter(source=source).first()
    return reservation_row(row) if row else None


def plan_facts(plan_id: UUID) -> PlanFacts:
    """Give one plan, or raise NotFound."""
    plan = Plan.objects.filter(pk=plan_id).first()
    if plan is None:
        raise NotFound()
    return plan_row(plan)


def plans_of(org_id: UUID) -> list[PlanFacts]:
    """Give the plans of an organisation, newest first."""
    return [plan_row(plan) for plan in Plan.objects.filter(organisation_id=org_id)]


def announced(ocid: str) -> bool:
    """Tell whether the procurement of a process is public: it has a notice beyond what is said before one."""
    early = {NoticeType.INTENTION, NoticeType.REQUIREMENTS}
    return any(notice.type not in early for notice in of_process(ocid))


def intention_lasts(plan: PlanFacts, law: Law) -> date | datetime | None:
    """Give from when on the notice may follow the published intention: a civil day, or an instant in the sandbox."""
    rule = "D-01.intention_before"
    if plan.intention_at is None or not law.has(rule):
        return None
    end = law.end_of(rule, plan.intention_at, binding=False)
    return end.last_day if end.rule.unit in list(Unit) else end.ends_at


def line_facts(line: BudgetLine) -> BudgetFacts:
    return BudgetFacts(
        id=line.pk,
        org_id=line.organisation_id,
        code=line.code,
        name=line.name,
        fiscal_year=line.fiscal_year,
        category=line.category,
        item_code=line.item_code,
        item_edition=line.item_edition,
        funding=line.funding,
        base=Yuan.from_fen(line.base_fen),
        amount=Yuan.from_fen(line.amount_fen),
        reserved=Yuan.from_fen(line.reserved_fen),
        committed=Yuan.from_fen(line.committed_fen),
        spent=Yuan.from_fen(line.spent_fen),
    )


def reservation_row(row: Reservation) -> ReservationFacts:
    return ReservationFacts(
        budget_line_id=row.budget_line_id,
        source=row.source,
        reserved=Yuan.from_fen(row.reserved_fen),
        committed=Yuan.from_fen(row.committed_fen),
        spent=Yuan.from_fen(row.spent_fen),
    )


def plan_row(plan: Plan) -> PlanFacts:
    return PlanFacts(
        id=plan.pk,
        budget_line_id=plan.budget_line_id,
        org_id=plan.organisation_id,
        filing_no=plan.filing_no,
        ocid=plan.ocid,
        title=plan.title,
        title_en=plan.title_en,
        need=plan.need,
        method=plan.method,
        category=plan.category,
        region=plan.region,
        item_code=plan.item_code,
        item_edition=plan.item_edition,
        quantity=plan.quantity,
        unit=plan.unit,
        amount=Yuan.from_fen(plan.amount_fen),
        expected_on=plan.expected_on,
        status=plan.status,
        filed_at=plan.filed_at,
        intention_notice_id=plan.intention_notice_id,
        intention_at=plan.intention_at,
        intention_exemption=plan.intention_exemption,
        intention_reason=plan.intention_reason,
    )
