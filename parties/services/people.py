"""People: accounts made by the operator, and who sits at which desk."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.errors import Conflict, Forbidden, Invalid, NotFound, WrongState, gettext_noop
from parties import tokens
from parties.access import Actor
from parties.models import InboxItem, Invitation, Membership, Organisation, User
from parties.services import inbox
from parties.states import CapacityStatus, Kind, Role

INVITATION_LASTS = timedelta(days=14)


class LastAdministrator(WrongState):
    """A desk needs somebody who manages it."""

    code = "last-administrator"
    title = gettext_noop("This is the last administrator of the desk")


@transaction.atomic
def create(*, email: str, name: str, password: str | None = None, language: str = "zh-hans") -> User:
    """Make an account whose address counts as verified, for the operator and for the demonstration.

    People make their own accounts through the site's pages. Raises Conflict when the address is taken.
    """
    if User.objects.filter(email=email.lower()).exists():
        raise Conflict(gettext_noop("There is already an account with this address."))
    user = User.objects.create_user(email, password, name=name, language=language)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    record(actor="operator", verb="parties.create_person", subject=f"person.{user.pk}")
    return user


@transaction.atomic
def join(
    *, actor: str, user_id: uuid.UUID, org_id: uuid.UUID, role: str, since: datetime | None = None
) -> uuid.UUID:
    """Seat a person at a desk without an invitation: founders, the operator, the demonstration. Gives the membership."""
    org = Organisation.objects.select_for_update().get(pk=org_id)
    now = clock.now()
    open_now = Membership.objects.filter(user_id=user_id, organisation=org, deputy_for=None).filter(
        Q(until=None) | Q(until__gt=now)
    )
    if open_now.exists():
        raise Conflict(gettext_noop("This person already works at this desk."))
    row = Membership.objects.create(user_id=user_id, organisation=org, role=Role(role), since=since or now)
    record(
        actor=actor, verb="parties.join", subject=f"organisation.{org_id}", user=str(user_id), role=str(role)
    )
    return row.pk


# --- invitations --------------------------------------------------------------------------------------------
@transaction.atomic
def invite(*, actor: Actor, email: str, role: str) -> str:
    """Invite somebody to the actor's desk by e-mail and give the token of the message.

    A second invitation to the same address replaces the first. Raises NotFound for people who do not
    manage the desk, Conflict for somebody who already works there.
    """
    org = Organisation.objects.select_for_update().get(pk=actor.require_admin())
    address = email.strip().lower()
    now = clock.now()
    if _works_there(address, org, now):
        raise Conflict(gettext_noop("This person already works at this desk."))
    Invitation.objects.filter(organisation=org, email=address, accepted_at=None, withdrawn_at=None).update(
        withdrawn_at=now
    )
    number = uuid.uuid4()
    token = tokens.make("invitation", number)
    row = Invitation.objects.create(
        id=number,
        organisation=org,
        email=address,
        role=Role(role),
        token_hash=tokens.hashed(token),
        invited_by=actor.label,
        expires_at=now + INVITATION_LASTS,
    )
    record(
        actor=actor.label,
        verb="parties.invite",
        subject=f"organisation.{org.pk}",
        invitation=str(row.pk),
        role=str(role),
    )
    transaction.on_commit(lambda: _mail_invitation(row.pk), robust=True)
    return token


def _works_there(address: str, org: Organisation, now: datetime) -> bool:
    return (
        Membership.objects.filter(user__email=address, organisation=org)
        .filter(Q(until=None) | Q(until__gt=now))
        .exists()
    )


def _mail_invitation(invitation_id: uuid.UUID) -> None:
    from parties.tasks import mail_invitation

    mail_invitation.enqueue(str(invitation_id))


def invitation_by(token: str) -> Invitation:
    """Give the open invitation for a token. Raises NotFound for unknown, used, withdrawn and expired ones alike."""
    row = Invitation.objects.select_related("organisation").filter(token_hash=tokens.hashed(token)).first()
    if row is None or row.accepted_at or row.withdrawn_at or clock.now() >= row.expires_at:
        raise NotFound(gettext_noop("This invitation is not valid any more. Ask for a new one."))
    return row


@transaction.atomic
def accept(*, actor: Actor, token: str) -> uuid.UUID:
    """Take the seat one was invited to and give the membership.

    Only whoever signs in with the address that was invited can. Raises NotFound, Forbidden.
    """
    user_id = actor.require_user()
    row = invitation_by(token)
    org = Organisation.objects.select_for_update().get(pk=row.organisation_id)
    row = Invitation.objects.select_for_update().get(pk=row.pk)
    if row.accepted_at or row.withdrawn_at:
        raise NotFound(gettext_noop("This invitation is not valid any more. Ask for a new one."))
    if actor.email.lower() != row.email:
        raise Forbidden(
            gettext_noop("This invitation was sent to another address. Sign in with that address.")
        )
    now = clock.now()
    if _works_there(row.email, org, now):
        raise Conflict(gettext_noop("This person already works at this desk."))
    if actor.expert_id is not None and _supervises(org):
        raise Forbidden(gettext_noop("Whoever supervises cannot evaluate."), rule="L-29")
    row.accepted_at = now
    row.save(update_fields=["accepted_at"])
    membership = Membership.objects.create(user_id=user_id, organisation=org, role=row.role, since=now)
    record(
        actor=actor.label,
        verb="parties.accept_invitation",
        subject=f"organisation.{org.pk}",
        invitation=str(row.pk),
        role=row.role,
    )
    return membership.pk


def _supervises(org: Organisation) -> bool:
    return org.capacities.filter(kind=Kind.SUPERVISOR, status=CapacityStatus.VERIFIED).exists()


@transaction.atomic
def withdraw_invitation(*, actor: Actor, invitation_id: uuid.UUID) -> None:
    """Make an invitation worthless. Does nothing to one that has been accepted."""
    org_id = actor.require_admin()
    Organisation.objects.select_for_update().get(pk=org_id)
    changed = Invitation.objects.filter(
        pk=invitation_id, organisation_id=org_id, accepted_at=None, withdrawn_at=None
    ).update(withdrawn_at=clock.now())
    if not changed:
        raise WrongState(gettext_noop("This invitation is not open any more."))
    record(
        actor=actor.label,
        verb="parties.withdraw_invitation",
        subject=f"organisation.{org_id}",
        invitation=str(invitation_id),
    )


# --- the desk -----------------------------------------------------------------------------------------------
def _membership(actor: Actor, membership_id: uuid.UUID) -> Membership:
    """Lock the organisation and give an open membership at the actor's desk; raises NotFound."""
    if actor.org_id is None:
        raise NotFound()
    Organisation.objects.select_for_update().get(pk=actor.org_id)
    row = (
        Membership.objects.filter(pk=membership_id, organisation_id=actor.org_id)
        .filter(Q(until=None) | Q(until__gt=clock.now()))
        .select_related("user")
        .first()
    )
    if row is None or (actor.role != Role.ADMIN and row.user_id != actor.user_id):
        raise NotFound()
    return row


