"""Take in what members' browsers record, piece by piece in one chain, and raise an alarm when a recording falls silent.

Source: 财政部令第87号第三十九条 (T-26): the evaluation is recorded throughout, with picture and sound.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import Conflict, Invalid, NotFound, gettext_noop
from core.timers import services as timers
from evaluation import access
from evaluation.models import Gap, Member, Panel, Piece, Sitting
from evaluation.recordings import FOLDER, STORE
from evaluation.states import MemberStatus
from evaluation.video import chain, line, sittings, wall
from evaluation.video.backend import backend
from parties.access import CLOCK, Actor
from realtime.services import push
from storage import faults
from storage.uploads import UploadTooLarge

HEAD_EVERY = 60
"""So many pieces, about a minute, after which the head of a recording is written into the audit trail."""
AHEAD_SECONDS = 60
"""What a browser may send beyond its time at once: the first pieces, and clocks that run a little fast."""
NOT_WATCHED_AFTER = timedelta(minutes=10)
"""Once nobody has been at the video for so long, every silence has had its alarm."""
JUMP_MS = 3000
"""A step between two pieces from which on something between them was not recorded."""
WATCH = "evaluation.watch_recordings"


class WrongPiece(Conflict):
    """The piece does not follow what has arrived; `next` says which one does, `head` what it names before it."""

    code = "wrong-piece"
    title = gettext_noop("This piece of the recording does not follow the one before")


@transaction.atomic
def take(
    *,
    actor: Actor,
    panel_id: uuid.UUID,
    sitting_id: uuid.UUID,
    n: int,
    part: int,
    begins_ms: int,
    previous: str,
    content: bytes,
    round_trip_ms: int = 0,
    waiting: int = 0,
) -> Sitting:
    """Keep the next piece of the actor's own recording; one that has arrived already is taken as it is.

    Raises NotFound (also once the sitting or the evaluation is over), WrongPiece, Invalid (empty, no numbers), UploadTooLarge
    (of itself, or for the time that the recording has taken), StoreUnavailable.
    """
    panel, _tender, member = access.room_to_enter(actor, panel_id)
    found = sittings.own(panel, sitting_id, actor.require_user())
    if (
        found is None
        or member is None
        or found.role != Sitting.MEMBER
        or member.status != MemberStatus.DECLARED
        or panel.status not in sittings.LIVE
    ):
        raise NotFound()
    if min(n, part, begins_ms, round_trip_ms, waiting) < 0:
        raise Invalid(gettext_noop("A piece is named by whole numbers."))
    sitting = Sitting.objects.select_for_update().get(pk=found.pk)
    sha256 = hashlib.sha256(content).hexdigest()
    head = chain.link(previous, n, part, begins_ms, sha256)
    if n < sitting.pieces and Piece.objects.filter(sitting=sitting, n=n, link=head).exists():
        return sitting
    if n != sitting.pieces or previous != sitting.head:
        raise WrongPiece(next=sitting.pieces, head=sitting.head)
    now = clock.now()
    _check_size(sitting, content, (now - sitting.joined_at).total_seconds())

    with faults.told():
        stored_as = storages[STORE].save(f"{FOLDER}/{panel.pk}/{sitting.pk}/{n:07d}", ContentFile(content))
    Piece.objects.create(
        sitting=sitting,
        n=n,
        part=part,
        begins_ms=begins_ms,
        length=len(content),
        sha256=sha256,
        link=head,
        stored_as=stored_as,
        arrived_at=now,
    )
    before = sitting.quality
    sitting.pieces, sitting.bytes, sitting.head = n + 1, sitting.bytes + len(content), head
    sitting.recorded_at = sitting.seen_at = now
    sitting.quality = line.quality(round_trip_ms, waiting)
    sitting.save(update_fields=["pieces", "bytes", "head", "recorded_at", "seen_at", "quality"])
    if sitting.pieces % HEAD_EVERY == 0:
        keep_head(sitting, actor=actor.label)
    if n == 0 or before != sitting.quality:
        push(f"room.{panel.pk}", "video.line", member=str(member.pk), quality=sitting.quality)
    _resume(panel, sitting, member, n, begins_ms)
    return sitting


def _check_size(sitting: Sitting, content: bytes, seconds: float) -> None:
    if not content:
        raise Invalid(gettext_noop("An empty piece records nothing."))
    allowed = (max(seconds, 0) + AHEAD_SECONDS) * settings.VIDEO_MAX_BYTES_PER_SECOND
    if len(content) > chain.LONGEST_PIECE or sitting.bytes + len(content) > allowed:
        raise UploadTooLarge(gettext_noop("This recording is larger than its time allows."))


def keep_head(sitting: Sitting, *, actor: str) -> None:
    """Write how far a recording has come into the audit trail, whose seals are logged. Its row is locked by the caller."""
    record(
        actor=actor,
        verb="record",
        subject=f"recording.{sitting.pk}",
        rule="T-26",
        pieces=sitting.pieces,
        head=sitting.head,
    )


def end(panel: Panel, sitting: Sitting) -> None:
    """End a sitting, in the caller's transaction, which holds the panel: its head is kept, and everybody is told."""
    sitting = Sitting.objects.select_for_update().get(pk=sitting.pk)
    if sitting.ended_at is not None:
        return
    sitting.ended_at = clock.now()
    sitting.save(update_fields=["ended_at"])
    if sitting.pieces:
        keep_head(sitting, actor=sitting.by)
    record(
        actor=sitting.by,
        verb="leave_video",
        subject=f"room.{panel.pk}",
        sitting=str(sitting.pk),
        pieces=sitting.pieces,
        head=sitting.head,
    )
    backend().leave(sittings.seat(sitting))
    if sitting.role == Sitting.MEMBER:
        tell(panel, "video.left", member=str(sitting.member_id))


