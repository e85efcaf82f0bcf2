"""Write down what a purchase has to achieve, research the market, ask the public (采购需求, 需求调查).

Source: 《政府采购法实施条例》第十五条; 财库〔2021〕22号.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import Conflict, Invalid, NotFound, gettext_noop
from core.transitions import follow
from core.workdays import beijing_date
from disclosure.services import publish
from parties.access import Actor
from parties.states import Kind
from planning import notices
from planning.facts import RequirementFacts
from planning.models import Plan, Requirement
from planning.selectors import announced, line_facts, plan_row, requirement_of, requirement_row
from planning.states import SOURCES, STEPS

RULE, ASKED = "G-11.research_subjects_min", "L-35"


@transaction.atomic
def save_requirement(
    *,
    actor: Actor,
    plan_id: UUID,
    outcome: str,
    market: str = "",
    history: str = "",
    upkeep: str = "",
    asked: Iterable[Mapping[str, str]] = (),
) -> RequirementFacts:
    """Write or change the requirement of a plan; `asked` are rows {who, kind, on (ISO day), said}.

    Raises NotFound, WrongState (the plan has ended), Conflict (the procurement is announced), Invalid.
    """
    plan = _lock(actor, plan_id)
    rows = [{name: str(row.get(name, "")).strip() for name in ("who", "kind", "on", "said")} for row in asked]
    errors = {}
    if not outcome.strip():
        errors["outcome"] = gettext_noop("Say what the purchase has to achieve.")
    for n, row in enumerate(rows, start=1):
        if not all(row.values()) or row["kind"] not in SOURCES or not _is_past_day(row["on"]):
            errors[f"who_{n}"] = gettext_noop(
                "Give who was asked, what kind of source, a day not in the future, and what came of it."
            )
    if len({row["who"] for row in rows}) < len(rows):
        errors.setdefault("who_1", gettext_noop("Name each source once."))
    if errors:
        raise Invalid(errors=errors)

    before = Requirement.objects.filter(plan=plan).first()
    saved, _ = Requirement.objects.update_or_create(
        plan=plan,
        defaults={
            "outcome": outcome.strip(),
            "market": market.strip(),
            "history": history.strip(),
            "upkeep": upkeep.strip(),
            "asked": rows,
            "version": before.version + 1 if before else 1,
            "saved_by": actor.label,
            "saved_at": clock.now(),
        },
    )
    record(
        actor=actor.label,
        verb="save_requirement",
        subject=f"plan.{plan.pk}",
        rule=RULE,
        version=saved.version,
        asked=len(rows),
    )
    return requirement_row(saved)


@transaction.atomic
def publish_requirement(*, actor: Actor, plan_id: UUID, comments_until: datetime) -> RequirementFacts:
    """Publish the requirement and ask for comments until an instant; once per plan.

    Raises NotFound (nothing is written), WrongState, Conflict (published already, or the procurement is announced), Invalid.
    """
    plan = _lock(actor, plan_id)
    facts = requirement_of(plan_id)
    if facts is None:
        raise NotFound()
    if facts.notice_id is not None:
        raise Conflict(gettext_noop("The requirement is published already."))
    if comments_until <= clock.now():
        raise Invalid(errors={"comments_until": gettext_noop("This time has passed already.")})

    notice = publish(
        actor=actor,
        **notices.requirement(plan_row(plan), line_facts(plan.budget_line), facts, comments_until),
    )
    Requirement.objects.filter(plan=plan).update(notice_id=notice.id, comments_until=comments_until)
    record(
        actor=actor.label,
        verb="publish_requirement",
        subject=f"plan.{plan.pk}",
        rule=ASKED,
        notice=str(notice.id),
        comments_until=comments_until.isoformat(),
    )
    return requirement_row(Requirement.objects.get(plan=plan))


def _lock(actor: Actor, plan_id: UUID) -> Plan:
    plan = Plan.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None or plan.organisation_id != actor.require_kind(Kind.PURCHASER):
        raise NotFound()
    follow(STEPS, plan.status, "require")
    if announced(plan.ocid):
        raise Conflict(gettext_noop("The procurement is announced already: this belongs before its notice."))
    return plan


def _is_past_day(text: str) -> bool:
    try:
        return date.fromisoformat(text) <= beijing_date(clock.now())
    except ValueError:
        return False
