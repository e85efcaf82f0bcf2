"""Rows of people, organisations, experts, standing and inboxes."""

from __future__ import annotations

import re
import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.translation import gettext

from core import clock
from parties.models_qualification import Evidence as Evidence
from parties.models_qualification import Holder as Holder
from parties.states import CapacityStatus, Kind, Mark, Role, Size


class UserManager(BaseUserManager["User"]):
    """Make users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a user; without a password only a passkey can sign in."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make an operator."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. What they may do follows from memberships and the expert register, not from here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100)
    phone = models.CharField(max_length=30, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    large_type = models.BooleanField(default=False)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=clock.now)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name


class Organisation(models.Model):
    """A purchaser, agency, supplier or supervisor; it may be several (see Capacity)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    credit_code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    region = models.CharField(max_length=12, help_text="GB/T 2260 code")
    budget_level = models.CharField(max_length=20, blank=True, help_text="central, province, city, county")
    address = models.CharField(max_length=300, blank=True)
    contact_name = models.CharField(max_length=100, blank=True)
    contact_phone = models.CharField(max_length=30, blank=True)
    legal_representative = models.CharField(max_length=100, blank=True)
    size = models.CharField(max_length=10, choices=[(s, s) for s in Size], blank=True)
    industry = models.CharField(max_length=50, blank=True)
    responsible_key = models.CharField(
        max_length=64, blank=True, help_text="of the person responsible: services.holders.key_of"
    )
    demonstration = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class Capacity(models.Model):
    """An organisation in one capacity, and whether that has been verified."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="capacities")
    kind = models.CharField(max_length=12, choices=[(k, k) for k in Kind])
    status = models.CharField(
        max_length=12, choices=[(s, s) for s in CapacityStatus], default=CapacityStatus.APPLIED
    )
    evidence = models.JSONField(default=dict, blank=True)
    applied_by = models.CharField(max_length=300, blank=True)
    applied_at = models.DateTimeField(default=clock.now)
    reason = models.TextField(blank=True, help_text="why it was refused or suspended")
    decided_by = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind"], name="parties_one_capacity_per_kind")
        ]
        verbose_name_plural = "capacities"

    def __str__(self) -> str:
        return f"{self.organisation} · {self.kind}"


class Membership(models.Model):
    """A person at an organisation's desk, from `since` until `until` (half-open)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=[(r, r) for r in Role])
    deputy_for = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="deputies"
    )
    since = models.DateTimeField(default=clock.now)
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation", "role"],
                condition=models.Q(until=None),
                name="parties_one_open_membership",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} @ {self.organisation} ({self.role})"


class Invitation(models.Model):
    """An invitation to a desk; the token itself is only in the message."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=[(r, r) for r in Role])
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.CharField(max_length=300)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.email} → {self.organisation}"


class Expert(models.Model):
    """A person in the register of evaluation experts (评审专家)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="expert")
    number = models.CharField(max_length=30, unique=True)
    title = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=12)
    specialties = models.JSONField(default=list, help_text="item codes (品目)")
    admitted_at = models.DateTimeField(default=clock.now, null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.number} {self.user}"


class Employment(models.Model):
    """Where an expert works or worked, and other ties that require avoidance (回避)."""

    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="employments")
    organisation_name = models.CharField(max_length=200)
    credit_code = models.CharField(max_length=18)
    tie = models.CharField(max_length=20, default="employee", help_text="employee, director, controller, kin")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.expert} @ {self.organisation_name}"


class Sanction(models.Model):
    """A bad record in force in [since, until): the standing that bids and orders check."""

    credit_code = models.CharField(max_length=18, db_index=True)
    name = models.CharField(max_length=200)
    mark = models.CharField(max_length=10, choices=[(m, m) for m in Mark], default=Mark.BAN)
    kind = models.CharField(max_length=40)
    fine = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    reason = models.TextField(blank=True)
    citation = models.CharField(max_length=200, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.kind}"


