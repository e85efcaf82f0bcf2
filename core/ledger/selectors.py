"""Reads of the log: its newest checkpoint, tiles, bundles and the hashes that proofs are made of."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from typing import Any

from core.canonical import NotJson, NotStrict, read_json
from core.errors import NotFound, gettext_noop
from core.ledger import tlog
from core.ledger.models import Checkpoint, Cosignature, Entry, Node

_CHECKPOINTS_LOOKED_AT = 500
_AN_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class NoSuchTile(NotFound):
    """The address is no tile, or lies beyond the newest checkpoint."""

    code = "no-such-tile"
    title = gettext_noop("The log has no such tile")


def size() -> int:
    """The number of committed entries, signed for or not."""
    last = Entry.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if last is None else last + 1


def newest_checkpoint() -> Checkpoint | None:
    """The checkpoint that covers most entries, or None before the first."""
    return Checkpoint.objects.order_by("-size").first()


def note_with_cosignatures(checkpoint: Checkpoint) -> str:
    """The signed note, with one line per witness that has cosigned it."""
    lines = checkpoint.cosignatures.order_by("witness").values_list("line", flat=True)
    return checkpoint.note + "".join(lines)


def covering(index: int, witnesses: Collection[str], needed: int) -> Checkpoint | None:
    """The first checkpoint over entry `index` that at least `needed` of these witnesses have cosigned, or None.

    The first, not the newest: whoever asks again gets the same.
    """
    later = Checkpoint.objects.filter(size__gt=index).order_by("size").prefetch_related("cosignatures")
    for checkpoint in later[:_CHECKPOINTS_LOOKED_AT]:
        names = {row.witness for row in checkpoint.cosignatures.all()}
        if len(names & set(witnesses)) >= needed:
            return checkpoint
    return None


def newest_checkpoints(count: int) -> list[Checkpoint]:
    """The newest checkpoints with their cosignatures and time stamps, newest first."""
    rows = Checkpoint.objects.order_by("-size").prefetch_related("cosignatures", "timestamps")
    return list(rows[:count])


def cosigned_between(start: datetime, end: datetime) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """The newest cosigned checkpoint before `start`, and all that were cosigned from then to `end`, by the witnesses' clocks.

    Each: size, and witnesses as name and seconds since the epoch. Looks at the newest checkpoints only.
    """
    before: dict[str, Any] | None = None
    within: list[dict[str, Any]] = []
    for checkpoint in newest_checkpoints(_CHECKPOINTS_LOOKED_AT):
        times = {row.witness: row.timestamp for row in checkpoint.cosignatures.all()}
        if inside := {name: at for name, at in times.items() if start.timestamp() < at < end.timestamp()}:
            within.append({"size": checkpoint.size, "witnesses": inside})
        elif times and max(times.values()) <= start.timestamp():
            before = {"size": checkpoint.size, "witnesses": times}
            break
    return before, within


def newest_cosignatures() -> list[tuple[str, int, int]]:
    """Each witness's newest cosignature: name, tree size, seconds since the epoch; by name."""
    newest = {}
    rows = Cosignature.objects.order_by("checkpoint__size").values_list(
        "witness", "checkpoint__size", "timestamp"
    )
    names = Cosignature.objects.order_by("witness").values_list("witness", flat=True).distinct()
    for name in names:
        newest[name] = rows.filter(witness=name).last()
    return [row for row in newest.values() if row is not None]


def entries(start: int, end: int) -> list[tuple[int, bytes, datetime]]:
    """The entries [start, end): index, bytes and when they were appended."""
    rows = Entry.objects.filter(index__gte=start, index__lt=end).order_by("index")
    return [(row.index, bytes(row.content), row.appended_at) for row in rows]


def tokens_of(checkpoint: Checkpoint) -> list[tuple[str, bytes]]:
    """The time stamps over a checkpoint: authority and DER token, oldest first."""
    rows = checkpoint.timestamps.order_by("pk").values_list("tsa", "token")
    return [(tsa, bytes(token)) for tsa, token in rows]


def entries_naming(text: str) -> list[dict[str, Any]]:
    """The entries in clear that hold `text`, oldest first: for whoever looks for everything about one thing."""
    found = []
    for content in Entry.objects.order_by("index").values_list("content", flat=True).iterator():
        if text.encode() in bytes(content):
            with suppress(NotJson, NotStrict):
                found.append(read_json(bytes(content)))
    return [row for row in found if isinstance(row, dict)]


def entries_about(ids: Collection[uuid.UUID]) -> dict[str, list[dict[str, Any]]]:
    """The entries in clear that hold any of these ids, by id and oldest first: the log is read once for all of them."""
    found: dict[str, list[dict[str, Any]]] = {str(one): [] for one in ids}
    for content in Entry.objects.order_by("index").values_list("content", flat=True).iterator():
        names = {name.decode() for name in _AN_ID.findall(bytes(content))} & found.keys()
        if not names:
            continue
        with suppress(NotJson, NotStrict):
            row = read_json(bytes(content))
            for name in names if isinstance(row, dict) else ():
                found[name].append(row)
    return found


def newest_of_type(kind: str) -> tuple[int, dict[str, Any]] | None:
    """The newest entry in clear of a type, with its index."""
    rows = Entry.objects.order_by("-index").values_list("index", "content")
    for index, content in rows.iterator(chunk_size=100):
        if kind.encode() in bytes(content):
            with suppress(NotJson, NotStrict):
                row = read_json(bytes(content))
                if isinstance(row, dict) and row.get("type") == kind:
                    return index, row
    return None


def entry(index: int) -> bytes:
    """The entry's bytes.  Raises NoSuchTile beyond the end."""
    found = Entry.objects.filter(pk=index).first()
    if found is None:
        raise NoSuchTile
    return bytes(found.content)


def tile(coordinates: tlog.Tile) -> bytes:
    """The bytes of a tile or entry bundle, whether or not a checkpoint covers it.

    Raises NoSuchTile when short.
    """
    first, width = coordinates.index * tlog.TILE_WIDTH, coordinates.width
    if coordinates.level > 0:
        nodes = Node.objects.filter(level=coordinates.level, index__gte=first, index__lt=first + width)
        parts = list(nodes.order_by("index").values_list("hash", flat=True))
    else:
        column = "content" if coordinates.level < 0 else "leaf_hash"
        entries = Entry.objects.filter(index__gte=first, index__lt=first + width)
        parts = list(entries.order_by("index").values_list(column, flat=True))
    if len(parts) != width:
        raise NoSuchTile
    contents = [bytes(part) for part in parts]
    return tlog.pack_bundle(contents) if coordinates.level < 0 else b"".join(contents)


def published_tile(path: str) -> bytes:
    """The tile at the address after `/tile/`, if the newest checkpoint covers it.  Raises NoSuchTile."""
    try:
        coordinates = tlog.Tile.parse(path)
    except tlog.BadTile:
        raise NoSuchTile
    newest = newest_checkpoint()
    if newest is None or not coordinates.within(newest.size):
        raise NoSuchTile
    return tile(coordinates)


def hashes(tree_size: int) -> tlog.HashReader:
    """A reader of the hashes of the tree of `tree_size`; each tile is read from the database once."""
    return tlog.tile_reader(tree_size, tile)
