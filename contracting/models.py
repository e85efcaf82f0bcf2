"""Rows of contracts and framework agreements. Caps are whole fen: SQLite would add decimals as floats."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from contracting.states import (
    AgreementStatus,
    AlterationStatus,
    BondForm,
    ContractStatus,
    EntrantStatus,
    EntryApplicationStatus,
    Ground,
    Party,
    Result,
    Selection,
)
from core import clock
from disclosure.states import Market
from parties.signed import SignedBy


class Contract(models.Model):
    """One contract. `terms` is what both sides sign, in canonical form; it never changes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contract_no = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=12, default=ContractStatus.FORMED)
    source = models.CharField(
        max_length=120, unique=True, help_text="the act it was born of, as award.<uuid>"
    )
    ocid = models.CharField(max_length=100, db_index=True)
    award_id = models.CharField(max_length=60)
    project_no = models.CharField(max_length=60, blank=True)
    project_title = models.CharField(max_length=200, blank=True)
    purchaser = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    supplier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(
        "parties.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    region = models.CharField(max_length=12)
    method = models.CharField(max_length=30)
    category = models.CharField(max_length=10)
    terms = models.JSONField()
    terms_hash = models.CharField(max_length=64)
    budget_line_id = models.UUIDField(null=True, blank=True)
    budget_source = models.CharField(max_length=120, blank=True)
    altered = models.JSONField(
        default=dict, blank=True, help_text="what agreed changes put in the place of parts of the terms"
    )
    handler_id = models.UUIDField(null=True, blank=True)
    when_signed = models.CharField(max_length=60, blank=True)
    public_service = models.BooleanField(default=False)
    sandbox = models.BooleanField(default=False)
    law_as_of = models.DateField()
    law_digest = models.CharField(max_length=64)
    law_snapshot = models.TextField()
    formed_by = models.CharField(max_length=300)
    formed_at = models.DateTimeField()
    letter_at = models.DateTimeField(null=True, blank=True)
    sign_due_at = models.DateTimeField()
    held_until = models.DateTimeField(
        null=True, blank=True, help_text="the end of a suspension of its procedure"
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    notice_due_at = models.DateTimeField(null=True, blank=True)
    notice_id = models.UUIDField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in ContractStatus]), name="contracting_contract_status"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="contracting_amount_above_zero"),
            models.CheckConstraint(
                condition=~Q(purchaser=F("supplier")), name="contracting_two_different_sides"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[ContractStatus.FORMED.value, ContractStatus.VOID.value])
                | Q(signed_at__isnull=False),
                name="contracting_performed_means_signed",
            ),
        ]
        ordering = ["-formed_at"]

    def __str__(self) -> str:
        return f"{self.contract_no} {self.title}"


class Signature(SignedBy):
    """The signature of one side over the hash of the terms; `member` is the credit code of a consortium's partner.

    The members of a consortium sign together; its lead signs as the supplier, with no `member`.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="signatures")
    party = models.CharField(max_length=10, choices=[(p, p) for p in Party])
    member = models.CharField(max_length=18, blank=True)

    class Meta(SignedBy.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "party", "member"], name="contracting_one_signature_per_side"
            ),
            models.UniqueConstraint(fields=["contract", "user_id"], name="contracting_one_side_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.party}"


class Alteration(models.Model):
    """A change of a signed contract that changes no money; `terms` is what both sides sign, and never changes.

    `before` and `after` hold only what changes: `delivery`, `ends_on`, `specs` (by the place of the item, from 0),
    `subcontracts`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="alterations")
    no = models.PositiveIntegerField()
    status = models.CharField(max_length=10, default=AlterationStatus.PROPOSED)
    ground = models.CharField(max_length=20, choices=[(g, g) for g in Ground])
    reason = models.TextField()
    before = models.JSONField()
    after = models.JSONField()
    terms = models.JSONField()
    terms_hash = models.CharField(max_length=64)
    proposed_by = models.CharField(max_length=300)
    proposed_side = models.CharField(max_length=10, choices=[(p, p) for p in Party])
    proposed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.TextField(blank=True)
    notice_id = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "no"], name="contracting_one_alteration_per_number"),
            models.UniqueConstraint(
                fields=["contract"],
                condition=Q(status=AlterationStatus.PROPOSED.value),
                name="contracting_one_alteration_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in AlterationStatus]),
                name="contracting_alteration_status",
            ),
        ]
        ordering = ["no"]

    def __str__(self) -> str:
        return f"{self.contract_id} change {self.no}"


