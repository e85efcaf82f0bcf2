"""What a plan still holds of the budget once one of its procedures has ended, to the fen."""

from __future__ import annotations

from uuid import UUID

from core.money import Yuan
from planning import services as planning
from planning.selectors import reservation_of
from tendering import failed_lots
from tendering.models import Tender
from tendering.states import TERMINAL, TenderStatus


def settle(*, actor_label: str, plan_id: UUID, source: str) -> None:
    """Give back what a plan no longer needs: called when a procedure of it has ended, or a failed lot is given up.

    While another procedure of the plan runs, all stays reserved. Lots that failed and are still open keep their budgets,
    the rest is released. With none of them the plan is done, or open again where nothing of it was contracted.
    Raises WrongState, NotFound.
    """
    rows = Tender.objects.filter(plan_id=plan_id)
    if rows.exclude(status__in=[str(one) for one in TERMINAL]).exists():
        return
    kept = failed_lots.waiting_in(plan_id)
    if kept:
        held = reservation_of(f"plan.{plan_id}")
        spare = held.reserved - kept if held is not None else Yuan(0)
        if spare > Yuan(0):
            planning.release(actor_label=actor_label, source=f"plan.{plan_id}", amount=spare)
    elif rows.filter(status=TenderStatus.CONTRACTED).exists():
        planning.finish_plan(actor_label=actor_label, plan_id=plan_id, source=source)
    else:
        planning.reopen_plan(actor_label=actor_label, plan_id=plan_id, source=source)
