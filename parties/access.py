"""Who is acting: the one description of a person at a desk that every package reads."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.db.models import FilteredRelation, Q
from django.http import HttpRequest

from core import clock, regions
from core.errors import Forbidden, NotFound, gettext_noop
from core.reads import Read
from parties.models import (
    Capacity,
    Evidence,
    Expert,
    InboxItem,
    Invitation,
    KeyRecovery,
    Membership,
    Organisation,
    Sanction,
    User,
)
from parties.states import CapacityStatus, Kind, Role

SESSION_DESK = "desk"


class Request(HttpRequest):
    """A request as views see it: with the actor that the middleware put there."""

    actor: Actor


class SignInFirst(NotFound):
    """Nobody is signed in."""

    code = "sign-in-first"
    title = gettext_noop("Please sign in")
    status = 401


@dataclass(frozen=True)
class Actor:
    """A person at one desk, as text snapshots for records and ids for questions.

    `kinds` are the verified capacities of the organisation; `role` is the person's role at its desk;
    `expert_id` is set when the person is in the expert register and not suspended.
    """

    user_id: uuid.UUID | None = None
    name: str = ""
    email: str = ""
    org_id: uuid.UUID | None = None
    org_name: str = ""
    credit_code: str = ""
    region: str = ""
    kinds: frozenset[str] = field(default_factory=frozenset)
    role: str = ""
    expert_id: uuid.UUID | None = None
    operator: bool = False
    membership_id: uuid.UUID | None = None
    deputy_for: str = ""

    @property
    def is_authenticated(self) -> bool:
        return self.user_id is not None

    @property
    def label(self) -> str:
        """Give the text by which records name this actor."""
        if self.user_id is None:
            return self.name or "public"
        desk = f" @ {self.org_name}" if self.org_name else ""
        return f"{self.name} <{self.email}>{desk}" + (f" for {self.deputy_for}" if self.deputy_for else "")

    def acts_as(self, kind: Kind | str) -> bool:
        """Tell whether the desk has this verified capacity and the person may write at it."""
        return str(kind) in self.kinds and self.role in {Role.ADMIN, Role.HANDLER, Role.APPROVER}

    def require_user(self) -> uuid.UUID:
        """Give the person's id, or raise SignInFirst."""
        if self.user_id is None:
            raise SignInFirst()
        return self.user_id

    def require_kind(self, kind: Kind | str) -> uuid.UUID:
        """Give the organisation's id if the desk acts as `kind`; raises SignInFirst, else NotFound."""
        self.require_user()
        if not self.acts_as(kind) or self.org_id is None:
            raise NotFound()
        return self.org_id

    def require_admin(self) -> uuid.UUID:
        """Give the id of the organisation whose people and particulars this person manages, or raise NotFound."""
        self.require_user()
        if self.org_id is None or self.role != Role.ADMIN:
            raise NotFound()
        return self.org_id

    def require_supervision(self) -> None:
        """Pass if the person supervises or operates the site; raises SignInFirst, else NotFound."""
        self.require_user()
        if not self.operator and not self.acts_as(Kind.SUPERVISOR):
            raise NotFound()

    def supervises(self, region: str) -> bool:
        """Tell whether this person decides about parties of `region`: its supervisor, or the operator."""
        return self.operator or self.oversees(region)

    def oversees(self, region: str) -> bool:
        """Tell whether this person supervises procurement of `region` (GB/T 2260); the operator of the site does not."""
        return self.acts_as(Kind.SUPERVISOR) and _within(region, self.region)

    def require_expert(self) -> uuid.UUID:
        """Give the expert's id, or raise NotFound."""
        self.require_user()
        if self.expert_id is None:
            raise NotFound()
        return self.expert_id


def _within(region: str, ancestor: str) -> bool:
    try:
        return regions.is_within(region, ancestor)
    except regions.UnknownRegion:
        return False


