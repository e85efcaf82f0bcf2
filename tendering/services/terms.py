"""What a document for rounds says: why they are held, and the terms that they may change."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from core.audit.services import record
from core.errors import Invalid, NotFound, WrongState, gettext_noop
from core.transitions import follow
from parties.access import Actor
from tendering.facts import TenderFacts
from tendering.methods import method_of
from tendering.models import ChangeableTerm, Tender
from tendering.selectors import tender_facts
from tendering.states import TermKind


@transaction.atomic
def state_ground(*, actor: Actor, tender_id: UUID, ground: str) -> TenderFacts:
    """State which of the law's cases for its method applies to a draft. Raises NotFound, WrongState, Invalid.

    Source: 《政府采购法》第三十条; 财库〔2014〕214号第三条 (rules N-13, C-01).
    """
    tender = _draft(tender_id)
    if ground not in list(method_of(tender.method).grounds):
        raise Invalid(errors={"ground": gettext_noop("This is no case in which the method may be used.")})
    tender.ground = ground
    return _saved(tender, actor, "state_ground", ground=ground)


@transaction.atomic
def save_term(
    *, actor: Actor, tender_id: UUID, kind: str, title: str, text: str, no: int | None = None
) -> TenderFacts:
    """List a term that the talks may change, or change what a draft says of term `no`.

    Only technical and service requirements and terms of the draft contract can be listed. Raises NotFound, WrongState,
    Invalid.   Source: 财政部令第74号第三十二条 (rule N-06).
    """
    tender = _draft(tender_id)
    errors = {
        name: gettext_noop("This cannot be left empty.")
        for name, value in (("title", title), ("text", text))
        if not value.strip()
    }
    if kind not in list(TermKind):
        errors["kind"] = gettext_noop("Only these three kinds of terms can change in the talks.")
    if errors:
        raise Invalid(errors=errors)
    if no is None:
        last = tender.terms.order_by("-no").first()
        row = ChangeableTerm(tender=tender, no=last.no + 1 if last else 1)
    else:
        row = _term(tender, no)
    row.kind, row.title, row.text = kind, title.strip(), text.strip()
    row.save()
    return _saved(tender, actor, "save_term", term=row.no)


@transaction.atomic
def remove_term(*, actor: Actor, tender_id: UUID, no: int) -> TenderFacts:
    """Take a term off the list of a draft. Raises NotFound, WrongState."""
    tender = _draft(tender_id)
    _term(tender, no).delete()
    return _saved(tender, actor, "remove_term", term=no)


def _draft(tender_id: UUID) -> Tender:
    tender = Tender.objects.select_for_update().filter(pk=tender_id).first()
    if tender is None:
        raise NotFound()
    method = method_of(tender.method)
    follow(method.steps, tender.status, "edit")
    if not method.grounds:
        raise WrongState(gettext_noop("This procurement method has no rounds of talks."))
    return tender


def _term(tender: Tender, no: int) -> ChangeableTerm:
    row = tender.terms.filter(no=no).first()
    if row is None:
        raise NotFound()
    return row


def _saved(tender: Tender, actor: Actor, verb: str, **facts: Any) -> TenderFacts:
    tender.version += 1
    tender.save(update_fields=["version", "ground"])
    record(
        actor=actor.label,
        verb=verb,
        subject=f"tender.{tender.pk}",
        rule="N-06",
        version=tender.version,
        **facts,
    )
    return tender_facts(tender.pk)