def _refuse_without_admin(row: Membership, now: datetime) -> None:
    """Raise LastAdministrator if nobody else manages the desk."""
    others = Membership.objects.filter(
        organisation_id=row.organisation_id,
        role=Role.ADMIN,
        deputy_for=None,
        since__lte=now,
        user__is_active=True,
    ).filter(Q(until=None) | Q(until__gt=now))
    if row.role == Role.ADMIN and row.deputy_for_id is None and not others.exclude(pk=row.pk).exists():
        raise LastAdministrator(gettext_noop("Give another person the administrator's role first."))


@transaction.atomic
def set_role(*, actor: Actor, membership_id: uuid.UUID, role: str) -> None:
    """Change what a person may do at the desk. Raises NotFound, LastAdministrator."""
    actor.require_admin()
    row = _membership(actor, membership_id)
    new = Role(role)
    if row.role == new:
        return
    if new != Role.ADMIN:
        _refuse_without_admin(row, clock.now())
    old, row.role = row.role, new
    row.save(update_fields=["role"])
    record(
        actor=actor.label,
        verb="parties.set_role",
        subject=f"organisation.{row.organisation_id}",
        user=str(row.user_id),
        old=old,
        new=str(new),
    )


@transaction.atomic
def name_deputy(
    *, actor: Actor, membership_id: uuid.UUID, deputy_id: uuid.UUID, since: datetime, until: datetime
) -> uuid.UUID:
    """Let a colleague stand in for a person in the half-open period [since, until); gives the deputy's seat.

    The colleague acts with the person's role, and every record names both. Raises Invalid, NotFound.
    """
    row = _membership(actor, membership_id)
    deputy = Membership.objects.filter(
        pk=deputy_id, organisation_id=row.organisation_id, deputy_for=None
    ).first()
    now = clock.now()
    if deputy is None or (deputy.until is not None and deputy.until <= now):
        raise NotFound()
    if deputy.user_id == row.user_id or row.deputy_for_id is not None:
        raise Invalid(errors={"deputy": gettext_noop("Choose another person of this desk.")})
    if not now - timedelta(days=1) <= since < until:
        raise Invalid(
            errors={"until": gettext_noop("The last day must not be before the first, nor in the past.")}
        )
    seat = Membership.objects.create(
        user_id=deputy.user_id,
        organisation_id=row.organisation_id,
        role=row.role,
        deputy_for=row,
        since=since,
        until=until,
    )
    record(
        actor=actor.label,
        verb="parties.name_deputy",
        subject=f"organisation.{row.organisation_id}",
        user=str(row.user_id),
        deputy=str(deputy.user_id),
        since=since.isoformat(),
        until=until.isoformat(),
    )
    inbox.tell(
        key=f"deputy.{seat.pk}",
        user_id=deputy.user_id,
        title=gettext_noop("You stand in for %(name)s from %(since)s on"),
        why=gettext_noop("%(by)s named you as deputy; choose the desk under your name."),
        url=reverse("desk"),
        name=row.user.name,
        since=since.astimezone(clock.BEIJING).date().isoformat(),
        by=actor.name,
    )
    return seat.pk


