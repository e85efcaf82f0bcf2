"""Who fetched the documents of a procurement, while signed in."""

from __future__ import annotations

from django.db import models


class Download(models.Model):
    """One organisation's fetching of one document: when first, when last, how often.

    The row is the record: before the opening nobody is told who is interested, so nothing of it enters the audit's chains.
    """

    document = models.ForeignKey("tendering.Document", on_delete=models.PROTECT, related_name="downloads")
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["document", "organisation"], name="tendering_one_download_per_organisation"
            )
        ]

    def __str__(self) -> str:
        return f"{self.document_id} by {self.organisation_id}"
