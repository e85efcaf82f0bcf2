"""Rows of sealed bids, tickets, close lists and openings. Nothing here can be read before its time."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.functional import cached_property

from bidding.models_consortia import Consortium as Consortium
from bidding.models_consortia import ConsortiumMember as ConsortiumMember
from bidding.models_drafts import Draft as Draft
from bidding.models_drafts import DraftKey as DraftKey
from bidding.models_drafts import DraftPart as DraftPart
from bidding.models_drafts import DraftPerson as DraftPerson
from bidding.models_drafts import DraftSection as DraftSection
from bidding.models_securities import BidSecurity as BidSecurity
from bidding.models_texts import FileText as FileText
from bidding.models_texts import PageText as PageText
from bidding.states import BidStatus, OpeningStatus, RehearsalStatus
from core import clock
from core.canonical import canonical
from core.ledger import tlog


class Bid(models.Model):
    """One sealing by one supplier for one lot and envelope; its id is the `bid_id` of its ctx."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tender = models.ForeignKey("tendering.Tender", on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(max_length=20)
    envelope = models.CharField(max_length=12, default="single")
    supplier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    prepared_by = models.CharField(max_length=300)
    status = models.CharField(max_length=12, choices=[(s, s) for s in BidStatus], default=BidStatus.PREPARING)
    sheet_upload = models.UUIDField(null=True, blank=True)
    files_upload = models.UUIDField(null=True, blank=True)
    record = models.JSONField(null=True, blank=True)
    record_hash = models.CharField(max_length=64, blank=True, db_index=True)
    envelopes = models.JSONField(default=list, blank=True, help_text="base64 age files, one per keeper")
    acks = models.JSONField(default=list, blank=True, help_text="signed statements of keepers")
    created_at = models.DateTimeField(default=clock.now)
    finals_asked_at = models.DateTimeField(
        null=True, blank=True, help_text="of a first response: when its supplier was asked for a final quote"
    )

    class Meta:
        indexes = [models.Index(fields=["tender", "lot", "envelope", "supplier"], name="bidding_by_supplier")]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=list(BidStatus)), name="bidding_bid_status"),
            models.UniqueConstraint(
                fields=["tender", "lot", "envelope", "supplier"],
                condition=models.Q(status=BidStatus.SUBMITTED),
                name="bidding_one_submitted_bid",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Ticket(models.Model):
    """A signed record and when it arrived (R1): written before anything is decided, decided exactly once."""

    SUBMIT, WITHDRAW, ACKNOWLEDGE = "submit", "withdraw", "acknowledge"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tender = models.ForeignKey("tendering.Tender", on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(max_length=20)
    envelope = models.CharField(max_length=12, default="single")
    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="tickets")
    kind = models.CharField(max_length=12, choices=[(kind, kind) for kind in (SUBMIT, WITHDRAW, ACKNOWLEDGE)])
    idempotency_key = models.CharField(max_length=64)
    record_hash = models.CharField(max_length=64)
    signed_record = models.JSONField()
    actor = models.CharField(max_length=300)
    arrival = models.DateTimeField()
    newest_policy = models.CharField(max_length=64, help_text="hash of the policy in force at arrival")
    decided_at = models.DateTimeField(null=True, blank=True)
    accepted = models.BooleanField(null=True)
    code = models.CharField(max_length=40, blank=True, help_text="why it was refused")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tender", "bid", "idempotency_key"], name="bidding_one_ticket_per_key"
            )
        ]
        indexes = [models.Index(fields=["tender", "arrival"], name="bidding_by_arrival")]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_hash[:8]}"


