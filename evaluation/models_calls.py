"""Rows of the calls by which drawn experts are asked whether they come: each attempt and each answer is kept."""

from __future__ import annotations

import uuid

from django.db import models

from core import clock
from evaluation.states import AttemptOutcome, CallStatus


class Call(models.Model):
    """The call of one drawn expert. `says` is all that was told: when, where, how long, for what fee – never what for."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.OneToOneField("evaluation.Member", on_delete=models.PROTECT, related_name="call")
    status = models.CharField(max_length=10, choices=[(s, s) for s in CallStatus], default=CallStatus.CALLING)
    says = models.JSONField()
    due_at = models.DateTimeField()
    ground = models.CharField(max_length=20, blank=True, help_text="why the expert does not come")
    reason = models.CharField(max_length=300, blank=True)
    channel = models.CharField(max_length=10, blank=True, help_text="how the answer came")
    called_at = models.DateTimeField(default=clock.now)
    answered_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.pk}: {self.status}"


class Attempt(models.Model):
    """One thing that was sent or came back; never changed. `text`: what was said, or the key that was pressed."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="attempts")
    channel = models.CharField(max_length=10)
    outcome = models.CharField(max_length=10, choices=[(s, s) for s in AttemptOutcome])
    text = models.TextField(blank=True)
    reference = models.CharField(max_length=200, blank=True, help_text="the provider's own")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "channel"],
                condition=models.Q(outcome=str(AttemptOutcome.PLACED)),
                name="evaluation_placed_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.outcome}"
