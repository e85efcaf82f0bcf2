"""Rows of oversight: drafts of changes of the law's values and days."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from core import clock
from oversight.states import ChangeKind, ChangeStatus


class Change(models.Model):
    """One change of a rule's value or of a year's calendar, from draft to publication.

    `jurisdiction` is `CN` or a region's code, that of the regulator. `content` is as in `core.enacted`.
    `editors` are the ids of the people who wrote or submitted it: none of them decides about it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=[(k, k) for k in ChangeKind])
    status = models.CharField(
        max_length=10, choices=[(s, s) for s in ChangeStatus], default=ChangeStatus.DRAFT
    )
    jurisdiction = models.CharField(max_length=12)
    effective_from = models.DateField()
    content = models.JSONField()
    reason = models.TextField()
    version = models.PositiveIntegerField(default=1)
    org_id = models.UUIDField()
    editors = models.JSONField(default=list)
    created_by = models.CharField(max_length=300)
    created_by_id = models.UUIDField()
    created_at = models.DateTimeField(default=clock.now)
    decided_by = models.CharField(max_length=300, blank=True)
    decided_by_id = models.UUIDField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in ChangeStatus]), name="oversight_change_status"
            ),
            models.CheckConstraint(
                condition=~Q(status=ChangeStatus.PUBLISHED.value)
                | (Q(decided_by_id__isnull=False) & ~Q(decided_by_id=F("created_by_id"))),
                name="oversight_published_by_a_second_person",
            ),
        ]
        indexes = [models.Index(fields=["jurisdiction", "status"], name="oversight_changes_of")]

    def __str__(self) -> str:
        return f"{self.kind} {self.jurisdiction} {self.effective_from}"
