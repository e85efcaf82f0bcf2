"""Reckon anew the provisional times of challenges and complaints that reach into a year announced since."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.db import transaction

from core import regions
from core.audit.services import record
from core.law.book import Deadline, Law
from core.law.stops import end_after_stops
from core.workdays import Calendar
from oversight import dispute_rules as rules
from oversight.models import Challenge, Complaint
from oversight.states import ChallengeStatus, ComplaintStatus
from parties.services import inbox
from tendering.selectors import law_of

Calendars = Callable[[str], Calendar]
"""The working days of a region's code."""


@transaction.atomic
def recount_disputes(
    *, actor_label: str, reason: str, region: str | None, old: Calendars, new: Calendars
) -> int:
    """Move what was provisional under `old` to where `new` puts it, with the tasks that wait for it.

    Times that were not provisional stay as they were fixed. Gives how many moved; a second call moves none.
    """
    open_challenges = Challenge.objects.filter(
        status__in=(ChallengeStatus.SUBMITTED, ChallengeStatus.ANSWERED)
    )
    open_complaints = Complaint.objects.filter(
        status__in=(ComplaintStatus.SUBMITTED, ComplaintStatus.CORRECTING, ComplaintStatus.ACCEPTED)
    )
    if region is not None:
        stem = regions.stem(region)
        open_challenges = open_challenges.filter(tender__region__startswith=stem)
        open_complaints = open_complaints.filter(challenge__tender__region__startswith=stem)
    moved = 0
    for row in open_challenges.select_related("tender").select_for_update(of=("self",)):
        law, place = law_of(row.tender_id), row.tender.region
        was, now = (_of_challenge(row, _by(law, table(place))) for table in (old, new))
        moved += _move(row, f"challenge.{row.pk}", was, now, actor_label, reason)
    for one in open_complaints.select_related("challenge__tender").select_for_update(of=("self",)):
        law, place = law_of(one.challenge.tender_id), one.challenge.tender.region
        then, after = (_of_complaint(one, _by(law, table(place))) for table in (old, new))
        moved += _move(one, f"complaint.{one.pk}", then, after, actor_label, reason)
    return moved


def _by(law: Law, table: Calendar) -> Law:
    return law.counting_by(lambda: table)


def _of_challenge(row: Challenge, law: Law) -> dict[str, Deadline]:
    if row.submitted_at is None:
        return {}
    reply = rules.following(law, rules.REPLY, row.submitted_at)
    found = {"complaint_until": rules.following(law, rules.COMPLAIN, reply)}
    return found if row.status == ChallengeStatus.ANSWERED else {**found, "reply_due_at": reply}


def _of_complaint(row: Complaint, law: Law) -> dict[str, Deadline]:
    found: dict[str, Deadline] = {}
    if row.status == ComplaintStatus.SUBMITTED and row.submitted_at is not None:
        found["examine_due_at"] = rules.following(law, rules.EXAMINE, row.submitted_at)
    if row.accepted_at is not None and row.answered_at is None:
        found["answer_due_at"] = rules.following(law, rules.ANSWER, row.accepted_at)
    if row.received_at is not None:
        stops = [(one.sent_at, one.back_at) for one in row.stops.all() if one.back_at is not None]
        end = rules.following(law, rules.DECIDE, row.received_at)
        found["decide_due_at"] = end_after_stops(end, stops, law.calendar())
    return found


def _move(
    row: Challenge | Complaint,
    subject: str,
    was: Mapping[str, Deadline],
    now: Mapping[str, Deadline],
    actor_label: str,
    reason: str,
) -> int:
    moved = 0
    for name, end in now.items():
        before = getattr(row, name)
        if before is None or not was[name].provisional or before == end.ends_at:
            continue
        setattr(row, name, end.ends_at)
        row.save(update_fields=[name])
        inbox.move(prefix=f"{subject}.", before=before, after=end.ends_at)
        record(
            actor=actor_label,
            verb="recount_period",
            subject=subject,
            rule=end.rule.id,
            before=before.isoformat(),
            after=end.ends_at.isoformat(),
            reason=reason,
        )
        moved += 1
    return moved