PUBLIC = Actor()
CLOCK = Actor(name="clock", email="clock@system")


class NotYourDesk(Forbidden):
    """The person has no membership at that desk now."""

    code = "not-your-desk"
    title = gettext_noop("You do not work at this desk")


def actor_for(user: Any, desk: str | None = None) -> Actor:
    """Describe `user` at the desk (membership id) kept in the session, else at the first of their desks."""
    if user is None or not getattr(user, "is_authenticated", False) or not user.is_active:
        return PUBLIC
    rows = _SEATS(user=user.pk, now=clock.now())
    if not rows:
        return PUBLIC
    seat = next((row for row in rows if str(row[0]) == desk), rows[0])
    membership, role, org, org_name, credit_code, region, deputy_for, expert = seat[:8]
    if membership is None:
        return Actor(
            user_id=user.pk, name=user.name, email=user.email, expert_id=expert, operator=user.is_staff
        )
    return Actor(
        user_id=user.pk,
        name=user.name,
        email=user.email,
        org_id=org,
        org_name=org_name,
        credit_code=credit_code,
        region=region,
        kinds=frozenset(row[8] for row in rows if row[0] == membership and row[9] == CapacityStatus.VERIFIED),
        role=role,
        expert_id=expert,
        operator=user.is_staff,
        membership_id=membership,
        deputy_for=deputy_for or "",
    )


def _seats(user: Any, now: Any) -> Any:
    """One row for each capacity of each desk that the person has now, at least one; and whether they are an expert."""
    seated = Q(memberships__since__lte=now) & (Q(memberships__until=None) | Q(memberships__until__gt=now))
    listed = Q(expert__suspended_at=None, expert__admitted_at__lte=now)
    return (
        User.objects.filter(pk=user)
        .annotate(
            seat=FilteredRelation("memberships", condition=seated),
            listing=FilteredRelation("expert", condition=listed),
        )
        .order_by("seat__since", "seat__pk")
        .values_list(
            "seat__pk",
            "seat__role",
            "seat__organisation",
            "seat__organisation__name",
            "seat__organisation__credit_code",
            "seat__organisation__region",
            "seat__deputy_for__user__name",
            "listing__pk",
            "seat__organisation__capacities__kind",
            "seat__organisation__capacities__status",
        )
    )


_SEATS = Read(_seats, user=uuid.UUID, now=datetime)


def actor_of_scope(scope: Any) -> Actor:
    """Describe who holds a WebSocket, by the session as it is now and not as it was when the socket was opened."""
    opened_with = scope.get("session")
    if opened_with is None or not opened_with.session_key:
        return PUBLIC
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(opened_with.session_key)
    return actor_for(get_user(request), request.session.get(SESSION_DESK))


def person(user_id: uuid.UUID) -> User:
    """Give a user by id, or raise NotFound."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise NotFound()
    return user


# --- doors of this package's own pages ----------------------------------------------------------------------
def own_organisation(actor: Actor) -> Organisation:
    """Give the organisation of the desk, or raise NotFound."""
    actor.require_user()
    if actor.org_id is None:
        raise NotFound()
    return Organisation.objects.get(pk=actor.org_id)


def capacity_to_decide(actor: Actor, capacity_id: int) -> Capacity:
    """Give a capacity that this person decides about: in their region and not of their own organisation."""
    actor.require_supervision()
    row = Capacity.objects.select_related("organisation").filter(pk=capacity_id).first()
    if row is None or not actor.supervises(row.organisation.region) or row.organisation_id == actor.org_id:
        raise NotFound()
    if row.kind == Kind.SUPERVISOR and not actor.operator:
        raise NotFound()
    return row


def capacity_to_apply_for(actor: Actor, capacity_id: int) -> Capacity:
    """Give a capacity of one's own organisation, for its administrators."""
    row = Capacity.objects.filter(pk=capacity_id, organisation_id=actor.require_admin()).first()
    if row is None:
        raise NotFound()
    return row


