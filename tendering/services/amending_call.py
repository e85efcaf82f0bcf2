"""Amend a prequalification notice (资格预审文件的澄清、修改): the same notice to everybody, and time enough to react.

Every applicant is told at once and can replace its application until the time ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, gettext_noop
from core.transitions import follow
from disclosure.services import publish as publish_notice
from parties.access import Actor
from parties.services import inbox
from parties.states import Kind
from realtime.services import push
from tendering import first_notices, rules
from tendering.facts import TenderFacts
from tendering.methods import method_of
from tendering.models import Prequalification, Tender
from tendering.selectors import facts_of, law_of, tender_facts
from tendering.services.amending import DeadlinePassed, EarlierDeadline, change_texts
from tendering.services.publishing import PurchaserApproves, lock

RULE = "T-05.prequal_amend_before"
DUE = gettext_noop("Applications are due")
DOCUMENTS = gettext_noop("Prequalification documents")


@transaction.atomic
def amend_call(
    *,
    actor: Actor,
    tender_id: UUID,
    reason: str,
    texts: Mapping[str, str] | None = None,
    change: str = "",
    affects: bool = True,
    new_due_at: datetime | None = None,
) -> TenderFacts:
    """Change what the prequalification notice says while applications are taken, or give more time for them.

    `texts` are those that `amending.amend` changes, `change` says what changes in the prequalification documents. What may
    affect applications needs the law's time before they are due; where less is left, the time moves by itself, at the same
    hour, and only ever later. By the purchaser, who answers for what is published. Raises NotFound, WrongState,
    PurchaserApproves, DeadlinePassed, EarlierDeadline, Invalid.   Source: 财政部令第87号第二十七条.
    """
    now = clock.stamp()
    tender = lock(tender_id)
    step = follow(method_of(tender.method).steps, tender.status, "amend_call")
    called = Prequalification.objects.select_for_update().filter(tender=tender).first()
    if called is None:
        raise NotFound()
    if now >= called.due_at:
        raise DeadlinePassed(rule=step.rule)
    if actor.org_id != tender.purchaser_id:
        raise PurchaserApproves(rule="S002-24")
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})
    before = called.due_at
    if new_due_at is not None and new_due_at < before:
        raise EarlierDeadline(rule="R6", due=before.isoformat(), asked=new_due_at.isoformat())
    changes = change_texts(tender, texts or {})
    if change.strip():
        changes.append((DOCUMENTS, "", change.strip()))
    later = new_due_at or before
    if affects and changes:
        later = rules.due_after_amendment(law_of(tender_id), RULE, now, later)
    if later != before:
        changes.append((DUE, before, later))
    if not changes:
        raise Invalid(errors={"change": gettext_noop("Nothing is changed.")})
    put_call(tender, called, actor=actor, reason=reason.strip(), changes=changes, due_at=later, rule=RULE)
    return tender_facts(tender.pk)


def put_call(
    tender: Tender,
    called: Prequalification,
    *,
    actor: Actor,
    reason: str,
    changes: list[tuple[str, Any, Any]],
    due_at: datetime,
    rule: str,
    because: dict[str, Any] | None = None,
) -> None:
    """Publish what has been changed in a locked call, and tell every applicant.

    `reason` is plain text or a message id; `because` is a section of the notice that gives its facts.
    """
    before, called.due_at = called.due_at, due_at
    called.save(update_fields=["due_at"])
    said = first_notices.amended_call(
        facts_of(tender),
        reason=reason,
        called_at=called.called_at,
        changes=changes,
        due_at=due_at,
        because=because,
    )
    notice = publish_notice(actor=actor, **said)
    tender.notice_id, tender.notice_hash, tender.notice_version = notice.id, notice.hash, notice.version
    tender.save()
    inbox.move(prefix=f"tender.{tender.pk}.review", before=before, after=due_at)
    for row in tender.applications.all():
        inbox.tell(
            key=f"application.{row.pk}.amended.{notice.id}",
            org_id=row.supplier_id,
            kind=Kind.SUPPLIER,
            title=gettext_noop("The call for applications for “%(tender)s” is amended"),
            why=reason,
            url=reverse("tendering:apply", args=[tender.pk]),
            due_at=due_at,
            rule=rule,
            tender=tender.title,
        )
    push(f"tender.{tender.pk}", "tender.called", notice=str(notice.id))
    record(
        actor=actor.label,
        verb="amend_call",
        subject=f"tender.{tender.pk}",
        rule=rule,
        notice=str(notice.id),
        changed=[label for label, _, _ in changes],
        due=due_at.isoformat(),
    )
