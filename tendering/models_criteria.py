"""Rows of what bids are judged by."""

from __future__ import annotations

from decimal import Decimal

from django.db import models

from tendering.states import CriterionKind


class Criterion(models.Model):
    """One thing that bids are judged by."""

    tender = models.ForeignKey("tendering.Tender", on_delete=models.CASCADE, related_name="criteria")
    code = models.CharField(max_length=10)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=14, choices=[(k, k) for k in CriterionKind])
    max = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    guide = models.TextField(blank=True)
    rule = models.JSONField(
        null=True,
        blank=True,
        help_text="how points follow from a fact that bidders state; `guide` says it in words",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tender", "code"], name="tendering_one_criterion_per_code")
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
