"""Who is acting: the one description of a person at a desk that every package reads."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from core import clock
from core.errors import Forbidden, NotFound, gettext_noop
from parties.models import Expert, Membership, User
from parties.states import CapacityStatus, Kind, Role

SESSION_DESK = "desk"


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

    @property
    def is_authenticated(self) -> bool:
        return self.user_id is not None

    @property
    def label(self) -> str:
        """Give the text by which records name this actor."""
        if self.user_id is None:
            return "public"
        return f"{self.name} <{self.email}>" + (f" @ {self.org_name}" if self.org_name else "")

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

    def require_expert(self) -> uuid.UUID:
        """Give the expert's id, or raise NotFound."""
        self.require_user()
        if self.expert_id is None:
            raise NotFound()
        return self.expert_id


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
    now = clock.now()
    memberships = (
        Membership.objects.filter(user=user, since__lte=now)
        .filter(Q(until=None) | Q(until__gt=now))
        .select_related("organisation")
        .order_by("since")
    )
    chosen = None
    for membership in memberships:
        if chosen is None or str(membership.pk) == desk:
            chosen = membership
    expert = (
        Expert.objects.filter(user=user, suspended_at=None, admitted_at__lte=now)
        .values_list("pk", flat=True)
        .first()
    )
    if chosen is None:
        return Actor(
            user_id=user.pk, name=user.name, email=user.email, expert_id=expert, operator=user.is_staff
        )
    org = chosen.organisation
    kinds = org.capacities.filter(status=CapacityStatus.VERIFIED).values_list("kind", flat=True)
    return Actor(
        user_id=user.pk,
        name=user.name,
        email=user.email,
        org_id=org.pk,
        org_name=org.name,
        credit_code=org.credit_code,
        region=org.region,
        kinds=frozenset(kinds),
        role=chosen.role,
        expert_id=expert,
        operator=user.is_staff,
    )


def actor_of_scope(scope: Any) -> Actor:
    """Describe who opened a WebSocket."""
    session = scope.get("session")
    return actor_for(scope.get("user"), session.get(SESSION_DESK) if session is not None else None)


def person(user_id: uuid.UUID) -> User:
    """Give a user by id, or raise NotFound."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise NotFound()
    return user
