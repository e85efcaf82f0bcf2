"""Check a whole log from its tiles: signatures, every hash, and that it goes on from what was seen before.

`fetch` gives the bytes at an address of the log (`checkpoint`, `tile/…`); where they come from is the caller's matter.
Nothing is believed: entries are hashed again, tiles compared with them, roots with signed checkpoints.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.ledger import tlog
from core.ledger.note import COSIGNATURE_V1, Checkpoint, MalformedNote, Note, UnverifiedNote, Verifier

Fetch = Callable[[str], bytes]
_MOST_NAMED = 20
_MOST_BYTES = 1 << 25


@dataclass(slots=True)
class Found:
    """What a check of a log found: `problems` are `(code, detail)`, empty when it is sound.

    Codes: `bad-checkpoint` (not signed by the log's key, or malformed), `missing-tile`, `edited-entry` (an entry that its
    hash does not fit), `edited-tile` (a tile that its entries or lower tiles do not give), `wrong-root` (the tree is
    not the signed one), `rolled-back` (smaller than a checkpoint seen before), `forked` (does not begin with
    what was seen before), `too-few-witnesses`.
    """

    origin: str = ""
    size: int = 0
    root: str = ""
    witnesses: list[dict[str, object]] = field(default_factory=list)
    compared: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def to_json(self) -> dict[str, object]:
        """The object for `--json`."""
        return {
            "valid": self.sound,
            "origin": self.origin,
            "size": self.size,
            "root": self.root,
            "witnesses": self.witnesses,
            "compared": self.compared,
            "problems": [{"code": code, "detail": detail} for code, detail in self.problems],
        }


def reader(source: str) -> Fetch:
    """How a log is read: over HTTP from its address, or from a folder that holds `checkpoint` and `tile/`."""
    if source.startswith(("http://", "https://")):
        return lambda path: _download(f"{source.rstrip('/')}/{path}")
    folder = Path(source)
    return lambda path: (folder / path).read_bytes()


def _download(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - http and https only
            return bytes(answer.read(_MOST_BYTES))
    except urllib.error.HTTPError as error:
        if error.code == 404:
            raise FileNotFoundError(url) from error
        raise


def check(
    fetch: Fetch,
    key: Verifier,
    *,
    older: Iterable[str] = (),
    witnesses: Sequence[Verifier] = (),
    needed: int = 0,
    entries: bool = True,
) -> Found:
    """Check the log that `fetch` reads, signed by `key`.

    `older` are notes seen before (by anyone, with the log's signature); `needed` of the `witnesses` must have cosigned. Without
    `entries` only hashes are read.  Raises OSError when the log cannot be reached.
    """
    found = Found()
    head = _head(fetch("checkpoint"), key, found)
    if head is None:
        return found
    note, checkpoint = head
    found.origin, found.size, found.root = checkpoint.origin, checkpoint.size, checkpoint.root.hex()
    _count_witnesses(note, witnesses, needed, found)
    hashes = _leaves(fetch, checkpoint.size, found) if entries else None
    tiles = _tiles(fetch, checkpoint.size, found)
    if hashes is not None:
        _compare_leaves(hashes, tiles, found)
    if tiles is None:
        return found
    _compare_levels(tiles, checkpoint.size, found)
    leaves = tiles[0] if hashes is None else hashes
    if _root(leaves) != checkpoint.root:
        found.problems.append(("wrong-root", f"the {checkpoint.size} entries do not give the signed root"))
    for text in older:
        _compare_older(text, key, leaves, checkpoint, found)
    return found


def entries_of(fetch: Fetch, key: Verifier) -> list[bytes]:
    """The entries of a log that `check` finds sound.  Raises ValueError with what is wrong, OSError."""
    found = check(fetch, key)
    if not found.sound:
        raise ValueError("the log is not sound: " + "; ".join(code for code, _ in found.problems))
    bundles = tlog.bundles_of(0, found.size)
    return [entry for tile in bundles for entry in tlog.unpack_bundle(fetch(f"tile/{tile.path}"))]


def _head(source: bytes, key: Verifier, found: Found) -> tuple[Note, Checkpoint] | None:
    try:
        note = Note.parse(source)
        checkpoint = Checkpoint.parse(note.text)
        note.verified([key])
        if checkpoint.origin != key.name:
            raise MalformedNote("the checkpoint is of another log")
    except (MalformedNote, UnverifiedNote) as error:
        found.problems.append(("bad-checkpoint", str(error)))
        return None
    return note, checkpoint


def _count_witnesses(note: Note, witnesses: Sequence[Verifier], needed: int, found: Found) -> None:
    for witness in witnesses:
        key = Verifier(witness.name, COSIGNATURE_V1, witness.public_key)
        try:
            _, signature = note.verified([key])[0]
        except UnverifiedNote as error:
            found.witnesses.append({"name": key.name, "cosigned": False, "why": str(error)})
            continue
        found.witnesses.append({"name": key.name, "cosigned": True, "at": signature.timestamp})
    have = sum(bool(row["cosigned"]) for row in found.witnesses)
    if have < needed:
        found.problems.append(("too-few-witnesses", f"{have} cosigned, {needed} are needed"))


def _leaves(fetch: Fetch, size: int, found: Found) -> list[bytes] | None:
    hashes: list[bytes] = []
    for tile in tlog.bundles_of(0, size):
        try:
            entries = tlog.unpack_bundle(fetch(f"tile/{tile.path}"))
        except FileNotFoundError:
            found.problems.append(("missing-tile", tile.path))
            return None
        except tlog.BadTile as error:
            found.problems.append(("edited-tile", f"{tile.path}: {error}"))
            return None
        if len(entries) != tile.width:
            found.problems.append(("edited-tile", f"{tile.path}: {len(entries)} entries"))
            return None
        hashes += [tlog.leaf_hash(entry) for entry in entries]
    return hashes


def _tiles(fetch: Fetch, size: int, found: Found) -> dict[int, list[bytes]] | None:
    levels: dict[int, list[bytes]] = {0: []}
    for tile in tlog.tiles_of(size):
        try:
            content = fetch(f"tile/{tile.path}")
        except FileNotFoundError:
            found.problems.append(("missing-tile", tile.path))
            return None
        if len(content) != tile.width * tlog.HASH_BYTES:
            found.problems.append(("edited-tile", f"{tile.path}: {len(content)} bytes"))
            return None
        levels.setdefault(tile.level, []).extend(tlog.split_hashes(content))
    return levels


def _compare_leaves(hashes: list[bytes], tiles: dict[int, list[bytes]] | None, found: Found) -> None:
    if tiles is None:
        return
    wrong = [place for place, pair in enumerate(zip(hashes, tiles[0], strict=True)) if pair[0] != pair[1]]
    found.problems += [("edited-entry", f"entry {place}") for place in wrong[:_MOST_NAMED]]


def _compare_levels(tiles: dict[int, list[bytes]], size: int, found: Found) -> None:
    for level in sorted(tiles)[1:]:
        below = tiles[level - 1]
        for place, stored in enumerate(tiles[level]):
            part = below[place * tlog.TILE_WIDTH : (place + 1) * tlog.TILE_WIDTH]
            if len(part) != tlog.TILE_WIDTH or tlog.complete_root(part) != stored:
                found.problems.append(("edited-tile", f"level {level}, hash {place}"))


def _root(leaves: Sequence[bytes]) -> bytes:
    frontier = tlog.Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def _compare_older(
    text: str, key: Verifier, leaves: Sequence[bytes], checkpoint: Checkpoint, found: Found
) -> None:
    try:
        note = Note.parse(text)
        seen = Checkpoint.parse(note.text)
        note.verified([key])
    except (MalformedNote, UnverifiedNote) as error:
        found.problems.append(("bad-checkpoint", f"an older checkpoint: {error}"))
        return
    found.compared += 1
    if seen.origin != checkpoint.origin:
        found.problems.append(("bad-checkpoint", "an older checkpoint is of another log"))
    elif seen.size > checkpoint.size:
        detail = f"{seen.size} entries were signed before, now there are {checkpoint.size}"
        found.problems.append(("rolled-back", detail))
    elif _root(leaves[: seen.size]) != seen.root:
        found.problems.append(("forked", f"the first {seen.size} entries are not those signed before"))
