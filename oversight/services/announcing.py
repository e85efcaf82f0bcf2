"""Notices that a regulator writes: drafted by one person, published by another, in time or marked late.

A record of dishonesty enters the register of bad records in the same act, so that it stands against taking part.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.enacted.selectors import law
from core.errors import Invalid, NotFound, gettext_noop
from core.transitions import follow
from core.workdays import beijing_date, day_begins
from disclosure.services import publish as publish_notice
from disclosure.states import official_name
from oversight.access import announcement_to_see
from oversight.announcement_notice import announced
from oversight.models import Announcement
from oversight.services.four_eyes import edited_by, require_second, unchanged
from oversight.states import ANNOUNCEMENT_STEPS, EVERY, WRITTEN, AnnouncementStatus
from parties.access import Actor
from parties.rules import credit_code_is_valid
from parties.selectors import organisation_facts
from parties.services import inbox, standing
from parties.states import MARK_WORDS, Kind

RULE = "D-10.regulatory_notice"
RECORD = "dishonesty_record"
FIELDS = (
    "title", "concerned", "credit_code", "number", "matter", "basis", "outcome", "mark", "since", "until",
    "completed_on",
)  # fmt: skip
_ASKED = {
    "title": gettext_noop("Give the title of the notice."),
    "matter": gettext_noop("Say what was found."),
    "completed_on": gettext_noop("Give the day on which it was completed."),
    "concerned": gettext_noop("Give the name of whom it concerns."),
    "credit_code": gettext_noop(
        "This is no unified social credit code: 18 places, the last one checks the others."
    ),
    "number": gettext_noop("Give the number of the decision."),
    "basis": gettext_noop("Name the legal basis."),
    "outcome": gettext_noop("Say what was decided, or the result."),
    "mark": gettext_noop("Say what the record is."),
    "since": gettext_noop("Give the first day of the record."),
}


@transaction.atomic
def draft(*, actor: Actor, kind: str, content: Mapping[str, Any]) -> Announcement:
    """Write a notice of a kind in `WRITTEN`; `content` has the fields of `FIELDS`.

    From the day of completion the time to publish runs, and the desk has it as a task. Raises NotFound, Invalid.
    """
    org_id = actor.require_kind(Kind.SUPERVISOR)
    if kind not in WRITTEN:
        raise NotFound()
    said = _checked(kind, content)
    row = Announcement.objects.create(
        org_id=org_id,
        kind=kind,
        **said,
        due_at=_due(actor.region, said["completed_on"]),
        editors=[str(actor.require_user())],
        created_by=actor.label,
        created_by_id=actor.require_user(),
    )
    _ask(row)
    record(
        actor=actor.label, verb="draft_announcement", subject=f"announcement.{row.pk}", rule=RULE, kind=kind
    )
    return row


@transaction.atomic
def edit(*, actor: Actor, announcement_id: UUID, version: int, content: Mapping[str, Any]) -> Announcement:
    """Write a draft anew. Raises NotFound, WrongState, Conflict (changed since it was read), Invalid."""
    row = _lock(actor, announcement_id)
    follow(ANNOUNCEMENT_STEPS, row.status, "edit")
    unchanged(row, version)
    said = _checked(row.kind, content)
    for name, value in said.items():
        setattr(row, name, value)
    row.due_at = _due(actor.region, row.completed_on)
    row.version += 1
    edited_by(row, actor)
    row.save()
    _ask(row)
    record(
        actor=actor.label,
        verb="edit_announcement",
        subject=f"announcement.{row.pk}",
        rule=RULE,
        version=row.version,
    )
    return row


@transaction.atomic
def submit(*, actor: Actor, announcement_id: UUID, version: int) -> Announcement:
    """Ask for a second person. Raises NotFound, WrongState, Conflict."""
    row = _lock(actor, announcement_id)
    step = follow(ANNOUNCEMENT_STEPS, row.status, "submit")
    unchanged(row, version)
    row.status = AnnouncementStatus(step.target)
    edited_by(row, actor)
    row.save(update_fields=["status", "editors"])
    record(actor=actor.label, verb="submit_announcement", subject=f"announcement.{row.pk}", rule=RULE)
    return row


@transaction.atomic
def send_back(*, actor: Actor, announcement_id: UUID, note: str) -> Announcement:
    """Give it back with what is to mend. Raises NotFound, WrongState, SecondPerson, Invalid."""
    row = _lock(actor, announcement_id)
    step = follow(ANNOUNCEMENT_STEPS, row.status, "send_back")
    require_second(row, actor)
    if not note.strip():
        raise Invalid(errors={"note": gettext_noop("Say why.")})
    row.status, row.note = AnnouncementStatus(step.target), note.strip()
    row.save(update_fields=["status", "note"])
    record(
        actor=actor.label,
        verb="send_back_announcement",
        subject=f"announcement.{row.pk}",
        rule=RULE,
        note=row.note,
    )
    return row


@transaction.atomic
def withdraw(*, actor: Actor, announcement_id: UUID) -> Announcement:
    """Give up what is not published. Raises NotFound, WrongState."""
    row = _lock(actor, announcement_id)
    step = follow(ANNOUNCEMENT_STEPS, row.status, "withdraw")
    row.status = AnnouncementStatus(step.target)
    row.save(update_fields=["status"])
    inbox.finish(_task(row))
    record(actor=actor.label, verb="withdraw_announcement", subject=f"announcement.{row.pk}", rule=RULE)
    return row


@transaction.atomic
def publish(*, actor: Actor, announcement_id: UUID, version: int) -> Announcement:
    """Publish what another person wrote; after its time it is marked late.

    A record of dishonesty stands in the register from the same instant. Raises NotFound, WrongState, Conflict,
    SecondPerson, Invalid.   Source: 财库〔2015〕135号.
    """
    row = _lock(actor, announcement_id)
    step = follow(ANNOUNCEMENT_STEPS, row.status, "publish")
    require_second(row, actor)
    unchanged(row, version)
    now = clock.now()
    late = now >= row.due_at
    notice = publish_notice(actor=actor, **announced(row, organisation_facts(row.org_id), late=late))
    row.status, row.notice_id = AnnouncementStatus(step.target), notice.id
    row.decided_by, row.decided_by_id, row.decided_at = actor.label, actor.user_id, now
    row.save()
    if row.kind == RECORD and row.since is not None:
        standing.impose(
            actor=actor,
            credit_code=row.credit_code,
            name=row.concerned,
            kind=official_name(row.kind)[:40],
            reason=row.matter,
            citation=row.number,
            since=day_begins(row.since),
            until=day_begins(row.until + timedelta(days=1)) if row.until else None,
            mark=row.mark,
        )
    inbox.finish(_task(row))
    record(
        actor=actor.label,
        verb="publish_announcement",
        subject=f"announcement.{row.pk}",
        rule=RULE,
        notice=str(notice.id),
        late=late,
    )
    return row


def _checked(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {
        name: value.strip() if isinstance(value, str) else value
        for name in FIELDS
        for value in [content.get(name)]
    }
    said["credit_code"] = (said["credit_code"] or "").upper()
    asked = EVERY | WRITTEN[kind]
    errors = {name: _ASKED[name] for name in asked if not said[name]}
    if said["credit_code"] and not credit_code_is_valid(said["credit_code"]):
        errors["credit_code"] = _ASKED["credit_code"]
    if said["mark"] and (said["mark"] not in MARK_WORDS or said["mark"] == "fine"):
        errors["mark"] = _ASKED["mark"]
    if said["since"] and said["until"] and said["until"] < said["since"]:
        errors["until"] = gettext_noop("The last day must not be before the first.")
    if said["completed_on"] and said["completed_on"] > beijing_date(clock.now()):
        errors["completed_on"] = gettext_noop("It is completed on a day that has come.")
    if errors:
        raise Invalid(errors=errors)
    days = {name: said.pop(name) for name in ("since", "until", "completed_on")}
    return {name: value or "" for name, value in said.items()} | days


def _due(region: str, completed_on: date) -> Any:
    return law(completed_on, region or None).end_of(RULE, completed_on, binding=False).ends_at


def _task(row: Announcement) -> str:
    return f"announcement.{row.pk}.publish"


def _ask(row: Announcement) -> None:
    inbox.assign(
        key=_task(row),
        title=gettext_noop("Publish “%(notice)s”"),
        why=gettext_noop("One person writes it, another one publishes it."),
        url=reverse("oversight:announcement", args=[row.pk]),
        org_id=row.org_id,
        kind=Kind.SUPERVISOR,
        due_at=row.due_at,
        rule=RULE,
        notice=row.title,
    )


def _lock(actor: Actor, announcement_id: UUID) -> Announcement:
    announcement_to_see(actor, announcement_id)
    return Announcement.objects.select_for_update().get(pk=announcement_id)
