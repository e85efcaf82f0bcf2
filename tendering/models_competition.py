"""Rows of second competitions (二次竞价): under which framework agreement one is held, and whom it called."""

from __future__ import annotations

from django.db import models


class Competition(models.Model):
    """The framework agreement of a second competition.

    `items` maps each item of the tender, "lot-item", to the number of the agreement's item. `called` is frozen with the
    notice: rows {supplier, entrant, name, credit_code, prices}, the prices by the tender's items as decimal strings.
    """

    tender = models.OneToOneField("tendering.Tender", on_delete=models.CASCADE, related_name="competition")
    agreement = models.ForeignKey(
        "contracting.FrameworkAgreement", on_delete=models.PROTECT, related_name="+"
    )
    items = models.JSONField(default=dict)
    called = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.tender_id} under {self.agreement_id}"
