"""Rows of members whose passkey fails at the evaluation, and who of the host's side confirmed who they are."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from core import clock


class AssistedSignIn(models.Model):
    """One request to be let in without a passkey: two people who do not sit on the panel confirm it, each by the code.

    The secret lies in the browser that asked; the code is shown there, and typed where the two sit.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey("evaluation.Member", on_delete=models.PROTECT, related_name="assisted")
    secret_hash = models.CharField(max_length=64)
    code_hash = models.CharField(max_length=64)
    asked_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    wrong = models.PositiveSmallIntegerField(default=0, help_text="codes that were typed wrong")
    first_by = models.ForeignKey(
        "parties.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    first_label = models.CharField(max_length=300, blank=True)
    second_by = models.ForeignKey(
        "parties.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    second_label = models.CharField(max_length=300, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(second_by=None) | ~Q(second_by=F("first_by")), name="evaluation_four_eyes_let_in"
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(second_by__isnull=False), name="evaluation_let_in_by_two"
            ),
        ]
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return str(self.pk)
