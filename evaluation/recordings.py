"""Check recordings: every piece as it is stored, in its chain, against the heads in the audit trail."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.files.storage import storages

from core.audit.selectors import entries_of
from core.audit.services import verify
from evaluation.models import Panel, Piece, Sitting
from evaluation.video import chain

STORE, FOLDER = "default", "recordings"


@dataclass(frozen=True, slots=True)
class Checked:
    """One recording: how many pieces it has, and in one line what the first fault is; empty when there is none."""

    sitting: str
    whose: str
    pieces: int
    fault: str


def check(panel: Panel) -> Iterator[Checked]:
    """Check every recording of a room, one piece in memory at a time.

    A recording that the room's audit trail knows and the table does not is a fault too.
    """
    joined = {
        str(entry.facts["sitting"]): entry.actor
        for entry in entries_of(f"room.{panel.pk}")
        if entry.verb == "join_video"
    }
    rows = {str(row.pk): row for row in panel.sittings.filter(role=Sitting.MEMBER)}
    if (broken := verify(f"room.{panel.pk}")) is not None:
        yield Checked("", "", 0, f"entry {broken} of the room's audit trail does not follow the one before")
    for name in sorted(
        {*joined, *rows}, key=lambda one: rows[one].joined_at.isoformat() if one in rows else ""
    ):
        row = rows.get(name)
        if row is None:
            yield Checked(name, joined[name], 0, "the whole recording is gone")
        else:
            yield Checked(name, row.by, row.pieces, _fault(row))


def _fault(sitting: Sitting) -> str:
    subject = f"recording.{sitting.pk}"
    if (broken := verify(subject)) is not None:
        return f"entry {broken} of its audit trail does not follow the one before"
    heads = {
        int(entry.facts["pieces"]): str(entry.facts["head"])
        for entry in entries_of(subject)
        if entry.verb == "record"
    }
    head, n = chain.start(sitting.panel_id, sitting.pk), 0
    for piece in Piece.objects.filter(sitting=sitting).order_by("n").iterator(chunk_size=500):
        if piece.n != n:
            return f"piece {n} is gone"
        if problem := _wrong(piece):
            return f"piece {n} {problem}"
        head = chain.link(head, n, piece.part, piece.begins_ms, piece.sha256)
        n += 1
        if head != piece.link or heads.get(n, head) != head:
            return f"piece {n - 1} is not the one that was recorded"
    if n < max([sitting.pieces, *heads]):
        return f"piece {n} is gone"
    return "" if head == sitting.head else "its head is not the one of its last piece"


def _wrong(piece: Piece) -> str:
    try:
        with storages[STORE].open(piece.stored_as, "rb") as file:
            content = file.read(chain.LONGEST_PIECE + 1)
    except FileNotFoundError:
        return "is not in the store"
    return "" if hashlib.sha256(content).hexdigest() == piece.sha256 else "was changed in the store"
