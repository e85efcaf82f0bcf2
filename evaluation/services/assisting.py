"""Let a member in whose passkey fails: two people of the host's side confirm who it is, and see nothing of the sheet.

The member's own browser holds the secret and shows a code. Whoever confirms has the person and their identity document
before them and types the code off; two different people do, neither of them on the panel. Who is let in stays so for a few
hours and reaches this room alone; what wants a passkey – signing, adding a passkey – still does.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse

from core import clock
from core.audit.services import record
from core.errors import Conflict, Invalid, NotFound, WrongState, gettext_noop
from evaluation import access, assists
from evaluation.models import AssistedSignIn, Member, Panel
from evaluation.states import MemberStatus
from parties.access import Actor
from parties.selectors import user_named
from parties.services import inbox
from tendering import selectors as tendering

if TYPE_CHECKING:
    from parties.models import User

CODE_DIGITS = 6


class WrongCode(Invalid):
    """The code is not the one that the member's screen shows."""

    code = "wrong-code"
    title = gettext_noop("This is not the code on the member’s screen")


class SamePerson(Conflict):
    """The second confirmation is somebody else's."""

    code = "same-person"
    title = gettext_noop("Somebody else confirms the second time")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the asking browser keeps and shows."""

    id: uuid.UUID
    secret: str
    code: str


@transaction.atomic
def ask(*, email: str) -> Asked:
    """Ask to be let into the room where one sits; gives a code to show, whether there is such a seat or not.

    A request before it is stopped by a new one. The host is told; so is the person, who may not be the one that asks.
    """
    asked = Asked(
        uuid.uuid4(), secrets.token_urlsafe(32), f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    )
    user = user_named(email)
    seat = assists.seat_for(user.pk) if user is not None else None
    if user is None or seat is None:
        return asked
    member = Member.objects.select_for_update().select_related("panel").get(pk=seat)
    now = clock.now()
    AssistedSignIn.objects.filter(member=member, used_at=None, stopped_at=None).update(stopped_at=now)
    AssistedSignIn.objects.create(
        id=asked.id,
        member=member,
        secret_hash=_hash(asked.secret),
        code_hash=_hash(f"{asked.id}:{asked.code}"),
        asked_at=now,
        expires_at=now + assists.LASTS,
    )
    tender = tendering.tender_facts(member.panel.tender_id)
    record(
        actor=f"E{member.position}",
        verb="ask_assist",
        subject=f"room.{member.panel_id}",
        request=str(asked.id),
    )
    inbox.assign(
        key=_key(member.panel_id, asked.id),
        org_id=tender.host_id,
        kind=tender.host_kind,
        title=gettext_noop("A member of the panel for “%(tender)s” cannot sign in"),
        why=gettext_noop(
            "Two of you, who do not sit on the panel, look at the identity document and type the code."
        ),
        url=reverse("evaluation:assist", args=[member.panel_id]),
        due_at=now + assists.LASTS,
        tender=tender.title,
    )
    inbox.tell(
        key=f"{_key(member.panel_id, asked.id)}.self",
        user_id=user.pk,
        title=gettext_noop("Somebody asked to be let into your evaluation room without your passkey"),
        why=gettext_noop("If this was not you, tell the host of the evaluation at once."),
        url=reverse("evaluation:room", args=[member.panel_id]),
    )
    return asked


@transaction.atomic
def confirm(
    *, actor: Actor, panel_id: uuid.UUID, request_id: uuid.UUID, code: str, checked: bool
) -> AssistedSignIn:
    """Confirm, with the person and their identity document before one, who asks; the second person lets them in.

    By the host's desk or the region's supervisor, never by a member. Raises NotFound, Invalid (not checked), WrongCode,
    SamePerson, WrongState. Wrong codes are counted, and stop the request.
    """
    panel, _tender = access.assist_to_give(actor, panel_id)
    row = AssistedSignIn.objects.select_for_update().filter(pk=request_id, member__panel=panel).first()
    if row is None:
        raise NotFound()
    if not assists.is_open(row) or row.second_by_id is not None:
        raise WrongState(gettext_noop("This request is not open any more. The member asks again."))
    if not checked:
        raise Invalid(errors={"checked": gettext_noop("Look at the identity document first.")})
    if row.first_by_id == actor.user_id:
        raise SamePerson(gettext_noop("Another person of your side confirms it too."))
    if not hmac.compare_digest(row.code_hash, _hash(f"{row.pk}:{code.strip()}")):
        _wrong(actor, panel, row)
        return row
    if row.first_by_id is None:
        row.first_by_id, row.first_label = actor.user_id, actor.label
    else:
        row.second_by_id, row.second_label = actor.user_id, actor.label
        inbox.finish(_key(panel.pk, row.pk))
    row.save()
    which = "second" if row.second_by_id else "first"
    record(
        actor=actor.label, verb="confirm_assist", subject=f"room.{panel.pk}", request=str(row.pk), which=which
    )
    return row


def _wrong(actor: Actor, panel: Panel, row: AssistedSignIn) -> None:
    """Count a wrong code, for good; the caller's edge says so."""
    row.wrong += 1
    if row.wrong >= assists.MOST_WRONG:
        row.stopped_at = clock.now()
        inbox.finish(_key(panel.pk, row.pk))
    row.save(update_fields=["wrong", "stopped_at"])
    record(
        actor=actor.label, verb="wrong_code", subject=f"room.{panel.pk}", request=str(row.pk), wrong=row.wrong
    )


@transaction.atomic
def use(*, request_id: uuid.UUID, secret: str) -> tuple[User, Panel]:
    """Give the person who may be signed in now, by the browser that asked, once, and the room. Raises NotFound, WrongState."""
    row = AssistedSignIn.objects.select_for_update().filter(pk=request_id).first()
    if row is None or not hmac.compare_digest(row.secret_hash, _hash(secret)):
        raise NotFound()
    if not assists.is_open(row) or row.second_by_id is None:
        raise WrongState(gettext_noop("Two people have to confirm first, within the time."))
    member = Member.objects.select_related("panel", "user").get(pk=row.member_id)
    sits = member.status == MemberStatus.DECLARED and member.panel.status in assists.AT_WORK
    if not sits or not member.user.is_active:
        raise NotFound()
    row.used_at = clock.now()
    row.save(update_fields=["used_at"])
    by = [row.first_label, row.second_label]
    record(
        actor=f"{member.user.name} <{member.user.email}>",
        verb="assisted_sign_in",
        subject=f"room.{member.panel_id}",
        request=str(row.pk),
        by=by,
    )
    inbox.tell(
        key=f"{_key(member.panel_id, row.pk)}.used",
        user_id=member.user_id,
        title=gettext_noop("You were let into your evaluation room without your passkey"),
        why=gettext_noop("Confirmed by %(first)s and %(second)s. If this was not you, tell them at once."),
        url=reverse("evaluation:room", args=[member.panel_id]),
        first=by[0],
        second=by[1],
    )
    return member.user, member.panel


def _key(panel_id: uuid.UUID, request_id: uuid.UUID) -> str:
    return f"room.{panel_id}.assist.{request_id}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
