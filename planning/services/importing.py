"""Announce that imported products may be offered, and why (允许采购进口产品公示).

Source: 《政府采购法》第十条; 财库〔2007〕119号 (general knowledge).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import Conflict, Invalid, NotFound, gettext_noop
from core.transitions import follow
from disclosure.facts import NoticeFacts
from disclosure.services import publish
from parties.access import Actor
from parties.states import Kind
from planning import notices
from planning.models import Plan
from planning.selectors import announced, imports_of, line_facts, plan_row
from planning.states import STEPS, Category

PRODUCT, OPINION = ("name", "quantity", "reason"), ("name", "unit", "title", "opinion")


@transaction.atomic
def announce_imports(
    *,
    actor: Actor,
    plan_id: UUID,
    products: Iterable[Mapping[str, str]],
    opinions: Iterable[Mapping[str, str]],
    objections_until: datetime,
) -> NoticeFacts:
    """Publish which imported products a plan for goods needs, with the professionals' opinions; once, before its notice.

    `products` are rows {name, quantity, reason}, `opinions` rows {name, unit, title, opinion}; a row that is begun is
    whole. The public objects until `objections_until`. Raises NotFound, WrongState, Conflict (the procurement is
    announced, or this is), Invalid.
    """
    plan = Plan.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None or plan.organisation_id != actor.require_kind(Kind.PURCHASER):
        raise NotFound()
    step = follow(STEPS, plan.status, "announce_imports")
    if announced(plan.ocid):
        raise Conflict(gettext_noop("The procurement is announced already: this belongs before its notice."))
    if imports_of(plan.ocid) is not None:
        raise Conflict(gettext_noop("The imported products are announced already."))
    bought, said = _rows(products, PRODUCT), _rows(opinions, OPINION)
    errors = {}
    if plan.category != Category.GOODS:
        errors[""] = gettext_noop("Only goods are imported products.")
    if not bought or any(not all(row.values()) for row in bought):
        errors["product_1_name"] = gettext_noop(
            "Give each imported product with its name, quantity and reason."
        )
    if not said or any(not all(row.values()) for row in said):
        errors["opinion_1_name"] = gettext_noop(
            "Give the opinions of the professionals with name, unit and title."
        )
    if objections_until <= clock.now():
        errors["objections_until"] = gettext_noop("This time has passed already.")
    if errors:
        raise Invalid(errors=errors)

    facts = plan_row(plan)
    payload = notices.imports(facts, line_facts(plan.budget_line), bought, said, objections_until)
    notice = publish(actor=actor, **payload)
    record(
        actor=actor.label,
        verb="announce_imports",
        subject=facts.source,
        rule=step.rule,
        notice=str(notice.id),
        products=len(bought),
        objections_until=objections_until.isoformat(),
    )
    return notice


def _rows(rows: Iterable[Mapping[str, str]], names: tuple[str, ...]) -> list[dict[str, str]]:
    cleaned = [{name: str(row.get(name, "")).strip() for name in names} for row in rows]
    return [row for row in cleaned if any(row.values())]
