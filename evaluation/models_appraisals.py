"""Rows of what members and the host's side say of each other after an evaluation."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from core import clock

_BY_MEMBER = Q(by_member__isnull=False, about_org__isnull=False, by_org=None, about_member=None)
_BY_ORG = Q(by_org__isnull=False, about_member__isnull=False, by_member=None, about_org=None)


class Appraisal(models.Model):
    """One side's word about the other (互评): a member's about an organisation of the host's side, or that one's about a member.

    Asked for when the report is signed; `marks` are from 1 to 5 by aspect, empty until it is given.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    panel = models.ForeignKey("evaluation.Panel", on_delete=models.PROTECT, related_name="appraisals")
    by_member = models.ForeignKey(
        "evaluation.Member", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    by_org = models.ForeignKey(
        "parties.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    about_member = models.ForeignKey(
        "evaluation.Member", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    about_org = models.ForeignKey(
        "parties.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField()
    provisional = models.BooleanField(default=False, help_text="the year's working days were not announced")
    rule = models.JSONField(
        help_text="rule, value, unit, citation, certainty: as they were when it was asked for"
    )
    marks = models.JSONField(default=dict, blank=True)
    text = models.TextField(blank=True)
    given_by = models.CharField(max_length=300, blank=True)
    given_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=_BY_MEMBER | _BY_ORG, name="evaluation_appraisal_of_the_other_side"
            ),
            models.UniqueConstraint(
                fields=["panel", "by_member", "about_org"],
                condition=_BY_MEMBER,
                name="evaluation_one_word_of_a_member",
            ),
            models.UniqueConstraint(
                fields=["panel", "by_org", "about_member"],
                condition=_BY_ORG,
                name="evaluation_one_word_about_a_member",
            ),
        ]
        ordering = ["asked_at", "pk"]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def late(self) -> bool:
        """Given after its time."""
        return self.given_at is not None and self.given_at >= self.due_at
