"""Who may reach budgets and plans: the organisation they belong to. Absent and forbidden look the same."""

from __future__ import annotations

from uuid import UUID

from core.errors import NotFound
from parties.access import Actor
from parties.states import Kind
from planning.facts import BudgetFacts, EntrustmentFacts, PlanFacts
from planning.selectors import budget_facts, entrustment_of, plan_facts


def line_to_manage(actor: Actor, line_id: UUID) -> BudgetFacts:
    """Give a budget line to its organisation; else NotFound, SignInFirst."""
    org_id = actor.require_kind(Kind.PURCHASER)
    line = budget_facts(line_id)
    if line.org_id != org_id:
        raise NotFound()
    return line


def plan_to_manage(actor: Actor, plan_id: UUID) -> PlanFacts:
    """Give a plan to its organisation; else NotFound, SignInFirst."""
    org_id = actor.require_kind(Kind.PURCHASER)
    plan = plan_facts(plan_id)
    if plan.org_id != org_id:
        raise NotFound()
    return plan


def entrustment_to_read(actor: Actor, plan_id: UUID) -> EntrustmentFacts:
    """Give the newest agreement on a plan to its two sides; else NotFound, SignInFirst."""
    actor.require_user()
    found = entrustment_of(plan_id)
    if found is None:
        raise NotFound()
    sides = ((Kind.PURCHASER, found.purchaser_id), (Kind.AGENCY, found.agency_id))
    if not any(actor.org_id == org_id and actor.acts_as(kind) for kind, org_id in sides):
        raise NotFound()
    return found
