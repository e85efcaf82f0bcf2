"""Say how public money supports a service, where a place has a rule on it (补贴)."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import Conflict, Invalid, NotFound, Refused, gettext_noop
from core.money import Yuan
from core.transitions import follow
from parties.access import Actor
from parties.selectors import organisation_facts
from parties.states import Kind
from planning.facts import PlanFacts
from planning.models import Plan
from planning.rules import SUBSIDY, subsidised
from planning.selectors import announced, law_now, plan_row
from planning.states import STEPS, Support


class NoRuleHere(Refused):
    """The law of the place and day says nothing about subsidies for such a purchase."""

    code = "no-rule-on-subsidies"
    title = gettext_noop("No rule on subsidies holds here")


@transaction.atomic
def support(*, actor: Actor, plan_id: UUID, form: str, project_total: Yuan | None = None) -> PlanFacts:
    """Say that a plan pays a service in full, or subsidises a partly commercial project of `project_total`.

    The plan's amount is then the subsidy, at most the rule's share of that total. Raises NotFound, WrongState, Conflict (the
    procurement is announced), NoRuleHere, Invalid.   Source: 《渝北区政府购买信息服务实施办法（试行）》第四条.
    """
    plan = Plan.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None or plan.organisation_id != actor.require_kind(Kind.PURCHASER):
        raise NotFound()
    step = follow(STEPS, plan.status, "support")
    if announced(plan.ocid):
        raise Conflict(gettext_noop("The procurement is announced already: this belongs before its notice."))
    facts = plan_row(plan)
    law = law_now(facts, organisation_facts(facts.org_id).budget_level, clock.now())
    if not law.has(SUBSIDY):
        raise NoRuleHere(rule=SUBSIDY)
    total = project_total or Yuan(0)
    errors = {}
    if form not in list(Support):
        errors["form"] = gettext_noop("Choose how public money supports the service.")
    elif form == Support.FULL:
        total = Yuan(0)
    elif total < facts.amount:
        errors["project_total"] = gettext_noop("Give the total of the project, of which the plan is a part.")
    elif not subsidised(law, facts.amount, total):
        errors["project_total"] = gettext_noop(
            "The plan is more than the share of the project's total that a subsidy may come to."
        )
    if errors:
        raise Invalid(errors=errors)

    plan.support, plan.project_fen = form, total.fen
    plan.save(update_fields=["support", "project_fen"])
    record(
        actor=actor.label,
        verb="support",
        subject=f"plan.{plan.pk}",
        rule=step.rule,
        form=form,
        project_total=str(total),
    )
    return plan_row(plan)
