"""Rows of what a panel asks one bidder, of members' opinions on it, and of scores that are looked at again."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models

from core import clock
from evaluation.states import QuestionKind, QuestionStatus


class Question(models.Model):
    """A written question to one bidder, in a window of its own; `answer` is a draft until it is signed.

    To a `correction` of its price the answer is `confirm` or `refuse`, and `accepted` tells which was signed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    panel = models.ForeignKey("evaluation.Panel", on_delete=models.PROTECT, related_name="questions")
    bid_id = models.UUIDField()
    supplier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=[(s, s) for s in QuestionKind])
    status = models.CharField(
        max_length=10, choices=[(s, s) for s in QuestionStatus], default=QuestionStatus.ASKED
    )
    text = models.TextField()
    asked_by = models.CharField(max_length=300)
    asked_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    digest = models.CharField(max_length=64, blank=True)
    signature = models.JSONField(null=True, blank=True)
    answered_by = models.CharField(max_length=300, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    accepted = models.BooleanField(null=True, blank=True, help_text="what the panel found of the answer")
    correction = models.JSONField(
        null=True,
        blank=True,
        help_text="what the bid says of its price, each step, the price and unit prices after",
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["asked_at"]

    def __str__(self) -> str:
        return f"{self.kind}: {self.status}"

    @property
    def body(self) -> dict[str, Any]:
        """What the bidder signs."""
        return {
            "type": "mingcai/v1/answer",
            "question": str(self.pk),
            "tender": str(self.panel.tender_id),
            "bid": str(self.bid_id),
            "supplier": str(self.supplier_id),
            "kind": self.kind,
            "asked": self.text,
            "asked_at": self.asked_at.isoformat(),
            "answer": self.answer,
            **({"correction": self.correction} if self.correction is not None else {}),
        }


class Opinion(models.Model):
    """What one member finds of the bidder's answer, with a reason; the majority decides."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="opinions")
    member = models.ForeignKey("evaluation.Member", on_delete=models.PROTECT, related_name="+")
    accepts = models.BooleanField()
    reason = models.CharField(max_length=500)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["question", "member"], name="evaluation_one_opinion_per_question")
        ]
        ordering = ["member__position"]

    def __str__(self) -> str:
        return f"{self.member}: {self.accepts}"
