"""Rows of what an organisation proves about itself, and who stands behind it."""

from __future__ import annotations

import uuid

from django.db import models

from core import clock
from parties.states import Condition, Hold


class Evidence(models.Model):
    """One piece of evidence for a condition of taking part, valid on the days from `valid_from` to `valid_until`.

    Held once, used in every bid. A declaration has its words in `statement`, a document its file; `sha256` is of either.
    What was withdrawn stays: bids of before rest on it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        "parties.Organisation", on_delete=models.PROTECT, related_name="evidence"
    )
    condition = models.CharField(max_length=12, choices=[(c, c) for c in Condition])
    title = models.CharField(max_length=200)
    issuer = models.CharField(max_length=200, blank=True)
    statement = models.TextField(blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    name = models.CharField(max_length=200, blank=True)
    stored_as = models.CharField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64)
    added_by = models.CharField(max_length=300)
    added_at = models.DateTimeField(default=clock.now)
    withdrawn_by = models.CharField(max_length=300, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["condition", "-valid_from"]
        verbose_name_plural = "evidence"

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.condition}: {self.title}"


class Holder(models.Model):
    """Who holds or manages an organisation, in force on the days from `since` until, not including, `until`.

    `key` is the credit code of an organisation, or for a person the digest that `services.holders.key_of` makes: the
    number of an identity document is never stored.
    """

    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="holders")
    hold = models.CharField(max_length=12, choices=[(h, h) for h in (Hold.HOLDING, Hold.MANAGEMENT)])
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=64, db_index=True)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    added_by = models.CharField(max_length=300)

    class Meta:
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "hold", "key"],
                condition=models.Q(until=None),
                name="parties_one_open_hold",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.hold} {self.organisation_id}"
