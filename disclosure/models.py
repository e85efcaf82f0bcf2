"""Rows of what has been published. None of them is ever changed (the database refuses), records apart."""

from __future__ import annotations

import uuid

from django.db import models

from disclosure.states import Market, Mode, NoticeType


class Counter(models.Model):
    """The one row, `public`, that a publication locks until its commit: numbers become visible in order."""

    name = models.CharField(max_length=20, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)
    bulk_due = models.PositiveBigIntegerField(
        default=0, help_text="when bulk files are made next, seconds since 1970"
    )

    def __str__(self) -> str:
        return f"{self.name} {self.last}"


class Notice(models.Model):
    """One published notice. `position` is its place in time: milliseconds since 1970, then its number."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    position = models.BigIntegerField(unique=True)
    type = models.CharField(max_length=30, choices=[(t, t) for t in NoticeType])
    title = models.CharField(max_length=300)
    title_en = models.CharField(max_length=300, blank=True)
    region = models.CharField(max_length=6, help_text="GB/T 2260 code")
    ocid = models.CharField(max_length=80, blank=True)
    project_no = models.CharField(max_length=100, blank=True)
    purchaser = models.JSONField(default=dict)
    purchaser_name = models.CharField(max_length=200)
    agency = models.JSONField(default=dict)
    category = models.CharField(max_length=20, blank=True)
    method = models.CharField(max_length=30, blank=True)
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    sections = models.JSONField(default=list)
    facts = models.JSONField(default=dict)
    due_at = models.DateTimeField(null=True)
    law_as_of = models.DateField(null=True)
    published_at = models.DateTimeField()
    publisher = models.CharField(max_length=300)
    publisher_org = models.UUIDField(null=True)
    source = models.CharField(max_length=120, blank=True)
    root = models.ForeignKey("self", on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField(default=1)
    corrects = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="corrected_by")
    hash = models.CharField(max_length=64)
    search_text = models.TextField()
    external = models.JSONField(
        default=dict, help_text="source, url and provenance of another system's notice"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(type__in=[t.value for t in NoticeType]), name="disclosure_notice_type"
            ),
            models.UniqueConstraint(fields=["root", "version"], name="disclosure_one_notice_per_version"),
        ]
        indexes = [
            models.Index(fields=["ocid", "position"], name="disclosure_notice_by_ocid"),
            models.Index(fields=["type", "-position"], name="disclosure_notice_by_type"),
            models.Index(fields=["region", "-position"], name="disclosure_notice_by_region"),
            models.Index(fields=["due_at"], name="disclosure_notice_by_due"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.title}"


class Release(models.Model):
    """One OCDS release, one event. `seq` orders the feed; `body` is the JSON text as it is served."""

    seq = models.PositiveBigIntegerField(primary_key=True)
    release_id = models.CharField(max_length=120, unique=True)
    ocid = models.CharField(max_length=80)
    date = models.DateTimeField()
    published_at = models.DateTimeField()
    tag = models.JSONField(default=list)
    notice = models.ForeignKey(Notice, null=True, on_delete=models.PROTECT, related_name="releases")
    body = models.TextField()
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["ocid", "seq"], name="disclosure_release_by_ocid"),
            models.Index(fields=["published_at"], name="disclosure_release_by_time"),
        ]

    def __str__(self) -> str:
        return self.release_id


class Record(models.Model):
    """The compiled release of one process, written with each of its releases: the only row that changes."""

    ocid = models.CharField(max_length=80, primary_key=True)
    compiled = models.TextField()
    first_at = models.DateTimeField(help_text="date of the first release; its year names the yearly file")
    changed_seq = models.PositiveBigIntegerField(db_index=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.ocid


class Transaction(models.Model):
    """One public transaction record (成交记录). Source of its fields: 财库〔2017〕86号第二条第（三）项."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    position = models.BigIntegerField(unique=True)
    order_no = models.CharField(max_length=60, unique=True)
    ocid = models.CharField(max_length=80, unique=True)
    framework_ocid = models.CharField(max_length=80, blank=True)
    mode = models.CharField(max_length=30, choices=[(m, m) for m in Mode])
    market = models.CharField(max_length=30, choices=[(m, m) for m in Market])
    region = models.CharField(max_length=6)
    purchaser = models.JSONField(default=dict)
    purchaser_code = models.CharField(max_length=40)
    purchaser_name = models.CharField(max_length=200)
    supplier = models.JSONField(default=dict)
    supplier_code = models.CharField(max_length=40)
    supplier_name = models.CharField(max_length=200)
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    items = models.JSONField(default=list)
    agreement = models.JSONField(default=dict)
    ordered_at = models.DateTimeField()
    published_at = models.DateTimeField()
    source = models.CharField(max_length=120, blank=True)
    hash = models.CharField(max_length=64)
    search_text = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(mode__in=[m.value for m in Mode]), name="disclosure_mode"
            ),
            models.CheckConstraint(
                condition=models.Q(market__in=[m.value for m in Market]), name="disclosure_market"
            ),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="disclosure_amount_not_negative"),
        ]
        indexes = [
            models.Index(fields=["purchaser_code", "-position"], name="disclosure_tx_by_purchaser"),
            models.Index(fields=["supplier_code", "-position"], name="disclosure_tx_by_supplier"),
            models.Index(fields=["region", "-position"], name="disclosure_tx_by_region"),
            models.Index(fields=["framework_ocid", "-position"], name="disclosure_tx_by_framework"),
            models.Index(fields=["published_at"], name="disclosure_tx_by_time"),
        ]

    def __str__(self) -> str:
        return self.order_no


class TransactionItem(models.Model):
    """One line of a transaction, for filters by category and prices over time."""

    transaction = models.ForeignKey(Transaction, on_delete=models.CASCADE, related_name="lines")
    position = models.BigIntegerField()
    product = models.CharField(max_length=32, help_text="digest of name, brand, model and unit")
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=20)
    unit_price = models.DecimalField(max_digits=18, decimal_places=6)
    ordered_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["product", "ordered_at"], name="disclosure_line_by_product"),
            models.Index(fields=["category", "position"], name="disclosure_line_by_category"),
        ]

    def __str__(self) -> str:
        return self.name
