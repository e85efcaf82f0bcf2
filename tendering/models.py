"""Rows of tenders: the procedure, its lots and items, criteria, documents, amendments, sealing policies."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from core import clock
from tendering.host import Hosted
from tendering.models_admission import Admission as Admission
from tendering.models_competition import Competition as Competition
from tendering.models_criteria import Criterion as Criterion
from tendering.models_downloads import Download as Download
from tendering.models_emergency import Emergency as Emergency
from tendering.models_framework import FrameworkCall as FrameworkCall
from tendering.models_lots import FailedLot as FailedLot
from tendering.models_rounds import ChangeableTerm as ChangeableTerm
from tendering.states import (
    BEFORE_BIDS,
    ApplicationStatus,
    Blind,
    EvaluationMethod,
    Ground,
    QuestionStatus,
    Silence,
    TenderStatus,
)


class Tender(Hosted, models.Model):
    """One procurement procedure (采购项目)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ocid = models.CharField(max_length=100, db_index=True)
    project_no = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=12, default=TenderStatus.DRAFT)
    version = models.PositiveIntegerField(default=1)
    purchaser = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(
        "parties.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    plan = models.ForeignKey("planning.Plan", on_delete=models.PROTECT, related_name="+")
    budget_line = models.ForeignKey("planning.BudgetLine", on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=30, default="open_tender")
    category = models.CharField(max_length=10)
    region = models.CharField(max_length=12)
    budget_level = models.CharField(max_length=20, blank=True)
    budget = models.DecimalField(max_digits=18, decimal_places=2)
    ceiling = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    need = models.TextField()
    delivery = models.TextField(blank=True)
    payment = models.TextField(blank=True)
    advance_percent = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    evaluation_method = models.CharField(max_length=30, default=EvaluationMethod.WEIGHTED_SCORE)
    price_weight = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    price_formula = models.CharField(max_length=20, blank=True, default="order87")
    deductions = models.JSONField(default=dict)
    ties = models.CharField(max_length=40, default="lower_quote_then_parallel")
    gathering_seconds = models.PositiveIntegerField(default=0)
    silence = models.CharField(
        max_length=10, choices=[(s, s) for s in Silence], default=Silence.KEEPS, help_text="sealing R6"
    )
    two_envelopes = models.BooleanField(default=False, help_text="technical and price are sealed apart")
    blind = models.CharField(
        max_length=8,
        blank=True,
        default="",
        choices=[(b, b) for b in Blind],
        help_text="technical parts under codes",
    )
    wanted_due_at = models.DateTimeField(null=True, blank=True)
    documents_until = models.DateTimeField(null=True, blank=True)
    bids_due_at = models.DateTimeField(null=True, blank=True)
    opens_at = models.DateTimeField(null=True, blank=True)
    ground = models.CharField(max_length=20, blank=True, help_text="why rounds are held, where they are")
    finals_due_at = models.DateTimeField(null=True, blank=True, help_text="final quotes, after the rounds")
    approved_version = models.PositiveIntegerField(null=True, blank=True)
    approved_by = models.CharField(max_length=300, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    law_as_of = models.DateField(null=True, blank=True)
    law_digest = models.CharField(max_length=64, blank=True)
    law_snapshot = models.TextField(blank=True)
    notice_id = models.UUIDField(null=True, blank=True)
    notice_hash = models.CharField(max_length=64, blank=True)
    notice_version = models.PositiveIntegerField(default=0)
    sandbox = models.BooleanField(default=False)
    ended_reason = models.TextField(blank=True)
    explained = models.JSONField(default=dict, help_text="suspect term: why it stays")
    part = models.BooleanField(default=False, help_text="takes up failed lots of `previous` alone")
    previous = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="followers"
    )
    created_by = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in TenderStatus]), name="tendering_tender_status"
            ),
            models.CheckConstraint(
                condition=Q(evaluation_method__in=[m.value for m in EvaluationMethod]),
                name="tendering_evaluation_method",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[TenderStatus.DRAFT.value, TenderStatus.CANCELLED.value])
                | (Q(status__in=[s.value for s in TenderStatus if s in BEFORE_BIDS]) & ~Q(law_digest=""))
                | (
                    Q(method__in=["single_source", "open_framework"])
                    & Q(published_at__isnull=False)
                    & ~Q(law_digest="")
                )
                | (Q(method="emergency") & ~Q(law_digest=""))
                | (Q(published_at__isnull=False) & Q(bids_due_at__isnull=False) & ~Q(law_digest="")),
                name="tendering_published_has_law_and_deadline",
            ),
            models.UniqueConstraint(
                fields=["plan"],
                condition=~Q(status__in=[TenderStatus.FAILED.value, TenderStatus.CANCELLED.value])
                & Q(part=False),
                name="tendering_one_running_tender_per_plan",
            ),
        ]
        indexes = [models.Index(fields=["status", "bids_due_at"], name="tendering_by_deadline")]
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.project_no} {self.title}"