class CreditQuery(models.Model):
    """One query of the public credit registers, kept as evidence: what was asked, when, by whom, what the answer was.

    `answer_hash` is the SHA-256 of the answer in canonical form; `stored_as` is the printout where somebody asked by hand.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    credit_code = models.CharField(max_length=18)
    name = models.CharField(max_length=200)
    purpose = models.CharField(max_length=80, help_text="what it was asked for, such as tender.<uuid>")
    source = models.CharField(max_length=200)
    asked = models.JSONField()
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=300)
    answer = models.JSONField()
    answer_hash = models.CharField(max_length=64)
    listed = models.JSONField(default=list, help_text="the registers that name it")
    file_name = models.CharField(max_length=200, blank=True)
    stored_as = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["purpose", "credit_code"], name="parties_credit_by_purpose")]
        ordering = ["asked_at"]
        verbose_name_plural = "credit queries"

    def __str__(self) -> str:
        return f"{self.credit_code} for {self.purpose}"


_PLACE = re.compile(r"%(?:%|\((?P<name>\w+)\)[sd])")


class InboxItem(models.Model):
    """One thing that somebody has to do or should know: the outbox of the act, the inbox of the desk.

    Addressed to a person, or to everyone with one of `roles` at an organisation's desk. `title`, `why`
    and `blocked` are message ids with places for `facts`; a reason may be what somebody wrote.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=160, unique=True, help_text="idempotency: one item per key")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT)
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT)
    kind = models.CharField(max_length=12, blank=True, help_text="capacity in which the desk acts")
    title = models.CharField(max_length=300)
    why = models.TextField(blank=True)
    blocked = models.CharField(max_length=300, blank=True)
    facts = models.JSONField(default=dict)
    rule = models.CharField(max_length=60, blank=True)
    url = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    is_task = models.BooleanField(default=True)
    holder = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="held_items",
        help_text="who took it",
    )
    created_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True, blank=True)
    mail_from = models.DateTimeField(
        null=True,
        blank=True,
        default=clock.now,
        help_text="when its mail is tried next; empty once it is sent",
    )
    mailed_at = models.DateTimeField(null=True, blank=True)
    mailed_to = models.JSONField(
        default=list, blank=True, help_text="ids of those who need it no more while others have not got it"
    )

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "done_at"]),
            models.Index(fields=["user", "done_at"]),
            models.Index(
                fields=["mail_from"], condition=models.Q(mail_from__isnull=False), name="inbox_mail"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    def say(self, message: str) -> str:
        """Give `title`, `why` or `blocked` in the reader's language, each fact in its place.

        Nothing else is read as a format: people write "20% more", and their reason must not spoil somebody's desk.
        """
        return _PLACE.sub(self._fact, gettext(message)) if message else ""

    def _fact(self, place: re.Match[str]) -> str:
        name = place["name"]
        return "%" if name is None else str(self.facts.get(name, place[0]))


class SigningChallenge(models.Model):
    """A challenge issued to one person for one content and purpose; used once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="signing_challenges")
    purpose = models.CharField(max_length=120)
    payload_hash = models.CharField(max_length=64)
    nonce = models.CharField(max_length=32)
    challenge = models.CharField(max_length=43, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    credential_id = models.CharField(max_length=1400, blank=True, db_index=True)
    counter = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.user} {self.purpose}"


class KeyRecovery(models.Model):
    """A person who lost the last passkey and asks to sign in without it; see `services.recovery`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="key_recoveries")
    requested_at = models.DateTimeField()
    ready_at = models.DateTimeField(help_text="from then on it can be used without an approval")
    expires_at = models.DateTimeField()
    approved_by = models.CharField(max_length=300, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(stopped_at=None, used_at=None),
                name="parties_one_open_recovery",
            )
        ]
        verbose_name_plural = "key recoveries"

    def __str__(self) -> str:
        return f"{self.user} {self.requested_at}"


class SizeStatement(models.Model):
    """What an enterprise declared about its size (中小企业声明函): the measures of last year and what follows from them.

    Never changed: a later one follows it. Measures that the industry does not ask for may be empty.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="size_statements")
    industry = models.CharField(max_length=30, help_text="code of core.law.sme")
    staff = models.PositiveIntegerField(null=True, blank=True)
    revenue_fen = models.BigIntegerField(null=True, blank=True)
    assets_fen = models.BigIntegerField(null=True, blank=True)
    size = models.CharField(max_length=10, choices=[(s, s) for s in Size])
    made_by = models.CharField(max_length=300)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.size} ({self.industry})"
