"""Compare the log's own rows with what was signed: an entry, tile, checkpoint or cosignature edited by SQL is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.canonical import NotJson, NotStrict, read_json
from core.errors import NotFound
from core.ledger import selectors, timestamp, tlog
from core.ledger.key import log_signer
from core.ledger.models import Checkpoint, Cosignature, Entry, Node, Timestamp
from core.ledger.note import COSIGNATURE_V1, MalformedNote, Note, UnverifiedNote, Verifier, parse_signature
from core.ledger.note import Checkpoint as Head


@dataclass(frozen=True, slots=True)
class Finding:
    """One column of one row that does not agree with what was signed or logged."""

    table: str
    row: str
    column: str
    why: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column} of {self.row}: {self.why}"


def named(table: str, key: object, found: Iterator[tuple[str, str]]) -> list[Finding]:
    """Name what is wrong with one row; one that has lost its shape altogether is named too, and stops no other."""
    made = []
    try:
        for column, why in found:
            made.append(Finding(table, str(key), column, why))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        made.append(Finding(table, str(key), "*", f"it cannot be read: {type(error).__name__}"))
    return made


def read_entry(index: int | None) -> dict[str, Any] | None:
    """Give an entry in clear; None where there is none, or none that is an object of strict JSON."""
    try:
        found = read_json(selectors.entry(index)) if index is not None else None
    except (NotFound, NotJson, NotStrict):
        return None
    return found if isinstance(found, dict) else None


def check(witnesses: Mapping[str, str]) -> Iterator[Finding]:
    """Check every row of the log; `witnesses` are their vkeys by name.  Give what does not agree."""
    heads = list(Checkpoint.objects.order_by("size"))
    signed: dict[int, bytes] = {}
    for row in heads:
        yield from _checkpoint(row, signed)
    yield from _entries(signed)
    for cosignature in Cosignature.objects.select_related("checkpoint").iterator():
        yield from _cosignature(cosignature, witnesses)
    for stamp in Timestamp.objects.select_related("checkpoint").iterator():
        yield from _timestamp(stamp)


def _checkpoint(row: Checkpoint, signed: dict[int, bytes]) -> Iterator[Finding]:
    name = f"checkpoint {row.pk}"
    try:
        note = Note.parse(row.note)
        head = Head.parse(note.text)
        note.verified([log_signer(may_create=False).verifier])
    except (MalformedNote, UnverifiedNote) as error:
        yield Finding("ledger_checkpoint", name, "note", str(error))
        return
    if head.size != row.size:
        yield Finding("ledger_checkpoint", name, "size", f"{head.size} was signed")
    if head.root != bytes(row.root):
        yield Finding("ledger_checkpoint", name, "root", "another root was signed")
    signed[head.size] = head.root


def _entries(signed: dict[int, bytes]) -> Iterator[Finding]:
    """Walk the entries once, with the hashes that are stored and with those that the entries give."""
    stored, made = tlog.Frontier(), tlog.Frontier()
    differing: list[int] = []
    hashes: list[bytes] = []
    expected = 0
    rows = Entry.objects.order_by("index").values_list("index", "content", "leaf_hash")
    for index, content, leaf in rows.iterator(chunk_size=2000):
        if index != expected:
            yield Finding(
                "ledger_entry", f"entry {expected}", "index", "the row is missing or has another number"
            )
            return
        hashed = tlog.leaf_hash(bytes(content))
        if hashed != bytes(leaf):
            differing.append(index)
        stored.append(bytes(leaf))
        made.append(hashed)
        hashes.append(hashed)
        expected += 1
        if expected not in signed:
            continue
        root = signed[expected]
        by_stored, by_made = stored.root() == root, made.root() == root
        for place in differing:
            if by_stored or not by_made:
                yield Finding("ledger_entry", f"entry {place}", "content", "its hash is not the signed one")
            if by_made or not by_stored:
                yield Finding(
                    "ledger_entry", f"entry {place}", "leaf_hash", "it is not the hash of the entry"
                )
        if not differing and not by_made:
            yield Finding(
                "ledger_entry", f"entries to {expected}", "content", "they do not give the signed root"
            )
            return
        if differing:
            return
    for place in differing:
        yield Finding("ledger_entry", f"entry {place}", "content", "its hash is not the stored one")
    if signed and max(signed) > expected:
        yield Finding("ledger_entry", f"entry {expected}", "index", f"{max(signed)} entries were signed")
    yield from _nodes(hashes)


def _nodes(hashes: list[bytes]) -> Iterator[Finding]:
    level, below = 1, hashes
    kept = {(row.level, row.index): bytes(row.hash) for row in Node.objects.iterator()}
    while len(below) >= tlog.TILE_WIDTH:
        full = len(below) // tlog.TILE_WIDTH
        made = [
            tlog.complete_root(below[place * tlog.TILE_WIDTH : (place + 1) * tlog.TILE_WIDTH])
            for place in range(full)
        ]
        for place, root in enumerate(made):
            found = kept.pop((level, place), None)
            if found is None:
                yield Finding(
                    "ledger_node",
                    f"node {level}/{place}",
                    "index",
                    "the row is missing or has another number",
                )
            elif found != root:
                yield Finding("ledger_node", f"node {level}/{place}", "hash", "the tile below gives another")
        level, below = level + 1, made
    for level, place in kept:
        yield Finding("ledger_node", f"node {level}/{place}", "level", "there is no such tile")


def _cosignature(row: Cosignature, witnesses: Mapping[str, str]) -> Iterator[Finding]:
    name = f"cosignature {row.pk}"
    try:
        signature = parse_signature(row.line.removesuffix("\n"))
    except MalformedNote as error:
        yield Finding("ledger_cosignature", name, "line", str(error))
        return
    if signature.name != row.witness:
        yield Finding("ledger_cosignature", name, "witness", f"the line is by {signature.name}")
        return
    if signature.timestamp != row.timestamp:
        yield Finding("ledger_cosignature", name, "timestamp", f"the line says {signature.timestamp}")
    key = witnesses.get(row.witness)
    if key is None:
        return
    verifier = Verifier.parse(key)
    verifier = Verifier(verifier.name, COSIGNATURE_V1, verifier.public_key)
    if not verifier.verifies(Note.parse(row.checkpoint.note).text, signature.body):
        yield Finding("ledger_cosignature", name, "line", "the witness did not sign this checkpoint")


def _timestamp(row: Timestamp) -> Iterator[Finding]:
    name = f"time stamp {row.pk}"
    try:
        stamped = timestamp.read(bytes(row.token), Note.parse(row.checkpoint.note).text)
    except (timestamp.BadToken, MalformedNote) as error:
        yield Finding("ledger_timestamp", name, "token", str(error))
        return
    if stamped.at != row.stamped_at:
        yield Finding("ledger_timestamp", name, "stamped_at", f"the token says {stamped.at.isoformat()}")
