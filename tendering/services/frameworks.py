"""State the terms of a call for framework suppliers (征集文件): elimination, term, orders, ceiling unit prices."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from contracting.states import Selection
from core.audit.services import record
from core.errors import Conflict, Invalid, NotFound, gettext_noop
from core.money import UnitPrice
from core.transitions import follow
from parties.access import Actor
from tendering.facts import TenderFacts
from tendering.methods import method_of
from tendering.models import FrameworkCall, Item
from tendering.selectors import tender_facts
from tendering.services.publishing import lock
from tendering.states import QualityGround

LONGEST_MONTHS = 60
LONGEST_ANSWER_HOURS = 30 * 24


@transaction.atomic
def state_terms(
    *,
    actor: Actor,
    tender_id: UUID,
    version: int,
    elimination: Decimal,
    months: int,
    selection: str,
    ceilings: Mapping[str, UnitPrice],
    quality_ground: str = "",
    answer_hours: int = 48,
) -> TenderFacts:
    """Fix in the draft how many suppliers are eliminated (a share), the term, and how orders are given.

    `ceilings` maps "lot-item", such as "1-1", to the ceiling unit price (最高限制单价). Whether the terms are lawful the
    to-do list says. Raises NotFound (another method), WrongState, Conflict, Invalid.
    Source: 财政部令第110号第十三条, 第二十三条.
    """
    tender = lock(tender_id)
    method = method_of(tender.method)
    if not method.admits:
        raise NotFound()
    step = follow(method.steps, tender.status, "edit")
    if tender.version != version:
        raise Conflict(gettext_noop("Somebody else has changed this draft. Look at it again, then save."))
    errors = {}
    if not 0 <= elimination < 1:
        errors["elimination"] = gettext_noop("An elimination rate is at least 0 and below 100 percent.")
    if not 1 <= months <= LONGEST_MONTHS:
        errors["months"] = gettext_noop("Give the term in whole months.")
    if not 1 <= answer_hours <= LONGEST_ANSWER_HOURS:
        errors["answer_hours"] = gettext_noop("Give the hours within which an order is answered.")
    if selection not in list(Selection):
        errors["selection"] = gettext_noop("There is no such way to choose a supplier.")
    if quality_ground and quality_ground not in list(QualityGround):
        errors["quality_ground"] = gettext_noop("There is no such ground.")
    items = {
        f"{row.lot.no}-{row.no}": row for row in Item.objects.filter(lot__tender=tender).select_related("lot")
    }
    for name, price in ceilings.items():
        if name not in items or price.amount <= 0:
            errors[f"ceiling_{name}"] = gettext_noop("The price must be above zero.")
    if errors:
        raise Invalid(errors=errors)

    FrameworkCall.objects.update_or_create(
        tender=tender,
        defaults={
            "elimination": elimination,
            "months": months,
            "selection": selection,
            "quality_ground": quality_ground,
            "answer_hours": answer_hours,
        },
    )
    for name, price in ceilings.items():
        items[name].ceiling = price.amount
    Item.objects.bulk_update(items.values(), ["ceiling"])
    tender.version += 1
    tender.save(update_fields=["version"])
    record(
        actor=actor.label,
        verb="state_terms",
        subject=f"tender.{tender.pk}",
        rule=step.rule,
        elimination=f"{elimination:f}",
        months=months,
        selection=selection,
        ceilings={name: str(price) for name, price in ceilings.items()},
    )
    return tender_facts(tender.pk)