class AlterationSignature(SignedBy):
    """The signature of one side over the hash of a change; `member` as in `Signature`."""

    alteration = models.ForeignKey(Alteration, on_delete=models.PROTECT, related_name="signatures")
    party = models.CharField(max_length=10, choices=[(p, p) for p in Party])
    member = models.CharField(max_length=18, blank=True)

    class Meta(SignedBy.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["alteration", "party", "member"], name="contracting_one_alteration_signature_per_side"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alteration_id} {self.party}"


class PerformanceBond(models.Model):
    """The performance bond (履约保证金) of a contract."""

    contract = models.OneToOneField(Contract, on_delete=models.PROTECT, related_name="bond")
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    kind = models.CharField(max_length=10, choices=[(b, b) for b in BondForm])
    reference = models.CharField(max_length=100)
    received_at = models.DateTimeField()
    received_by = models.CharField(max_length=300)
    returned_at = models.DateTimeField(null=True, blank=True)
    returned_by = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="contracting_bond_above_zero")]

    def __str__(self) -> str:
        return f"{self.contract_id} bond {self.amount}"


class Delivery(models.Model):
    """What the supplier reports as delivered."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="deliveries")
    no = models.PositiveIntegerField()
    at = models.DateTimeField()
    note = models.TextField()
    actor = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "no"], name="contracting_one_delivery_per_number")
        ]
        ordering = ["no"]

    def __str__(self) -> str:
        return f"{self.contract_id} delivery {self.no}"


class Acceptance(models.Model):
    """One acceptance of performance (履约验收)."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="acceptances")
    no = models.PositiveIntegerField()
    at = models.DateTimeField()
    result = models.CharField(max_length=30, choices=[(r, r) for r in Result])
    opinion = models.TextField()
    actor = models.CharField(max_length=300)
    user_id = models.UUIDField()
    separated = models.BooleanField()
    notice_id = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "no"], name="contracting_one_acceptance_per_number")
        ]
        ordering = ["no"]

    def __str__(self) -> str:
        return f"{self.contract_id} acceptance {self.no}: {self.result}"


class Payment(models.Model):
    """One payment on a contract."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="payments")
    no = models.PositiveIntegerField()
    at = models.DateTimeField()
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    reference = models.CharField(max_length=100, help_text="number of the payment order (支付凭证号)")
    actor = models.CharField(max_length=300)
    notice_id = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "no"], name="contracting_one_payment_per_number"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="contracting_payment_above_zero"),
        ]
        ordering = ["no"]

    def __str__(self) -> str:
        return f"{self.contract_id} payment {self.no}"


class FrameworkAgreement(models.Model):
    """A framework agreement (框架协议): what may be ordered, until when, up to how much; open while it takes applications."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agreement_no = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    ocid = models.CharField(max_length=100, unique=True, help_text="the process of its first stage")
    organiser = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    category = models.CharField(max_length=10)
    region = models.CharField(max_length=12)
    market = models.CharField(max_length=30, choices=[(m, m) for m in Market], default=Market.E_MALL)
    status = models.CharField(max_length=10, default=AgreementStatus.DRAFT)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cap_fen = models.BigIntegerField()
    drawn_fen = models.BigIntegerField(default=0)
    answer_hours = models.PositiveIntegerField(help_text="how long an entrant may take to answer an order")
    selection = models.CharField(max_length=12, default=Selection.DIRECT)
    source = models.CharField(max_length=120, blank=True, help_text="the procedure it was born of")
    when_signed = models.CharField(max_length=60, blank=True)
    awaited = models.CharField(
        max_length=120, blank=True, help_text="the supplementary call whose entries wait for signatures"
    )
    open_until = models.DateTimeField(
        null=True, blank=True, help_text="an open agreement takes applications until then"
    )
    law_as_of = models.DateField()
    law_digest = models.CharField(max_length=64)
    law_snapshot = models.TextField(blank=True)
    signed_at = models.DateTimeField(
        null=True, blank=True, help_text="when nobody's signature was awaited any more"
    )
    file_due_at = models.DateTimeField(null=True, blank=True)
    filed_at = models.DateTimeField(null=True, blank=True)
    filing_no = models.CharField(max_length=100, blank=True)
    notice_id = models.UUIDField(null=True, blank=True)
    created_by = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in AgreementStatus]),
                name="contracting_agreement_status",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="contracting_term_forwards"),
            models.CheckConstraint(
                condition=Q(selection__in=[s.value for s in Selection]),
                name="contracting_agreement_selection",
            ),
            models.CheckConstraint(
                condition=Q(drawn_fen__gte=0) & Q(drawn_fen__lte=F("cap_fen")),
                name="contracting_agreement_cap_holds",
            ),
        ]
        ordering = ["-starts_at"]

    def __str__(self) -> str:
        return f"{self.agreement_no} {self.title}"


