"""Reads of budgets and plans: facts, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from django.conf import settings

from core.enacted import selectors as enacted
from core.errors import NotFound
from core.law.book import Law
from core.money import Yuan
from core.workdays import Unit, beijing_date
from disclosure.selectors.notices import newest_id, of_process
from disclosure.states import NoticeType
from planning.facts import (
    BudgetFacts,
    EntrustmentFacts,
    OtherModeFacts,
    PaperFacts,
    PlanFacts,
    RequirementFacts,
    ReservationFacts,
    SignatureFacts,
)
from planning.models import (
    BudgetChange,
    BudgetLine,
    Entrustment,
    OtherMode,
    Plan,
    Requirement,
    Reservation,
)
from planning.rules import Purchased
from planning.states import DISCLOSED, WITH_THE_NOTICE, EntrustmentStatus, PlanStatus, Side


class Purchase(Protocol):
    """What the law asks about a purchase to find its values: a plan, or the tender drawn from it."""

    @property
    def region(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def method(self) -> str: ...


@dataclass(frozen=True, slots=True)
class AnyPurchase:
    """A kind of purchase of which nothing more is known: of one place and category, by whatever method."""

    region: str
    category: str
    method: str = ""


def law_now(purchase: Purchase, level: str, now: datetime) -> Law:
    """Give the law that a notice published now would stand under; in the sandbox with periods in seconds."""
    return enacted.law(
        beijing_date(now),
        purchase.region,
        level or None,
        purchase.category,
        purchase.method or None,
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
    early = {NoticeType.INTENTION, NoticeType.REQUIREMENTS, NoticeType.IMPORT_PERMISSION}
    return any(notice.type not in early for notice in of_process(ocid))


def imports_of(ocid: str) -> UUID | None:
    """Give the notice that announces the imported products of a process, or None."""
    return newest_id(ocid, [NoticeType.IMPORT_PERMISSION])


def purchases_of(org_id: UUID, fiscal_year: int) -> list[Purchased]:
    """Give what every plan of an organisation's budget of one year counts for in its reservation for SMEs."""
    plans = Plan.objects.filter(organisation_id=org_id, budget_line__fiscal_year=fiscal_year)
    return [
        Purchased(
            plan_id=plan.pk,
            title=plan.title,
            category=plan.category,
            amount=Yuan.from_fen(plan.amount_fen),
            form=plan.sme_form,
            reserved=Yuan.from_fen(plan.sme_fen),
            small_micro=Yuan.from_fen(plan.small_micro_fen),
        )
        for plan in plans.exclude(status=PlanStatus.WITHDRAWN).order_by("-amount_fen", "filing_no")
    ]


def alike(plan: PlanFacts) -> tuple[Yuan, ...]:
    """Give the amounts of the plans up to this one that buy the same item from the same budget line without open tender.

    Oldest first, this one last; withdrawn ones do not count. A line belongs to one project and one fiscal year.
    """
    rows = Plan.objects.filter(
        budget_line_id=plan.budget_line_id, item_code=plan.item_code, filed_at__lte=plan.filed_at
    )
    rows = (
        rows.exclude(method="open_tender")
        .exclude(status=PlanStatus.WITHDRAWN)
        .order_by("filed_at", "filing_no")
    )
    return tuple(Yuan.from_fen(fen) for fen in rows.values_list("amount_fen", flat=True))


def budget_years(org_id: UUID) -> list[int]:
    """Give the fiscal years in which an organisation has a budget, newest first."""
    years = BudgetLine.objects.filter(organisation_id=org_id).values_list("fiscal_year", flat=True)
    return sorted(set(years), reverse=True)


def intention_lasts(plan: PlanFacts, law: Law) -> date | datetime | None:
    """Give from when on the notice may follow the published intention: a civil day, or an instant in the sandbox."""
    rule = "D-01.intention_before"
    if plan.intention_at is None or not law.has(rule):
        return None
    end = law.end_of(rule, plan.intention_at, binding=False)
    return end.last_day if end.rule.unit in list(Unit) else end.ends_at