class Lot(models.Model):
    """One lot (包) of a tender."""

    tender = models.ForeignKey(Tender, on_delete=models.CASCADE, related_name="lots")
    no = models.CharField(max_length=6)
    title = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    budget = models.DecimalField(max_digits=18, decimal_places=2)
    ceiling = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    reserved = models.BooleanField(default=False, help_text="for small and medium-sized enterprises")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tender", "no"], name="tendering_one_lot_per_number")]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.tender_id} / {self.no}"


class Item(models.Model):
    """One object of purchase (标的) in a lot, classified by the catalogue (品目)."""

    lot = models.ForeignKey(Lot, on_delete=models.CASCADE, related_name="items")
    no = models.CharField(max_length=6)
    code = models.CharField(max_length=20)
    edition = models.CharField(max_length=4)
    name = models.CharField(max_length=200)
    spec = models.TextField()
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    unit = models.CharField(max_length=20)
    ceiling = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lot", "no"], name="tendering_one_item_per_number")]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.lot_id} / {self.no} {self.name}"


class Document(models.Model):
    """One file of the procurement document; what was published stays."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="documents")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=40, default="biddingDocuments")
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=300)
    added_by = models.CharField(max_length=300)
    added_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["added_at"]

    def __str__(self) -> str:
        return self.name


class Approval(models.Model):
    """One approval that a procedure rests on (审批): who gave it, when, and the paper. Never published."""

    METHOD, WEIGHT, TWO_SUPPLIERS = "method", "price_weight", "two_suppliers"

    tender = models.ForeignKey(Tender, on_delete=models.CASCADE, related_name="approvals")
    kind = models.CharField(max_length=20)
    number = models.CharField(max_length=100)
    authority = models.CharField(max_length=200)
    decided_on = models.DateField()
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=300)
    added_by = models.CharField(max_length=300)
    added_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tender", "kind"], name="tendering_one_approval_per_kind")
        ]
        ordering = ["kind"]

    def __str__(self) -> str:
        return f"{self.kind}: {self.number}"


class Prequalification(models.Model):
    """The call for applications of a restricted tender, and the draw from those who qualified (资格预审, 随机抽取).

    `commitment` is published with the call; `seed` stays here until the draw. The pool is fixed at `pool_index` of the
    log; `draw` says what the draw was made from and what came of it.
    """

    tender = models.OneToOneField(Tender, on_delete=models.CASCADE, related_name="prequalification")
    wanted = models.PositiveSmallIntegerField()
    called_at = models.DateTimeField()
    due_at = models.DateTimeField()
    notice_id = models.UUIDField()
    seed = models.CharField(max_length=64)
    commitment = models.CharField(max_length=64)
    pool = models.JSONField(default=list)
    pool_index = models.BigIntegerField(null=True, blank=True)
    witnesses = models.JSONField(default=list)
    draw = models.JSONField(default=dict)
    drawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.tender_id}: {self.wanted}"


class Application(models.Model):
    """One supplier's application to be invited, with its paper, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="applications")
    supplier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, default=ApplicationStatus.APPLIED)
    statement = models.TextField()
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=300)
    applied_by = models.CharField(max_length=300)
    applied_at = models.DateTimeField()
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tender", "supplier"], name="tendering_one_application_per_supplier"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in ApplicationStatus]),
                name="tendering_application_status",
            ),
        ]
        ordering = ["applied_at", "pk"]

    def __str__(self) -> str:
        return f"{self.supplier_id} for {self.tender_id}: {self.status}"


class SoleSource(models.Model):
    """What a single-source procedure rests on: the one supplier, the ground, the reason, what professionals say.

    `opinions` are rows {name, unit, title, opinion}.
    """

    tender = models.OneToOneField(Tender, on_delete=models.CASCADE, related_name="sole_source")
    supplier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    ground = models.CharField(max_length=20)
    reason = models.TextField()
    opinions = models.JSONField(default=list)
    objections_until = models.DateTimeField(null=True, blank=True)
    review_due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ground__in=[ground.value for ground in Ground]), name="tendering_sole_ground"
            )
        ]

    def __str__(self) -> str:
        return f"{self.tender_id}: {self.supplier_id}"


