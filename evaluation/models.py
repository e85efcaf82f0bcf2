"""Rows of panels, reviews, sheets, reports and awards."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from core import clock
from evaluation.models_appraisals import Appraisal as Appraisal
from evaluation.models_assist import AssistedSignIn as AssistedSignIn
from evaluation.models_calls import Attempt as Attempt
from evaluation.models_calls import Call as Call
from evaluation.models_draws import Draw as Draw
from evaluation.models_questions import Opinion as Opinion
from evaluation.models_questions import Question as Question
from evaluation.models_reading import Note as Note
from evaluation.models_rechecks import Recheck as Recheck
from evaluation.models_rechecks import RecheckOpinion as RecheckOpinion
from evaluation.models_rounds import Response as Response
from evaluation.models_rounds import Round as Round
from evaluation.models_rounds import Said as Said
from evaluation.models_rounds import Talk as Talk
from evaluation.models_rounds import TermChange as TermChange
from evaluation.models_video import Gap as Gap
from evaluation.models_video import Piece as Piece
from evaluation.models_video import Sitting as Sitting
from evaluation.models_video import Trial as Trial
from evaluation.states import DealStatus, MemberStatus, PanelStatus, SheetStatus


class Panel(models.Model):
    """The panel (评审委员会) of one tender; its id is the room's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tender = models.ForeignKey("tendering.Tender", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=[(s, s) for s in PanelStatus], default=PanelStatus.DRAWN)
    size = models.PositiveSmallIntegerField()
    experts = models.PositiveSmallIntegerField()
    rule = models.CharField(max_length=60)
    draw = models.JSONField(default=dict, help_text="what the draw was made from: pool, seed, avoidance")
    cells = models.JSONField(default=list, help_text="what each member scores, fixed when scoring opens")
    apart = models.BooleanField(default=False, help_text="technical part and price are judged apart")
    codes = models.JSONField(
        default=dict, blank=True, help_text="blind scoring: by bid, its code and the stand-in for its id"
    )
    technical = models.JSONField(
        null=True, blank=True, help_text="the technical report, as its hash is logged"
    )
    formed_by = models.CharField(max_length=300)
    formed_at = models.DateTimeField(default=clock.now)
    begins_at = models.DateTimeField(default=clock.now, help_text="when the panel is to meet")
    place = models.CharField(max_length=200, blank=True, help_text="where; empty: each from where they are")
    hours = models.PositiveSmallIntegerField(default=2, help_text="how long it is likely to take")
    names_at = models.DateTimeField(
        null=True, blank=True, help_text="until then nobody sees who was drawn; null: never sealed"
    )
    began_at = models.DateTimeField(null=True, blank=True, help_text="when its work began")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tender"],
                condition=~models.Q(status=PanelStatus.DISSOLVED),
                name="evaluation_one_panel",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Member(models.Model):
    """One member of a panel: an expert, or the purchaser's representative."""

    EXPERT, REPRESENTATIVE = "expert", "representative"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="members")
    user = models.ForeignKey("parties.User", on_delete=models.PROTECT, related_name="+")
    expert = models.ForeignKey(
        "parties.Expert", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=16, choices=[(EXPERT, EXPERT), (REPRESENTATIVE, REPRESENTATIVE)])
    name = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField()
    status = models.CharField(
        max_length=10, choices=[(s, s) for s in MemberStatus], default=MemberStatus.INVITED
    )
    reason = models.CharField(max_length=300, blank=True)
    statement = models.JSONField(null=True, blank=True, help_text="the signed declaration")
    approval = models.CharField(
        max_length=300, blank=True, help_text="who approved that this expert was named, not drawn"
    )
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["panel", "user"], name="evaluation_one_seat_per_person")
        ]
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class Review(models.Model):
    """One condition of one bid: met or not, and why (资格审查、符合性审查)."""

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="reviews")
    bid_id = models.UUIDField()
    criterion = models.CharField(max_length=20)
    passed = models.BooleanField()
    reason = models.CharField(max_length=500, blank=True)
    ground = models.JSONField(
        default=dict, blank=True, help_text="why it is invalid by law: rule, code, name, citation"
    )
    by = models.CharField(max_length=300)
    member = models.ForeignKey(
        Member,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="whose opinion it is",
    )
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["panel", "bid_id", "criterion"], name="evaluation_one_review_per_condition"
            )
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.passed}"

    @property
    def said(self) -> str:
        """Why it is not met: the legal ground, then the reviewer's own words."""
        return "：".join(part for part in (self.ground.get("name", ""), self.reason) if part)


