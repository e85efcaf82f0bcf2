"""Rows of talks: the rounds with each supplier, what was said, changes of the document and the answers to them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from core import clock
from evaluation.states import ChangeStatus, RoundStatus, TalkStatus


class Talk(models.Model):
    """The talks of a panel with one supplier; its id names their live stream, which nobody else can follow."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    panel = models.ForeignKey("evaluation.Panel", on_delete=models.PROTECT, related_name="talks")
    supplier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=[(s, s) for s in TalkStatus], default=TalkStatus.OPEN)
    left_at = models.DateTimeField(null=True, blank=True)
    left_reason = models.CharField(max_length=500, blank=True)
    left_by = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["panel", "supplier"], name="evaluation_one_talk_per_supplier")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Round(models.Model):
    """One talk with one supplier and its minutes; `signatures` maps team and supplier to who signed them."""

    talk = models.ForeignKey(Talk, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveSmallIntegerField()
    status = models.CharField(
        max_length=12, choices=[(s, s) for s in RoundStatus], default=RoundStatus.RUNNING
    )
    began_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    minutes = models.TextField(blank=True)
    body = models.JSONField(default=dict, help_text="what both sides sign")
    digest = models.CharField(max_length=64, blank=True)
    signatures = models.JSONField(default=dict)
    reason = models.CharField(
        max_length=500, blank=True, help_text="why it stands without the supplier's signature"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["talk", "number"], name="evaluation_one_round_per_number")
        ]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.talk_id} round {self.number}"


class Said(models.Model):
    """One line of a round: what somebody of the team, or of the supplier, said."""

    TEAM, SUPPLIER = "team", "supplier"

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="lines")
    side = models.CharField(max_length=10, choices=[(TEAM, TEAM), (SUPPLIER, SUPPLIER)])
    name = models.CharField(max_length=300)
    text = models.TextField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:40]


class TermChange(models.Model):
    """A change of one term that the document lists as changeable: proposed by the team, confirmed by the purchaser's side."""

    panel = models.ForeignKey("evaluation.Panel", on_delete=models.PROTECT, related_name="changes")
    term = models.PositiveSmallIntegerField(help_text="its number in the document")
    title = models.CharField(max_length=200)
    before = models.TextField()
    after = models.TextField()
    reason = models.CharField(max_length=500)
    status = models.CharField(
        max_length=10, choices=[(s, s) for s in ChangeStatus], default=ChangeStatus.PROPOSED
    )
    proposed_by = models.CharField(max_length=300)
    proposed_at = models.DateTimeField(default=clock.now)
    decided_by = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    respond_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status=ChangeStatus.CONFIRMED) | Q(respond_until__isnull=False),
                name="evaluation_change_gives_time",
            )
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"V{self.term}: {self.status}"


class Response(models.Model):
    """How one supplier responds to a change of the document."""

    change = models.ForeignKey(TermChange, on_delete=models.PROTECT, related_name="responses")
    talk = models.ForeignKey(Talk, on_delete=models.PROTECT, related_name="responses")
    text = models.TextField()
    by = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["change", "talk"], name="evaluation_one_response_per_change")
        ]

    def __str__(self) -> str:
        return f"{self.talk_id} on {self.change_id}"
