"""Deadline rescue: what an outage took from a deadline is given back, by a published rule and by nobody's word.

The outage is what the platform measured of itself (core.uptime). A deadline moves before it passes; one that passed while the
platform was away moves when it is back, before anything is closed: no list of bids was fixed and nothing was opened, so
nobody learnt anything. Once the bids are closed, nothing is moved any more.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import Refused, gettext_noop
from core.law import current
from core.law.book import Law
from core.law.recounting import Calendars, Period
from core.law.titles import english_name
from core.timers import services as timers
from core.transitions import follow
from core.uptime import selectors as uptime
from core.uptime import services as heart
from core.uptime.rules import Part
from core.uptime.selectors import OutageFacts
from parties.access import CLOCK
from tendering import rescue_rules as rules
from tendering.methods import method_of
from tendering.models import Extension, Prequalification, Tender
from tendering.periods import rescued_calls, rescued_periods
from tendering.selectors import law_of
from tendering.services.amending import DUE, put
from tendering.services.amending_call import DUE as APPLICATIONS_DUE
from tendering.services.amending_call import put_call
from tendering.states import ApplicationStatus, TenderStatus

log = logging.getLogger(__name__)
REVIEWED = [str(one) for one in ApplicationStatus if one != ApplicationStatus.APPLIED]
RESCUED_TIMER = "bidding.rescued"
REASON = gettext_noop(
    "The platform, or something that bidders need, was away shortly before the deadline. "
    "The deadline is moved by the published rule."
)
ANNOUNCED = gettext_noop(
    "The working days of that year have been announced: the deadline that an outage had moved comes to lie later."
)
PARTS: dict[str, str] = {
    Part.PLATFORM: gettext_noop("the whole platform"),
    Part.SITE: gettext_noop("the site"),
    Part.STORE: gettext_noop("the store of sealed bids"),
    Part.KEEPERS: gettext_noop("keepers: fewer answered than a bid needs"),
}
LOOK_BACK = timedelta(days=3)
"""Outages that ended longer ago have been dealt with: no reach of the rule is as long."""


class NoRescue(Refused):
    """The rule does not move this deadline now: it was moved meanwhile, or the bids are closed."""

    code = "no-rescue"
    title = gettext_noop("The deadline is not moved")


def before_close(tender_id: UUID) -> None:
    """Measure up to this moment and move what the rule moves: whoever closes bids asks this first."""
    heart.catch_up()
    rescue()


def rescue() -> list[UUID]:
    """Move every deadline that an outage has cost its time, spread over slots; gives the tenders that were moved.

    Safe to repeat: an outage that is over moves a deadline once, one that lasts again when the new deadline is near.
    """
    now = clock.stamp()
    outages = [uptime.facts_of(row) for row in uptime.outages(since=now - LOOK_BACK)]
    if not outages:
        return []
    moved: list[UUID] = []
    for outage in reversed(outages):
        rows, laws = _affected(outage, now)
        if not rows:
            continue
        others = Tender.objects.filter(status=TenderStatus.OPEN).exclude(pk__in=list(laws))
        taken = Counter(at for at in others.values_list("bids_due_at", flat=True) if at is not None)
        given = rules.spread(rows, taken)
        for row in rows:
            tender_id = UUID(row.key.partition("/")[2])
            try:
                _extend(tender_id, outage, row.due_at, given[row.key], now)
            except NoRescue:
                continue
            moved.append(tender_id)
    return moved


def _affected(outage: OutageFacts, now: datetime) -> tuple[list[rules.Affected], dict[UUID, Law]]:
    """Give the deadlines that an outage moves. The order of equals is that of a hash that nobody can choose."""
    moved: dict[UUID, list[tuple[datetime, datetime]]] = defaultdict(list)
    for pk, before, after in Extension.objects.filter(outage_id=outage.id).values_list(
        "tender_id", "before", "after"
    ):
        moved[pk].append((before, after))
    rows, laws = [], {}
    for pk, since, due_at in _open(outage, now):
        try:
            law = law_of(pk)
        except Refused:  # one damaged procedure keeps no other from its time, nor from its close
            log.exception("the law of tender %s cannot be read", pk)
            continue
        if rules.made_good(law, outage, moved[pk], now) or not rules.affected(
            law, outage, since, due_at, now
        ):
            continue
        laws[pk] = law
        lot = hashlib.sha256(f"{outage.id}/{pk}".encode()).hexdigest()
        rows.append(
            rules.Affected(
                key=f"{lot}/{pk}",
                due_at=due_at,
                wanted=rules.wanted(law, outage, due_at, now),
                slot=rules.slot_of(law, due_at),
                per_slot=law.count(rules.PER_SLOT),
            )
        )
    return rows, laws


def _open(outage: OutageFacts, now: datetime) -> Iterable[tuple[UUID, datetime, datetime]]:
    """Give the procedures whose deadline an outage can have touched at all: since when something is taken, until when.

    That is the deadline for bids, or for applications while none of them is reviewed.
    """
    until = (outage.ended_at or now) + LOOK_BACK
    rows = Tender.objects.filter(
        status=TenderStatus.OPEN, bids_due_at__gt=outage.began_at, bids_due_at__lt=until
    ).values_list("pk", "published_at", "bids_due_at")
    bids = [(pk, since, due_at) for pk, since, due_at in rows if since is not None and due_at is not None]
    calls = Prequalification.objects.filter(
        tender__status=TenderStatus.APPLYING,
        pool_index=None,
        due_at__gt=outage.began_at,
        due_at__lt=until,
    ).exclude(tender__applications__status__in=REVIEWED)
    return [*bids, *calls.values_list("tender_id", "called_at", "due_at")]


@transaction.atomic
def recount_rescued(
    *, actor_label: str, reason: str, region: str | None, old: Calendars, new: Calendars
) -> int:
    """Move on the deadlines that an outage moved over days that are now announced otherwise, by an amendment each.

    Gives how many moved; a second call moves none.
    """
    now, moved = clock.stamp(), 0
    for one in rescued_calls(region, old, new):
        moved += _recount_call(one, actor_label, reason, now)
    for one in rescued_periods(region, old, new):
        tender = Tender.objects.select_for_update().get(pk=one.row.pk)
        before = tender.bids_due_at
        if before is None or before != one.before or not one.moves or now >= before:
            continue
        step = follow(method_of(tender.method).steps, tender.status, "amend")
        tender.bids_due_at = tender.opens_at = tender.documents_until = one.after
        put(
            tender,
            actor=CLOCK,
            verb=step.verb,
            rule=rules.TIME,
            at=now,
            reason=ANNOUNCED,
            changes=[(DUE, before, one.after)],
        )
        record(
            actor=actor_label,
            verb="recount_period",
            subject=one.subject,
            rule=rules.TIME,
            before=before.isoformat(),
            after=one.after.isoformat(),
            reason=reason,
        )
        timers.schedule(verb=RESCUED_TIMER, subject=str(tender.pk), due_at=now)
        moved += 1
    return moved


def _recount_call(one: Period, actor_label: str, reason: str, now: datetime) -> int:
    """Move on one time for applications; gives 1 if it was moved."""
    tender = Tender.objects.select_for_update().get(pk=one.row.tender_id)
    called = Prequalification.objects.select_for_update().get(pk=one.row.pk)
    before = called.due_at
    if before != one.before or not one.moves or now >= before or tender.status != TenderStatus.APPLYING:
        return 0
    changes = [(APPLICATIONS_DUE, before, one.after)]
    put_call(
        tender, called, actor=CLOCK, reason=ANNOUNCED, changes=changes, due_at=one.after, rule=rules.TIME
    )
    record(
        actor=actor_label,
        verb="recount_period",
        subject=one.subject,
        rule=rules.TIME,
        before=before.isoformat(),
        after=one.after.isoformat(),
        reason=reason,
    )
    return 1


@transaction.atomic
def _extend(tender_id: UUID, outage: OutageFacts, before: datetime, after: datetime, now: datetime) -> None:
    """Move one deadline from `before`, unless somebody else has moved it meanwhile. Raises NoRescue."""
    tender = Tender.objects.select_for_update().get(pk=tender_id)
    if tender.status == TenderStatus.APPLYING:
        _extend_call(tender, outage, before, after, now)
        return
    since = tender.published_at
    if since is None or tender.bids_due_at != before or tender.status != TenderStatus.OPEN or after <= before:
        raise NoRescue(rule=rules.LEAST)
    law = law_of(tender_id)
    if not rules.affected(law, outage, since, before, now):
        raise NoRescue(rule=rules.LEAST)
    step = follow(method_of(tender.method).steps, tender.status, "amend")
    tender.bids_due_at = tender.opens_at = tender.documents_until = after
    amendment = put(
        tender,
        actor=CLOCK,
        verb=step.verb,
        rule=rules.LEAST,
        at=now,
        reason=REASON,
        changes=[(DUE, before, after)],
        because=_because(law, outage),
    )
    wanted = rules.wanted(law, outage, before, now)
    _keep("rescue", tender, outage, before=before, wanted=wanted, after=after, at=now, amendment=amendment)
    timers.schedule(verb=RESCUED_TIMER, subject=str(tender.pk), due_at=now)


def _keep(
    verb: str, tender: Tender, outage: OutageFacts, *, before: datetime, after: datetime, **said: Any
) -> None:
    """Keep that an outage moved a time: the row that tells it in public, and the record."""
    Extension.objects.create(tender=tender, outage_id=outage.id, before=before, after=after, **said)
    record(
        actor=CLOCK.label,
        verb=verb,
        subject=f"tender.{tender.pk}",
        rule=rules.LEAST,
        outage=str(outage.id),
        before=before.isoformat(),
        after=after.isoformat(),
    )


def _extend_call(
    tender: Tender, outage: OutageFacts, before: datetime, after: datetime, now: datetime
) -> None:
    """Move the time for applications, unless somebody else has, or one of them is reviewed. Raises NoRescue."""
    called = Prequalification.objects.select_for_update().get(tender=tender)
    law = law_of(tender.pk)
    reviewed = tender.applications.filter(status__in=REVIEWED).exists() or called.pool_index is not None
    if reviewed or called.due_at != before or after <= before:
        raise NoRescue(rule=rules.LEAST)
    if not rules.affected(law, outage, called.called_at, before, now):
        raise NoRescue(rule=rules.LEAST)
    changes = [(APPLICATIONS_DUE, before, after)]
    because = _because(law, outage)
    put_call(
        tender,
        called,
        actor=CLOCK,
        reason=REASON,
        changes=changes,
        due_at=after,
        rule=rules.LEAST,
        because=because,
    )
    wanted = rules.wanted(law, outage, before, now)
    _keep("rescue_call", tender, outage, before=before, wanted=wanted, after=after, at=now)


def _because(law: Law, outage: OutageFacts) -> dict[str, Any]:
    """Give the section of the notice: what was measured, and by which rule the deadline moves."""
    rule = law.cite(rules.TIME)
    # What a procedure has pinned are values and citations; the names stand in the packs.
    name = current.law(law.as_of).cite(rules.TIME).name
    return {
        "title": gettext_noop("The outage"),
        "rows": [[gettext_noop("Away"), {"msg": PARTS[part]}] for part in outage.parts]
        + [
            [gettext_noop("From"), outage.began_at],
            [gettext_noop("Until"), outage.ended_at or {"msg": gettext_noop("it lasts")}],
            [gettext_noop("Measured length in seconds"), outage.seconds],
            [gettext_noop("Log entry"), outage.entry_index],
            [
                gettext_noop("Rule"),
                {"zh": f"{name}（{rule.citation}）", "en": f"{english_name(rules.TIME)} ({rule.citation})"},
            ],
            [gettext_noop("All outages and what they moved"), {"href": "/outages/"}],
        ],
    }