def entrustment_of(plan_id: UUID) -> EntrustmentFacts | None:
    """Give the newest agreement with an agency on a plan, ended ones too; None without any."""
    rows = Entrustment.objects.select_related("purchaser", "agency").prefetch_related("signatures")
    row = rows.filter(plan_id=plan_id).order_by("-offered_at", "-pk").first()
    return entrustment_row(row) if row else None


def responsible(entrustment: EntrustmentFacts | None) -> dict[str, str]:
    """Give who publishes each item of a purchase: the purchaser, or the agency where the signed agreement says so."""
    agreed = entrustment is not None and entrustment.status == EntrustmentStatus.SIGNED
    said = entrustment.publishers if entrustment is not None and agreed else {}
    return {
        item: said.get("notice" if item in WITH_THE_NOTICE else item, Side.PURCHASER.value)
        for item in DISCLOSED
    }


def publishing_desk(source: str, item: str) -> UUID | None:
    """Give the agency that publishes an item of the purchase holding `plan.<id>`; None where the purchaser does it itself."""
    kind, _, plan_id = source.partition(".")
    found = entrustment_of(UUID(plan_id)) if kind == "plan" else None
    return found.agency_id if found is not None and responsible(found)[item] == Side.AGENCY else None


def entrustment_row(row: Entrustment) -> EntrustmentFacts:
    return EntrustmentFacts(
        id=row.pk,
        plan_id=row.plan_id,
        purchaser_id=row.purchaser_id,
        purchaser_name=row.purchaser.name,
        agency_id=row.agency_id,
        agency_name=row.agency.name,
        status=row.status,
        scope=tuple(row.scope),
        authority=row.authority,
        ends_on=row.ends_on,
        fee=row.fee,
        factor=row.factor,
        fee_amount=Yuan.from_fen(row.fee_fen),
        payer=row.payer,
        publishers=row.publishers,
        terms=row.terms,
        terms_hash=row.terms_hash,
        offered_at=row.offered_at,
        signed_at=row.signed_at,
        ended_reason=row.ended_reason,
        signatures=tuple(
            SignatureFacts(one.side, one.person, one.user_id, one.at) for one in row.signatures.all()
        ),
    )


def other_mode_of(plan_id: UUID) -> OtherModeFacts | None:
    """Give the other mode of buying chosen for a plan; None where it takes one of the law's methods."""
    row = OtherMode.objects.filter(plan_id=plan_id).prefetch_related("papers").first()
    if row is None:
        return None
    return OtherModeFacts(
        plan_id=row.plan_id,
        mode=row.mode,
        reason=row.reason,
        chosen_at=row.chosen_at,
        papers=tuple(
            PaperFacts(one.kind, one.number, one.authority, one.decided_on, one.name, one.sha256)
            for one in row.papers.all()
        ),
        supplier=row.supplier,
        amount=Yuan.from_fen(row.amount_fen),
        agreed=row.agreed,
        notice_id=row.notice_id,
    )


def requirement_of(plan_id: UUID) -> RequirementFacts | None:
    """Give the requirement of a plan; None while nothing is written."""
    row = Requirement.objects.filter(plan_id=plan_id).first()
    return requirement_row(row) if row else None


def requirement_row(row: Requirement) -> RequirementFacts:
    return RequirementFacts(
        plan_id=row.plan_id,
        outcome=row.outcome,
        market=row.market,
        history=row.history,
        upkeep=row.upkeep,
        asked=tuple(row.asked),
        version=row.version,
        saved_by=row.saved_by,
        saved_at=row.saved_at,
        notice_id=row.notice_id,
        comments_until=row.comments_until,
    )


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
        name=row.name,
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
        unbudgeted=plan.unbudgeted,
        public_service=plan.public_service,
        sme_form=plan.sme_form,
        sme_amount=Yuan.from_fen(plan.sme_fen),
        small_micro_amount=Yuan.from_fen(plan.small_micro_fen),
        sme_reason=plan.sme_reason,
        support=plan.support,
        project_total=Yuan.from_fen(plan.project_fen),
        guide=plan.guide,
    )
