"""Procure again what failed: a draft with all that stood in the ended one, linked to it."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from core.audit.services import record
from core.errors import NotFound, WrongState, gettext_noop
from parties.access import Actor
from parties.services import inbox
from tendering.facts import TenderFacts
from tendering.models import Admission, Document, FrameworkCall, Item, Lot, Tender
from tendering.selectors import tender_facts
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
    "ground",
    "evaluation_method",
    "price_weight",
    "price_formula",
    "deductions",
    "ties",
    "gathering_seconds",
)
"""What a draft says; law, deadlines, approval and notices are the new procedure's own."""


@transaction.atomic
def tender_again(*, actor: Actor, tender_id: UUID) -> TenderFacts:
    """Draft a tender anew from one that failed or was cancelled: its documents, lots, criteria, plan and budget.

    The draft is edited like any other before it is published; it names the procedure before it. Documents are the same
    files. Raises NotFound, WrongState (it has not ended, or its plan is taken up already), Held.
    Source: 《政府采购法》第三十六条、第三十七条; 财政部令第87号第四十三条.
    """
    old = Tender.objects.select_for_update().filter(pk=tender_id).first()
    if old is None:
        raise NotFound()
    if old.status not in ENDED:
        raise WrongState(gettext_noop("Only a tender that has ended without an award is procured again."))

    refuse_if_held(tender_id)

    begun = draft_from_plan(actor=actor, plan_id=old.plan_id)
    new = Tender.objects.get(pk=begun.id)
    for name in COPIED:
        setattr(new, name, getattr(old, name))
    new.previous = old
    new.save()
    _copy_lots(old, new)
    _copy_framework(old, new)
    new.criteria.all().delete()
    for row in old.criteria.all():
        row.pk, row.tender = None, new
        row.save(force_insert=True)
    for admission in Admission.objects.filter(tender=old):
        Admission.objects.filter(tender=new).update(
            evidence_asked=admission.evidence_asked,
            preparers=admission.preparers,
            securities=admission.securities,
        )
    for term in old.terms.all():
        term.pk, term.tender = None, new
        term.save(force_insert=True)
    for document in old.documents.all():
        Document.objects.create(
            tender=new,
            added_by=actor.label,
            **{name: getattr(document, name) for name in _FILE},
        )
    for subject, verb, other in ((new, "draft_again", old), (old, "procured_again", new)):
        record(
            actor=actor.label,
            verb=verb,
            subject=f"tender.{subject.pk}",
            rule="L-14",
            other=str(other.pk),
            project_no=other.project_no,
        )
    inbox.finish_all(f"tender.{old.pk}.next.")
    return tender_facts(new.pk)


_FILE = ("name", "kind", "media_type", "size", "sha256", "stored_as")


def _copy_framework(old: Tender, new: Tender) -> None:
    call = FrameworkCall.objects.filter(tender=old).first()
    if call is not None:
        call.pk, call.tender = None, new
        call.save(force_insert=True)


def _copy_lots(old: Tender, new: Tender) -> None:
    new.lots.all().delete()
    for lot in old.lots.prefetch_related("items"):
        items = list(lot.items.all())
        copy = Lot.objects.create(
            tender=new,
            no=lot.no,
            title=lot.title,
            title_en=lot.title_en,
            budget=lot.budget,
            ceiling=lot.ceiling,
            reserved=lot.reserved,
        )
        for item in items:
            item.pk, item.lot = None, copy
        Item.objects.bulk_create(items)
