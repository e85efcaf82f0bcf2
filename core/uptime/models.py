"""Rows of what the platform measured of itself."""

from __future__ import annotations

import uuid

from django.db import models


class Span(models.Model):
    """Heartbeats without a pause, all well or all unwell; the newest is moved on by every beat."""

    began_at = models.DateTimeField()
    began_host_at = models.DateTimeField(help_text="by the host's clock, without what a test clock adds")
    last_at = models.DateTimeField()
    last_host_at = models.DateTimeField()
    away = models.JSONField(default=list, help_text="what was found to be away")

    def __str__(self) -> str:
        return f"{self.began_at:%Y-%m-%dT%H:%M:%SZ} to {self.last_at:%Y-%m-%dT%H:%M:%SZ}"


class Outage(models.Model):
    """A time in which the platform, or something that bidders need, was away: measured, never entered."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    began_at = models.DateTimeField(unique=True)
    ended_at = models.DateTimeField(null=True, blank=True, db_index=True)
    seconds = models.PositiveIntegerField()
    parts = models.JSONField()
    witnessed = models.JSONField(
        default=dict, help_text="what keepers had cosigned before, within and after it, by their own clocks"
    )
    entry_index = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="its entry in the log, once it is over"
    )

    class Meta:
        ordering = ["-began_at"]

    def __str__(self) -> str:
        return f"{self.began_at:%Y-%m-%dT%H:%M:%SZ}, {self.seconds} s: {', '.join(self.parts)}"
