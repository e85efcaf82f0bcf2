"""A purchaser that stays silent (视同确定): after its time the first candidate is the winner, unless it gave a lawful reason."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, WrongState, gettext_noop
from core.timers import services as timers
from evaluation.models import Panel, Report
from evaluation.selectors import undecided
from evaluation.services import awards, eligibility
from evaluation.states import PanelStatus
from parties.access import CLOCK, Actor
from parties.selectors import supervisor_of
from parties.services import inbox
from parties.states import Kind
from tendering import access as tenders
from tendering import selectors as tendering
from tendering.methods import method_of

TIMER = awards.DEEMED_TIMER
RULE = "T-25"


@transaction.atomic
def deem(*, tender_id: uuid.UUID) -> bool:
    """Award to the first candidates because the purchaser let its time pass; True when that was done.

    Called by the clock at the end of the time; may be repeated. Nothing happens where the purchaser has decided or has
    given a reason, nor for a framework, whose suppliers the organiser alone admits; while the procedure is suspended the
    clock comes back when that ends; where a candidate may not be awarded the purchaser has to act.
    Source: 财政部令第87号第六十八条 (general knowledge).
    """
    panel = Panel.objects.select_for_update().filter(tender_id=tender_id, status=PanelStatus.SIGNED).first()
    report = Report.objects.filter(panel=panel).first() if panel else None
    if panel is None or report is None or report.delay_reason or not undecided(report):
        return False
    if method_of(tendering.tender_facts(tender_id).method).admits:
        return False
    now = clock.now()
    if report.award_due_at is None or now < report.award_due_at:
        return False
    if held := tendering.holds_in_force(tender_id):
        timers.schedule(verb=TIMER, subject=f"tender.{tender_id}", due_at=held[0].until)
        return False
    try:
        eligibility.require_all(tendering.tender_facts(tender_id), undecided(report).values(), now)
    except (eligibility.SanctionStands, eligibility.NotAsked):
        return False
    awards.award_first(actor=CLOCK, panel=panel, report=report, signature={}, rule=RULE, now=now)
    return True


@transaction.atomic
def give_reason(*, actor: Actor, tender_id: uuid.UUID, reason: str) -> Report:
    """Say for what lawful reason the purchaser does not decide in time; the supervisor is told. Before the time is over.

    Raises NotFound, WrongState, Invalid.   Source: 财政部令第87号第六十八条 (general knowledge).
    """
    tenders.tender_to_own(actor, tender_id)
    panel = Panel.objects.select_for_update().filter(tender_id=tender_id, status=PanelStatus.SIGNED).first()
    report = Report.objects.filter(panel=panel).first() if panel else None
    if panel is None or report is None:
        raise NotFound()
    if report.delay_reason or report.award_due_at is None or clock.now() >= report.award_due_at:
        raise WrongState(
            gettext_noop("A reason is given once, and before the time to decide is over."), rule=RULE
        )
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})
    report.delay_reason = reason.strip()
    report.save(update_fields=["delay_reason"])
    timers.drop(verb=TIMER, subject=f"tender.{tender_id}")
    record(
        actor=actor.label,
        verb="give_reason",
        subject=f"room.{panel.pk}",
        rule=RULE,
        reason=report.delay_reason,
    )
    tender = tendering.tender_facts(tender_id)
    desk = supervisor_of(tender.region)
    if desk is not None:
        inbox.tell(
            key=f"tender.{tender_id}.delayed",
            org_id=desk,
            kind=Kind.SUPERVISOR,
            title=gettext_noop("The award of “%(tender)s” is not decided in time"),
            why=report.delay_reason,
            url=reverse("tendering:tender", args=[tender_id]),
            rule=RULE,
            tender=tender.title,
        )
    return report
