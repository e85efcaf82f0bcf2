"""Uploads in progress and finished."""

from __future__ import annotations

import uuid

from django.db import models

from core import clock


class Upload(models.Model):
    """One resumable upload: bytes on this site's disk until complete, then one object in a private store."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.CharField(max_length=120, help_text="who may go on with it: 'organisation.<id>'")
    purpose = models.CharField(max_length=120, help_text="what it belongs to: 'tender.<id>'")
    length = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    arrived_at = models.DateTimeField(null=True, blank=True, help_text="when its newest bytes were on disk")
    kept_for = models.CharField(
        max_length=120, blank=True, help_text="what refers to it, 'bid.<id>': then nobody can drop it"
    )
    sha256 = models.CharField(max_length=64, blank=True)
    store = models.CharField(max_length=20)
    stored_as = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["owner", "purpose"], name="storage_by_owner")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(offset__lte=models.F("length")), name="storage_offset_in_length"
            )
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.offset}/{self.length}"


class Scan(models.Model):
    """What a virus scanner said of one stored object."""

    store = models.CharField(max_length=20)
    stored_as = models.CharField(max_length=200)
    word = models.CharField(max_length=12)
    found = models.CharField(max_length=200, blank=True, help_text="what was found, or why not scanned")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "stored_as"], name="storage_one_scan_per_object")
        ]

    def __str__(self) -> str:
        return f"{self.stored_as}: {self.word}"
