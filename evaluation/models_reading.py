"""Rows of what an evaluator keeps for themselves while reading."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core import clock


class Note(models.Model):
    """A member's own note or mark on one page of a bid, or on the bid as a whole (no file, page 0); nobody else's to read."""

    member = models.ForeignKey("evaluation.Member", on_delete=models.PROTECT, related_name="notes")
    bid_id = models.UUIDField()
    file_id = models.UUIDField(null=True, blank=True)
    page = models.PositiveIntegerField(default=0)
    text = models.TextField(blank=True)
    marked = models.BooleanField(default=False)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "bid_id", "file_id", "page"], name="evaluation_one_note_per_page"
            ),
            models.UniqueConstraint(
                fields=["member", "bid_id"],
                condition=Q(file_id=None),
                name="evaluation_one_note_per_bid",
            ),
        ]
        ordering = ["bid_id", "file_id", "page"]

    def __str__(self) -> str:
        return str(self.pk)
