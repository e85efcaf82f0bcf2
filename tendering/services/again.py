"""Procure again what failed: a draft with all that stood in the ended one, or in its failed lots alone, linked to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from core.audit.services import record
from core.errors import NotFound, WrongState, gettext_noop
from parties.access import Actor
from parties.services import inbox
from tendering.facts import TenderFacts
from tendering.failed_lots import waiting_of
from tendering.methods import CONSULTATION, NEGOTIATION, OPEN_TENDER, RESTRICTED_TENDER, method_of
from tendering.models import Admission, Tender
from tendering.selectors import tender_facts
from tendering.services.copying import copy_criteria, copy_documents, copy_framework, copy_lots
from tendering.services.drafting import draft_from_plan
from tendering.services.holds import refuse_if_held
from tendering.states import TenderStatus

ENDED = frozenset({TenderStatus.FAILED, TenderStatus.CANCELLED})
COPIED = (
    "title",
    "title_en",
    "agency_id",
    "budget",
    "ceiling",
    "need",
    "delivery",
    "payment",
    "advance_percent",
    "silence",
    "two_envelopes",
    "blind",
    "ground",
    "evaluation_method",
    "price_weight",
    "price_formula",
    "deductions",
    "ties",
    "gathering_seconds",
)
"""What a draft says; law, deadlines, approval and notices are the new procedure's own."""


OF_THE_METHOD = frozenset(
    {"two_envelopes", "blind", "ground", "evaluation_method", "price_weight", "price_formula", "ties"}
)
"""What a draft by another method does not take over: its own method says it."""
INSTEAD = (NEGOTIATION.code, CONSULTATION.code)
"""Methods that can follow a tender that failed, with all that stood in it. Source: 财政部令第87号第四十三条."""


def may_follow(tender: TenderFacts | Tender, *, lots: bool = False) -> tuple[str, ...]:
    """Give the methods by which a tender that failed, or failed `lots` of one, can be procured at once instead."""
    tendered = tender.method in (OPEN_TENDER.code, RESTRICTED_TENDER.code)
    return INSTEAD if tendered and (lots or tender.status == TenderStatus.FAILED) else ()


@transaction.atomic
def tender_again(*, actor: Actor, tender_id: UUID, method: str = "") -> TenderFacts:
    """Draft a tender anew from one that failed or was cancelled: its documents, lots, criteria, plan and budget.

    The draft is edited like any other before it is published; it names the procedure before it. Documents are the same
    files. `method`: by another method, which the law lets follow a tender that failed; above the threshold its publication
    then waits for the recorded approval. Where only some lots failed, the draft takes up all of them that wait, with their
    budgets, beside the procedure that goes on. Raises NotFound, WrongState (it has not ended, its plan is taken up already,
    the method cannot follow), Held.
    Source: 《政府采购法》第三十六条、第三十七条; 财政部令第87号第四十三条.
    """
    old = Tender.objects.select_for_update().filter(pk=tender_id).first()
    if old is None:
        raise NotFound()
    waiting = {row.no: row for row in waiting_of(tender_id).select_for_update()}
    if not waiting and (old.status not in ENDED or old.part or old.failed_lots.exists()):
        raise WrongState(gettext_noop("Only a tender that has ended without an award is procured again."))

    if method and method not in may_follow(old, lots=bool(waiting)):
        raise WrongState(gettext_noop("This method cannot follow this procedure."), rule="T-09")
    refuse_if_held(tender_id)

    begun = draft_from_plan(actor=actor, plan_id=old.plan_id, another=method, part=bool(waiting))
    new = Tender.objects.get(pk=begun.id)
    for name in COPIED:
        if not (method and name in OF_THE_METHOD):
            setattr(new, name, getattr(old, name))
    new.previous = old
    if waiting:
        new.budget, new.ceiling = sum(row.budget for row in waiting.values()), None
    new.save()
    copy_lots(old, new, set(waiting))
    waiting_of(tender_id).update(taken_by=new)
    copy_framework(old, new)
    copy_criteria(old, new)
    for admission in Admission.objects.filter(tender=old):
        Admission.objects.filter(tender=new).update(
            evidence_asked=admission.evidence_asked,
            consortia=admission.consortia and method_of(new.method).consortia,
            prequalified=admission.prequalified and method_of(new.method).prequalifies,
            preparers=admission.preparers,
            securities=_of_lots(admission.securities, set(waiting)),
            subcontracting=_of_lots(admission.subcontracting, set(waiting))
            if method_of(new.method).subcontracts
            else {},
        )
    for term in old.terms.all():
        term.pk, term.tender = None, new
        term.save(force_insert=True)
    copy_documents(old, new, actor)
    for subject, verb, other in ((new, "draft_again", old), (old, "procured_again", new)):
        record(
            actor=actor.label,
            verb=verb,
            subject=f"tender.{subject.pk}",
            rule="T-09" if method else "L-14",
            other=str(other.pk),
            project_no=other.project_no,
            method=new.method,
            lots=sorted(waiting),
        )
    inbox.finish(f"tender.{old.pk}.lots")
    inbox.finish_all(f"tender.{old.pk}.next.")
    return tender_facts(new.pk)


def _of_lots(said: dict[str, Any], only: set[str]) -> dict[str, Any]:
    return {no: value for no, value in said.items() if not only or no in only}
