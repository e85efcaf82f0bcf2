"""Decide how a purchase is reserved for small and medium-sized enterprises (预留采购份额)."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from core.audit.services import record
from core.errors import Conflict, Invalid, NotFound, gettext_noop
from core.money import Yuan
from core.transitions import follow
from parties.access import Actor
from parties.states import Kind
from planning.facts import PlanFacts
from planning.models import Plan
from planning.selectors import announced, plan_row
from planning.states import STEPS, Reserve


@transaction.atomic
def reserve_for_smes(
    *,
    actor: Actor,
    plan_id: UUID,
    form: str,
    amount: Yuan | None = None,
    small_micro: Yuan | None = None,
    reason: str = "",
) -> PlanFacts:
    """Decide how a plan is reserved: as a whole, in lots, by a share of a consortium or of subcontracts, or not at all.

    `amount` is reserved for SMEs (the whole plan, where it is reserved as a whole), `small_micro` of it for small and micro
    enterprises. Not at all needs a `reason`, which the notice publishes. Raises NotFound, WrongState, Conflict (the
    procurement is announced), Invalid.   Source: 财库〔2020〕46号第六条至第八条.
    """
    plan = Plan.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None or plan.organisation_id != actor.require_kind(Kind.PURCHASER):
        raise NotFound()
    step = follow(STEPS, plan.status, "reserve")
    if announced(plan.ocid):
        raise Conflict(gettext_noop("The procurement is announced already: this belongs before its notice."))
    whole, small = Yuan.from_fen(plan.amount_fen), small_micro or Yuan(0)
    kept = whole if form == Reserve.WHOLE else amount or Yuan(0)
    errors = {}
    if form not in list(Reserve):
        errors["form"] = gettext_noop("Choose how it is reserved, or that it is not suitable.")
    elif form == Reserve.NONE:
        kept = small = Yuan(0)
        if not reason.strip():
            errors["reason"] = gettext_noop(
                "Say which case of the rule applies, and why: the notice publishes it."
            )
    elif not 0 < kept.fen <= whole.fen:
        errors["amount"] = gettext_noop("Give an amount above zero, at most the amount of the plan.")
    if not errors and not 0 <= small.fen <= kept.fen:
        errors["small_micro"] = gettext_noop("Give at most what is reserved for SMEs.")
    if errors:
        raise Invalid(errors=errors)

    plan.sme_form, plan.sme_fen, plan.small_micro_fen = form, kept.fen, small.fen
    plan.sme_reason = reason.strip()
    plan.save(update_fields=["sme_form", "sme_fen", "small_micro_fen", "sme_reason"])
    record(
        actor=actor.label,
        verb="reserve_for_smes",
        subject=f"plan.{plan.pk}",
        rule=step.rule,
        form=form,
        amount=str(kept),
        small_micro=str(small),
        reason=plan.sme_reason,
    )
    return plan_row(plan)
