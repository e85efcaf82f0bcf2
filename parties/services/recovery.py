"""A person lost the last passkey and has no recovery code left.

The way back: a link to the verified address, and then either the approval of an administrator of a desk
where the person works, or a wait of three days (`settings.KEY_RECOVERY_WAIT`, a timedelta) in which the
person and those administrators are told and can stop it. When the link is used, every passkey,
authenticator app and recovery code of the account goes, and so do its other sessions. A stolen mailbox
alone is thus not enough to sign in unnoticed.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.errors import NotFound, WrongState, gettext_noop
from parties import tokens
from parties.access import Actor
from parties.models import KeyRecovery, Membership, User
from parties.selectors import in_force, user_named
from parties.services import inbox
from parties.states import Role

WAIT = timedelta(days=3)
LASTS = timedelta(days=14)


class NotReady(WrongState):
    """Neither approved nor waited for."""

    code = "recovery-not-ready"
    title = gettext_noop("The waiting time is not over")


def open_for(user_id: uuid.UUID) -> Q:
    """Give the condition for a request that can still be used."""
    return Q(user_id=user_id, used_at=None, stopped_at=None, expires_at__gt=clock.now())


@transaction.atomic
def request(*, email: str) -> None:
    """Start the way back for the account with this address and send it the link; says nothing about whether it exists.

    A second request while one is open sends nothing and changes nothing.
    """
    user = user_named(email)
    if user is None or not Authenticator.objects.filter(user=user).exists():
        return
    User.objects.select_for_update().get(pk=user.pk)
    now = clock.now()
    KeyRecovery.objects.filter(user=user, used_at=None, stopped_at=None, expires_at__lte=now).update(
        stopped_at=now
    )
    if KeyRecovery.objects.filter(open_for(user.pk)).exists():
        return
    number = uuid.uuid4()
    row = KeyRecovery.objects.create(
        id=number,
        user=user,
        requested_at=now,
        ready_at=now + getattr(settings, "KEY_RECOVERY_WAIT", WAIT),
        expires_at=now + LASTS,
        token_hash=tokens.hashed(tokens.make("recovery", number)),
    )
    record(actor=f"{user.name} <{user.email}>", verb="parties.ask_recovery", subject=f"person.{user.pk}")
    inbox.tell(
        key=f"recovery.{row.pk}.self",
        user_id=user.pk,
        title=gettext_noop("Somebody asked to sign in to your account without a passkey"),
        why=gettext_noop("If this was not you, stop it at once under “Passkeys and sign-in”."),
        url=reverse("mfa_index"),
    )
    _tell_administrators(row, user, now)
    transaction.on_commit(lambda: _mail(row.pk), robust=True)


def _tell_administrators(row: KeyRecovery, user: User, now: datetime) -> None:
    desks = Membership.objects.filter(in_force(now), user=user).values("organisation_id")
    administrators = (
        Membership.objects.filter(
            in_force(now), organisation_id__in=desks, role=Role.ADMIN, user__is_active=True
        )
        .exclude(user=user)
        .values_list("user_id", flat=True)
        .distinct()
    )
    for user_id in administrators:
        inbox.assign(
            key=f"recovery.{row.pk}.{user_id}",
            user_id=user_id,
            title=gettext_noop("%(name)s lost the last passkey and asks to sign in without it"),
            why=gettext_noop(
                "You manage their desk. Talk to them in person or by telephone before you approve."
            ),
            url=reverse("parties:people"),
            due_at=row.ready_at,
            name=user.name,
        )


def _mail(recovery_id: uuid.UUID) -> None:
    from parties.tasks import mail_recovery

    mail_recovery.enqueue(str(recovery_id))


def by_token(token: str) -> KeyRecovery:
    """Give the open request for a token. Raises NotFound."""
    number = tokens.read("recovery", token)
    row = KeyRecovery.objects.select_related("user").filter(pk=number, used_at=None, stopped_at=None).first()
    if row is None or clock.now() >= row.expires_at or not row.user.is_active:
        raise NotFound(gettext_noop("This link is not valid any more. Start again."))
    return row


def is_ready(row: KeyRecovery) -> bool:
    """Tell whether the link can be used now."""
    return row.approved_at is not None or clock.now() >= row.ready_at


@transaction.atomic
def approve(*, actor: Actor, recovery_id: uuid.UUID) -> None:
    """Let a colleague whom one has spoken to in without the wait. Raises NotFound, WrongState; never for oneself."""
    org_id = actor.require_admin()
    row = KeyRecovery.objects.select_for_update().select_related("user").filter(pk=recovery_id).first()
    now = clock.now()
    seated = Membership.objects.filter(in_force(now), organisation_id=org_id)
    if row is None or row.user_id == actor.user_id or not seated.filter(user_id=row.user_id).exists():
        raise NotFound()
    if row.used_at or row.stopped_at or row.approved_at or now >= row.expires_at:
        raise WrongState(gettext_noop("This request is not open any more."))
    row.approved_by, row.approved_at = actor.label, now
    row.save(update_fields=["approved_by", "approved_at"])
    record(actor=actor.label, verb="parties.approve_recovery", subject=f"person.{row.user_id}")
    inbox.finish_all(f"recovery.{row.pk}.")
    transaction.on_commit(lambda: _mail(row.pk), robust=True)


@transaction.atomic
def stop(*, by: str, recovery_id: uuid.UUID) -> None:
    """Stop a request: by the person who is signed in, by an administrator, or by the link itself."""
    row = KeyRecovery.objects.select_for_update().get(pk=recovery_id)
    if row.used_at or row.stopped_at:
        raise WrongState(gettext_noop("This request is not open any more."))
    row.stopped_at = clock.now()
    row.save(update_fields=["stopped_at"])
    record(actor=by, verb="parties.stop_recovery", subject=f"person.{row.user_id}")
    inbox.finish_all(f"recovery.{row.pk}.")


@transaction.atomic
def use(*, token: str) -> User:
    """Take the lost second factors and the other sessions away and give the person, who may now be signed in.

    Raises NotFound, NotReady.
    """
    row = KeyRecovery.objects.select_for_update().select_related("user").get(pk=by_token(token).pk)
    if row.used_at or row.stopped_at:
        raise NotFound()
    if not is_ready(row):
        raise NotReady(
            gettext_noop("From %(ready)s on, or as soon as an administrator of your desk approves."),
            ready=row.ready_at.astimezone(clock.BEIJING).strftime("%Y-%m-%d %H:%M"),
        )
    row.used_at = clock.now()
    row.save(update_fields=["used_at"])
    removed, _ = Authenticator.objects.filter(user=row.user).delete()
    for session in UserSession.objects.filter(user=row.user):
        session.end()
    record(
        actor=f"{row.user.name} <{row.user.email}>",
        verb="parties.recover",
        subject=f"person.{row.user_id}",
        approved_by=row.approved_by,
        removed=removed,
    )
    inbox.finish_all(f"recovery.{row.pk}.")
    return row.user


def waiting_at(org_id: uuid.UUID, but: uuid.UUID) -> list[KeyRecovery]:
    """List colleagues at a desk who wait for an approval, without the person `but`."""
    now = clock.now()
    seated = Membership.objects.filter(in_force(now), organisation_id=org_id).exclude(user_id=but)
    rows = KeyRecovery.objects.filter(
        user_id__in=seated.values("user_id"),
        approved_at=None,
        used_at=None,
        stopped_at=None,
        expires_at__gt=now,
    )
    return list(rows.select_related("user").order_by("requested_at"))


def open_of(user_id: uuid.UUID) -> KeyRecovery | None:
    """Give a person's own open request, or None."""
    return KeyRecovery.objects.filter(open_for(user_id)).first()
