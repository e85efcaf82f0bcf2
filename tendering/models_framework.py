"""Rows of calls for framework suppliers (征集文件), first and supplementary ones."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from contracting.states import Selection
from disclosure.states import Market


class FrameworkCall(models.Model):
    """What a call for framework suppliers fixes beside a tender's own columns.

    `supplements` is the agreement in force whose suppliers have become too few, `supplement_reason` how that affects its
    performance; a first call has neither.
    """

    tender = models.OneToOneField("tendering.Tender", on_delete=models.CASCADE, related_name="framework_call")
    elimination = models.DecimalField(max_digits=5, decimal_places=4, help_text="least share eliminated")
    months = models.PositiveSmallIntegerField(help_text="term of the agreement")
    selection = models.CharField(max_length=12)
    quality_ground = models.CharField(max_length=20, blank=True)
    answer_hours = models.PositiveIntegerField(default=48)
    market = models.CharField(max_length=30, default=Market.E_MALL)
    supplements = models.ForeignKey(
        "contracting.FrameworkAgreement", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    supplement_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(elimination__gte=0) & Q(elimination__lt=1), name="tendering_elimination_share"
            ),
            models.CheckConstraint(
                condition=Q(selection__in=[one.value for one in Selection]), name="tendering_selection"
            ),
            models.CheckConstraint(
                condition=Q(market__in=[one.value for one in Market]), name="tendering_framework_market"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tender_id}: {self.elimination}, {self.months}"
