"""Rows of what an emergency purchase (紧急采购) rests on."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Emergency(models.Model):
    """The decision by which a purchase is an emergency's, its days, and who was asked; `asked` are rows {name, said}.

    The days are those for which the authority has decided, first and last included.
    """

    tender = models.OneToOneField("tendering.Tender", on_delete=models.CASCADE, related_name="emergency")
    event = models.CharField(max_length=200)
    authority = models.CharField(max_length=200)
    number = models.CharField(max_length=100)
    decided_on = models.DateField()
    begins_on = models.DateField()
    ends_on = models.DateField()
    asked = models.JSONField(default=list)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=300)
    stated_by = models.CharField(max_length=300)
    stated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("begins_on")), name="tendering_emergency_days")
        ]
        verbose_name_plural = "emergencies"

    def __str__(self) -> str:
        return f"{self.tender_id}: {self.event}"
