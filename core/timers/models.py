"""Rows of the clock's diary."""

from __future__ import annotations

from django.db import models


class Timer(models.Model):
    """Do `verb` on `subject` at or after `due_at`."""

    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    due_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["verb", "subject"], condition=models.Q(done_at=None), name="timers_one_open_per_act"
            )
        ]
        indexes = [models.Index(fields=["done_at", "next_try_at"], name="timers_due")]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject} at {self.due_at:%Y-%m-%dT%H:%M:%SZ}"
