"""Rows of the audit trail."""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """One act. Actor and subject are text, so that the entry outlives what it names."""

    subject = models.CharField(max_length=120)
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=300)
    verb = models.CharField(max_length=60)
    rule = models.CharField(max_length=60, blank=True)
    facts = models.JSONField(default=dict)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    sealed_in = models.PositiveBigIntegerField(null=True, blank=True, help_text="number of the seal over it")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "seq"], name="audit_one_entry_per_seq")]
        indexes = [
            models.Index(fields=["at"], name="audit_by_time"),
            models.Index(fields=["sealed_in"], name="audit_by_seal"),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.subject}#{self.seq} {self.verb}"


class Seal(models.Model):
    """One hash over the acts since the seal before it: what the transparency log holds of the audit trail."""

    number = models.PositiveBigIntegerField(primary_key=True)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.number} {self.hash[:8]}"
