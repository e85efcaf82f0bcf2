"""Open periods of challenges and complaints."""

from __future__ import annotations

from core import regions
from core.law.book import Deadline, Law
from core.law.recounting import Calendars, Period, by
from core.law.stops import end_after_stops
from oversight import dispute_rules as rules
from oversight.models import Challenge, Complaint
from oversight.states import ChallengeStatus, ComplaintStatus
from tendering.selectors import law_of


def open_periods(region: str | None, old: Calendars, new: Calendars) -> list[Period]:
    """Give the times of open challenges and complaints in a region (None: everywhere), under two calendars."""
    challenges = Challenge.objects.filter(status__in=(ChallengeStatus.SUBMITTED, ChallengeStatus.ANSWERED))
    complaints = Complaint.objects.filter(
        status__in=(ComplaintStatus.SUBMITTED, ComplaintStatus.CORRECTING, ComplaintStatus.ACCEPTED)
    )
    if region is not None:
        stem = regions.stem(region)
        challenges = challenges.filter(tender__region__startswith=stem)
        complaints = complaints.filter(challenge__tender__region__startswith=stem)
    found: list[Period] = []
    for row in challenges.select_related("tender"):
        law, tender = law_of(row.tender_id), row.tender
        was, now = (_of_challenge(row, by(law, table(tender.region))) for table in (old, new))
        found += _pairs(row, f"challenge.{row.pk}", tender.project_no, tender.title, was, now)
    for one in complaints.select_related("challenge__tender"):
        law, tender = law_of(one.challenge.tender_id), one.challenge.tender
        was, now = (_of_complaint(one, by(law, table(tender.region))) for table in (old, new))
        found += _pairs(one, f"complaint.{one.pk}", tender.project_no, tender.title, was, now)
    return found


def _pairs(
    row: Challenge | Complaint,
    subject: str,
    name: str,
    title: str,
    was: dict[str, Deadline],
    now: dict[str, Deadline],
) -> list[Period]:
    return [
        Period(row, field, subject, f"{subject}.", name, title, was[field], end) for field, end in now.items()
    ]


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