class Receipt(models.Model):
    """The platform's signed word "accepted at"; the proof follows with the log's next batch (R11)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ticket = models.OneToOneField(Ticket, on_delete=models.PROTECT, related_name="receipt")
    statement = models.JSONField()
    leaf = models.BinaryField()
    leaf_index = models.PositiveBigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return str(self.pk)


class CloseList(models.Model):
    """What became of every ticket of one lot and envelope, fixed once (R3)."""

    tender = models.ForeignKey("tendering.Tender", on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(max_length=20)
    envelope = models.CharField(max_length=12, default="single")
    closed_at = models.DateTimeField()
    body = models.JSONField()
    root = models.CharField(max_length=64)
    entry_index = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tender", "lot", "envelope"], name="bidding_one_close_list")
        ]

    @cached_property
    def leaves(self) -> list[bytes]:
        """The leaf hashes of its entries: every keeper is shown a proof over all of them for every bid."""
        return [tlog.leaf_hash(canonical(entry)) for entry in self.body["entries"]]

    def __str__(self) -> str:
        return f"{self.tender_id} lot {self.lot}"


class Opening(models.Model):
    """The opening of one lot and envelope (R4)."""

    tender = models.ForeignKey("tendering.Tender", on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(max_length=20)
    envelope = models.CharField(max_length=12, default="single")
    status = models.CharField(
        max_length=12, choices=[(s, s) for s in OpeningStatus], default=OpeningStatus.GATHERING
    )
    gather_until = models.DateTimeField()
    began_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    transcript = models.JSONField(null=True, blank=True)
    confirm_until = models.DateTimeField(
        null=True, blank=True, help_text="bidders confirm or object before it"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tender", "lot", "envelope"], name="bidding_one_opening")
        ]

    def __str__(self) -> str:
        return f"{self.tender_id} lot {self.lot}: {self.status}"


class Share(models.Model):
    """One keeper's answer for one bid: released, verified, or why not."""

    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="shares")
    keeper = models.CharField(max_length=128)
    index = models.PositiveSmallIntegerField()
    payload = models.JSONField(null=True, blank=True)
    verified = models.BooleanField(default=False)
    code = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bid", "keeper"], name="bidding_one_share_per_keeper")]

    def __str__(self) -> str:
        return f"{self.keeper} for {self.bid_id}"


class OpenedBid(models.Model):
    """What a bid said, once it was opened; or the verdict that names who is at fault."""

    bid = models.OneToOneField(Bid, on_delete=models.PROTECT, related_name="opened")
    verdict = models.JSONField()
    sheet = models.JSONField(null=True, blank=True)
    quote = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    seed_sheet = models.CharField(max_length=64, blank=True)
    opened_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.bid_id)


class OpenedFile(models.Model):
    """One attachment of an opened bid, in the store for opened bids."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bid = models.ForeignKey(OpenedBid, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=200)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Resolution(models.Model):
    """What the supervisor decided about bids of one lot that are held (R4): signed, logged and published."""

    AGAIN, WITHOUT = "again", "without"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    opening = models.ForeignKey(Opening, on_delete=models.PROTECT, related_name="resolutions")
    number = models.PositiveSmallIntegerField(help_text="1, 2, … within its tender")
    decision = models.CharField(max_length=8, choices=[(AGAIN, AGAIN), (WITHOUT, WITHOUT)])
    body = models.JSONField(help_text="what was signed")
    signature = models.JSONField()
    authority = models.CharField(max_length=200)
    actor = models.CharField(max_length=300)
    decided_at = models.DateTimeField()
    entry_index = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["opening", "number"], name="bidding_one_resolution_number")
        ]

    def __str__(self) -> str:
        return f"{self.opening_id} {self.number}: {self.decision}"


class RecoveryKit(models.Model):
    """A bidder's recovery kit, sealed to the supervisor and handed in while shares were gathered (R8)."""

    bid = models.OneToOneField(Bid, on_delete=models.PROTECT, related_name="kit")
    sealed = models.BinaryField(help_text="an age file for the supervisor alone")
    sha256 = models.CharField(max_length=64)
    handed_in_by = models.CharField(max_length=300)
    handed_in_at = models.DateTimeField()
    entry_index = models.PositiveBigIntegerField(help_text="of its hash in the log")
    release = models.JSONField(null=True, blank=True, help_text="the supervisor's signed word")
    opened = models.JSONField(null=True, blank=True, help_text="what the supervisor found in it")
    released_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"kit for {self.bid_id}"


class Confirmation(models.Model):
    """What a bidder says of its line of the opening: it confirms by a signature, or objects and gets an answer."""

    CONFIRMED, OBJECTED = "confirmed", "objected"

    bid = models.OneToOneField(Bid, on_delete=models.PROTECT, related_name="confirmation")
    word = models.CharField(max_length=10, choices=[(CONFIRMED, CONFIRMED), (OBJECTED, OBJECTED)])
    objection = models.TextField(blank=True)
    signature = models.JSONField(null=True, blank=True, help_text="over the line, when it is confirmed")
    line_hash = models.CharField(max_length=64, help_text="of the line as it was shown")
    said_by = models.CharField(max_length=300)
    said_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.CharField(max_length=300, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.bid_id}: {self.word}"