class AgreementItem(models.Model):
    """One object of a framework agreement with its ceiling unit price (最高限制单价)."""

    agreement = models.ForeignKey(FrameworkAgreement, on_delete=models.PROTECT, related_name="items")
    no = models.CharField(max_length=10)
    code = models.CharField(max_length=20)
    edition = models.CharField(max_length=4, blank=True)
    name = models.CharField(max_length=200)
    spec = models.TextField(blank=True)
    unit = models.CharField(max_length=20)
    ceiling = models.DecimalField(max_digits=18, decimal_places=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "no"], name="contracting_one_item_per_number"),
            models.CheckConstraint(condition=Q(ceiling__gt=0), name="contracting_ceiling_above_zero"),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.agreement_id} / {self.no} {self.name}"


class Entrant(models.Model):
    """A supplier admitted to an agreement (入围供应商), with its own cap."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agreement = models.ForeignKey(FrameworkAgreement, on_delete=models.PROTECT, related_name="entrants")
    supplier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    no = models.PositiveIntegerField()
    rank = models.PositiveIntegerField(null=True, blank=True)
    status = models.CharField(max_length=10, default=EntrantStatus.ADMITTED)
    cap_fen = models.BigIntegerField()
    drawn_fen = models.BigIntegerField(default=0)
    admitted_at = models.DateTimeField()
    terms = models.JSONField(default=dict, blank=True)
    terms_hash = models.CharField(max_length=64, blank=True)
    sign_due_at = models.DateTimeField(null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "supplier"], name="contracting_one_entry_per_supplier"
            ),
            models.UniqueConstraint(fields=["agreement", "no"], name="contracting_one_entrant_per_number"),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in EntrantStatus]), name="contracting_entrant_status"
            ),
            models.CheckConstraint(
                condition=Q(drawn_fen__gte=0) & Q(drawn_fen__lte=F("cap_fen")),
                name="contracting_entrant_cap_holds",
            ),
        ]
        ordering = ["no"]

    def __str__(self) -> str:
        return f"{self.agreement_id} / {self.no}"


class EntryApplication(models.Model):
    """A supplier's application to enter an open framework agreement, signed; and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agreement = models.ForeignKey(FrameworkAgreement, on_delete=models.PROTECT, related_name="applications")
    supplier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, default=EntryApplicationStatus.APPLIED)
    statement = models.TextField()
    signature = models.JSONField()
    applied_by = models.CharField(max_length=300)
    applied_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=300, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "supplier"],
                condition=Q(status=EntryApplicationStatus.APPLIED.value),
                name="contracting_one_open_application",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in EntryApplicationStatus]),
                name="contracting_application_status",
            ),
        ]
        ordering = ["applied_at"]

    def __str__(self) -> str:
        return f"{self.supplier_id} for {self.agreement_id}: {self.status}"


class EntrantSignature(SignedBy):
    """The signature of the organiser, or of the admitted supplier, over the hash of the entry's terms."""

    entrant = models.ForeignKey(Entrant, on_delete=models.PROTECT, related_name="signatures")
    party = models.CharField(max_length=10, choices=[(p, p) for p in Party])

    class Meta(SignedBy.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["entrant", "party"], name="contracting_one_entry_signature_per_side"
            ),
            models.UniqueConstraint(
                fields=["entrant", "user_id"], name="contracting_one_entry_side_per_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entrant_id} {self.party}"


class EntrantPrice(models.Model):
    """The agreed price (协议价) of one item for one entrant, at most the item's ceiling."""

    entrant = models.ForeignKey(Entrant, on_delete=models.PROTECT, related_name="prices")
    item = models.ForeignKey(AgreementItem, on_delete=models.PROTECT, related_name="prices")
    price = models.DecimalField(max_digits=18, decimal_places=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entrant", "item"], name="contracting_one_price_per_item"),
            models.CheckConstraint(condition=Q(price__gt=0), name="contracting_price_above_zero"),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.entrant_id} / {self.item_id}: {self.price}"
