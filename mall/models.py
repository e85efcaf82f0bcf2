"""Rows of the e-mall: the catalogue, offers with their stock, carts, orders."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from core import clock
from mall.models_offlist import OffListAnswer as OffListAnswer
from mall.models_offlist import OffListPurchase as OffListPurchase
from mall.states import OrderStatus


class Category(models.Model):
    """A category of the mall: an item code (品目) of one edition of the catalogue."""

    code = models.CharField(max_length=20, unique=True)
    edition = models.CharField(max_length=4)
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, help_text="goods or services")
    place = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["place", "code"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Product(models.Model):
    """One product. Its words never change once it is listed: another model is another product."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    position = models.BigIntegerField(unique=True, help_text="its place in time; the row of the search table")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    brand = models.CharField(max_length=100)
    model = models.CharField(max_length=100)
    spec = models.TextField(help_text="for a service its scope; never blank")
    attributes = models.JSONField(default=list, help_text="[[label, value], …] for comparison")
    unit = models.CharField(max_length=20)
    key = models.CharField(max_length=32, unique=True, help_text="digest of name, brand, model and unit")
    reference_price = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    reference_source = models.CharField(max_length=200, blank=True)
    reference_on = models.DateField(null=True, blank=True)
    search_text = models.TextField()
    listed_by = models.CharField(max_length=300)
    listed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(spec=""), name="mall_product_has_a_specification"),
            models.CheckConstraint(
                condition=Q(reference_price__isnull=True) | Q(reference_price__gt=0),
                name="mall_reference_above_zero",
            ),
        ]
        indexes = [models.Index(fields=["category", "brand"], name="mall_product_by_category")]
        ordering = ["-position"]

    def __str__(self) -> str:
        return f"{self.brand} {self.model}"


class Picture(models.Model):
    """One picture of a product, stored under the hash of its bytes."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="pictures")
    no = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    media_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    alt = models.CharField(max_length=200, help_text="what it shows")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "no"], name="mall_one_picture_per_number")]
        ordering = ["product", "no"]

    def __str__(self) -> str:
        return f"{self.product_id} / {self.no}"


class Offer(models.Model):
    """What one admitted supplier asks for one product: at most its agreed price, as long as stock lasts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="offers")
    entrant = models.ForeignKey("contracting.Entrant", on_delete=models.PROTECT, related_name="+")
    agreed = models.ForeignKey("contracting.EntrantPrice", on_delete=models.PROTECT, related_name="+")
    price = models.DecimalField(max_digits=18, decimal_places=6)
    stock = models.PositiveIntegerField()
    sold = models.PositiveIntegerField(default=0, help_text="units of concluded orders")
    delivery_days = models.PositiveSmallIntegerField()
    warranty_months = models.PositiveSmallIntegerField(default=0)
    listed = models.BooleanField(default=True)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "entrant"], name="mall_one_offer_per_entrant"),
            models.CheckConstraint(condition=Q(price__gt=0), name="mall_price_above_zero"),
            models.CheckConstraint(condition=Q(stock__gte=0), name="mall_stock_never_below_zero"),
        ]
        indexes = [models.Index(fields=["product", "listed", "price"], name="mall_offer_by_price")]
        ordering = ["price", "id"]

    def __str__(self) -> str:
        return f"{self.product_id} at {self.price}"


class CartLine(models.Model):
    """One line of a desk's cart; colleagues share it."""

    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    added_by = models.CharField(max_length=300)
    added_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "offer"], name="mall_one_line_per_offer"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="mall_quantity_above_zero"),
        ]
        ordering = ["added_at", "id"]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.offer_id}"


class Order(models.Model):
    """One order to one supplier under one agreement. `items` is frozen: prices as they were when it was placed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order_no = models.CharField(max_length=40, unique=True)
    ocid = models.CharField(max_length=100, unique=True)
    key = models.UUIDField(help_text="given by the client: one click, one order")
    status = models.CharField(max_length=12, default=OrderStatus.PLACED)
    purchaser = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    supplier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    agreement = models.ForeignKey(
        "contracting.FrameworkAgreement", on_delete=models.PROTECT, related_name="+"
    )
    entrant = models.ForeignKey("contracting.Entrant", on_delete=models.PROTECT, related_name="+")
    budget_line = models.ForeignKey("planning.BudgetLine", on_delete=models.PROTECT, related_name="+")
    items = models.JSONField()
    amount_fen = models.BigIntegerField()
    region = models.CharField(max_length=12)
    deliver_to = models.CharField(max_length=300, blank=True)
    reason = models.CharField(
        max_length=500, blank=True, help_text="why it was declined, sent back, withdrawn"
    )
    placed_by = models.CharField(max_length=300)
    placed_by_id = models.UUIDField()
    placed_at = models.DateTimeField()
    answer_due_at = models.DateTimeField()
    confirmed_by = models.CharField(max_length=300, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    received_by = models.CharField(max_length=300, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    separated = models.BooleanField(null=True, blank=True, help_text="who accepted had not ordered")
    ended_at = models.DateTimeField(null=True, blank=True)
    transaction_id = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["purchaser", "key"], name="mall_one_order_per_key"),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in OrderStatus]), name="mall_order_status"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="mall_order_amount_above_zero"),
            models.CheckConstraint(condition=~Q(purchaser=F("supplier")), name="mall_two_different_sides"),
            models.CheckConstraint(
                condition=~Q(status__in=["confirmed", "delivered", "received"])
                | Q(transaction_id__isnull=False),
                name="mall_concluded_means_recorded",
            ),
        ]
        indexes = [
            models.Index(fields=["purchaser", "-placed_at"], name="mall_order_by_purchaser"),
            models.Index(fields=["supplier", "-placed_at"], name="mall_order_by_supplier"),
            models.Index(fields=["status", "answer_due_at"], name="mall_order_by_deadline"),
        ]
        ordering = ["-placed_at"]

    def __str__(self) -> str:
        return self.order_no
