"""Take part in a room's video, or watch it: come, stay, find the others, leave. Each stay is a row that is kept."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, WrongState, gettext_noop
from evaluation import access
from evaluation.models import Member, Panel, Sitting
from evaluation.services import recording
from evaluation.states import MemberStatus
from evaluation.video import chain, sittings
from evaluation.video.backend import backend
from parties.access import Actor
from tendering.facts import TenderFacts

MIME = re.compile(r"(?:video|audio)/(?:webm|mp4)(?:;codecs=[A-Za-z0-9.,]{1,40})?")


@dataclass(frozen=True, slots=True)
class Joined:
    """What a browser needs to begin: its sitting, the backend's words, whom it meets, what its recording follows."""

    sitting: Sitting
    media: dict[str, Any]
    peers: list[dict[str, Any]]
    start: str


def role_of(actor: Actor, tender: TenderFacts, member: Member | None) -> str:
    """Give as what somebody who may enter the room is at its video. Raises NotDeclared for a member who has to declare."""
    if member is None:
        return Sitting.HOST if access.hosts(actor, tender) else Sitting.SUPERVISOR
    if member.status != MemberStatus.DECLARED:
        raise NotDeclared()
    return Sitting.MEMBER


class NotDeclared(WrongState):
    """A member who has not declared sees and hears nobody."""

    code = "not-declared"
    title = gettext_noop("Declare in the room first, then take part in its video")


@transaction.atomic
def join(*, actor: Actor, panel_id: uuid.UUID, mime: str = "", picture: bool = False) -> Joined:
    """Begin a sitting; an earlier one of the same person ends. A member says what the browser records (`mime`).

    Raises NotFound, NotDeclared, WrongState (the evaluation is over), Invalid (a recording that could not be played).
    """
    access.room_to_enter(actor, panel_id)
    panel = Panel.objects.select_for_update().get(pk=panel_id)
    panel, tender, member = access.room_to_enter(actor, panel_id)
    role = role_of(actor, tender, member)
    if panel.status not in sittings.LIVE:
        raise WrongState(
            gettext_noop("The evaluation is over; nobody is seen or heard in this room any more.")
        )
    records = role == Sitting.MEMBER and backend().records_at_sender
    if records and not MIME.fullmatch(mime):
        raise Invalid(
            gettext_noop("This browser records in no form that can be played later. Use another one.")
        )
    for old in panel.sittings.filter(user_id=actor.require_user(), role=role, ended_at=None):
        recording.end(panel, old)
    sitting = Sitting(
        panel=panel,
        member=member,
        user_id=actor.require_user(),
        role=role,
        by=actor.label,
        mime=mime if records else "",
        picture=records and picture,
    )
    sitting.head = chain.start(panel.pk, sitting.pk)
    sitting.save(force_insert=True)
    record(
        actor=actor.label,
        verb="join_video" if role == Sitting.MEMBER else "watch_video",
        subject=f"room.{panel.pk}",
        rule="T-26",
        sitting=str(sitting.pk),
        role=role,
    )
    if role == Sitting.MEMBER:
        recording.tell(panel, "video.joined", member=str(sitting.member_id))
        recording.plan_watch(panel.pk)
    return Joined(
        sitting, backend().join(sittings.seat(sitting)), sittings.peers(panel, sitting), sitting.head
    )


@transaction.atomic
def stay(*, actor: Actor, panel_id: uuid.UUID, sitting_id: uuid.UUID) -> list[dict[str, Any]]:
    """Say that the browser is still there, and give whom it is to be connected to now. Raises NotFound."""
    panel, sitting = _own(actor, panel_id, sitting_id)
    sitting.seen_at = clock.now()
    sitting.save(update_fields=["seen_at"])
    return sittings.peers(panel, sitting)


@transaction.atomic
def signal(
    *, actor: Actor, panel_id: uuid.UUID, sitting_id: uuid.UUID, to: uuid.UUID, kind: str, body: Any
) -> None:
    """Pass a message to one other browser in the same room. Raises NotFound, Invalid."""
    panel, sitting = _own(actor, panel_id, sitting_id)
    receiver = next((row for row in sittings.live(panel) if row.pk == to), None)
    if receiver is None:
        raise NotFound()
    backend().signal(sittings.seat(sitting), sittings.seat(receiver), kind, body)


@transaction.atomic
def leave(*, actor: Actor, panel_id: uuid.UUID, sitting_id: uuid.UUID) -> None:
    """End a sitting. Raises NotFound."""
    panel = Panel.objects.select_for_update().filter(pk=panel_id).first()
    if panel is None:
        raise NotFound()
    panel, sitting = _own(actor, panel_id, sitting_id)
    recording.end(panel, sitting)


def _own(actor: Actor, panel_id: uuid.UUID, sitting_id: uuid.UUID) -> tuple[Panel, Sitting]:
    """Give the actor's own sitting, while its door is open to them. Raises NotFound."""
    panel, tender, member = access.room_to_enter(actor, panel_id)
    sitting = sittings.own(panel, sitting_id, actor.require_user())
    if sitting is None or panel.status not in sittings.LIVE or role_of(actor, tender, member) != sitting.role:
        raise NotFound()
    return panel, sitting
