"""Rows of budgets and plans.

Amounts that are added and compared in the database are whole fen: SQLite would compute decimals as binary
floats, and a sum of floats may refuse the last fen or grant one too many.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from core import clock
from core.money import Yuan
from parties.signed import SignedBy
from planning.states import (
    Category,
    EntrustmentStatus,
    Fee,
    ModePaper,
    PlanStatus,
    Reserve,
    Side,
    Support,
)


class BudgetLine(models.Model):
    """One line of an organisation's procurement budget for one fiscal year."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    fiscal_year = models.PositiveSmallIntegerField()
    category = models.CharField(max_length=10, choices=[(c, c) for c in Category])
    item_code = models.CharField(max_length=20, blank=True)
    item_edition = models.CharField(max_length=4, blank=True)
    funding = models.CharField(max_length=100, blank=True)
    base_fen = models.BigIntegerField()
    amount_fen = models.BigIntegerField()
    reserved_fen = models.BigIntegerField(default=0)
    committed_fen = models.BigIntegerField(default=0)
    spent_fen = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "fiscal_year", "code"], name="planning_one_line_per_code_and_year"
            ),
            models.CheckConstraint(
                condition=Q(base_fen__gte=0)
                & Q(reserved_fen__gte=0)
                & Q(committed_fen__gte=0)
                & Q(spent_fen__gte=0)
                & Q(amount_fen__gte=F("reserved_fen") + F("committed_fen") + F("spent_fen")),
                name="planning_available_never_below_zero",
            ),
        ]
        ordering = ["-fiscal_year", "code"]

    def __str__(self) -> str:
        return f"{self.fiscal_year} {self.code} {self.name}"


class BudgetChange(models.Model):
    """One addition to or adjustment of a budget line (追加, 调整), with its reason."""

    budget_line = models.ForeignKey(BudgetLine, on_delete=models.PROTECT, related_name="changes")
    delta_fen = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    document_no = models.CharField(max_length=100, blank=True)
    actor = models.CharField(max_length=300)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.budget_line_id} {self.delta_fen:+d}"

    @property
    def delta(self) -> Yuan:
        return Yuan.from_fen(self.delta_fen)


class Reservation(models.Model):
    """What `source` holds of a budget line: still reserved, bound by contract, paid."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    budget_line = models.ForeignKey(BudgetLine, on_delete=models.PROTECT, related_name="reservations")
    source = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=300, blank=True)
    reserved_fen = models.BigIntegerField(default=0)
    committed_fen = models.BigIntegerField(default=0)
    spent_fen = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reserved_fen__gte=0) & Q(committed_fen__gte=0) & Q(spent_fen__gte=0),
                name="planning_reservation_never_below_zero",
            )
        ]
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.source} on {self.budget_line_id}"


class FilingCounter(models.Model):
    """The last filing number given in one region and year."""

    region = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["region", "year"], name="planning_one_counter")]

    def __str__(self) -> str:
        return f"{self.region}-{self.year}: {self.last}"


class Plan(models.Model):
    """A procurement plan (实施计划) drawn from one budget line, with its filing number."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    budget_line = models.ForeignKey(BudgetLine, on_delete=models.PROTECT, related_name="plans")
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    filing_no = models.CharField(max_length=40, unique=True)
    ocid = models.CharField(max_length=100, unique=True)
    title = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    need = models.TextField()
    method = models.CharField(max_length=30)
    category = models.CharField(max_length=10, choices=[(c, c) for c in Category])
    region = models.CharField(max_length=12)
    item_code = models.CharField(max_length=20)
    item_edition = models.CharField(max_length=4)
    quantity = models.CharField(max_length=30, default="1")
    unit = models.CharField(max_length=20, blank=True)
    amount_fen = models.BigIntegerField()
    expected_on = models.DateField()
    status = models.CharField(max_length=10, default=PlanStatus.FILED)
    filed_by = models.CharField(max_length=300)
    filed_at = models.DateTimeField()
    intention_notice_id = models.UUIDField(null=True, blank=True)
    intention_at = models.DateTimeField(null=True, blank=True)
    intention_exemption = models.CharField(max_length=20, blank=True)
    intention_reason = models.TextField(blank=True)
    unbudgeted = models.BooleanField(default=False, help_text="not in this year's approved budget")
    public_service = models.BooleanField(default=False, help_text="bought as a public service (政府购买服务)")
    sme_form = models.CharField(max_length=12, blank=True, choices=[(f, f) for f in Reserve])
    sme_fen = models.BigIntegerField(default=0)
    small_micro_fen = models.BigIntegerField(default=0)
    sme_reason = models.TextField(blank=True)
    support = models.CharField(max_length=8, blank=True, choices=[(s, s) for s in Support])
    project_fen = models.BigIntegerField(default=0, help_text="total of a project that the plan subsidises")
    guide = models.JSONField(
        default=dict, blank=True, help_text="edition and entry of the guiding catalogue, as it was filed"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in PlanStatus]), name="planning_plan_status"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="planning_plan_amount_above_zero"),
            models.CheckConstraint(
                condition=Q(small_micro_fen__gte=0)
                & Q(sme_fen__gte=F("small_micro_fen"))
                & Q(amount_fen__gte=F("sme_fen")),
                name="planning_reserved_part_of_the_plan",
            ),
        ]
        ordering = ["-filed_at"]

    def __str__(self) -> str:
        return f"{self.filing_no} {self.title}"


