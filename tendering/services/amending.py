"""Amend a published tender (更正, 澄清): a correction notice with before and after, and time enough to react."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, Refused, gettext_noop
from core.timers import services as timers
from core.transitions import follow
from disclosure.services import publish as publish_notice
from parties.access import Actor
from parties.services import inbox
from parties.states import Kind
from realtime.services import push
from storage.papers import Upload
from tendering import notices, rules
from tendering.facts import TenderFacts
from tendering.methods import method_of
from tendering.models import Amendment, Tender
from tendering.selectors import facts_of, law_of, tender_facts
from tendering.services import documents, policy
from tendering.services.publishing import CLOSE_TIMER, PurchaserApproves

AMENDABLE = {
    "need": gettext_noop("Need"),
    "delivery": gettext_noop("Delivery"),
    "payment": gettext_noop("Payment"),
}
AMENDED_TIMER = "bidding.amended"
DUE = gettext_noop("Bids are due")
_DOCUMENT = gettext_noop("Document")
CLARIFICATION = gettext_noop("Clarification")


class EarlierDeadline(Refused):
    """A published deadline moves later, never earlier."""

    code = "earlier-deadline"
    title = gettext_noop("A published deadline cannot be brought forward")


class DeadlinePassed(Refused):
    """A passed deadline is never reopened."""

    code = "deadline-passed"
    title = gettext_noop("The deadline for bids has passed")


@transaction.atomic
def amend(
    *,
    actor: Actor,
    tender_id: UUID,
    reason: str,
    texts: Mapping[str, str] | None = None,
    affects_bids: bool = True,
    new_due_at: datetime | None = None,
    file: Upload | None = None,
    clarification: tuple[str, str] | None = None,
) -> TenderFacts:
    """Change published texts (`need`, `delivery`, `payment`), add a document or a clarification, or give more time.

    A `clarification` is a question and its answer, which become part of the documents.

    What may affect bids needs the law's time before the deadline; where less is left, the deadline moves by itself,
    at the same hour. It only ever moves later. The policy of every lot gets its next version and the close its new
    time. A change of the documents that may affect bids is *material*: who has bid acknowledges it or seals again, or the
    notice's word on silence holds (R6). The purchaser answers for what is published, so an agency proposes and the
    purchaser does it.
    Raises WrongState, NotFound, PurchaserApproves, DeadlinePassed, EarlierDeadline, Invalid (no reason, nothing changed).
    Source: 《政府采购法实施条例》第三十一条; 财政部令第87号第二十七条.
    """
    now = clock.stamp()  # a passed deadline is not reopened by a server whose clock is behind
    tender = Tender.objects.select_for_update().filter(pk=tender_id).first()
    if tender is None:
        raise NotFound()
    step = follow(method_of(tender.method).steps, tender.status, "amend")
    due_at = tender.bids_due_at
    if due_at is None or now >= due_at:
        raise DeadlinePassed(rule=step.rule)
    if actor.org_id != tender.purchaser_id:
        raise PurchaserApproves(rule="S002-24")
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})
    if new_due_at is not None and new_due_at < due_at:
        raise EarlierDeadline(rule="R6", due=due_at.isoformat(), asked=new_due_at.isoformat())

    changes = change_texts(tender, texts or {})
    if file is not None:
        row = documents.store(tender, actor, file, "biddingDocuments")
        changes.append((_DOCUMENT, "", f"{row.name} (SHA-256 {row.sha256})"))
    if clarification is not None:
        changes.append((CLARIFICATION, *clarification))
    rule = method_of(tender.method).amendment_time
    wanted = new_due_at or due_at
    later = rules.due_after_amendment(law_of(tender_id), rule, now, wanted) if affects_bids else wanted
    if later != due_at:
        changes.append((DUE, due_at, later))
    if not changes:
        raise Invalid(errors={"need": gettext_noop("Nothing is changed.")})

    material = affects_bids and any(label != DUE for label, _, _ in changes)
    tender.bids_due_at = tender.opens_at = tender.documents_until = later
    put(
        tender,
        actor=actor,
        verb=step.verb,
        rule=rule,
        at=now,
        reason=reason,
        changes=changes,
        affects_bids=affects_bids,
        material=material,
    )
    return tender_facts(tender.pk)


def put(
    tender: Tender,
    *,
    actor: Actor,
    verb: str,
    rule: str,
    at: datetime,
    reason: str,
    changes: list[tuple[str, Any, Any]],
    affects_bids: bool = False,
    material: bool = False,
    because: dict[str, Any] | None = None,
) -> Amendment:
    """Publish what has been changed in a locked tender: notice, close at its new time, next policy of every lot.

    `reason` is plain text or a message id; `because` is a section of the notice that gives its facts.
    """
    later = tender.bids_due_at
    if later is None:
        raise ValueError("a tender without a deadline has nothing to amend")
    notice = publish_notice(
        actor=actor,
        **notices.amendment(
            facts_of(tender),
            reason=reason,
            changes=changes,
            affects=affects_bids,
            material=material,
            because=because,
        ),
    )
    tender.notice_id, tender.notice_hash, tender.notice_version = notice.id, notice.hash, notice.version
    tender.version += 1
    tender.save()
    number = tender.amendments.count() + 1
    amendment = Amendment.objects.create(
        tender=tender,
        no=number,
        at=at,
        reason=reason,
        affects_bids=affects_bids,
        changes=[[label, _text(before), _text(after)] for label, before, after in changes],
        notice_id=notice.id,
        actor=actor.label,
    )
    timers.schedule(verb=CLOSE_TIMER, subject=f"tender.{tender.pk}", due_at=later)
    record(
        actor=actor.label,
        verb=verb,
        subject=f"tender.{tender.pk}",
        rule=rule,
        amendment=number,
        notice=str(notice.id),
        bids_due_at=policy.instant(later),
        changed=[label for label, _, _ in changes],
    )
    _tell(tender, number)
    push(
        f"tender.{tender.pk}",
        "tender.amended",
        amendment=number,
        notice=str(notice.id),
        bids_due_at=policy.instant(later),
        affects_bids=affects_bids,
    )
    policy.append_versions(tender, material=material)
    if material:
        timers.schedule(verb=AMENDED_TIMER, subject=f"tender.{tender.pk}", due_at=at)
    return amendment


def change_texts(tender: Tender, texts: Mapping[str, str]) -> list[tuple[str, Any, Any]]:
    """Change the texts of a locked tender that differ; the caller saves. Gives (label, before, after). Raises Invalid."""
    changes: list[tuple[str, Any, Any]] = []
    for name, label in AMENDABLE.items():
        before, after = getattr(tender, name), texts.get(name)
        if after is not None and after.strip() != before.strip():
            if not after.strip():
                raise Invalid(errors={name: gettext_noop("This cannot be left empty.")})
            changes.append((label, before, after))
            setattr(tender, name, after)
    return changes


def _tell(tender: Tender, number: int) -> None:
    for org_id, kind in ((tender.purchaser_id, Kind.PURCHASER), (tender.agency_id, Kind.AGENCY)):
        if org_id is not None:
            inbox.tell(
                key=f"tender.{tender.pk}.amended.{number}.{kind}",
                title=gettext_noop("“%(tender)s” is amended"),
                url=reverse("tendering:tender", args=[tender.pk]),
                org_id=org_id,
                kind=kind,
                due_at=tender.bids_due_at,
                tender=tender.title,
            )


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
