"""What a document says rounds may change."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tendering.states import TermKind


class ChangeableTerm(models.Model):
    """One term that the document lists as open to change in rounds; `text` is what holds now.

    Source: 财政部令第74号第三十二条.
    """

    tender = models.ForeignKey("tendering.Tender", on_delete=models.CASCADE, related_name="terms")
    no = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10)
    title = models.CharField(max_length=200)
    text = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tender", "no"], name="tendering_one_term_per_number"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in TermKind]), name="tendering_term_kind"
            ),
        ]
        ordering = ["no"]

    def __str__(self) -> str:
        return f"{self.tender_id} V{self.no} {self.title}"
