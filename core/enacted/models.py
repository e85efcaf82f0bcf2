"""Rows of enacted changes: appended, chained by digest, never changed."""

from __future__ import annotations

from django.db import models


class Enactment(models.Model):
    """One published change of a rule, of a year's calendar, or of a place's guiding catalogue.

    `content` is a row of a pack, `{"year", "whole", "document", "days": [{"first", "last", "kind", "name"}]}`, or
    `{"document", "items": [{"code", "kind", "nature", "content", "item", "barred"}]}`.
    `digest` is over it and the digest before it, and stands in the transparency log at `log_index`.
    """

    KINDS = ("rule", "calendar", "catalogue")

    number = models.PositiveIntegerField(unique=True)
    kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in KINDS])
    jurisdiction = models.CharField(max_length=12)
    effective_from = models.DateField()
    content = models.JSONField()
    change_id = models.UUIDField(unique=True)
    published_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    log_index = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=("rule", "calendar", "catalogue")), name="enacted_kind"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.kind} {self.jurisdiction}"
