"""Rows of draws: what was fixed before, and secret until it is drawn."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core import clock


class Draw(models.Model):
    """A pool of experts for one panel, fixed with the hash of its seed in the log before anybody is drawn.

    A panel has another one where the first has nobody left and the register has grown.
    """

    tender = models.ForeignKey("tendering.Tender", on_delete=models.PROTECT, related_name="+")
    panel = models.ForeignKey(
        "evaluation.Panel", null=True, blank=True, on_delete=models.PROTECT, related_name="drawings"
    )
    representative_id = models.UUIDField(help_text="who sits for the purchaser")
    pool = models.JSONField(help_text="numbers in the register")
    wanted = models.PositiveSmallIntegerField(help_text="experts to be drawn")
    seed = models.CharField(max_length=64)
    salt = models.CharField(max_length=64, help_text="what the codes of experts are made with")
    index = models.BigIntegerField(null=True, help_text="where the log fixes pool and seed")
    called_by = models.CharField(max_length=300)
    called_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tender"], condition=Q(panel=None), name="evaluation_one_open_draw"
            )
        ]

    def __str__(self) -> str:
        return f"{self.tender_id}: {self.wanted}"
