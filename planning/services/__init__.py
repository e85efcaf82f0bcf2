"""Verbs of budgets and plans. What is promised never exceeds the budget, however many ask at once."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import F

from core import clock
from core.audit.services import record
from core.errors import Conflict, Invalid, NotFound, Refused, gettext_noop
from core.money import BadMoney, Yuan, exact
from core.transitions import follow
from core.workdays import beijing_date
from disclosure.services import new_ocid, publish
from parties.access import Actor
from planning import catalogue, guides, notices, rules
from planning.facts import BudgetFacts, PlanFacts, ReservationFacts
from planning.models import BudgetChange, BudgetLine, FilingCounter, OtherMode, Plan, Reservation
from planning.selectors import announced, line_facts, plan_row, reservation_row
from planning.states import EXEMPTIONS, PLANNED, STEPS, Category, PlanStatus


class OverBudget(Refused):
    """The budget line has not that much left."""

    code = "over-budget"
    title = gettext_noop("The budget does not allow this")


class AlreadyReserved(Conflict):
    """This act holds a part of the budget already."""

    code = "already-reserved"
    title = gettext_noop("The budget for this is reserved already")


class Listed(Invalid):
    """The service stands on the negative list: it cannot be bought as a public service."""

    code = "on-the-negative-list"
    title = gettext_noop("This cannot be bought as a public service")


@transaction.atomic
def create_budget_line(
    *,
    actor: Actor,
    org_id: UUID,
    code: str,
    name: str,
    fiscal_year: int,
    amount: Yuan,
    category: str,
    item_key: str = "",
    funding: str = "",
) -> BudgetFacts:
    """Enter one line of the year's procurement budget; `item_key` is `edition:code` or empty.

    Raises Invalid for a code that the year has already, an amount that is not above zero, an unknown
    category or item.   Source: 《政府采购法》第六条, 第三十三条.
    """
    _above_zero(amount, "amount")
    if category not in list(Category):
        raise Invalid(errors={"category": gettext_noop("Choose goods, works or services.")})
    item = catalogue.parse_key(item_key) if item_key else None
    if BudgetLine.objects.filter(organisation_id=org_id, fiscal_year=fiscal_year, code=code).exists():
        raise Invalid(errors={"code": gettext_noop("This year's budget has a line with this code already.")})

    line = BudgetLine.objects.create(
        organisation_id=org_id,
        code=code,
        name=name,
        fiscal_year=fiscal_year,
        category=category,
        item_code=item.code if item else "",
        item_edition=item.edition if item else "",
        funding=funding,
        base_fen=amount.fen,
        amount_fen=amount.fen,
    )
    record(actor=actor.label, verb="create_budget_line", subject=f"budget.{line.pk}", amount=str(amount))
    return line_facts(line)


@transaction.atomic
def adjust_budget_line(
    *, actor: Actor, line_id: UUID, delta: Yuan, reason: str, document_no: str = ""
) -> BudgetFacts:
    """Add to a budget line or take from it (追加, 调整); never below what is promised already.

    Raises OverBudget, Invalid for a change of nothing or without a reason, NotFound.
    """
    line = _lock_line(line_id)
    if not delta or not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say by how much the budget changes, and why.")})
    free = line.amount_fen - line.reserved_fen - line.committed_fen - line.spent_fen
    if free + delta.fen < 0:
        raise _over(line, -delta)

    BudgetLine.objects.filter(pk=line.pk).update(amount_fen=F("amount_fen") + delta.fen)
    BudgetChange.objects.create(
        budget_line=line, delta_fen=delta.fen, reason=reason, document_no=document_no, actor=actor.label
    )
    record(
        actor=actor.label,
        verb="adjust_budget_line",
        subject=f"budget.{line.pk}",
        delta=str(delta),
        reason=reason,
        document_no=document_no,
    )
    line.refresh_from_db()
    return line_facts(line)


@transaction.atomic
def reserve(
    *, actor_label: str, budget_line_id: UUID, amount: Yuan, source: str, name: str
) -> ReservationFacts:
    """Freeze `amount` of a budget line for `source`, such as `"plan.<id>"`; one reservation per source.

    `name` is what the budget's page calls the act: a title or a number.

    One conditional UPDATE decides, so that two who ask at once cannot both get the last fen. Raises
    OverBudget, AlreadyReserved, NotFound, Invalid (amount not above zero).
    """
    _above_zero(amount, "amount")
    promised = F("reserved_fen") + F("committed_fen") + F("spent_fen")
    enough = BudgetLine.objects.filter(pk=budget_line_id, amount_fen__gte=promised + amount.fen)
    if not enough.update(reserved_fen=F("reserved_fen") + amount.fen):
        raise _over(_lock_line(budget_line_id), amount)
    if Reservation.objects.filter(source=source).exists():
        raise AlreadyReserved(source=source)

    row = Reservation.objects.create(
        budget_line_id=budget_line_id, source=source, name=name, reserved_fen=amount.fen
    )
    record(
        actor=actor_label,
        verb="reserve",
        subject=f"budget.{budget_line_id}",
        rule="L-32",
        source=source,
        amount=str(amount),
    )
    return reservation_row(row)


@transaction.atomic
def commit(*, actor_label: str, source: str, amount: Yuan) -> ReservationFacts:
    """Bind `amount` of what `source` has reserved by a contract; the rest stays reserved until released.

    May be called once per contract. Raises OverBudget when less is reserved, NotFound, Invalid.
    """
    _above_zero(amount, "amount")
    return _move(actor_label, "commit", source, reserved=-amount.fen, committed=amount.fen)


@transaction.atomic
def uncommit(*, actor_label: str, source: str, amount: Yuan) -> ReservationFacts:
    """Take back a commitment whose contract or order was cancelled: the amount is reserved again.

    Raises OverBudget when less is committed, NotFound, Invalid.
    """
    _above_zero(amount, "amount")
    return _move(actor_label, "uncommit", source, reserved=amount.fen, committed=-amount.fen)


@transaction.atomic
def release(*, actor_label: str, source: str, amount: Yuan | None = None) -> ReservationFacts:
    """Give back `amount` of what is still reserved for `source`, or all of it; contracts stay bound.

    Releasing all where nothing is left does nothing. Raises OverBudget when less is reserved, NotFound,
    Invalid.
    """
    if amount is None:
        row = Reservation.objects.filter(source=source).first()
        if row is None:
            raise NotFound()
        _lock_line(row.budget_line_id)
        row.refresh_from_db()
        if row.reserved_fen == 0:
            return reservation_row(row)
        amount = Yuan.from_fen(row.reserved_fen)
    _above_zero(amount, "amount")
    return _move(actor_label, "release", source, reserved=-amount.fen)


@transaction.atomic
def spend(*, actor_label: str, source: str, amount: Yuan) -> ReservationFacts:
    """Record a payment of `amount` on what `source` has contracted.

    Raises OverBudget when less is committed, NotFound, Invalid.
    """
    _above_zero(amount, "amount")
    return _move(actor_label, "spend", source, committed=-amount.fen, spent=amount.fen)


@transaction.atomic
def file_plan(
    *,
    actor: Actor,
    budget_line_id: UUID,
    title: str,
    need: str,
    item_key: str,
    amount: Yuan,
    expected_on: date,
    title_en: str = "",
    quantity: str = "1",
    unit: str = "",
    method: str = "open_tender",
    unbudgeted: bool = False,
    public_service: bool = False,
    guide_code: str = "",
) -> PlanFacts:
    """File a plan drawn from a budget line: reserves the amount and gives the filing number (备案号).

    `unbudgeted`: the matter was not in this year's approved budget; `public_service`: it is bought as a public service, where
    a guiding catalogue holds as its entry `guide_code`; the plan keeps that entry as it is on this day.
    The actor's desk must own the line. Raises OverBudget, NotFound, Invalid (an item of another kind than the
    line's, nothing needed, no amount, no quantity, a service of the negative list).
    Source: 《政府采购法实施条例》第二十九条; 财政部令第102号第十条.
    """
    now = clock.now()
    org_id = actor.require_kind("purchaser")
    line = _lock_line(budget_line_id)
    if line.organisation_id != org_id:
        raise NotFound()
    _above_zero(amount, "amount")
    item = catalogue.parse_key(item_key)
    errors = {}
    if item.category != line.category:
        errors["item_key"] = gettext_noop("This item is of another kind than the budget line.")
    if method not in PLANNED:
        errors["method"] = gettext_noop("The platform does not run this procurement method.")
    if not title.strip():
        errors["title"] = gettext_noop("Give the plan a title.")
    if not need.strip():
        errors["need"] = gettext_noop("Say what is needed.")
    if not _is_quantity(quantity):
        errors["quantity"] = gettext_noop("Give a quantity above zero, at most six decimal places.")
    if public_service and line.category != Category.SERVICES:
        errors["public_service"] = gettext_noop("Only services are bought as public services.")
    if guide_code and not public_service:
        errors["guide_code"] = gettext_noop("The guiding catalogue is of what is bought as a public service.")
    guide = guides.entry_for(actor.region, beijing_date(now), item.key, guide_code, public_service, errors)
    listed = rules.on_negative_list(f"{title} {need} {item.name}", guide) if public_service else None
    if listed:
        raise Listed(
            gettext_noop("“%(word)s” stands on the negative list of public services: %(kind)s."),
            rule="G-01",
            word=listed[1],
            kind=listed[0].kind,
            citation=listed[0].citation,
        )
    if errors:
        raise Invalid(errors=errors)

    plan = Plan(
        budget_line=line,
        organisation_id=org_id,
        ocid=new_ocid(),
        title=title,
        title_en=title_en,
        need=need,
        method=method,
        category=line.category,
        region=actor.region,
        item_code=item.code,
        item_edition=item.edition,
        quantity=quantity,
        unit=unit,
        amount_fen=amount.fen,
        expected_on=expected_on,
        unbudgeted=unbudgeted,
        public_service=public_service,
        guide=guide,
        filed_by=actor.label,
        filed_at=now,
    )
    reserve(
        actor_label=actor.label, budget_line_id=line.pk, amount=amount, source=f"plan.{plan.pk}", name=title
    )
    plan.filing_no = _next_filing_no(actor.region, beijing_date(now).year)
    plan.save()
    record(
        actor=actor.label,
        verb="file_plan",
        subject=f"plan.{plan.pk}",
        rule="L-32",
        filing_no=plan.filing_no,
        amount=str(amount),
        **({"guide": guide} if guide else {}),
    )
    return plan_row(plan)


@transaction.atomic
def publish_intention(*, actor: Actor, plan_id: UUID) -> PlanFacts:
    """Publish the intention to buy (采购意向) of a plan; once per plan, and before its procurement is announced.

    Raises NotFound, Conflict (published already, or too late), WrongState for a plan that has ended.
    Source: 财库〔2020〕10号.
    """
    plan = _lock_plan(plan_id)
    follow(STEPS, plan.status, "intend")
    _not_announced(plan)
    if plan.intention_notice_id is not None:
        raise Conflict(gettext_noop("The intention to buy is published already."))

    facts = plan_row(plan)
    notice = publish(actor=actor, **notices.intention(facts, line_facts(plan.budget_line), actor))
    plan.intention_notice_id = notice.id
    plan.intention_at = notice.published_at
    plan.save(update_fields=["intention_notice_id", "intention_at"])
    record(
        actor=actor.label,
        verb="publish_intention",
        subject=facts.source,
        rule="D-01.intention_before",
        notice=str(notice.id),
    )
    return plan_row(plan)


@transaction.atomic
def exempt_intention(*, actor: Actor, plan_id: UUID, kind: str, reason: str) -> PlanFacts:
    """Record why no intention is published, or not in time; the procurement notice will say it.

    Raises NotFound, WrongState (the plan has ended), Conflict (the procurement is announced), Invalid.
    Source: 财库〔2020〕10号.
    """
    plan = _lock_plan(plan_id)
    follow(STEPS, plan.status, "exempt")
    _not_announced(plan)
    errors = {}
    if kind not in EXEMPTIONS:
        errors["kind"] = gettext_noop("Choose one of the cases that the rule names.")
    if not reason.strip():
        errors["reason"] = gettext_noop("Say what happened: suppliers will read it.")
    if errors:
        raise Invalid(errors=errors)

    plan.intention_exemption, plan.intention_reason = kind, reason.strip()
    plan.save(update_fields=["intention_exemption", "intention_reason"])
    record(
        actor=actor.label,
        verb="exempt_intention",
        subject=f"plan.{plan.pk}",
        rule="D-01.exempt",
        kind=kind,
        reason=plan.intention_reason,
    )
    return plan_row(plan)


@transaction.atomic
def start_plan(*, actor_label: str, plan_id: UUID, source: str) -> PlanFacts:
    """Take up a filed plan: a tender (`source`) has been drawn from it. Raises WrongState, NotFound, Conflict (another mode)."""
    if OtherMode.objects.filter(plan_id=plan_id).exists():
        raise Conflict(gettext_noop("Another mode of buying is chosen for this plan: leave it first."))
    return _step(actor_label, plan_id, "start", source=source)


@transaction.atomic
def reopen_plan(*, actor_label: str, plan_id: UUID, source: str) -> PlanFacts:
    """Make a plan available again because its procedure (`source`) failed or was cancelled.

    The money stays reserved. Raises WrongState, NotFound.
    """
    return _step(actor_label, plan_id, "reopen", source=source)


@transaction.atomic
def finish_plan(*, actor_label: str, plan_id: UUID, source: str) -> PlanFacts:
    """Close a plan whose contracts are signed; savings go back to the budget. WrongState, NotFound."""
    plan = _step(actor_label, plan_id, "finish", source=source)
    release(actor_label=actor_label, source=plan.source)
    return plan


@transaction.atomic
def withdraw_plan(*, actor: Actor, plan_id: UUID, reason: str) -> PlanFacts:
    """Withdraw a filed plan and give its money back. WrongState, NotFound, Invalid without a reason."""
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})
    plan = _step(actor.label, plan_id, "withdraw", reason=reason)
    release(actor_label=actor.label, source=plan.source)
    return plan


def _step(actor_label: str, plan_id: UUID, verb: str, **facts: str) -> PlanFacts:
    plan = _lock_plan(plan_id)
    before = plan.status
    step = follow(STEPS, before, verb)

    plan.status = PlanStatus(step.target)
    plan.save(update_fields=["status"])
    record(
        actor=actor_label,
        verb=f"{verb}_plan",
        subject=f"plan.{plan.pk}",
        rule=step.rule,
        **{"from": before, "to": str(step.target), **facts},
    )
    return plan_row(plan)


def _move(
    actor_label: str, verb: str, source: str, *, reserved: int = 0, committed: int = 0, spent: int = 0
) -> ReservationFacts:
    """Move fen between the three parts of a reservation and of its line; no part goes below zero."""
    row = Reservation.objects.filter(source=source).first()
    if row is None:
        raise NotFound()
    line = _lock_line(row.budget_line_id)
    row = Reservation.objects.select_for_update().get(pk=row.pk)
    for have, delta in ((row.reserved_fen, reserved), (row.committed_fen, committed)):
        if have + delta < 0:
            raise OverBudget(
                gettext_noop("Only %(available)s is left for this, not %(asked)s."),
                available=str(Yuan.from_fen(have)),
                asked=str(Yuan.from_fen(-delta)),
                source=source,
            )

    change = {
        "reserved_fen": F("reserved_fen") + reserved,
        "committed_fen": F("committed_fen") + committed,
        "spent_fen": F("spent_fen") + spent,
    }
    Reservation.objects.filter(pk=row.pk).update(**change)
    BudgetLine.objects.filter(pk=line.pk).update(**change)
    record(
        actor=actor_label,
        verb=verb,
        subject=f"budget.{line.pk}",
        source=source,
        amount=str(Yuan.from_fen(max(reserved, committed, spent, -reserved))),
    )
    row.refresh_from_db()
    return reservation_row(row)


def _lock_line(line_id: UUID) -> BudgetLine:
    line = BudgetLine.objects.select_for_update().filter(pk=line_id).first()
    if line is None:
        raise NotFound()
    return line


def _lock_plan(plan_id: UUID) -> Plan:
    plan = Plan.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None:
        raise NotFound()
    return plan


def _not_announced(plan: Plan) -> None:
    """Refuse what belongs before the notice once the process of a plan has one."""
    if announced(plan.ocid):
        raise Conflict(gettext_noop("The procurement is announced already: this belongs before its notice."))


def _over(line: BudgetLine, asked: Yuan) -> OverBudget:
    return OverBudget(
        gettext_noop("The budget line has %(available)s left; %(asked)s was asked for."),
        available=str(line_facts(line).available),
        asked=str(asked),
        budget_line=str(line.pk),
    )


def _above_zero(amount: Yuan, field: str) -> None:
    if amount.fen <= 0:
        raise Invalid(errors={field: gettext_noop("The amount must be above zero.")})


def _is_quantity(text: str) -> bool:
    try:
        number = exact(text)
    except BadMoney:
        return False
    return number > 0 and int(number.as_tuple().exponent) >= -6


def _next_filing_no(region: str, year: int) -> str:
    """Give the next number of a region and year, without gaps: the row is locked until the commit."""
    counter, _ = FilingCounter.objects.get_or_create(region=region, year=year)
    FilingCounter.objects.filter(pk=counter.pk).update(last=F("last") + 1)
    counter.refresh_from_db()
    return f"{region}-{year}-{counter.last:05d}"