def end_of(panel: Panel, member: Member) -> None:
    """End what a member who leaves the panel has at its video, and the alarm: nobody is to be called back.

    In the caller's transaction, which holds the panel.
    """
    for row in panel.sittings.filter(member=member, ended_at=None):
        end(panel, row)
    Gap.objects.filter(member=member, until=None).update(until=clock.now())


# --- alarms ---


def tell(panel: Panel, kind: str, **facts: str) -> None:
    """Tell the room, and the walls on which it hangs, what changed about its video."""
    push(f"room.{panel.pk}", kind, **facts)
    for name in wall.streams_above(panel.tender.region):
        push(name, "room.changed", room=str(panel.pk), kind=kind)


def plan_watch(panel_id: uuid.UUID) -> None:
    """Have the clock look after the recordings of a room, in the caller's transaction."""
    if not timers.is_planned(verb=WATCH, subject=f"room.{panel_id}"):
        _watch_soon(panel_id)


def _watch_soon(panel_id: uuid.UUID) -> None:
    timers.soon(verb=WATCH, subject=f"room.{panel_id}", after=sittings.late_after() / 2)


@transaction.atomic
def watch(*, panel_id: uuid.UUID) -> list[Gap]:
    """Raise an alarm for every recording that has fallen silent; look again while anybody is at the room's video.

    Whoever never began to be recorded is silent too, from the room's first recording on. Once the evaluation is over, the
    sittings that are left end.
    """
    panel = Panel.objects.select_for_update().get(pk=panel_id)
    now = clock.now()
    open_now = set(Gap.objects.filter(member__panel=panel, until=None).values_list("member_id", flat=True))
    raised = []
    for member, since in sittings.silent(panel, now):
        if member.pk in open_now:
            continue
        raised.append(Gap.objects.create(member=member, since=since, noticed_at=now))
        record(
            actor=CLOCK.label,
            verb="miss_recording",
            subject=f"room.{panel.pk}",
            rule="T-26",
            member=str(member.pk),
            since=since.isoformat(),
        )
        tell(panel, "video.gap", member=str(member.pk), since=since.isoformat())
        for row in Sitting.objects.select_for_update().filter(member=member, ended_at=None, pieces__gt=0):
            keep_head(row, actor=CLOCK.label)  # it may be the last that comes
    if panel.status not in sittings.LIVE:
        for row in panel.sittings.filter(ended_at=None).exclude(role=Sitting.REPLAY):
            end(panel, row)
    if panel.status in sittings.LIVE and panel.sittings.filter(seen_at__gte=now - NOT_WATCHED_AFTER).exists():
        _watch_soon(panel.pk)
    return raised


def _resume(panel: Panel, sitting: Sitting, member: Member, n: int, begins_ms: int) -> None:
    """Close the member's open alarm; what was recorded meanwhile and came late is not missing."""
    gap = Gap.objects.filter(member=member, until=None).first()
    if gap is None:
        return
    before = Piece.objects.filter(sitting=sitting, n=n - 1).first()
    gap.until = clock.now()
    gap.arrived_late = before is not None and begins_ms - before.begins_ms <= JUMP_MS
    gap.save(update_fields=["until", "arrived_late"])
    record(
        actor=sitting.by,
        verb="resume_recording",
        subject=f"recording.{sitting.pk}",
        rule="T-26",
        gap=gap.pk,
        arrived_late=gap.arrived_late,
    )
    tell(panel, "video.resumed", member=str(member.pk))
