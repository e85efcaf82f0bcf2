"""Rows of what opened files say: derived from the files, and made anew from them at any time."""

from __future__ import annotations

from django.db import models

from bidding.extracting import TextState
from core import clock


class FileText(models.Model):
    """What became of reading one opened file."""

    file = models.OneToOneField("bidding.OpenedFile", on_delete=models.CASCADE, related_name="text")
    state = models.CharField(max_length=12, choices=[(s, s) for s in TextState])
    at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.file_id}: {self.state}"


class PageText(models.Model):
    """The words of one page as they are searched (`bidding.extracting.searchable`)."""

    text_of = models.ForeignKey(FileText, on_delete=models.CASCADE, related_name="pages")
    number = models.PositiveIntegerField()
    words = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["text_of", "number"], name="bidding_one_text_per_page")
        ]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"page {self.number}"