class Entrustment(models.Model):
    """An agreement by which a purchaser entrusts an agency with one purchase (委托代理协议).

    What is signed is `terms`; the other columns repeat what is asked for. Terms never change: others are another row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="entrustments")
    purchaser = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, default=EntrustmentStatus.OFFERED)
    scope = models.JSONField(default=list)
    authority = models.TextField()
    ends_on = models.DateField()
    fee = models.CharField(max_length=10, choices=[(f, f) for f in Fee])
    factor = models.DecimalField(max_digits=5, decimal_places=4, default=1)
    fee_fen = models.BigIntegerField(default=0)
    payer = models.CharField(max_length=10)
    publishers = models.JSONField(
        default=dict, help_text="the side that publishes each item of `states.ENTRUSTED`"
    )
    terms = models.JSONField()
    terms_hash = models.CharField(max_length=64)
    offered_by = models.CharField(max_length=300)
    offered_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan"],
                condition=~Q(status=EntrustmentStatus.ENDED.value),
                name="planning_one_running_entrustment_per_plan",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in EntrustmentStatus]),
                name="planning_entrustment_status",
            ),
        ]
        ordering = ["-offered_at"]

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.agency_id} ({self.status})"


class EntrustmentSignature(SignedBy):
    """One side's signature over the hash of the terms."""

    entrustment = models.ForeignKey(Entrustment, on_delete=models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=10, choices=[(s, s) for s in Side])

    class Meta(SignedBy.Meta):
        constraints = [
            models.UniqueConstraint(fields=["entrustment", "side"], name="planning_one_signature_per_side")
        ]

    def __str__(self) -> str:
        return f"{self.entrustment_id} by {self.side}"


class Requirement(models.Model):
    """What a purchase has to achieve, and what the market was asked (采购需求, 需求调查).

    `asked` are rows {who, kind, on, said}: whom the purchaser asked, what kind of source it is, the day, what came of it.
    """

    plan = models.OneToOneField(Plan, on_delete=models.PROTECT, related_name="requirement")
    outcome = models.TextField()
    market = models.TextField(blank=True)
    history = models.TextField(blank=True)
    upkeep = models.TextField(blank=True)
    asked = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    saved_by = models.CharField(max_length=300)
    saved_at = models.DateTimeField()
    notice_id = models.UUIDField(null=True, blank=True)
    comments_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.plan_id} v{self.version}"


class ClauseVersion(models.Model):
    """One version of a clause of procurement documents; versions of a key have no gap and never change.

    Version 1 of most keys stands in `data/clauses.csv`, so that here they begin with 2. Empty scopes mean every one.
    """

    key = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    place = models.PositiveSmallIntegerField()
    category = models.CharField(max_length=10, blank=True)
    method = models.CharField(max_length=30, blank=True)
    title = models.CharField(max_length=100)
    text = models.TextField(blank=True)
    basis = models.CharField(max_length=200, blank=True)
    since = models.DateField()
    made_by = models.CharField(max_length=300)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="planning_one_clause_per_version")
        ]
        ordering = ["place", "key", "version"]

    def __str__(self) -> str:
        return f"{self.key} v{self.version}"


class OtherMode(models.Model):
    """Another mode of buying than a procurement method, chosen for one plan (委托、特许经营等其他方式), and what came of it."""

    plan = models.OneToOneField(Plan, on_delete=models.PROTECT, related_name="other_mode")
    mode = models.CharField(max_length=20)
    reason = models.TextField()
    chosen_by = models.CharField(max_length=300)
    chosen_at = models.DateTimeField()
    supplier = models.JSONField(default=dict, blank=True)
    amount_fen = models.BigIntegerField(default=0)
    agreed = models.TextField(blank=True)
    notice_id = models.UUIDField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.mode}"


class OtherModePaper(models.Model):
    """One paper that another mode rests on: who decided, when, and the file. Never published as a file."""

    chosen = models.ForeignKey(OtherMode, on_delete=models.CASCADE, related_name="papers")
    kind = models.CharField(max_length=20, choices=[(k, k) for k in ModePaper])
    number = models.CharField(max_length=100)
    authority = models.CharField(max_length=200)
    decided_on = models.DateField()
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=300)
    added_by = models.CharField(max_length=300)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chosen", "kind"], name="planning_one_paper_per_kind")]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind}: {self.number}"
