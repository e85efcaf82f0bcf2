"""Replay a room's recordings as its region's supervisor: each replay is a row, kept as long as the recordings are."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from django.core.files.storage import storages
from django.db import transaction

from core import clock
from core.audit.services import record
from core.errors import NotFound
from evaluation import access
from evaluation.models import Panel, Sitting
from evaluation.recordings import STORE
from evaluation.video import replay, sittings
from evaluation.video.chain import LONGEST_PIECE
from parties.access import Actor
from storage import faults


@transaction.atomic
def begin(*, actor: Actor, panel_id: uuid.UUID) -> Sitting:
    """Write down that the actor replays the room from now on. Raises NotFound."""
    access.recordings_to_view(actor, panel_id)
    panel = Panel.objects.select_for_update().get(pk=panel_id)
    sitting = Sitting.objects.create(
        panel=panel, user_id=actor.require_user(), role=Sitting.REPLAY, by=actor.label
    )
    record(
        actor=actor.label,
        verb="replay_video",
        subject=f"room.{panel.pk}",
        rule="T-26",
        sitting=str(sitting.pk),
    )
    return sitting


@transaction.atomic
def read(
    *, actor: Actor, panel_id: uuid.UUID, replay_id: uuid.UUID, sitting_id: uuid.UUID, part: int
) -> tuple[str, int, Iterator[bytes]]:
    """Give one file of a recording: its kind, its length, and its bytes a piece at a time; the replay goes on until now.

    Raises NotFound, also for a replay that is not the actor's own.
    """
    panel = access.recordings_to_view(actor, panel_id)
    own = sittings.own(panel, replay_id, actor.require_user())
    found = replay.pieces(panel, sitting_id, part)
    if own is None or own.role != Sitting.REPLAY or not found:
        raise NotFound()
    own.seen_at = clock.now()
    own.save(update_fields=["seen_at"])
    mime = Sitting.objects.values_list("mime", flat=True).get(pk=sitting_id)
    return mime, sum(piece.length for piece in found), _bytes([piece.stored_as for piece in found])


def _bytes(names: list[str]) -> Iterator[bytes]:
    for name in names:
        with faults.told(), storages[STORE].open(name, "rb") as file:
            yield file.read(LONGEST_PIECE)
