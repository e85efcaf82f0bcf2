"""Rows of a room's video: who sat at it with which browser, the pieces of recordings, and when one was missing."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from core import clock


class Sitting(models.Model):
    """One browser's time at a room's video: a member who is recorded, or somebody who watches. Kept: it is the record of that."""

    MEMBER, HOST, SUPERVISOR, REPLAY = "member", "host", "supervisor", "replay"
    ROLES = (MEMBER, HOST, SUPERVISOR, REPLAY)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    panel = models.ForeignKey("evaluation.Panel", on_delete=models.PROTECT, related_name="sittings")
    member = models.ForeignKey(
        "evaluation.Member", null=True, blank=True, on_delete=models.PROTECT, related_name="sittings"
    )
    user = models.ForeignKey("parties.User", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=10, choices=[(one, one) for one in ROLES])
    by = models.CharField(max_length=300)
    joined_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    mime = models.CharField(max_length=80, blank=True, help_text="what the browser records")
    picture = models.BooleanField(default=False, help_text="a camera is recorded, not only sound")
    pieces = models.PositiveIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)
    recorded_at = models.DateTimeField(null=True, blank=True, help_text="when the newest piece arrived")
    quality = models.CharField(max_length=4, blank=True)

    class Meta:
        indexes = [models.Index(fields=["panel", "ended_at"], name="evaluation_sittings_open")]
        ordering = ["joined_at"]

    def __str__(self) -> str:
        return f"{self.role} {self.by}"


class Piece(models.Model):
    """About one second of one recording: where its bytes are, and the head of the chain after it."""

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="recording")
    n = models.PositiveIntegerField()
    part = models.PositiveIntegerField(help_text="pieces of one part make one file that can be played")
    begins_ms = models.PositiveBigIntegerField(help_text="since the recording began, by the browser's clock")
    length = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    link = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=200)
    arrived_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sitting", "n"], name="evaluation_one_piece_per_number")
        ]
        ordering = ["n"]

    def __str__(self) -> str:
        return f"{self.sitting_id} #{self.n}"


class Gap(models.Model):
    """A time for which a member's recording did not arrive: an alarm while it is open.

    `arrived_late`: the pieces of that time came once the line was back, so that nothing of it is missing.
    """

    member = models.ForeignKey("evaluation.Member", on_delete=models.PROTECT, related_name="gaps")
    since = models.DateTimeField()
    noticed_at = models.DateTimeField(default=clock.now)
    until = models.DateTimeField(null=True, blank=True)
    arrived_late = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(until=None), name="evaluation_one_open_gap_per_member"
            )
        ]
        ordering = ["since"]

    def __str__(self) -> str:
        return f"{self.member_id}: {self.since}"


class Trial(models.Model):
    """One trial of a person's camera, microphone, speaker and line, as their browser measured it against the server."""

    user = models.ForeignKey("parties.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    result = models.JSONField()
    faults = models.JSONField(default=list, help_text="names of evaluation.video.trial.FAULTS; empty: passed")

    class Meta:
        indexes = [models.Index(fields=["user", "at"], name="evaluation_newest_trial")]

    def __str__(self) -> str:
        return f"{self.user_id}: {', '.join(self.faults) or 'passed'}"
