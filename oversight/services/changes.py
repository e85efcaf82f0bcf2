"""Change the law's values and days, and guiding catalogues: one person drafts, another publishes, never for days begun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from contracting.services.recount import recount
from core import clock
from core.audit.services import record
from core.enacted import selectors as enacted
from core.enacted import services as enacting
from core.errors import Conflict, Invalid, NotFound, Refused, gettext_noop
from core.law.rule import BadPack
from core.timers import services as timers
from core.transitions import follow
from core.workdays import beijing_date, day_begins
from disclosure.services import publish as publish_notice
from oversight import rules
from oversight.access import change_to_see, jurisdiction_of
from oversight.guide_notice import guide_notice
from oversight.models import Change
from oversight.selectors import changes as selected
from oversight.services.four_eyes import edited_by, require_second, unchanged
from oversight.services.recounting import recount_procedures
from oversight.states import STEPS, ChangeKind, ChangeStatus
from parties.access import Actor
from parties.services import inbox
from parties.states import Kind
from planning import guide

TAKE_EFFECT = "oversight.take_effect"


class NotFit(Refused):
    """A change that fitted when it was submitted does not fit any more."""

    code = "change-not-fit"
    title = gettext_noop("This change cannot be published as it stands")


@transaction.atomic
def draft_value(*, actor: Actor, content: Mapping[str, Any], reason: str) -> Change:
    """Draft a new version of a rule's value for the actor's own place.

    `content` holds `rule_id`, `value`, `level`, `category`, `method`, `since`, `effective_to`, `citation` and
    `certainty` as packs write them; the rest is that of the version it follows. Raises NotFound, Invalid.
    """
    jurisdiction = jurisdiction_of(actor)
    row = _value_row(jurisdiction, content)
    return _create(actor, ChangeKind.RULE, jurisdiction, date.fromisoformat(row["since"]), row, reason)


@transaction.atomic
def draft_days(*, actor: Actor, content: Mapping[str, Any], since: date, reason: str) -> Change:
    """Draft the days of a year for the actor's own place.

    `content` is `{"year", "whole", "document", "days": [{"first", "last", "kind", "name"}]}`: the whole of a year
    by its notice, or single days of a place. Raises NotFound, Invalid.
    """
    jurisdiction = jurisdiction_of(actor)
    return _create(
        actor, ChangeKind.CALENDAR, jurisdiction, since, _days_row(jurisdiction, content, since), reason
    )


@transaction.atomic
def draft_guide(*, actor: Actor, content: Mapping[str, Any], since: date, reason: str) -> Change:
    """Draft the next edition of the guiding catalogue of the actor's own place.

    `content` is `{"document", "items": [{"code", "kind", "nature", "content", "item", "barred"}]}`, all entries of the
    edition. Raises NotFound, Invalid.
    """
    jurisdiction = jurisdiction_of(actor)
    row = _guide_row(jurisdiction, content, since)
    return _create(actor, ChangeKind.CATALOGUE, jurisdiction, since, row, reason)


@transaction.atomic
def edit(
    *,
    actor: Actor,
    change_id: UUID,
    version: int,
    content: Mapping[str, Any],
    reason: str,
    since: date | None = None,
) -> Change:
    """Write a draft anew. Raises NotFound, WrongState, Conflict (changed since it was read), Invalid."""
    change = _lock(actor, change_id)
    follow(STEPS, change.status, "edit")
    unchanged(change, version)
    if change.kind == ChangeKind.RULE:
        change.content = _value_row(change.jurisdiction, content)
        change.effective_from = date.fromisoformat(change.content["since"])
    else:
        row_of = _guide_row if change.kind == ChangeKind.CATALOGUE else _days_row
        change.effective_from = since or change.effective_from
        change.content = row_of(change.jurisdiction, content, change.effective_from)
    change.reason = _reason(reason)
    change.version += 1
    edited_by(change, actor)
    change.save()
    record(
        actor=actor.label, verb="edit_change", subject=f"change.{change.pk}", version=change.version,
        content=change.content,
    )  # fmt: skip
    return change


@transaction.atomic
def submit(*, actor: Actor, change_id: UUID, version: int) -> Change:
    """Ask for a second person. Raises NotFound, WrongState, Conflict, NotFit."""
    change = _lock(actor, change_id)
    step = follow(STEPS, change.status, "submit")
    unchanged(change, version)
    _fits(change)
    change.status = ChangeStatus(step.target)
    edited_by(change, actor)
    change.save(update_fields=["status", "editors"])
    record(actor=actor.label, verb="submit_change", subject=f"change.{change.pk}", version=change.version)
    inbox.assign(
        key=f"change.{change.pk}.decide.{change.version}",
        title=gettext_noop("A change of the rules waits for a second person"),
        url=reverse("oversight:change", args=[change.pk]),
        org_id=change.org_id,
        kind=Kind.SUPERVISOR,
        why=gettext_noop("Whoever wrote it does not decide about it."),
    )
    return change


@transaction.atomic
def send_back(*, actor: Actor, change_id: UUID, note: str) -> Change:
    """Give a change back to whoever wrote it, with what is to mend. Raises NotFound, WrongState, SecondPerson, Invalid."""
    change = _lock(actor, change_id)
    step = follow(STEPS, change.status, "send_back")
    require_second(change, actor)
    change.note = _reason(note, "note")
    change.status = ChangeStatus(step.target)
    change.save(update_fields=["status", "note"])
    record(actor=actor.label, verb="send_back_change", subject=f"change.{change.pk}", note=change.note)
    inbox.finish_all(f"change.{change.pk}.")
    return change


@transaction.atomic
def withdraw(*, actor: Actor, change_id: UUID) -> Change:
    """Give up a change that is not published. Raises NotFound, WrongState."""
    change = _lock(actor, change_id)
    step = follow(STEPS, change.status, "withdraw")
    change.status = ChangeStatus(step.target)
    change.save(update_fields=["status"])
    record(actor=actor.label, verb="withdraw_change", subject=f"change.{change.pk}")
    inbox.finish_all(f"change.{change.pk}.")
    return change


@transaction.atomic
def approve(*, actor: Actor, change_id: UUID, version: int, seen: str) -> Change:
    """Publish a change that another person wrote: into the register and the log, in force from its first day on.

    `seen` is the digest of the last enactment when the reader saw what it would alter. Procedures keep the law
    of their first notice; provisional periods are reckoned anew when days take effect. Raises NotFound,
    WrongState, SecondPerson, Conflict (it or the law changed since it was read), NotFit.
    """
    change = _lock(actor, change_id)
    step = follow(STEPS, change.status, "approve")
    require_second(change, actor)
    unchanged(change, version)
    if seen != enacted.last_digest():
        raise Conflict(
            gettext_noop("Another change was published meanwhile. Look at what this one alters now.")
        )
    _fits(change)
    touched = selected.reach(change)
    now = clock.now()
    change.status = ChangeStatus(step.target)
    change.decided_by, change.decided_by_id, change.decided_at = actor.label, actor.user_id, now
    if change.kind == ChangeKind.CATALOGUE:
        change.notice_id = publish_notice(actor=actor, **guide_notice(change)).id
    change.save()
    if change.kind == ChangeKind.CALENDAR:
        due_at = max(now, day_begins(change.effective_from))
        timers.schedule(verb=TAKE_EFFECT, subject=str(change.pk), due_at=due_at)
    inbox.finish_all(f"change.{change.pk}.")
    inbox.tell(
        key=f"change.{change.pk}.published",
        title=gettext_noop("A change of the rules is published"),
        url=reverse("oversight:change", args=[change.pk]),
        org_id=change.org_id,
        kind=Kind.SUPERVISOR,
    )
    made = enacting.enact(
        kind=change.kind,
        jurisdiction=change.jurisdiction,
        effective_from=change.effective_from,
        content=change.content,
        change_id=change.pk,
    )
    record(
        actor=actor.label,
        verb="publish_change",
        subject=f"change.{change.pk}",
        number=made.number,
        digest=made.digest,
        log_index=made.log_index,
        pinned=len(touched.pinned),
        drafts=touched.drafts,
        moving=len(touched.moving) + len(touched.others),
    )
    return change


@transaction.atomic
def take_effect(*, change_id: UUID) -> int:
    """Reckon anew the provisional periods that a year's days touch, from its first day on; gives how many moved."""
    change = Change.objects.select_for_update().get(pk=change_id)
    before = change.effective_from - timedelta(days=1)
    how: dict[str, Any] = {
        "actor_label": "clock",
        "reason": f"change.{change.pk}",
        "region": selected.region_of(change.jurisdiction),
        "old": lambda region: enacted.calendar(region, before),
        "new": enacted.calendar,
    }
    moved = recount(**how) + recount_procedures(**how)
    record(actor="clock", verb="recount_periods", subject=f"change.{change.pk}", moved=moved)
    return moved