def evidence_to_read(actor: Actor, evidence_id: uuid.UUID) -> Evidence:
    """Give a piece of evidence of one's own that has a document, or raise NotFound."""
    rows = Evidence.objects.filter(pk=evidence_id, organisation_id=actor.require_kind(Kind.SUPPLIER))
    row = rows.exclude(stored_as="").first()
    if row is None:
        raise NotFound()
    return row


def membership_to_manage(actor: Actor, membership_id: uuid.UUID) -> Membership:
    """Give an open membership at one's own desk: any for administrators, for others their own."""
    actor.require_user()
    now = clock.now()
    row = (
        Membership.objects.select_related("user", "organisation")
        .filter(Q(until=None) | Q(until__gt=now), pk=membership_id)
        .first()
    )
    if (
        row is None
        or row.organisation_id != actor.org_id
        or (actor.role != Role.ADMIN and row.user_id != actor.user_id)
    ):
        raise NotFound()
    return row


def desk_to_enter(actor: Actor, membership_id: uuid.UUID) -> Membership:
    """Give an open membership of this person; raises NotYourDesk."""
    now = clock.now()
    row = (
        Membership.objects.filter(Q(until=None) | Q(until__gt=now), since__lte=now)
        .filter(pk=membership_id, user_id=actor.require_user())
        .first()
    )
    if row is None:
        raise NotFound()
    return row


def invitation_to_withdraw(actor: Actor, invitation_id: uuid.UUID) -> Invitation:
    """Give an invitation to one's own desk, for its administrators."""
    row = Invitation.objects.filter(pk=invitation_id, organisation_id=actor.require_admin()).first()
    if row is None:
        raise NotFound()
    return row


def recovery_to_approve(actor: Actor, recovery_id: uuid.UUID) -> KeyRecovery:
    """Give the request of a colleague, for administrators of a desk where that colleague works now; never one's own."""
    org_id = actor.require_admin()
    now = clock.now()
    row = KeyRecovery.objects.select_related("user").filter(pk=recovery_id).first()
    if (
        row is None
        or row.user_id == actor.user_id
        or not row.user.memberships.filter(Q(until=None) | Q(until__gt=now), organisation_id=org_id).exists()
    ):
        raise NotFound()
    return row


def expert_to_decide(actor: Actor, expert_id: uuid.UUID) -> Expert:
    """Give an expert, applied or admitted, whose region this person supervises."""
    actor.require_supervision()
    row = Expert.objects.select_related("user").filter(pk=expert_id).first()
    if row is None or not actor.supervises(row.region) or row.user_id == actor.user_id:
        raise NotFound()
    return row


def own_expert_entry(actor: Actor) -> Expert:
    """Give one's own entry in the register, admitted or not; raises NotFound."""
    row = Expert.objects.filter(user_id=actor.require_user()).first()
    if row is None:
        raise NotFound()
    return row


def sanction_to_lift(actor: Actor, sanction_id: int) -> Sanction:
    """Give a bad record, for those who supervise."""
    actor.require_supervision()
    row = Sanction.objects.filter(pk=sanction_id).first()
    if row is None:
        raise NotFound()
    return row


def own_item(actor: Actor, item_id: uuid.UUID) -> InboxItem:
    """Give an inbox item addressed to this person or to their desk in one of its capacities."""
    user_id = actor.require_user()
    row = InboxItem.objects.filter(addressed_to(actor, user_id), pk=item_id).first()
    if row is None:
        raise NotFound()
    return row


def addressed_to(actor: Actor, user_id: uuid.UUID) -> Q:
    """Give the condition that an inbox item is for this person at this desk."""
    mine = Q(user_id=user_id)
    if actor.org_id is not None:
        mine |= Q(organisation_id=actor.org_id) & (Q(kind="") | Q(kind__in=actor.kinds))
    return mine
