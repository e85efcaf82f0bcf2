"""Rows of purchases off the list of a framework agreement (向非入围供应商采购), and what its suppliers answered."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from mall.states import OffListStatus


class OffListPurchase(models.Model):
    """A purchaser found the same thing cheaper outside; the agreement's suppliers are asked first whether they go as low."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purchase_no = models.CharField(max_length=40, unique=True)
    ocid = models.CharField(max_length=100, unique=True)
    key = models.UUIDField(help_text="given by the page: one click, one purchase")
    status = models.CharField(max_length=12, default=OffListStatus.ASKED)
    purchaser = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    supplier = models.ForeignKey(
        "parties.Organisation", on_delete=models.PROTECT, related_name="+", help_text="who is cheaper outside"
    )
    agreement = models.ForeignKey(
        "contracting.FrameworkAgreement", on_delete=models.PROTECT, related_name="+"
    )
    item = models.JSONField(help_text="number, name, code and unit of the agreement's item")
    brand = models.CharField(max_length=100)
    model = models.CharField(max_length=100)
    spec = models.TextField()
    quantity = models.PositiveIntegerField()
    price = models.DecimalField(max_digits=18, decimal_places=6, help_text="the unit price outside")
    reason = models.TextField()
    name = models.CharField(max_length=200, help_text="file name of the evidence")
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=300)
    budget_line = models.ForeignKey("planning.BudgetLine", on_delete=models.PROTECT, related_name="+")
    region = models.CharField(max_length=12)
    asked_by = models.CharField(max_length=300)
    asked_by_id = models.UUIDField()
    asked_at = models.DateTimeField()
    answers_due_at = models.DateTimeField()
    winner = models.ForeignKey(
        "contracting.Entrant", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_reason = models.TextField(blank=True)
    contract_id = models.UUIDField(null=True, blank=True)
    notice_id = models.UUIDField(null=True, blank=True)
    transaction_id = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["purchaser", "key"], name="mall_one_off_list_per_key"),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in OffListStatus]), name="mall_off_list_status"
            ),
            models.CheckConstraint(
                condition=Q(price__gt=0) & Q(quantity__gt=0), name="mall_off_list_above_zero"
            ),
            models.CheckConstraint(
                condition=~Q(purchaser=F("supplier")), name="mall_off_list_two_different_sides"
            ),
        ]
        indexes = [models.Index(fields=["status", "answers_due_at"], name="mall_off_list_by_deadline")]
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return self.purchase_no


class OffListAnswer(models.Model):
    """What one supplier of the agreement answers: the unit price to which it goes down, or none; open while unanswered."""

    purchase = models.ForeignKey(OffListPurchase, on_delete=models.PROTECT, related_name="answers")
    entrant = models.ForeignKey("contracting.Entrant", on_delete=models.PROTECT, related_name="+")
    agreed = models.DecimalField(max_digits=18, decimal_places=6, help_text="its agreed price")
    price = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["purchase", "entrant"], name="mall_one_answer_per_entrant")
        ]
        ordering = ["entrant__no"]

    def __str__(self) -> str:
        return f"{self.purchase_id} / {self.entrant_id}: {self.price}"