@transaction.atomic
def hand_over(*, actor: Actor, membership_id: uuid.UUID, to_id: uuid.UUID) -> int:
    """Give what a person has taken on at this desk and not finished to a colleague; gives the number of items."""
    row = _membership(actor, membership_id)
    to = _colleague(row, to_id)
    moved = _move_items(row, to)
    record(
        actor=actor.label,
        verb="parties.hand_over",
        subject=f"organisation.{row.organisation_id}",
        user=str(row.user_id),
        to=str(to.user_id),
        items=moved,
    )
    inbox.tell(
        key=f"hand-over.{row.pk}.{clock.now().isoformat()}",
        user_id=to.user_id,
        title=gettext_noop("%(name)s has handed %(items)s open items over to you"),
        why=gettext_noop("You work at the same desk, and they chose you."),
        url=reverse("desk"),
        name=row.user.name,
        items=moved,
    )
    return moved


def _colleague(row: Membership, to_id: uuid.UUID) -> Membership:
    to = (
        Membership.objects.filter(pk=to_id, organisation_id=row.organisation_id, user__is_active=True)
        .filter(Q(until=None) | Q(until__gt=clock.now()))
        .first()
    )
    if to is None or to.user_id == row.user_id:
        raise Invalid(errors={"to": gettext_noop("Choose another person of this desk.")})
    return to


def _held(row: Membership) -> Q:
    return Q(holder_id=row.user_id, organisation_id=row.organisation_id, done_at=None)


def _move_items(row: Membership, to: Membership) -> int:
    return InboxItem.objects.filter(_held(row)).update(holder_id=to.user_id)


@transaction.atomic
def leave(*, actor: Actor, membership_id: uuid.UUID, to_id: uuid.UUID | None = None) -> None:
    """End a person's work at the desk, from this instant on.

    Open items that they took go to the colleague `to_id`, who must be named when there are any. The last
    administrator cannot leave. Raises NotFound, Invalid, LastAdministrator.
    """
    row = _membership(actor, membership_id)
    now = clock.now()
    _refuse_without_admin(row, now)
    others = Membership.objects.filter(organisation_id=row.organisation_id).exclude(user_id=row.user_id)
    moved = 0
    if to_id is not None:
        moved = _move_items(row, _colleague(row, to_id))
    elif InboxItem.objects.filter(_held(row)).exists():
        raise Invalid(errors={"to": gettext_noop("Say who takes over the open items.")})
    Membership.objects.filter(Q(pk=row.pk) | Q(deputy_for=row)).filter(
        Q(until=None) | Q(until__gt=now)
    ).update(until=now)
    others.filter(deputy_for__user_id=row.user_id).filter(Q(until=None) | Q(until__gt=now)).update(until=now)
    Membership.objects.filter(
        user_id=row.user_id, organisation_id=row.organisation_id, deputy_for__isnull=False
    ).filter(Q(until=None) | Q(until__gt=now)).update(until=now)
    record(
        actor=actor.label,
        verb="parties.leave",
        subject=f"organisation.{row.organisation_id}",
        user=str(row.user_id),
        items=moved,
    )
