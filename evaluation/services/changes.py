"""Changes of the document in the talks: only of what it lists, confirmed by the purchaser's side, told to all at once.

Source: 财政部令第74号第三十二条 (rule N-06); 财库〔2014〕214号第二十条.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from core import clock
from core.audit.services import record
from core.canonical import digest
from core.errors import Forbidden, Invalid, NotFound, Refused, WrongState, gettext_noop
from core.transitions import follow
from evaluation import access, talks
from evaluation.models import Member, Panel, Response, TermChange
from evaluation.services.panels import seat_of
from evaluation.states import CHANGE_STEPS, ChangeStatus, PanelStatus, TalkStatus
from parties.access import Actor
from parties.services import inbox
from realtime.services import push
from tendering import selectors as tendering
from tendering import services as tendering_services
from tendering.facts import TermFacts


class NotChangeable(Refused):
    """The document does not list this term: the talks cannot change it."""

    code = "not-changeable"
    title = gettext_noop("The talks cannot change this")
    status = 409


class RepresentativeConfirms(Forbidden):
    """Only the purchaser's representative confirms a change."""

    code = "representative-confirms"
    title = gettext_noop("The purchaser’s representative confirms changes")


class ResponseLate(Refused):
    """The time to respond to the change is over."""

    code = "response-late"
    title = gettext_noop("The time to respond to this change is over")


@transaction.atomic
def propose(*, actor: Actor, panel_id: uuid.UUID, term: int, text: str, reason: str) -> TermChange:
    """Propose another text of a term that the document lists: by a member of the team.

    Raises NotFound, WrongState, NotChangeable (the document does not list it), Invalid.
    """
    panel, _member = seat_of(actor, panel_id)
    if panel.status != PanelStatus.TALKING:
        raise WrongState(gettext_noop("The document is changed during the talks."), rule="N-06")
    listed = _listed(panel, term)
    if not text.strip() or text.strip() == listed.text:
        raise Invalid(errors={"text": gettext_noop("Nothing is changed.")})
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})
    change = TermChange.objects.create(
        panel=panel,
        term=listed.no,
        title=listed.title,
        before=listed.text,
        after=text.strip(),
        reason=reason.strip()[:500],
        proposed_by=actor.name,
        proposed_at=clock.now(),
    )
    record(
        actor=actor.label,
        verb="propose_change",
        subject=f"room.{panel.pk}",
        rule="N-06",
        term=listed.no,
        after=change.after,
    )
    push(f"room.{panel.pk}", "talks.changed")
    return change


def _listed(panel: Panel, term: int) -> TermFacts:
    found = next((row for row in tendering.tender_facts(panel.tender_id).terms if row.no == term), None)
    if found is None:
        raise NotChangeable(
            gettext_noop("Only what the document lists as open to change can be changed."), rule="N-06"
        )
    return found


@transaction.atomic
def confirm(*, actor: Actor, panel_id: uuid.UUID, change_id: int, respond_until: datetime) -> TermChange:
    """Confirm a proposed change as the purchaser's representative: from this instant it holds, and all are told in writing.

    Who takes part is told in one transaction, with the same words and the same time to respond. Raises NotFound,
    RepresentativeConfirms, WrongState, NotChangeable, Invalid, Held.
    """
    panel, member = seat_of(actor, panel_id)
    change = _change(panel, change_id)
    step = follow(CHANGE_STEPS, change.status, "confirm")
    if member.kind != Member.REPRESENTATIVE:
        raise RepresentativeConfirms(rule=step.rule)
    if panel.status != PanelStatus.TALKING:
        raise WrongState(gettext_noop("The document is changed during the talks."), rule=step.rule)
    now = clock.stamp()
    if respond_until <= now:
        raise Invalid(errors={"respond_until": gettext_noop("This time has passed already.")})
    _listed(panel, change.term)
    change.before, tender = tendering_services.change_term(
        tender_id=panel.tender_id, actor=actor, no=change.term, text=change.after, reason=change.reason
    )
    change.status, change.respond_until = ChangeStatus(step.target), respond_until
    change.decided_by, change.decided_at = actor.name, now
    change.save()
    record(
        actor=actor.label,
        verb="confirm_change",
        subject=f"room.{panel.pk}",
        rule=step.rule,
        term=change.term,
        before=change.before,
        after=change.after,
        respond_until=respond_until.isoformat(),
    )
    for talk in talks.of(panel):
        if talk.status != TalkStatus.OPEN:
            continue
        push(talks.stream(talk), "document.changed", change=change.pk)
        inbox.assign(
            **talks.to_supplier(talk, tender, f"change.{change.pk}"),
            title=gettext_noop("The document of “%(tender)s” has changed: %(term)s"),
            why=gettext_noop(
                "Everybody who takes part is told the same at the same time; you may respond again."
            ),
            due_at=respond_until,
            rule=step.rule,
            term=change.title,
        )
    push(f"room.{panel.pk}", "talks.changed")
    return change


@transaction.atomic
def drop(*, actor: Actor, panel_id: uuid.UUID, change_id: int) -> TermChange:
    """Drop a proposed change: by a member of the team. Raises NotFound, WrongState."""
    panel, _member = seat_of(actor, panel_id)
    change = _change(panel, change_id)
    step = follow(CHANGE_STEPS, change.status, "drop")
    change.status = ChangeStatus(step.target)
    change.decided_by, change.decided_at = actor.name, clock.now()
    change.save(update_fields=["status", "decided_by", "decided_at"])
    record(
        actor=actor.label, verb="drop_change", subject=f"room.{panel.pk}", rule=step.rule, term=change.term
    )
    push(f"room.{panel.pk}", "talks.changed")
    return change


@transaction.atomic
def respond(*, actor: Actor, tender_id: uuid.UUID, change_id: int, text: str) -> Response:
    """Respond to a change within its time, or put another response in the place of one's first.

    Raises NotFound, WrongState (it has left the talks), ResponseLate (equal is late), Invalid.
    """
    talk = access.own_talk(actor, tender_id)
    panel = Panel.objects.select_for_update().get(pk=talk.panel_id)
    change = _change(panel, change_id)
    if change.status != ChangeStatus.CONFIRMED or change.respond_until is None:
        raise NotFound()
    if talk.status != TalkStatus.OPEN:
        raise WrongState(gettext_noop("You have left the talks."), rule="N-04")
    now = clock.stamp()
    if now >= change.respond_until:
        raise ResponseLate(
            gettext_noop("It was due before %(due)s."), rule="N-06", due=change.respond_until.isoformat()
        )
    if not text.strip():
        raise Invalid(errors={"text": gettext_noop("Write how you meet the changed term.")})
    row, _ = Response.objects.update_or_create(
        change=change, talk=talk, defaults={"text": text.strip(), "by": actor.label, "at": now}
    )
    record(
        actor=actor.label,
        verb="respond",
        subject=talks.stream(talk),
        rule="N-06",
        change=change.pk,
        text=digest(row.text).hex(),
    )
    push(talks.stream(talk), "answered", change=change.pk)
    push(f"room.{panel.pk}", "talks.changed")
    inbox.finish(f"{talks.key(talk)}.change.{change.pk}")
    return row


def _change(panel: Panel, change_id: int) -> TermChange:
    change = TermChange.objects.select_for_update().filter(pk=change_id, panel=panel).first()
    if change is None:
        raise NotFound()
    return change
