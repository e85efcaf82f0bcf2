"""After the evaluation members and the host's side rate each other, within the rule's time; the supervisor alone reads it.

Source: 苏财规〔2017〕39号, where the law of the tender has the rule; elsewhere nobody is asked.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.clock import BEIJING
from core.errors import Invalid, NotFound, WrongState, gettext_noop
from core.timers import services as timers
from evaluation import appraisals
from evaluation.models import Appraisal, Panel
from evaluation.selectors import members_of
from parties.access import CLOCK, Actor
from parties.services import inbox
from parties.states import Kind
from tendering import selectors as tendering
from tendering.facts import TenderFacts

REMIND_TIMER = "evaluation.remind_appraisals"
REMIND_BEFORE = timedelta(days=1)
"""How long before the end who has not said anything is reminded."""
LONGEST = 2000


def ask(panel: Panel, tender: TenderFacts, ended: datetime) -> None:
    """Ask both sides, in the transaction that signs the report; nobody where the law of the tender has no such rule."""
    law = tendering.law_of(tender.id)
    if not law.has(appraisals.RULE):
        return
    rule, end = (
        law.cite(appraisals.RULE),
        law.end_of(appraisals.RULE, ended.astimezone(BEIJING), binding=False),
    )
    kept = {
        "rule_id": appraisals.RULE,
        "value": str(rule.value),
        "unit": str(rule.unit),
        "citation": rule.citation,
        "certainty": str(rule.certainty),
    }
    hosts = [(tender.purchaser_id, Kind.PURCHASER)]
    if tender.agency_id is not None:
        hosts.append((tender.agency_id, Kind.AGENCY))
    said = {
        "panel": panel,
        "asked_at": ended,
        "due_at": end.ends_at,
        "provisional": end.provisional,
        "rule": kept,
    }
    experts = [one for one in members_of(panel) if one.expert_id is not None]
    Appraisal.objects.bulk_create(
        row
        for member in experts
        for org_id, _ in hosts
        for row in (
            Appraisal(by_member=member, about_org_id=org_id, **said),
            Appraisal(by_org_id=org_id, about_member=member, **said),
        )
    )
    for member in experts:
        _task(panel, tender, end.ends_at, f"member.{member.pk}", user_id=member.user_id)
    for org_id, kind in hosts:
        _task(panel, tender, end.ends_at, f"org.{org_id}", org_id=org_id, kind=kind)
    record(
        actor=CLOCK.label,
        verb="ask_appraisals",
        subject=f"room.{panel.pk}",
        rule=appraisals.RULE,
        members=len(experts),
        due=end.ends_at.isoformat(),
    )
    timers.schedule(
        verb=REMIND_TIMER, subject=f"room.{panel.pk}", due_at=max(ended, end.ends_at - REMIND_BEFORE)
    )


def _task(
    panel: Panel, tender: TenderFacts, due_at: datetime, whose: str, *, reminder: bool = False, **to: object
) -> None:
    inbox.assign(
        key=f"room.{panel.pk}.appraise.{whose}{'.again' if reminder else ''}",
        title=gettext_noop("Reminder: rate the other side of the evaluation of “%(tender)s”")
        if reminder
        else gettext_noop("Rate the other side of the evaluation of “%(tender)s”"),
        why=gettext_noop(
            "Members and the host’s side rate each other after it; only the supervisor reads it."
        ),
        url=reverse("evaluation:appraise", args=[panel.pk]),
        due_at=due_at,
        rule=appraisals.RULE,
        tender=tender.title,
        **to,  # type: ignore[arg-type]
    )


@transaction.atomic
def give(
    *, actor: Actor, panel_id: uuid.UUID, appraisal_id: uuid.UUID, marks: Mapping[str, str], text: str
) -> Appraisal:
    """Say, for oneself or for one's desk, what one finds of the other side; once, also after the time, marked as late.

    Raises NotFound, WrongState, Invalid.
    """
    panel = Panel.objects.select_for_update().filter(pk=panel_id).first()
    if panel is None:
        raise NotFound()
    mine = {row.pk: row for row in appraisals.own(panel, actor.require_user(), actor.org_id)}
    if appraisal_id not in mine:
        raise NotFound()
    row = Appraisal.objects.select_for_update().get(pk=appraisal_id)
    if row.given_at is not None:
        raise WrongState(gettext_noop("This is given already."), rule=appraisals.RULE)
    row.marks = {name: _mark(marks.get(name, "")) for name in appraisals.aspects(row)}
    if len(text) > LONGEST:
        raise Invalid(errors={"text": gettext_noop("At most %(most)s characters.")}, most=LONGEST)
    if min(row.marks.values()) < 3 and not text.strip():
        raise Invalid(errors={"text": gettext_noop("Say why a mark is below 3.")})
    row.text, row.given_by, row.given_at = text.strip(), actor.label, clock.now()
    row.save()
    record(
        actor=actor.label,
        verb="appraise",
        subject=f"room.{panel.pk}",
        rule=appraisals.RULE,
        appraisal=str(row.pk),
        late=row.late,
    )
    if not any(one.given_at is None for one in mine.values() if one.pk != row.pk):
        whose = f"member.{row.by_member_id}" if row.by_member_id else f"org.{row.by_org_id}"
        inbox.finish_all(f"room.{panel.pk}.appraise.{whose}")
    return row


def _mark(text: str) -> int:
    mark = int(text) if text.isdecimal() and len(text) < 3 else 0
    if not appraisals.LEAST <= mark <= appraisals.MOST:
        raise Invalid(errors={"marks": gettext_noop("Give every aspect a mark from 1 to 5.")})
    return mark


@transaction.atomic
def remind(*, panel_id: uuid.UUID) -> int:
    """Remind everybody who still has to say something. Called by the clock; may be repeated. Gives how many there are."""
    panel = Panel.objects.select_for_update().get(pk=panel_id)
    tender = tendering.tender_facts(panel.tender_id)
    open_ones = [row for row in appraisals.of(panel) if row.given_at is None]
    members = {row.by_member for row in open_ones if row.by_member is not None}
    orgs = {row.by_org_id for row in open_ones if row.by_org_id is not None}
    for member in members:
        due = max(row.due_at for row in open_ones)
        _task(panel, tender, due, f"member.{member.pk}", reminder=True, user_id=member.user_id)
    for org_id in orgs:
        kind = Kind.AGENCY if org_id == tender.agency_id else Kind.PURCHASER
        due = max(row.due_at for row in open_ones)
        _task(panel, tender, due, f"org.{org_id}", reminder=True, org_id=org_id, kind=kind)
    return len(members) + len(orgs)
