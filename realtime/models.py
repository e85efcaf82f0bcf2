"""Streams and their events."""

from __future__ import annotations

from django.db import models


class Stream(models.Model):
    """`<kind>.<uuid>`; its row is the lock and the counter of its events."""

    name = models.CharField(max_length=80, primary_key=True)
    last_seq = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """One event, numbered from 1 within its stream without gaps. Data holds ids and facts, never a secret."""

    stream = models.CharField(max_length=80)
    seq = models.PositiveBigIntegerField()
    type = models.CharField(max_length=60)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="realtime_one_event_per_seq")]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.stream}#{self.seq} {self.type}"