class Objection(models.Model):
    """One objection to a single-source notice, and the supplementary review that answers it (补充论证)."""

    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="objections")
    text = models.TextField()
    organisation = models.CharField(max_length=200)
    made_by = models.CharField(max_length=300)
    made_by_org = models.UUIDField(null=True, blank=True)
    made_at = models.DateTimeField()
    upheld = models.BooleanField(null=True)
    review = models.TextField(blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["made_at", "pk"]

    def __str__(self) -> str:
        return f"{self.tender_id}: {self.organisation}"


class Amendment(models.Model):
    """One published amendment or clarification (更正, 澄清)."""

    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="amendments")
    no = models.PositiveIntegerField()
    at = models.DateTimeField()
    reason = models.TextField()
    affects_bids = models.BooleanField()
    changes = models.JSONField(default=list)
    notice_id = models.UUIDField(null=True, blank=True)
    actor = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tender", "no"], name="tendering_one_amendment_per_number")
        ]
        ordering = ["no"]

    def __str__(self) -> str:
        return f"{self.tender_id} amendment {self.no}"


class Extension(models.Model):
    """A deadline that an outage of the platform moved, by the published rule; one for applications has no amendment."""

    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="extensions")
    amendment = models.OneToOneField(
        Amendment, null=True, blank=True, on_delete=models.PROTECT, related_name="extension"
    )
    outage_id = models.UUIDField(db_index=True)
    before = models.DateTimeField()
    wanted = models.DateTimeField(help_text="before deadlines were spread over slots")
    after = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tender", "outage_id", "before"], name="tendering_one_extension_per_outage"
            ),
            models.CheckConstraint(condition=Q(after__gt=F("before")), name="tendering_extension_is_later"),
        ]
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.tender_id}: {self.before:%Y-%m-%dT%H:%M:%SZ} to {self.after:%Y-%m-%dT%H:%M:%SZ}"


class Question(models.Model):
    """One question of a supplier (询问): about the documents, or once bidding is closed about the procedure.

    `no` is given with the answer that is published: what waits for one leaves no gap that others could count.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="questions")
    supplier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, default=QuestionStatus.ASKED)
    about_documents = models.BooleanField()
    text = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=300)
    due_at = models.DateTimeField(null=True, blank=True)
    no = models.PositiveIntegerField(null=True, blank=True)
    published_text = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    affects_bids = models.BooleanField(default=False)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=300, blank=True)
    notice_id = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in QuestionStatus]), name="tendering_question_status"
            ),
            models.UniqueConstraint(fields=["tender", "no"], name="tendering_one_answer_per_number"),
        ]
        ordering = ["asked_at"]

    def __str__(self) -> str:
        return f"{self.tender_id} question {self.no or '–'}"


class Hold(models.Model):
    """One suspension of a procedure, beside its status; in force until it is lifted or `until` has come."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="holds")
    source = models.CharField(max_length=80, help_text="what it rests on, such as complaint.<uuid>")
    reason = models.TextField()
    begins_at = models.DateTimeField()
    until = models.DateTimeField()
    by = models.CharField(max_length=300)
    notice_id = models.UUIDField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tender", "source"],
                condition=Q(lifted_at=None),
                name="tendering_one_open_hold_per_source",
            ),
            models.CheckConstraint(condition=Q(until__gt=F("begins_at")), name="tendering_hold_forwards"),
        ]
        ordering = ["begins_at"]

    def __str__(self) -> str:
        return f"{self.tender_id} held by {self.source}"


class PolicyVersion(models.Model):
    """One version of a lot's sealing policy, as it stands in the log; versions have no gap."""

    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="policies")
    lot = models.CharField(max_length=6)
    envelope = models.CharField(max_length=10, default="single")
    v = models.PositiveIntegerField()
    policy = models.JSONField()
    policy_hash = models.CharField(max_length=64)
    keepers = models.JSONField()
    entry_index = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tender", "lot", "envelope", "v"], name="tendering_policy_chain_has_no_fork"
            )
        ]
        ordering = ["lot", "envelope", "v"]

    def __str__(self) -> str:
        return f"{self.tender_id} / {self.lot} / {self.envelope} v{self.v}"
