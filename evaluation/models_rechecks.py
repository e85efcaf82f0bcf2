"""Rows of scores that a panel looks at again after the reveal, and what became of them."""

from __future__ import annotations

import uuid

from django.db import models

from core import clock
from evaluation.states import RecheckStatus


class Recheck(models.Model):
    """One member's score looked at again on one of the law's grounds; before and after stay for good.

    `digest` is of what the member signs: the score before and after, ground and reason.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    panel = models.ForeignKey("evaluation.Panel", on_delete=models.PROTECT, related_name="rechecks")
    member = models.ForeignKey("evaluation.Member", on_delete=models.PROTECT, related_name="+")
    bid_id = models.UUIDField()
    criterion = models.CharField(max_length=20)
    ground = models.JSONField(help_text="rule, code, name, citation")
    reason = models.CharField(max_length=500)
    raised_by = models.ForeignKey("evaluation.Member", on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField(default=clock.now)
    status = models.CharField(
        max_length=10, choices=[(s, s) for s in RecheckStatus], default=RecheckStatus.RAISED
    )
    before = models.DecimalField(max_digits=6, decimal_places=2)
    after = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True, help_text="why the member changes or keeps it")
    digest = models.CharField(max_length=64, blank=True)
    signature = models.JSONField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "bid_id", "criterion"],
                condition=models.Q(status__in=[RecheckStatus.RAISED, RecheckStatus.AGREED]),
                name="evaluation_one_open_recheck",
            )
        ]
        ordering = ["raised_at"]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.status}"


class RecheckOpinion(models.Model):
    """Whether one member finds the score abnormally high or low; the majority decides."""

    recheck = models.ForeignKey(Recheck, on_delete=models.PROTECT, related_name="opinions")
    member = models.ForeignKey("evaluation.Member", on_delete=models.PROTECT, related_name="+")
    agrees = models.BooleanField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recheck", "member"], name="evaluation_one_opinion_per_recheck")
        ]
        ordering = ["member__position"]

    def __str__(self) -> str:
        return f"{self.member}: {self.agrees}"