def _create(
    actor: Actor, kind: ChangeKind, jurisdiction: str, since: date, content: dict[str, Any], reason: str
) -> Change:
    if actor.org_id is None or actor.user_id is None:
        raise NotFound()
    change = Change.objects.create(
        kind=kind,
        jurisdiction=jurisdiction,
        effective_from=since,
        content=content,
        reason=_reason(reason),
        org_id=actor.org_id,
        editors=[str(actor.user_id)],
        created_by=actor.label,
        created_by_id=actor.user_id,
    )
    record(
        actor=actor.label, verb="draft_change", subject=f"change.{change.pk}", kind=str(kind),
        jurisdiction=jurisdiction, content=content,
    )  # fmt: skip
    return change


def _value_row(jurisdiction: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Complete what was given to a row of a pack, and check it."""
    same = [rule for rule in enacted.book().rules if rule.id == given["rule_id"]]
    if not same:
        raise Invalid(errors={"rule_id": gettext_noop("There is no rule with this name.")})
    first = same[0]
    row = {
        "rule_id": first.id,
        "value": str(given["value"]).strip(),
        "unit": first.unit,
        "operator": first.operator,
        "roll": "yes" if first.roll else "",
        "jurisdiction": jurisdiction,
        "level": str(given.get("level", "")),
        "category": str(given.get("category", "")),
        "method": str(given.get("method", "")),
        "since": str(given["since"]),
        "effective_to": str(given.get("effective_to") or ""),
        "name": first.name,
        "citation": str(given["citation"]).strip(),
        "certainty": str(given["certainty"]),
    }
    errors = _wrong_value(row)
    if errors:
        raise Invalid(errors=errors)
    return row


def _wrong_value(row: Mapping[str, Any]) -> dict[str, str]:
    try:
        new = enacted.rule_of(row)
        enacted.preview([new])
    except (BadPack, ValueError, ZeroDivisionError):
        return {
            "value": gettext_noop("This cannot be read as a value of this rule, or its days and cases clash.")
        }
    base = selected.base_of(new)
    if base is None:
        return {"rule_id": gettext_noop("No value of this rule is in force there for these cases.")}
    return selected.wrong_with_rule(new, base)


def _days_row(jurisdiction: str, given: Mapping[str, Any], since: date) -> dict[str, Any]:
    row = {
        "year": int(given["year"]),
        "whole": bool(given["whole"]),
        "document": str(given["document"]).strip(),
        "days": [
            {name: str(day[name]).strip() for name in ("first", "last", "kind", "name")}
            for day in sorted(given["days"], key=lambda day: str(day["first"]))
        ],
    }
    errors = _wrong_days(jurisdiction, row, since)
    if errors:
        raise Invalid(errors=errors)
    return row


def _wrong_days(jurisdiction: str, row: Mapping[str, Any], since: date) -> dict[str, str]:
    if not row["document"]:
        return {"document": gettext_noop("Name the notice that fixes these days.")}
    try:
        specials = enacted.specials(row)
        old, new = selected.calendars(jurisdiction, row)
    except ValueError:
        return {"days": gettext_noop("A day is named twice, lies in another year, or ends before it begins.")}
    place = selected.region_of(jurisdiction)
    if row["whole"] and place is not None and row["year"] in enacted.national_calendar().documents:
        return {
            "whole": gettext_noop(
                "The country's notice for this year is in the calendar; name only your own days."
            )
        }
    if not row["whole"] and place is None:
        return {"whole": gettext_noop("The country's days are entered as a whole year.")}
    return rules.wrong_with_days(old, new, row, specials, since, beijing_date(clock.now()))


def _guide_row(jurisdiction: str, given: Mapping[str, Any], since: date) -> dict[str, Any]:
    leaves = guide.leaves_of(given["items"])
    row = {"document": str(given["document"]).strip(), "items": [asdict(leaf) for leaf in leaves]}
    errors = _wrong_guide(jurisdiction, row, since)
    if errors:
        raise Invalid(errors=errors)
    return row


def _wrong_guide(jurisdiction: str, row: Mapping[str, Any], since: date) -> dict[str, str]:
    new = selected.edition_of(jurisdiction, since, row)
    return guide.wrong_with(new, selected.edition_before(jurisdiction, since), beijing_date(clock.now()))


def _fits(change: Change) -> None:
    """Check once more, for days have passed and other changes may have been published."""
    if change.kind == ChangeKind.RULE:
        errors = _wrong_value(change.content)
    elif change.kind == ChangeKind.CATALOGUE:
        errors = _wrong_guide(change.jurisdiction, change.content, change.effective_from)
    else:
        errors = _wrong_days(change.jurisdiction, change.content, change.effective_from)
    for message in errors.values():
        raise NotFit(message)


def _lock(actor: Actor, change_id: UUID) -> Change:
    change_to_see(actor, change_id)
    return Change.objects.select_for_update().get(pk=change_id)


def _reason(text: str, name: str = "reason") -> str:
    if not text.strip():
        raise Invalid(errors={name: gettext_noop("Say why.")})
    return text.strip()
