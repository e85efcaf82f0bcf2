"""Enter and leave an open framework agreement (开放式框架协议): apply at any time, decided within F-14, leave at will."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from contracting import rules
from contracting.access import organises
from contracting.facts import AgreementFacts, EntrantTerms, EntryApplicationFacts
from contracting.models import Entrant, EntryApplication, FrameworkAgreement
from contracting.selectors import agreement_facts, applications_to
from contracting.services import agreements, entering
from contracting.states import ENTRANT_STEPS, ENTRY_APPLICATION_STEPS, EntrantStatus, EntryApplicationStatus
from core import clock
from core.audit.services import record
from core.canonical import digest
from core.errors import Conflict, Invalid, NotFound, Refused, gettext_noop
from core.transitions import follow
from parties.access import Actor
from parties.selectors import organisation_facts, standing
from parties.services import inbox, signing
from parties.states import Kind

REVIEW = "F-14.application_review"


class NotOpen(Refused):
    """The agreement takes no applications: it is closed, or its time is over."""

    code = "not-open"
    title = gettext_noop("This framework agreement takes no applications now")


class AppliedAlready(Conflict):
    """The supplier is in, or its application waits for a decision."""

    code = "applied-already"
    title = gettext_noop("You have entered already, or your application is waiting")


def purpose_of(agreement_id: UUID) -> str:
    """Give the purpose under which a passkey signs an application."""
    return f"enter.{agreement_id}"


def to_sign(agreement: AgreementFacts, supplier_id: UUID) -> bytes:
    """Give the digest that an applicant signs: the agreement's terms and prices, and who enters."""
    supplier = organisation_facts(supplier_id)
    return digest(
        rules.application_payload(agreement, {"name": supplier.name, "credit_code": supplier.credit_code})
    )


@transaction.atomic
def enter(
    *, actor: Actor, agreement_id: UUID, statement: str, credential: Mapping[str, Any] | str
) -> EntryApplicationFacts:
    """Apply to enter an open agreement at its fixed prices; `credential` signs `to_sign`.

    Raises NotFound, NotOpen, AppliedAlready, ExcludedEntrant, Invalid, NotSigned.   Source: 财政部令第110号.
    """
    now = clock.now()
    org_id = actor.require_kind(Kind.SUPPLIER)
    row = _lock(agreement_id)
    agreement = agreement_facts(agreement_id)
    if row.open_until is None or now >= row.open_until or org_id == row.organiser_id:
        raise NotOpen(rule="F-02")
    waiting = row.applications.filter(supplier_id=org_id, status=EntryApplicationStatus.APPLIED).exists()
    if waiting or agreement.entrant_of(org_id) is not None:
        raise AppliedAlready(rule="F-14")
    supplier = organisation_facts(org_id)
    if standing(supplier.credit_code, now):
        raise agreements.ExcludedEntrant(rule="L-01", supplier=supplier.name)
    if not statement.strip():
        raise Invalid(errors={"statement": gettext_noop("Say how you meet the conditions.")})
    signature = signing.finish(
        actor.require_user(), to_sign(agreement, org_id), credential, purpose=purpose_of(agreement_id)
    )

    due = entering.law_of(row).end_of(REVIEW, now, binding=False).ends_at
    made = EntryApplication.objects.create(
        agreement=row,
        supplier_id=org_id,
        statement=statement.strip(),
        signature=dict(signature),
        applied_by=actor.label,
        applied_at=now,
        due_at=due,
    )
    record(
        actor=actor.label,
        verb="enter",
        subject=f"agreement.{row.pk}",
        rule=REVIEW,
        application=str(made.pk),
        due_at=due.isoformat(),
    )
    inbox.assign(
        key=f"application.{made.pk}.decide",
        title=gettext_noop("Decide the application of %(supplier)s to “%(agreement)s”"),
        url=reverse("contracting:agreement", args=[row.pk]),
        org_id=row.organiser_id,
        kind=entering.organiser_kind(row.organiser_id),
        why=gettext_noop("Applications to an open framework are decided within the time of the rule."),
        due_at=due,
        rule=REVIEW,
        supplier=supplier.name,
        agreement=row.title,
    )
    return _facts(agreement_id, made.pk)


@transaction.atomic
def decide(*, actor: Actor, application_id: UUID, accept: bool, reason: str = "") -> EntryApplicationFacts:
    """Accept an application, with the entry notice, or refuse it with a reason; by the organiser. Late is possible and shown.

    Raises NotFound, WrongState, Invalid, ExcludedEntrant.   Source: 财政部令第110号.
    """
    now = clock.now()
    made = EntryApplication.objects.filter(pk=application_id).first()
    if made is None:
        raise NotFound()
    row = _lock(made.agreement_id)
    if row.organiser_id != actor.org_id or not organises(actor):
        raise NotFound()
    made = EntryApplication.objects.select_for_update().get(pk=application_id)
    step = follow(ENTRY_APPLICATION_STEPS, made.status, "accept" if accept else "refuse")
    if not accept and not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})

    made.status = EntryApplicationStatus(step.target)
    made.decided_at, made.decided_by, made.reason = now, actor.label, reason.strip()
    made.save(update_fields=["status", "decided_at", "decided_by", "reason"])
    agreement = agreement_facts(row.pk)
    if accept:
        prices = {item.no: item.ceiling for item in agreement.items}
        terms = EntrantTerms(made.supplier_id, agreement.cap, prices)
        agreements.admit(actor=actor, agreement_id=row.pk, entrants=[terms])
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"agreement.{row.pk}",
        rule=step.rule,
        application=str(made.pk),
        reason=made.reason,
    )
    inbox.finish(f"application.{made.pk}.decide")
    inbox.tell(
        key=f"application.{made.pk}.decided",
        org_id=made.supplier_id,
        kind=Kind.SUPPLIER,
        title=gettext_noop("You have entered “%(agreement)s”")
        if accept
        else gettext_noop("Your application to “%(agreement)s” was refused"),
        why=made.reason,
        url=reverse("contracting:agreement", args=[row.pk]),
        rule=REVIEW,
        agreement=row.title,
    )
    return _facts(row.pk, made.pk)


@transaction.atomic
def leave(*, actor: Actor, entrant_id: UUID, reason: str) -> AgreementFacts:
    """Leave an open agreement (退出): no further orders, those placed stay. By the supplier, with a reason.

    Raises NotFound (another's entry, a closed agreement), WrongState, Invalid.   Source: 财政部令第110号.
    """
    entrant = Entrant.objects.select_related("agreement").filter(pk=entrant_id).first()
    if entrant is None or entrant.supplier_id != actor.require_kind(Kind.SUPPLIER):
        raise NotFound()
    row = _lock(entrant.agreement_id)
    if row.open_until is None:
        raise NotFound()
    entrant = Entrant.objects.select_for_update().get(pk=entrant_id)
    step = follow(ENTRANT_STEPS, entrant.status, "leave")
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})

    entrant.status, entrant.ended_reason = EntrantStatus(step.target), reason.strip()
    entrant.save(update_fields=["status", "ended_reason"])
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"entrant.{entrant.pk}",
        rule=step.rule,
        reason=entrant.ended_reason,
    )
    return agreement_facts(row.pk)


def _lock(agreement_id: UUID) -> FrameworkAgreement:
    row = FrameworkAgreement.objects.select_for_update().filter(pk=agreement_id).first()
    if row is None:
        raise NotFound()
    return row


def _facts(agreement_id: UUID, application_id: UUID) -> EntryApplicationFacts:
    return next(row for row in applications_to(agreement_id) if row.id == application_id)
