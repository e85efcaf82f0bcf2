"""Rows of oversight: changes of the law's values and days; challenges and complaints."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from core import clock
from oversight.states import (
    WRITTEN,
    AnnouncementStatus,
    ChallengeStatus,
    ChangeKind,
    ChangeStatus,
    ComplaintStatus,
    Effect,
    Outcome,
    Subject,
)


class FourEyes(models.Model):
    """What one person writes and another one publishes.

    `editors` are the ids of the people who wrote or submitted it: none of them decides about it.
    """

    version = models.PositiveIntegerField(default=1)
    editors = models.JSONField(default=list)
    created_by = models.CharField(max_length=300)
    created_by_id = models.UUIDField()
    created_at = models.DateTimeField(default=clock.now)
    decided_by = models.CharField(max_length=300, blank=True)
    decided_by_id = models.UUIDField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)
    notice_id = models.UUIDField(null=True, blank=True)

    class Meta:
        abstract = True


def published_by_another(name: str) -> models.CheckConstraint:
    """Give the constraint that what is published was decided by somebody other than its author."""
    return models.CheckConstraint(
        condition=~Q(status=ChangeStatus.PUBLISHED.value)
        | (Q(decided_by_id__isnull=False) & ~Q(decided_by_id=F("created_by_id"))),
        name=name,
    )


class Change(FourEyes):
    """One change of a rule's value, of a year's calendar or of a guiding catalogue, from draft to publication.

    `jurisdiction` is `CN` or a region's code, that of the regulator. `content` is as in `core.enacted`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=[(k, k) for k in ChangeKind])
    status = models.CharField(
        max_length=10, choices=[(s, s) for s in ChangeStatus], default=ChangeStatus.DRAFT
    )
    jurisdiction = models.CharField(max_length=12)
    effective_from = models.DateField()
    content = models.JSONField()
    reason = models.TextField()
    org_id = models.UUIDField()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in ChangeStatus]), name="oversight_change_status"
            ),
            published_by_another("oversight_published_by_a_second_person"),
        ]
        indexes = [models.Index(fields=["jurisdiction", "status"], name="oversight_changes_of")]

    def __str__(self) -> str:
        return f"{self.kind} {self.jurisdiction} {self.effective_from}"


class Announcement(FourEyes):
    """A notice that a regulator writes: what an inspection, an assessment or a penalty came to, from draft to publication.

    `due_at` counts from the day of completion. `mark`, `since` and `until` (both days included) are those of a record of
    dishonesty.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    org = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=24, choices=[(k, k) for k in WRITTEN])
    status = models.CharField(max_length=10, default=AnnouncementStatus.DRAFT)
    title = models.CharField(max_length=200)
    concerned = models.CharField(max_length=200, blank=True)
    credit_code = models.CharField(max_length=18, blank=True)
    number = models.CharField(max_length=100, blank=True)
    matter = models.TextField()
    basis = models.TextField(blank=True)
    outcome = models.TextField(blank=True)
    mark = models.CharField(max_length=10, blank=True)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    completed_on = models.DateField()
    due_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in AnnouncementStatus]),
                name="oversight_announcement_status",
            ),
            published_by_another("oversight_announced_by_a_second_person"),
        ]
        indexes = [models.Index(fields=["org", "-created_at"], name="oversight_announcements_of")]

    def __str__(self) -> str:
        return f"{self.kind} {self.title}"


class Letter(models.Model):
    """What a challenge and a complaint have in common: the items of the letter, and its signature.

    Source: 财政部令第94号第十二条、第十八条.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contact = models.CharField(max_length=300)
    matter = models.TextField()
    request = models.TextField()
    facts = models.TextField()
    basis = models.TextField()
    signature = models.JSONField(default=dict)
    created_by = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=clock.now)
    submitted_by = models.CharField(max_length=300, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, blank=True, choices=[(o, o) for o in Outcome])
    effect = models.CharField(max_length=10, blank=True, choices=[(e, e) for e in Effect])
    effect_lots = models.JSONField(
        default=list, blank=True, help_text="lots it acts on; empty: the whole procedure"
    )

    class Meta:
        abstract = True


class Challenge(Letter):
    """A supplier's challenge (质疑) to who runs a procedure."""

    tender = models.ForeignKey("tendering.Tender", on_delete=models.PROTECT, related_name="+")
    supplier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=10, choices=[(s, s) for s in Subject])
    status = models.CharField(max_length=10, default=ChallengeStatus.DRAFT)
    until = models.DateTimeField(null=True, blank=True)
    reply_due_at = models.DateTimeField(null=True, blank=True)
    complaint_until = models.DateTimeField(null=True, blank=True)
    reply = models.TextField(blank=True)
    replied_by = models.CharField(max_length=300, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in ChallengeStatus]), name="oversight_challenge_status"
            ),
        ]

    def __str__(self) -> str:
        return f"challenge {self.pk} of {self.tender_id}"


class Complaint(Letter):
    """A complaint (投诉) to the finance department, about a challenge that was not answered, or not well."""

    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="complaints")
    status = models.CharField(max_length=10, default=ComplaintStatus.DRAFT)
    received_at = models.DateTimeField(null=True, blank=True)
    examine_due_at = models.DateTimeField(null=True, blank=True)
    decide_due_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    answer_due_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    findings = models.TextField(blank=True)
    decided_by = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    notice_id = models.UUIDField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in ComplaintStatus]), name="oversight_complaint_status"
            ),
            models.UniqueConstraint(
                fields=["challenge"],
                condition=~Q(status__in=[ComplaintStatus.REFUSED.value, ComplaintStatus.WITHDRAWN.value]),
                name="oversight_one_complaint_per_challenge",
            ),
        ]

    def __str__(self) -> str:
        return f"complaint {self.pk}"


class ClockStop(models.Model):
    """A time that does not count for the decision: correction, test, appraisal, expert opinion (from sending to return)."""

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="stops")
    why = models.CharField(max_length=300)
    sent_at = models.DateTimeField()
    back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["sent_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["complaint"], condition=Q(back_at=None), name="oversight_clock_stopped_once"
            ),
        ]

    def __str__(self) -> str:
        return self.why
