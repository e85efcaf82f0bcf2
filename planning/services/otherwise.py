"""Buy in another mode than a procurement method, where a place has a rule on it (委托、特许经营、战略性合作、政府补助、服务外包).

The rule asks for a reason and an approval; it says nothing of how such a purchase runs. So it is chosen, approved, started
and concluded here, and what lies between stays outside.   Source: 《渝北区政府购买信息服务实施办法（试行）》 (rule G-10).
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import Conflict, Invalid, NotFound, Refused, gettext_noop
from core.law.book import Law
from core.law.grounds import Ground, grounds
from core.money import Yuan
from core.transitions import Step, follow
from core.workdays import beijing_date
from disclosure.services import publish
from parties.access import Actor
from parties.eligibility import Case, decide
from parties.rules import credit_code_is_valid
from parties.selectors import organisation_facts, records_of
from parties.states import Kind
from planning import notices
from planning.facts import OtherModeFacts
from planning.models import OtherMode, OtherModePaper, Plan
from planning.rules import OTHER_MODE, papers_needed, wrong_with_paper
from planning.selectors import announced, law_now, line_facts, other_mode_of, plan_row
from planning.services import commit, release
from planning.states import STEPS, ModePaper, PlanStatus
from storage.papers import Upload, keep


class NoRuleHere(Refused):
    """The law of the place and day knows no other modes for such a purchase."""

    code = "no-rule-on-other-modes"
    title = gettext_noop("No rule on other modes of buying holds here")


class NotApproved(Refused):
    """A paper is missing without which the purchase does not start."""

    code = "mode-not-approved"
    title = gettext_noop("The approval is missing")


def modes(on: date) -> list[Ground]:
    """Give the modes that the rule names, as in force on a day."""
    return grounds(OTHER_MODE, "", on)


@transaction.atomic
def choose_mode(*, actor: Actor, plan_id: UUID, mode: str, reason: str) -> OtherModeFacts:
    """Choose another mode for a filed plan and say why the market lacks competition; anew in place of an earlier choice.

    Raises NotFound, WrongState, Conflict (the procurement is announced), NoRuleHere, Invalid.
    """
    plan, law = _plan(actor, plan_id)
    step = follow(STEPS, plan.status, "choose_mode")
    if announced(plan.ocid):
        raise Conflict(gettext_noop("The procurement is announced already: this belongs before its notice."))
    if not law.has(OTHER_MODE):
        raise NoRuleHere(rule=OTHER_MODE)
    errors = {}
    if mode not in {one.code for one in modes(law.as_of)}:
        errors["mode"] = gettext_noop("Choose one of the modes that the rule names.")
    if not reason.strip():
        errors["reason"] = gettext_noop("Say why the market lacks competition for this.")
    if errors:
        raise Invalid(errors=errors)

    given = {"reason": reason.strip(), "chosen_by": actor.label, "chosen_at": clock.now()}
    row, _ = OtherMode.objects.update_or_create(plan=plan, defaults={"mode": mode, **given})
    row.papers.all().delete()
    _record(actor, plan, step, mode=mode, reason=row.reason)
    return _facts(plan_id)


@transaction.atomic
def record_paper(
    *, actor: Actor, plan_id: UUID, kind: str, number: str, authority: str, decided_on: date, file: Upload
) -> OtherModeFacts:
    """Record an approval or a decision that the mode rests on, in place of one of the same kind.

    Raises NotFound (no mode is chosen), WrongState (it is started), Invalid.
    """
    plan, _ = _plan(actor, plan_id)
    row = _chosen(plan)
    step = follow(STEPS, plan.status, "choose_mode")
    earlier = row.papers.filter(kind=ModePaper.EXECUTIVE).first()
    errors = wrong_with_paper(
        number=number,
        authority=authority,
        decided_on=decided_on,
        today=beijing_date(clock.now()),
        kind=kind,
        kinds=list(ModePaper),
        meeting=earlier.decided_on if earlier else None,
    )
    if errors:
        raise Invalid(errors=errors)

    row.papers.filter(kind=kind).delete()
    paper = OtherModePaper.objects.create(
        chosen=row,
        kind=kind,
        number=number.strip(),
        authority=authority.strip(),
        decided_on=decided_on,
        added_by=actor.label,
        added_at=clock.now(),
        **keep(f"modes/{plan.pk}", file),
    )
    facts = {"authority": paper.authority, "decided_on": decided_on.isoformat(), "sha256": paper.sha256}
    _record(actor, plan, step, verb="record_mode_paper", kind=kind, number=paper.number, **facts)
    return _facts(plan_id)


@transaction.atomic
def start_in_mode(*, actor: Actor, plan_id: UUID) -> OtherModeFacts:
    """Start a purchase in its other mode. Raises NotFound, WrongState, NoRuleHere, NotApproved (a paper is missing)."""
    plan, law = _plan(actor, plan_id)
    row = _chosen(plan)
    step = follow(STEPS, plan.status, "start_in_mode")
    if not law.has(OTHER_MODE):
        raise NoRuleHere(rule=OTHER_MODE)
    there = set(row.papers.values_list("kind", flat=True))
    for kind, rule in papers_needed(law, plan_row(plan)):
        if kind not in there:
            raise NotApproved(
                gettext_noop("Without the approval on paper it does not start: record it first."),
                rule=rule,
                paper=str(kind),
            )
    _move(actor, plan, step)
    return _facts(plan_id)


@transaction.atomic
def conclude_in_mode(
    *, actor: Actor, plan_id: UUID, name: str, credit_code: str, address: str, amount: Yuan, agreed: str
) -> OtherModeFacts:
    """Publish with whom, for how much and on what the purchase was concluded; its money is bound, the rest goes back.

    Raises NotFound, WrongState, Invalid, Conflict (the supplier may not take part), NoticeIncomplete.
    """
    plan, law = _plan(actor, plan_id)
    row = _chosen(plan)
    step = follow(STEPS, plan.status, "conclude_in_mode")
    facts = plan_row(plan)
    code = credit_code.strip().upper()
    texts = {"name": name.strip(), "credit_code": code, "address": address.strip()}
    asked = {
        "name": gettext_noop("Give the name of the supplier."),
        "address": gettext_noop("Give the address of the supplier."),
    }
    errors = {field: said for field, said in asked.items() if not texts[field]}
    if not credit_code_is_valid(code):
        errors["credit_code"] = gettext_noop("This is no unified social credit code.")
    if not 0 < amount.fen <= facts.amount.fen:
        errors["amount"] = gettext_noop("The amount lies above zero and within the plan.")
    if not agreed.strip():
        errors["agreed"] = gettext_noop(
            "Say what is agreed: content, time, requirements, payment, liability."
        )
    if errors:
        raise Invalid(errors=errors)
    now = clock.now()
    case = Case(day=beijing_date(now), records=tuple(records_of([code])[code]))
    for finding in decide(case, at=now, law=law):
        raise Conflict(
            gettext_noop("Something stands against %(supplier)s: it may not take part."),
            rule=finding.rule,
            supplier=texts["name"],
        )

    row.supplier, row.amount_fen, row.agreed = texts, amount.fen, agreed.strip()
    row.save(update_fields=["supplier", "amount_fen", "agreed"])
    one = next((mode for mode in modes(beijing_date(row.chosen_at)) if mode.code == row.mode), None)
    said = notices.other_result(facts, line_facts(plan.budget_line), _facts(plan_id), one, now)
    row.notice_id = publish(actor=actor, **said).id
    row.save(update_fields=["notice_id"])
    commit(actor_label=actor.label, source=facts.source, amount=amount)
    _move(actor, plan, step, supplier=code, amount=str(amount), notice=str(row.notice_id))
    release(actor_label=actor.label, source=facts.source)
    return _facts(plan_id)


@transaction.atomic
def leave_mode(*, actor: Actor, plan_id: UUID, reason: str) -> None:
    """Give the other mode up, also once it is started: the plan waits for one of the law's methods again.

    Raises NotFound, WrongState (it is concluded), Invalid without a reason.
    """
    plan, _ = _plan(actor, plan_id)
    row = _chosen(plan)
    step = follow(STEPS, plan.status, "leave_mode")
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})
    mode = row.mode
    row.delete()
    _move(actor, plan, step, mode=mode, reason=reason.strip())


def _plan(actor: Actor, plan_id: UUID) -> tuple[Plan, Law]:
    plan = Plan.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None or plan.organisation_id != actor.require_kind(Kind.PURCHASER):
        raise NotFound()
    facts = plan_row(plan)
    return plan, law_now(facts, organisation_facts(facts.org_id).budget_level, clock.now())


def _chosen(plan: Plan) -> OtherMode:
    row = OtherMode.objects.filter(plan=plan).first()
    if row is None:
        raise NotFound()
    return row


def _facts(plan_id: UUID) -> OtherModeFacts:
    found = other_mode_of(plan_id)
    if found is None:
        raise NotFound()
    return found


def _move(actor: Actor, plan: Plan, step: Step, **facts: str) -> None:
    before, plan.status = plan.status, PlanStatus(step.target)
    plan.save(update_fields=["status"])
    _record(actor, plan, step, **{"from": before, "to": str(step.target)}, **facts)


def _record(actor: Actor, plan: Plan, step: Step, *, verb: str = "", **facts: str) -> None:
    record(actor=actor.label, verb=verb or step.verb, subject=f"plan.{plan.pk}", rule=step.rule, **facts)
