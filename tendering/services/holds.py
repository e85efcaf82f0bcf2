"""Suspend a procedure and let it go on (暂停采购活动): a record beside the status, which stays what it was."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from contracting.services import contracts
from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, Refused, WrongState, gettext_noop
from disclosure.services import publish as publish_notice
from parties.access import Actor
from parties.services import inbox
from parties.states import Kind
from realtime.services import push
from tendering import hold_notice
from tendering.facts import HoldFacts
from tendering.models import Hold, Tender
from tendering.selectors import hold_facts, holds_in_force, law_of, tender_facts
from tendering.services import policy
from tendering.states import TERMINAL

LONGEST = "L-27.suspend_max"
BLOCKED = gettext_noop("The procurement is suspended until %(until)s at most.")


class Held(Refused):
    """A suspension is in force: nothing is opened, evaluated, awarded or contracted until it ends."""

    code = "procurement-suspended"
    title = gettext_noop("The procurement is suspended")


def refuse_if_held(tender_id: UUID) -> None:
    """Pass if no suspension is in force; raises Held."""
    for hold in holds_in_force(tender_id):
        raise Held(
            gettext_noop("It is suspended until %(until)s, or until the supervisor lets it go on."),
            rule=LONGEST,
            until=hold.until.isoformat(),
        )


@transaction.atomic
def hold(
    *, actor: Actor, tender_id: UUID, source: str, reason: str, until: datetime | None = None
) -> HoldFacts:
    """Suspend a published procedure for at most the law's time, and publish that.

    `source` names what it rests on, such as `complaint.<uuid>`; each suspends once at a time. The deadline for bids goes
    on: bids stay sealed, for the keepers release nothing while the log says that the procedure is suspended.
    Raises NotFound, WrongState (a draft, or ended), Invalid (no reason, too long).
    Source: 《政府采购法》第五十七条.
    """
    now = clock.now()
    tender = Tender.objects.select_for_update().filter(pk=tender_id).first()
    if tender is None:
        raise NotFound()
    if tender.published_at is None or tender.status in TERMINAL:
        raise WrongState(gettext_noop("Only a procedure that runs can be suspended."), rule=LONGEST)
    latest = law_of(tender_id).end_of(LONGEST, now, binding=False).ends_at
    ends = until or latest
    errors = {}
    if not reason.strip():
        errors["reason"] = gettext_noop("Say why.")
    if not now < ends <= latest:
        errors["until"] = gettext_noop("A suspension ends after now, and within the time that the law sets.")
    if errors:
        raise Invalid(errors=errors)
    if Hold.objects.filter(tender=tender, source=source, lifted_at=None, until__gt=now).exists():
        raise WrongState(gettext_noop("It is suspended already."), rule=LONGEST)

    row = Hold.objects.create(
        tender=tender,
        source=source,
        reason=reason.strip(),
        begins_at=now,
        until=ends,
        by=actor.label,
    )
    facts = tender_facts(tender_id)
    notice = publish_notice(actor=actor, **hold_notice.suspension(facts, hold_facts(row)))
    row.notice_id = notice.id
    row.save(update_fields=["notice_id"])
    record(
        actor=actor.label,
        verb="hold",
        subject=f"tender.{tender.pk}",
        rule=LONGEST,
        source=source,
        until=policy.instant(ends),
        notice=str(notice.id),
    )
    contracts.suspend(actor=actor, ocid=tender.ocid, until=holds_in_force(tender_id)[0].until)
    for prefix in _tasks(tender):
        inbox.block(prefix, BLOCKED, until=ends.astimezone(clock.BEIJING).strftime("%Y-%m-%d %H:%M"))
    _tell(tender, row, gettext_noop("“%(tender)s” is suspended"))
    push(f"tender.{tender.pk}", "tender.held", until=policy.instant(ends))
    policy.append_hold(tender, row.pk, held=True, at=now)
    return hold_facts(row)


@transaction.atomic
def lift(*, actor: Actor, tender_id: UUID, source: str) -> bool:
    """Let the procedure go on, where `source` suspended it; False when it did not, or no longer.

    A suspension whose time is over is lifted by the clock in the same way, so that the log says so.
    """
    now = clock.now()
    tender = Tender.objects.select_for_update().filter(pk=tender_id).first()
    row = Hold.objects.filter(tender=tender, source=source, lifted_at=None).first()
    if tender is None or row is None:
        return False
    row.lifted_at, row.lifted_by = now, actor.label
    row.save(update_fields=["lifted_at", "lifted_by"])
    record(actor=actor.label, verb="lift", subject=f"tender.{tender.pk}", rule=LONGEST, source=source)
    left = holds_in_force(tender_id)
    contracts.suspend(actor=actor, ocid=tender.ocid, until=left[0].until if left else None)
    if not left:
        for prefix in _tasks(tender):
            inbox.unblock(prefix, BLOCKED)
    _tell(tender, row, gettext_noop("“%(tender)s” goes on"))
    push(f"tender.{tender.pk}", "tender.lifted")
    policy.append_hold(tender, row.pk, held=False, at=now)
    return True


def _tasks(tender: Tender) -> tuple[str, str]:
    """Give how the keys of the tasks begin that a suspension keeps from being done."""
    return f"tender.{tender.pk}.", f"opening.{tender.pk}."


def _tell(tender: Tender, row: Hold, title: str) -> None:
    word = "lifted" if row.lifted_at else "held"
    for org_id, kind in ((tender.purchaser_id, Kind.PURCHASER), (tender.agency_id, Kind.AGENCY)):
        if org_id is not None:
            inbox.tell(
                key=f"hold.{row.pk}.{word}.{kind}",
                title=title,
                url=reverse("tendering:tender", args=[tender.pk]),
                org_id=org_id,
                kind=kind,
                why=row.reason,
                due_at=None if row.lifted_at else row.until,
                rule=LONGEST,
                tender=tender.title,
            )
