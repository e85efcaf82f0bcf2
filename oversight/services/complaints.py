"""Complaints (投诉): what complainant and respondent do; what the supervisor does stands in `deciding`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.canonical import digest
from core.errors import Invalid, NotFound, WrongState, gettext_noop
from core.transitions import Step, follow
from oversight import dispute_rules as rules
from oversight.models import Challenge, Complaint
from oversight.selectors import disputes
from oversight.services.challenges import ITEMS, TooLate, checked, purpose_of
from oversight.states import COMPLAINT_STEPS, ChallengeStatus, ComplaintStatus
from parties.access import Actor
from parties.selectors import supervisor_of
from parties.services import inbox, signing
from parties.states import Kind
from tendering.access import runs
from tendering.facts import TenderFacts
from tendering.selectors import law_of, tender_facts
from tendering.services import holds

OPEN = frozenset(
    {
        ComplaintStatus.DRAFT,
        ComplaintStatus.SUBMITTED,
        ComplaintStatus.CORRECTING,
        ComplaintStatus.ACCEPTED,
        ComplaintStatus.DECIDED,
        ComplaintStatus.REFERRED,
    }
)
NO_SUPERVISOR = gettext_noop(
    "No finance department of this region is registered here. Complain to it directly."
)


@transaction.atomic
def draft(*, actor: Actor, challenge_id: UUID, **items: str) -> Complaint:
    """Write a complaint about a challenge whose reply is there, or whose time for it is over.

    Raises NotFound, WrongState, TooLate, Invalid.   Source: 《政府采购法》第五十五条; 财政部令第94号第十七条至第二十条.
    """
    now = clock.now()
    found = Challenge.objects.select_for_update().filter(pk=challenge_id).first()
    if found is None or found.supplier_id != actor.require_kind(Kind.SUPPLIER):
        raise NotFound()
    if found.status not in (ChallengeStatus.SUBMITTED, ChallengeStatus.ANSWERED):
        raise WrongState(gettext_noop("A complaint follows a challenge that was submitted."), rule="Q-05")
    _check_time(found, now)
    if Complaint.objects.filter(challenge=found, status__in=OPEN).exists():
        raise WrongState(gettext_noop("There is a complaint about this challenge already."))
    row = Complaint.objects.create(challenge=found, created_by=actor.label, **checked(items))
    record(
        actor=actor.label,
        verb="draft",
        subject=f"complaint.{row.pk}",
        rule="Q-05",
        challenge=str(challenge_id),
    )
    return row


@transaction.atomic
def edit(*, actor: Actor, complaint_id: UUID, **items: str) -> Complaint:
    """Change a draft, or correct what the supervisor asked to be corrected. Raises NotFound, WrongState, Invalid."""
    row = _own(actor, complaint_id)
    step = follow(COMPLAINT_STEPS, row.status, "edit")
    for name, value in checked(items).items():
        setattr(row, name, value)
    record_step(row, step, actor)
    return row


def letter(row: Complaint) -> dict[str, Any]:
    """Give what is signed."""
    challenge = row.challenge
    tender = tender_facts(challenge.tender_id)
    return {
        "type": "mingcai/v1/complaint",
        "id": str(row.pk),
        "challenge": str(challenge.pk),
        "project_no": tender.project_no,
        "title": tender.title,
        "complainant": {"name": challenge.supplier.name, "credit_code": challenge.supplier.credit_code},
        "respondents": [name for name in (tender.purchaser_name, tender.agency_name) if name],
        **{name: getattr(row, name) for name in ITEMS},
    }


@transaction.atomic
def submit(*, actor: Actor, complaint_id: UUID, credential: Any) -> Complaint:
    """Sign the complaint with a passkey and submit it; submitted anew, it is the corrected one.

    The time of a correction does not count for the decision. Raises NotFound, WrongState, TooLate, NotSigned.
    Source: 《政府采购法》第五十五条、第五十六条; 财政部令第94号第二十一条、第二十七条.
    """
    now = clock.now()
    row = _own(actor, complaint_id)
    step = follow(COMPLAINT_STEPS, row.status, "submit")
    tender = tender_facts(row.challenge.tender_id)
    if row.received_at is None:
        _check_time(row.challenge, now)
    if supervisor_of(tender.region) is None:
        raise WrongState(NO_SUPERVISOR)
    row.signature = dict(
        signing.finish(actor.require_user(), digest(letter(row)), credential, purpose=purpose_of(row))
    )
    row.stops.filter(back_at=None).update(back_at=now)
    row.received_at = row.received_at or now
    row.submitted_at, row.submitted_by = now, actor.label
    row.examine_due_at = rules.following(law_of(tender.id), rules.EXAMINE, now).ends_at
    set_due(row)
    record_step(row, step, actor, due=row.decide_due_at.isoformat() if row.decide_due_at else "")
    ask_supervisor(
        row,
        tender,
        "examine",
        gettext_noop("Examine a complaint about “%(tender)s”"),
        gettext_noop("Accept it, have it corrected, or say which office is competent."),
        due_at=row.examine_due_at,
        rule=rules.EXAMINE,
    )
    return row


@transaction.atomic
def answer(*, actor: Actor, complaint_id: UUID, answer: str) -> Complaint:
    """Answer a complaint with evidence and documents, as who runs the procedure. Raises NotFound, WrongState, Invalid.

    Source: 财政部令第94号第二十二条.
    """
    now = clock.now()
    row = lock(complaint_id)
    tender = tender_facts(row.challenge.tender_id)
    if not runs(actor, tender):
        raise NotFound()
    step = follow(COMPLAINT_STEPS, row.status, "answer")
    if not answer.strip():
        raise Invalid(errors={"answer": gettext_noop("Write the answer.")})
    row.answer, row.answered_at = answer.strip(), now
    record_step(row, step, actor, late=row.answer_due_at is not None and now >= row.answer_due_at)
    inbox.finish(f"complaint.{row.pk}.answer")
    return row


@transaction.atomic
def withdraw(*, actor: Actor, complaint_id: UUID) -> Complaint:
    """Take a complaint back; a suspension that rests on it is lifted. Raises NotFound, WrongState."""
    row = _own(actor, complaint_id)
    step = follow(COMPLAINT_STEPS, row.status, "withdraw")
    record_step(row, step, actor)
    inbox.finish_all(f"complaint.{row.pk}.")
    holds.lift(actor=actor, tender_id=row.challenge.tender_id, source=source_of(row))
    return row


def source_of(row: Complaint) -> str:
    """Give the name under which a complaint suspends a procedure."""
    return f"complaint.{row.pk}"


def lock(complaint_id: UUID) -> Complaint:
    """Give the complaint, locked. Raises NotFound."""
    rows = Complaint.objects.select_for_update(of=("self",)).select_related("challenge__supplier")
    row = rows.filter(pk=complaint_id).first()
    if row is None:
        raise NotFound()
    return row


def record_step(row: Complaint, step: Step, actor: Actor, **facts: Any) -> None:
    """Take a step and record it; saves the row."""
    before, row.status = row.status, ComplaintStatus(step.target)
    row.save()
    record(
        actor=actor.label,
        verb=step.verb,
        subject=f"complaint.{row.pk}",
        rule=step.rule,
        **{"from": str(before), "to": str(step.target), **facts},
    )


def set_due(row: Complaint) -> None:
    """Reckon anew when the decision is due; not while the clock stands."""
    due = disputes.decide_due(row)
    stopped = row.stops.filter(back_at=None).exists()
    row.decide_due_at = due.ends_at if due is not None and not stopped else None


def ask_supervisor(
    row: Complaint, tender: TenderFacts, act: str, title: str, why: str, *, due_at: datetime | None, rule: str
) -> None:
    """Put a task about the complaint before the region's supervisor."""
    desk = supervisor_of(tender.region)
    if desk is None:
        raise WrongState(NO_SUPERVISOR)
    inbox.assign(
        key=f"complaint.{row.pk}.{act}",
        title=title,
        url=reverse("oversight:complaint", args=[row.pk]),
        org_id=desk,
        kind=Kind.SUPERVISOR,
        why=why,
        due_at=due_at,
        rule=rule,
        tender=tender.title,
    )


def _check_time(found: Challenge, now: datetime) -> None:
    if not disputes.reply_is_over(found, now):
        raise WrongState(
            gettext_noop("A complaint is possible once there is a reply, or the time for it has passed."),
            rule=rules.COMPLAIN,
        )
    if found.complaint_until is None or now >= found.complaint_until:
        last = found.complaint_until.isoformat() if found.complaint_until else ""
        raise TooLate(
            gettext_noop("A complaint about this challenge is too late."), rule=rules.COMPLAIN, last=last
        )


def _own(actor: Actor, complaint_id: UUID) -> Complaint:
    row = lock(complaint_id)
    if row.challenge.supplier_id != actor.require_kind(Kind.SUPPLIER):
        raise NotFound()
    return row
