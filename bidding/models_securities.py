"""Rows of bid securities: what an opened bid said of its security, and what became of it."""

from __future__ import annotations

from django.db import models

from bidding.states import SecurityStatus


class BidSecurity(models.Model):
    """The security (投标保证金) of one opened bid. There is no row before the opening: a row would tell who bids.

    `declared` is what the sealed sheet said; `due_at` is by when it goes back, once that runs.
    """

    bid = models.OneToOneField("bidding.Bid", on_delete=models.PROTECT, related_name="security")
    status = models.CharField(max_length=10, choices=[(s, s) for s in SecurityStatus])
    asked = models.DecimalField(max_digits=18, decimal_places=2)
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    form = models.CharField(max_length=12, blank=True)
    payer = models.CharField(max_length=200, blank=True)
    account = models.CharField(max_length=64, blank=True)
    reference = models.CharField(max_length=200, blank=True)
    checked_by = models.CharField(max_length=300, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    due_rule = models.CharField(max_length=60, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=300, blank=True)
    settlement = models.CharField(
        max_length=300, blank=True, help_text="the payment's reference, or why it is kept"
    )
    ground = models.CharField(max_length=60, blank=True, help_text="the rule by which it is kept")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=list(SecurityStatus)), name="bidding_security_status"
            )
        ]
        verbose_name_plural = "bid securities"

    def __str__(self) -> str:
        return f"{self.bid_id}: {self.status}"
