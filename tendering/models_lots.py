"""Rows of lots that failed by themselves: procured again alone, or given up."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class FailedLot(models.Model):
    """A lot (包) that has ended without an award; its budget stays reserved until it is procured again or given up.

    `budget` is what it had when it failed; `taken_by` the procedure that takes it up.
    """

    tender = models.ForeignKey("tendering.Tender", on_delete=models.PROTECT, related_name="failed_lots")
    no = models.CharField(max_length=6)
    budget = models.DecimalField(max_digits=18, decimal_places=2)
    reason = models.TextField()
    failed_at = models.DateTimeField()
    taken_by = models.ForeignKey(
        "tendering.Tender", null=True, blank=True, on_delete=models.PROTECT, related_name="takes_up"
    )
    given_up_at = models.DateTimeField(null=True, blank=True)
    given_up_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tender", "no"], name="tendering_a_lot_fails_once"),
            models.CheckConstraint(
                condition=Q(taken_by=None) | Q(given_up_at=None), name="tendering_taken_up_or_given_up"
            ),
        ]
        ordering = ["tender_id", "no"]

    def __str__(self) -> str:
        return f"{self.tender_id} / {self.no}"
