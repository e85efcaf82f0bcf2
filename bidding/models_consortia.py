"""Rows of suppliers that bid together: their agreement and each member's signature. The members' own until the opening."""

from __future__ import annotations

import uuid

from django.db import models

from bidding.states import ConsortiumStatus
from core import clock


class Consortium(models.Model):
    """The agreement (联合协议) of a consortium (联合体) for one lot; `terms` is what every member signs.

    The lead's bid names `terms_hash` in its sealed sheet; nothing else binds the two before the opening.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tender = models.ForeignKey("tendering.Tender", on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(max_length=20)
    lead = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    terms = models.JSONField()
    terms_hash = models.CharField(max_length=64, unique=True)
    status = models.CharField(
        max_length=8, choices=[(s, s) for s in ConsortiumStatus], default=ConsortiumStatus.OFFERED
    )
    offered_at = models.DateTimeField(default=clock.now)
    agreed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=300, blank=True)
    ended_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tender", "lot", "lead"],
                condition=~models.Q(status=ConsortiumStatus.ENDED),
                name="bidding_one_consortium_of_a_lead",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=list(ConsortiumStatus)), name="bidding_consortium_status"
            ),
        ]
        verbose_name_plural = "consortia"

    def __str__(self) -> str:
        return f"{self.lead_id} for {self.tender_id} lot {self.lot}"


class ConsortiumMember(models.Model):
    """One member of a consortium, the lead among them, and its signature; share and work stand in the terms."""

    consortium = models.ForeignKey(Consortium, on_delete=models.CASCADE, related_name="members")
    supplier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField(help_text="0 is the lead; the order of the terms")
    person = models.CharField(max_length=300, blank=True)
    user = models.ForeignKey(
        "parties.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    signature = models.JSONField(null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(
                fields=["consortium", "supplier"], name="bidding_one_seat_in_a_consortium"
            )
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id} in {self.consortium_id}"