class Sheet(models.Model):
    """One member's scores; nobody else reads them before all are submitted."""

    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="sheet")
    status = models.CharField(max_length=10, choices=[(s, s) for s in SheetStatus], default=SheetStatus.DRAFT)
    submitted_at = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the canonical scores as submitted"
    )

    def __str__(self) -> str:
        return f"{self.member}: {self.status}"


class Score(models.Model):
    """One score of one sheet."""

    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="scores")
    bid_id = models.UUIDField()
    criterion = models.CharField(max_length=20)
    value = models.DecimalField(max_digits=6, decimal_places=2)
    reason = models.CharField(max_length=500, blank=True)
    found = models.CharField(
        max_length=40, blank=True, help_text="the fact, where the member found another than was stated"
    )
    saved_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sheet", "bid_id", "criterion"], name="evaluation_one_score_per_cell"
            )
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.value}"


class Report(models.Model):
    """The evaluation report: inputs and results of every lot, signed by each member."""

    panel = models.OneToOneField(Panel, on_delete=models.PROTECT, related_name="report")
    body = models.JSONField()
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=clock.now)
    award_due_at = models.DateTimeField(null=True, blank=True)
    delay_reason = models.TextField(blank=True, help_text="why the purchaser does not decide in time")

    def __str__(self) -> str:
        return self.digest[:8]


class ReportSignature(models.Model):
    """One member's signature under the report."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="signatures")
    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="report_signature")
    signature = models.JSONField()
    dissent = models.TextField(blank=True)
    at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return str(self.member)


class Award(models.Model):
    """The purchaser's decision on one lot (定标)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="awards")
    lot = models.CharField(max_length=20)
    bid_id = models.UUIDField()
    supplier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    decided_by = models.CharField(max_length=300)
    decided_at = models.DateTimeField()
    signature = models.JSONField()
    contract_id = models.UUIDField(null=True, blank=True)
    void_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.TextField(blank=True)
    void_rule = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["panel", "lot"], condition=Q(void_at=None), name="evaluation_one_award_per_lot"
            )
        ]

    def __str__(self) -> str:
        return f"{self.lot}: {self.amount}"


class SoleDeal(models.Model):
    """The record of a negotiation with a single source (协商情况记录): what was said, the price agreed, who signed.

    `prices` are rows {lot, item, unit_price}; `signatures` maps purchaser and supplier to their signed statement.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tender = models.OneToOneField("tendering.Tender", on_delete=models.PROTECT, related_name="+")
    supplier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(
        max_length=10, choices=[(s, s) for s in DealStatus], default=DealStatus.RECORDED
    )
    held_on = models.DateField()
    place = models.CharField(max_length=200)
    staff = models.CharField(max_length=300)
    costs = models.TextField()
    terms = models.TextField()
    prices = models.JSONField(default=list)
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    digest = models.CharField(max_length=64)
    signatures = models.JSONField(default=dict)
    recorded_by = models.CharField(max_length=300)
    recorded_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.JSONField(default=dict)
    contract_id = models.UUIDField(null=True, blank=True)
    round = models.PositiveSmallIntegerField(
        default=1, help_text="counts the deals: one more than were set aside"
    )
    earlier = models.JSONField(
        default=list, blank=True, help_text="deals that were set aside, as they were signed"
    )

    def __str__(self) -> str:
        return f"{self.tender_id}: {self.amount}"

    @property
    def award_id(self) -> str:
        """What open data calls the award of this deal."""
        return str(self.pk) if self.round == 1 else f"{self.pk}-{self.round}"
