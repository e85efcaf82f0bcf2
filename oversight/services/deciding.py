"""What the supervisor does with a complaint: examine, serve, suspend, stop the clock, decide, publish."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, gettext_noop
from core.timers import services as timers
from core.transitions import Step, follow
from disclosure.services import publish as publish_notice
from oversight import decision_notice
from oversight import dispute_rules as rules
from oversight.models import ClockStop, Complaint
from oversight.selectors import disputes
from oversight.services.acting import COMPLAINT, act
from oversight.services.complaints import ask_supervisor, lock, record_step, set_due, source_of
from oversight.states import COMPLAINT_STEPS, Effect, Outcome
from parties.access import CLOCK, Actor
from parties.services import inbox
from parties.states import Kind
from tendering.facts import TenderFacts
from tendering.selectors import law_of, tender_facts
from tendering.services import holds

LIFT = "oversight.lift"


@transaction.atomic
def ask_to_correct(*, actor: Actor, complaint_id: UUID, note: str) -> Complaint:
    """Ask the complainant once, in writing, to correct the complaint; the time until then does not count.

    Raises NotFound, WrongState, Invalid.   Source: 财政部令第94号第二十一条、第二十七条.
    """
    now = clock.now()
    row, _tender, step = _begin(actor, complaint_id, "ask_to_correct")
    errors = {}
    if not note.strip():
        errors["note"] = gettext_noop("Say what is to be corrected.")
    if row.stops.exists():
        errors["note"] = gettext_noop("A correction is asked for once only.")
    if errors:
        raise Invalid(errors=errors)
    row.note = note.strip()
    ClockStop.objects.create(complaint=row, why=gettext_noop("Correction of the complaint"), sent_at=now)
    set_due(row)
    record_step(row, step, actor, note=row.note)
    inbox.finish(f"complaint.{row.pk}.examine")
    _tell_complainant(
        row,
        "correct",
        gettext_noop("Correct your complaint about “%(tender)s”"),
        task=True,
        rule=rules.CORRECT,
    )
    return row


@transaction.atomic
def refuse(*, actor: Actor, complaint_id: UUID, note: str) -> Complaint:
    """Do not accept a complaint, and say why. Raises NotFound, WrongState, Invalid.   Source: 财政部令第94号第二十一条."""
    row = _turn_away(actor, complaint_id, "refuse", note)
    _tell_complainant(row, "refused", gettext_noop("Your complaint about “%(tender)s” is not accepted"))
    return row


@transaction.atomic
def refer(*, actor: Actor, complaint_id: UUID, note: str) -> Complaint:
    """Tell the complainant which other office is competent. Raises NotFound, WrongState, Invalid.

    Source: 财政部令第94号第二十一条.
    """
    row = _turn_away(actor, complaint_id, "refer", note)
    _tell_complainant(
        row, "referred", gettext_noop("Another office is competent for your complaint about “%(tender)s”")
    )
    return row


@transaction.atomic
def accept(*, actor: Actor, complaint_id: UUID) -> Complaint:
    """Accept a complaint and serve it on those who run the procedure, who answer within the law's time.

    Raises NotFound, WrongState.   Source: 财政部令第94号第二十一条、第二十二条.
    """
    now = clock.now()
    row, tender, step = _begin(actor, complaint_id, "accept")
    row.accepted_at = now
    row.answer_due_at = rules.following(law_of(tender.id), rules.ANSWER, now).ends_at
    set_due(row)
    record_step(row, step, actor)
    inbox.finish(f"complaint.{row.pk}.examine")
    _ask_to_decide(row, tender)
    for org_id, kind in ((tender.purchaser_id, Kind.PURCHASER), (tender.agency_id, Kind.AGENCY)):
        if org_id is not None and (tender.agency_id is None or kind == Kind.AGENCY):
            inbox.assign(
                key=f"complaint.{row.pk}.answer",
                title=gettext_noop("Answer a complaint about “%(tender)s”"),
                url=reverse("oversight:complaint", args=[row.pk]),
                org_id=org_id,
                kind=kind,
                why=gettext_noop("The finance department has accepted it and asks for facts and evidence."),
                due_at=row.answer_due_at,
                rule=rules.ANSWER,
                tender=tender.title,
            )
    _tell_complainant(row, "accepted", gettext_noop("Your complaint about “%(tender)s” is accepted"))
    return row


@transaction.atomic
def stop_clock(*, actor: Actor, complaint_id: UUID, why: str) -> Complaint:
    """Send something to be tested, appraised or judged by experts: until it is back, the time does not count.

    Raises NotFound, WrongState, Invalid.   Source: 财政部令第94号第二十七条.
    """
    now = clock.now()
    row, tender, step = _begin(actor, complaint_id, "stop_clock")
    if not why.strip():
        raise Invalid(errors={"why": gettext_noop("Say what is sent, and to whom.")})
    if row.stops.filter(back_at=None).exists():
        raise Invalid(errors={"why": gettext_noop("The clock stands already.")})
    ClockStop.objects.create(complaint=row, why=why.strip(), sent_at=now)
    set_due(row)
    record_step(row, step, actor, why=why.strip())
    _ask_to_decide(row, tender)
    return row


@transaction.atomic
def restart_clock(*, actor: Actor, complaint_id: UUID) -> Complaint:
    """Say that what was sent is back: the decision is due as many working days later as it took.

    Raises NotFound, WrongState, Invalid.   Source: 财政部令第94号第二十七条.
    """
    now = clock.now()
    row, tender, step = _begin(actor, complaint_id, "restart_clock")
    if not row.stops.filter(back_at=None).update(back_at=now):
        raise Invalid(errors={"": gettext_noop("The clock runs.")})
    set_due(row)
    record_step(row, step, actor, due=row.decide_due_at.isoformat() if row.decide_due_at else "")
    _ask_to_decide(row, tender)
    return row


@transaction.atomic
def suspend(*, actor: Actor, complaint_id: UUID, reason: str) -> Complaint:
    """Suspend the procedure for at most the law's time; the clock lifts it then, a decision before.

    Raises NotFound, WrongState, Invalid.   Source: 《政府采购法》第五十七条.
    """
    row, tender, step = _begin(actor, complaint_id, "suspend")
    held = holds.hold(actor=actor, tender_id=tender.id, source=source_of(row), reason=reason)
    timers.schedule(verb=LIFT, subject=source_of(row), due_at=held.until)
    record_step(row, step, actor, until=held.until.isoformat())
    return row


@transaction.atomic
def lift(*, complaint_id: UUID) -> None:
    """Lift the suspension whose time is over; called by the clock, may be repeated."""
    row = lock(complaint_id)
    holds.lift(actor=CLOCK, tender_id=row.challenge.tender_id, source=source_of(row))


@transaction.atomic
def decide(
    *,
    actor: Actor,
    complaint_id: UUID,
    outcome: str,
    findings: str,
    effect: str = Effect.NONE,
    lots: Sequence[str] = (),
) -> Complaint:
    """Decide a complaint, let the decision act on the procedure, and publish it.

    `effect` is one that the stage of the procedure leaves (`rules.effects`); a rejected complaint has none. It acts on
    `lots` alone and the others stand; on all where none is named. All of it or nothing. A late decision counts and is
    shown as late. Raises NotFound, WrongState, Invalid.
    Source: 《政府采购法》第五十六条; 财政部令第94号第二十九条、第三十一条至第三十三条; 财库〔2015〕135号.
    """
    now = clock.now()
    row, tender, step = _begin(actor, complaint_id, "decide")
    possible = disputes.effects_for(tender, row.challenge.subject, lots)
    errors = disputes.wrong_with_effect(tender, effect, outcome, lots, possible)
    if outcome not in list(Outcome):
        errors["outcome"] = gettext_noop("Choose a result.")
    if not findings.strip():
        errors["findings"] = gettext_noop("Write what was found, and the legal basis.")
    if row.stops.filter(back_at=None).exists():
        errors["outcome"] = gettext_noop("The clock stands: say first that what was sent is back.")
    if errors:
        raise Invalid(errors=errors)

    row.outcome, row.effect, row.findings = outcome, effect, findings.strip()
    row.effect_lots = sorted(lots)
    row.decided_at, row.decided_by = now, actor.label
    late = row.decide_due_at is not None and now >= row.decide_due_at
    publish_by = rules.following(law_of(tender.id), rules.PUBLISH, now).ends_at
    record_step(
        row,
        step,
        actor,
        outcome=outcome,
        effect=effect,
        late=late,
        publish_by=publish_by.isoformat(),
        **({"lots": row.effect_lots} if lots else {}),
    )
    holds.lift(actor=actor, tender_id=tender.id, source=source_of(row))
    timers.drop(verb=LIFT, subject=source_of(row))
    act(actor=actor, tender=tender, effect=Effect(effect), upheld=COMPLAINT, lots=lots)
    notice = publish_notice(actor=actor, **decision_notice.decision(row, tender, actor, late=late))
    row.notice_id = notice.id
    row.save(update_fields=["notice_id"])
    record(
        actor=actor.label,
        verb="publish_decision",
        subject=f"complaint.{row.pk}",
        rule=rules.PUBLISH,
        notice=str(notice.id),
    )
    inbox.finish_all(f"complaint.{row.pk}.")
    _tell_all(row, tender)
    return row


def _begin(actor: Actor, complaint_id: UUID, verb: str) -> tuple[Complaint, TenderFacts, Step]:
    row = lock(complaint_id)
    tender = tender_facts(row.challenge.tender_id)
    if not actor.oversees(tender.region):
        raise NotFound()
    return row, tender, follow(COMPLAINT_STEPS, row.status, verb)


def _turn_away(actor: Actor, complaint_id: UUID, verb: str, note: str) -> Complaint:
    row, _tender, step = _begin(actor, complaint_id, verb)
    if not note.strip():
        raise Invalid(errors={"note": gettext_noop("Say why.")})
    row.note = note.strip()
    record_step(row, step, actor, note=row.note)
    inbox.finish_all(f"complaint.{row.pk}.")
    return row


def _ask_to_decide(row: Complaint, tender: TenderFacts) -> None:
    ask_supervisor(
        row,
        tender,
        "decide",
        gettext_noop("Decide a complaint about “%(tender)s”"),
        gettext_noop("You have accepted it. The time of tests and appraisals does not count."),
        due_at=row.decide_due_at,
        rule=rules.DECIDE,
    )


def _tell_complainant(row: Complaint, word: str, title: str, *, task: bool = False, rule: str = "") -> None:
    inbox.assign(
        key=f"complaint.{row.pk}.{word}",
        title=title,
        url=reverse("oversight:complaint", args=[row.pk]),
        org_id=row.challenge.supplier_id,
        kind=Kind.SUPPLIER,
        why=row.note,
        rule=rule,
        is_task=task,
        tender=tender_facts(row.challenge.tender_id).title,
    )


def _tell_all(row: Complaint, tender: TenderFacts) -> None:
    desks = (
        (row.challenge.supplier_id, Kind.SUPPLIER),
        (tender.purchaser_id, Kind.PURCHASER),
        (tender.agency_id, Kind.AGENCY),
    )
    for org_id, kind in desks:
        if org_id is not None:
            inbox.tell(
                key=f"complaint.{row.pk}.decided.{kind}",
                title=gettext_noop("The complaint about “%(tender)s” is decided"),
                url=reverse("oversight:complaint", args=[row.pk]),
                org_id=org_id,
                kind=kind,
                rule=rules.DECIDE,
                tender=tender.title,
            )
