"""Approvals that a procedure rests on (审批): recorded with number, authority, date and paper."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, gettext_noop
from core.transitions import follow
from core.workdays import beijing_date
from parties.access import Actor
from planning.rules import wrong_with_paper
from planning.states import ModePaper
from storage.papers import Upload, keep
from tendering.facts import TenderFacts
from tendering.fair_rules import RULE, suspects
from tendering.method_rules import APPROVAL_WORDS
from tendering.methods import APPROVAL, method_of
from tendering.models import Approval, Tender
from tendering.selectors import tender_facts


@transaction.atomic
def explain_term(*, actor: Actor, tender_id: UUID, term: str, reason: str) -> TenderFacts:
    """Record why a suspect term of a draft stays as it is; whoever supervises reads it in the log.

    Raises WrongState (the procedure has begun), NotFound, Invalid (the draft has no such term, no reason).
    Source: 《政府采购法实施条例》第二十条.
    """
    tender = Tender.objects.select_for_update().filter(pk=tender_id).first()
    if tender is None:
        raise NotFound()
    follow(method_of(tender.method).steps, tender.status, "edit")
    errors = {}
    if term not in {found.hit.term for found in suspects(tender_facts(tender_id))}:
        errors["term"] = gettext_noop("This term does not stand in the draft any more.")
    if not reason.strip():
        errors["reason"] = gettext_noop("Say why the purchase needs it.")
    if errors:
        raise Invalid(errors=errors)

    tender.explained = {**tender.explained, term: reason.strip()}
    tender.version += 1
    tender.save(update_fields=["explained", "version"])
    record(
        actor=actor.label,
        verb="explain_term",
        subject=f"tender.{tender.pk}",
        rule=RULE,
        term=term,
        reason=reason.strip(),
    )
    return tender_facts(tender.pk)


@transaction.atomic
def record_approval(
    *,
    actor: Actor,
    tender_id: UUID,
    kind: str,
    number: str,
    authority: str,
    decided_on: date,
    file: Upload,
) -> TenderFacts:
    """Record an approval of a draft, in place of one of the same kind. It must be given before the procedure starts.

    Raises WrongState (the procedure has begun), NotFound, Invalid.   Source: 《政府采购法》第二十七条; 《实施条例》第二十三条.
    """
    tender = Tender.objects.select_for_update().filter(pk=tender_id).first()
    if tender is None:
        raise NotFound()
    follow(method_of(tender.method).steps, tender.status, "edit")
    meeting = Approval.objects.filter(tender=tender, kind=ModePaper.EXECUTIVE).first()
    errors = wrong_with_paper(
        number=number,
        authority=authority,
        decided_on=decided_on,
        today=beijing_date(clock.now()),
        kind=kind,
        kinds=APPROVAL_WORDS,
        meeting=meeting.decided_on if meeting else None,
    )
    if errors:
        raise Invalid(errors=errors)

    Approval.objects.filter(tender=tender, kind=kind).delete()
    row = Approval.objects.create(
        tender=tender,
        kind=kind,
        number=number.strip(),
        authority=authority.strip(),
        decided_on=decided_on,
        added_by=actor.label,
        added_at=clock.now(),
        **keep(f"approvals/{tender.pk}", file),
    )
    tender.version += 1
    tender.save(update_fields=["version"])
    record(
        actor=actor.label,
        verb="record_approval",
        subject=f"tender.{tender.pk}",
        rule=APPROVAL,
        kind=kind,
        number=row.number,
        authority=row.authority,
        decided_on=row.decided_on.isoformat(),
        sha256=row.sha256,
    )
    return tender_facts(tender.pk)
