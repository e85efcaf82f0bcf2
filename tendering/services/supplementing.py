"""Supplementary calls (补充征集): a draft takes over the terms of the call whose agreement has too few suppliers left."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from core.audit.services import record
from core.errors import Conflict, Invalid, NotFound, gettext_noop
from core.transitions import follow
from parties.access import Actor
from tendering.facts import TenderFacts
from tendering.methods import FRAMEWORK, method_of
from tendering.models import FrameworkCall, Lot, Tender
from tendering.selectors import tender_facts
from tendering.services.copying import copy_criteria, copy_documents, copy_framework, copy_lots
from tendering.services.publishing import lock
from tendering.supplement import first_call, lot_of, to_supplement

RULE = "F-10.supplement_trigger"
SAME = (
    "title_en",
    "need",
    "delivery",
    "payment",
    "advance_percent",
    "evaluation_method",
    "price_weight",
    "price_formula",
    "deductions",
    "ties",
)
"""What a supplementary call takes over beside lots, criteria, terms and documents; money and times are its own."""


@transaction.atomic
def supplement(
    *, actor: Actor, tender_id: UUID, version: int, agreement_id: UUID, reason: str
) -> TenderFacts:
    """Make a draft the supplementary call of an agreement in force: same objects, conditions, method and elimination.

    `reason` says how the lack of suppliers affects the performance. Raises NotFound (another method), WrongState,
    Conflict, Invalid (no such agreement, enough suppliers left).   Source: 财政部令第110号第二十条.
    """
    new = lock(tender_id)
    if new.method != FRAMEWORK.code:
        raise NotFound()
    follow(method_of(new.method).steps, new.status, "edit")
    if new.version != version:
        raise Conflict(gettext_noop("Somebody else has changed this draft. Look at it again, then save."))
    errors = {}
    offered = {row.id: row for row in to_supplement(new.purchaser_id, new.category)}
    agreement = offered.get(agreement_id)
    if agreement is None:
        errors["agreement"] = gettext_noop("Choose an agreement in force with too few suppliers left.")
    if not reason.strip():
        errors["reason"] = gettext_noop("Say how the lack of suppliers affects the performance.")
    first = first_call(agreement) if agreement else None
    if errors or agreement is None or first is None:
        raise Invalid(errors=errors)

    old = Tender.objects.get(pk=first)
    for name in SAME:
        setattr(new, name, getattr(old, name))
    new.version += 1
    new.save()
    copy_lots(old, new, {lot_of(agreement)} - {""})
    Lot.objects.filter(tender=new).update(budget=new.budget, ceiling=None)
    copy_criteria(old, new)
    if not new.documents.exists():
        copy_documents(old, new, actor)
    FrameworkCall.objects.filter(tender=new).delete()
    copy_framework(old, new)
    FrameworkCall.objects.filter(tender=new).update(
        supplements_id=agreement.id, supplement_reason=reason.strip()
    )
    record(
        actor=actor.label,
        verb="supplement",
        subject=f"tender.{new.pk}",
        rule=RULE,
        agreement=agreement.agreement_no,
        reason=reason.strip(),
    )
    return tender_facts(new.pk)