class OpeningRecord(models.Model):
    """The opening record (开标记录) of a tender: its newest published version, and its minutes once they are signed."""

    tender = models.OneToOneField("tendering.Tender", on_delete=models.PROTECT, related_name="+")
    notice_id = models.UUIDField(null=True, blank=True)
    said = models.CharField(max_length=64, blank=True, help_text="hash of what the newest version says")
    body = models.JSONField(null=True, blank=True, help_text="the minutes as they were signed")
    digest = models.CharField(max_length=64, blank=True)
    signature = models.JSONField(null=True, blank=True)
    signed_by = models.CharField(max_length=300, blank=True)
    signed_for = models.CharField(max_length=200, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    entry_index = models.PositiveBigIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.tender_id)


class Attempt(models.Model):
    """A supplier's request on the way to a bid that was refused: what failed and when, never content."""

    tender = models.ForeignKey("tendering.Tender", on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(max_length=20, blank=True)
    supplier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    step = models.CharField(max_length=12)
    code = models.CharField(max_length=60)
    actor = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["tender", "supplier"], name="bidding_attempts")]

    def __str__(self) -> str:
        return f"{self.step}: {self.code}"


class SeenAmendment(models.Model):
    """A bidder has read one amendment: its tasks are no longer marked. No acknowledgement in the sense of R6."""

    tender = models.ForeignKey("tendering.Tender", on_delete=models.PROTECT, related_name="+")
    supplier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    no = models.PositiveIntegerField()
    actor = models.CharField(max_length=300)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tender", "supplier", "no"], name="bidding_amendment_seen_once")
        ]

    def __str__(self) -> str:
        return f"{self.tender_id} amendment {self.no}"


class WitnessStamp(models.Model):
    """A keeper's stamp on a record's hash that somebody delivered: the close list accounts for it, or it is disputed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tender = models.ForeignKey("tendering.Tender", on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(max_length=20)
    envelope = models.CharField(max_length=12, default="single")
    supplier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    record_hash = models.CharField(max_length=64)
    keeper = models.CharField(max_length=128)
    stamped_at = models.DateTimeField()
    statement = models.JSONField()
    delivered_by = models.CharField(max_length=300)
    delivered_at = models.DateTimeField()
    disputed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tender", "lot", "envelope", "record_hash", "keeper"],
                name="bidding_one_stamp_per_keeper",
            )
        ]

    def __str__(self) -> str:
        return f"{self.keeper} saw {self.record_hash[:8]}"


class RehearsalPolicy(models.Model):
    """The policy under which one kind of envelope is rehearsed with one set of keepers in one year; later years cancel it."""

    place = models.CharField(max_length=60, unique=True, help_text="what stands for the tender in its ctx")
    keeper_set_hash = models.CharField(max_length=64)
    policy = models.JSONField()
    keepers = models.JSONField()
    entry_index = models.PositiveBigIntegerField()
    cancel_index = models.PositiveBigIntegerField(null=True, blank=True)
    at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.keeper_set_hash[:16]


class Rehearsal(models.Model):
    """A trial of sealing, uploading and signing. It is no bid, stands in no list of bids, and is never opened."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tender = models.ForeignKey("tendering.Tender", on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(max_length=20)
    supplier = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    policy = models.ForeignKey(RehearsalPolicy, on_delete=models.PROTECT, related_name="+")
    prepared_by = models.CharField(max_length=300)
    status = models.CharField(
        max_length=12, choices=[(s, s) for s in RehearsalStatus], default=RehearsalStatus.PREPARING
    )
    record = models.JSONField(null=True, blank=True)
    record_hash = models.CharField(max_length=64, blank=True)
    acks = models.JSONField(default=list, blank=True)
    sheet_upload = models.UUIDField(null=True, blank=True)
    files_upload = models.UUIDField(null=True, blank=True)
    signed_record = models.JSONField(null=True, blank=True)
    statement = models.JSONField(
        null=True, blank=True, help_text="the platform's signed word; no receipt of a bid"
    )
    arrival = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=list(RehearsalStatus)), name="bidding_rehearsal_status"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def envelope(self) -> str:
        """Which envelope of its lot is rehearsed."""
        return str(self.policy.policy["envelope"])
