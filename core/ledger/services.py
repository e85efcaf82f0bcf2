"""Append to the transparency log, sign it, prove from it, and have it witnessed.

`append` belongs into the transaction of the act it records; everything else stands alone.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
from django.conf import settings
from django.db import connection, transaction

from core import clock
from core.canonical import canonical
from core.errors import Invalid, Refused, gettext_noop
from core.ledger import selectors, tlog, wire
from core.ledger.key import log_signer
from core.ledger.models import Checkpoint, Cosignature, Entry, Node
from core.ledger.note import (
    COSIGNATURE_V1,
    MalformedNote,
    Note,
    Signature,
    UnverifiedNote,
    Verifier,
    parse_signature,
)
from core.ledger.note import Checkpoint as Head

log = logging.getLogger(__name__)
_LOCK = 0x6D696E67_6C6F67  # advisory lock of the log, one number for the whole database


class EntryTooLarge(Invalid):
    """A log entry has at most 65 535 bytes."""

    code = "log-entry-too-large"
    title = gettext_noop("This is too large for the transparency log")


class LogDamaged(Refused):
    """The stored tree no longer begins with what the log has signed before: nothing more is signed."""

    code = "log-damaged"
    title = gettext_noop("The transparency log does not agree with itself")
    status = 500


class NotInLog(Refused):
    """The entry or tree size asked for is beyond the log."""

    code = "not-in-log"
    title = gettext_noop("The transparency log does not reach that far")
    status = 404


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What came of asking one witness: its verified cosignature, or in one line why there is none."""

    url: str
    signature: Signature | None
    problem: str = ""
    knows: int | None = None


def append(entry: dict[str, Any] | bytes) -> int:
    """Append one entry in the caller's transaction and give its index.

    Appending is serialised until that transaction ends (an advisory lock on PostgreSQL, IMMEDIATE
    transactions on SQLite), so call it last, after all other locks.  A dictionary is written as canonical
    JSON.  Raises EntryTooLarge.
    """
    content = entry if isinstance(entry, bytes) else canonical(entry)
    if len(content) > tlog.MAX_ENTRY_BYTES:
        raise EntryTooLarge(gettext_noop("The entry has %(length)s bytes"), length=len(content))
    with transaction.atomic():
        _lock()
        index = selectors.size()
        Entry.objects.create(
            index=index, content=content, leaf_hash=tlog.leaf_hash(content), appended_at=clock.now()
        )
        _complete_tiles(index)
    return index


def publish_checkpoint() -> Checkpoint:
    """Sign the tree of all committed entries; without new ones, give the last checkpoint again.

    Call it outside any transaction: it must never sign what may yet be rolled back.  Raises LogDamaged,
    LogKeyMissing.
    """
    with transaction.atomic(durable=True):
        _lock()
        size = selectors.size()
        last = selectors.newest_checkpoint()
        if last is not None and last.size == size:
            return last
        read = selectors.hashes(size)
        root = tlog.tree_root(size, read)
        if last is not None:
            _check_continues(last, size, root, read)
        head = Head(settings.LEDGER_ORIGIN, size, root)
        signature = log_signer(may_create=last is None).sign(head.text)
        note = str(Note(head.text, (signature,)))
        return Checkpoint.objects.create(size=size, root=root, note=note, at=clock.now())


def current_checkpoint() -> Checkpoint:
    """The newest signed checkpoint; the empty log's is signed when first asked for."""
    return selectors.newest_checkpoint() or publish_checkpoint()


def log_vkey() -> str:
    """The verifier key of this log: what keepers and readers must know to trust its checkpoints."""
    return log_signer(may_create=selectors.newest_checkpoint() is None).verifier.vkey


def inclusion(index: int, size: int) -> list[bytes]:
    """The inclusion proof of entry `index` in the tree of `size`.  Raises NotInLog."""
    if not 0 <= index < size <= selectors.size():
        raise NotInLog(gettext_noop("Entry %(index)s is not in a tree of %(size)s"), index=index, size=size)
    return tlog.inclusion_proof(index, size, selectors.hashes(size))


def consistency(old: int, new: int) -> list[bytes]:
    """The proof that the tree of size `old` begins the tree of size `new`.  Raises NotInLog."""
    if not 0 <= old <= new <= selectors.size():
        raise NotInLog(gettext_noop("There is no proof from size %(old)s to %(new)s"), old=old, new=new)
    return tlog.consistency_proof(old, new, selectors.hashes(new))


def collect_cosignatures(witnesses: Mapping[str, str], *, timeout: float = 5.0) -> list[Witnessed]:
    """Have every witness (url → vkey) cosign the newest checkpoint now; store and give what they answered.

    Speaks C2SP tlog-witness.  A vkey with algorithm byte 0x01 stands for the same key as cosigner.
    Witnesses are asked side by side, `timeout` in seconds each; one that refuses or is away is told in its
    result, and never raises.
    """
    checkpoint = current_checkpoint()

    def ask(known: Mapping[str, int]) -> list[Witnessed]:
        proofs = {size: _proof_lines(size, checkpoint.size) for size in set(known.values())}
        with ThreadPoolExecutor(max_workers=max(1, len(known))) as pool:
            asked = [
                pool.submit(_ask, url, witnesses[url], size, proofs[size], checkpoint.note, timeout)
                for url, size in known.items()
            ]
        return [future.result() for future in asked]

    answers = ask(_sizes_known_to(witnesses))
    again = {a.url: a.knows for a in answers if a.knows is not None and a.knows <= checkpoint.size}
    answers = [a for a in answers if a.url not in again] + ask(again)
    for answer in answers:
        if answer.signature is not None:
            Cosignature.objects.update_or_create(
                checkpoint=checkpoint,
                witness=answer.signature.name,
                defaults={"line": answer.signature.line, "timestamp": answer.signature.timestamp},
            )
        else:
            log.warning("witness %s did not cosign: %s", answer.url, answer.problem)
    return answers


def _lock() -> None:
    """Let one transaction at a time append or sign; on SQLite the IMMEDIATE transaction already does."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _complete_tiles(index: int) -> None:
    """Store the root of every tile that the entry at `index` has filled, level by level."""
    level, position = 0, index
    while (position + 1) % tlog.TILE_WIDTH == 0:
        position //= tlog.TILE_WIDTH
        full = selectors.tile(tlog.Tile(level, position))
        level += 1
        Node.objects.create(level=level, index=position, hash=tlog.complete_root(tlog.split_hashes(full)))


def _check_continues(last: Checkpoint, size: int, root: bytes, read: tlog.HashReader) -> None:
    proof = tlog.consistency_proof(last.size, size, read) if last.size <= size else []
    if not tlog.verify_consistency(last.size, size, bytes(last.root), root, proof):
        detail = gettext_noop("The tree of %(signed)s entries has changed since it was signed")
        raise LogDamaged(detail, signed=last.size)


def _sizes_known_to(witnesses: Mapping[str, str]) -> dict[str, int]:
    """The size that each witness cosigned last, as far as this log knows; 0 when it never did."""
    names = {url: Verifier.parse(vkey).name for url, vkey in witnesses.items()}
    rows = Cosignature.objects.filter(witness__in=names.values()).order_by("checkpoint__size")
    sizes = dict(rows.values_list("witness", "checkpoint__size"))
    return {url: sizes.get(name, 0) for url, name in names.items()}


def _proof_lines(old: int, new: int) -> str:
    return "".join(base64.b64encode(item).decode() + "\n" for item in consistency(old, new))


def _ask(url: str, vkey: str, old: int, proof: str, note: str, timeout: float) -> Witnessed:
    key = Verifier.parse(vkey)
    key = Verifier(key.name, COSIGNATURE_V1, key.public_key)
    body = f"old {old}\n{proof}\n{note}".encode()
    try:
        with wire.client(timeout) as http:
            answer = http.post(f"{url.rstrip('/')}/add-checkpoint", content=body)
    except httpx.HTTPError as error:
        return Witnessed(url, None, f"does not answer: {type(error).__name__}")
    said = answer.text.strip()
    if answer.status_code == 409 and said.isascii() and said.isdigit() and len(said) < 19:
        return Witnessed(url, None, f"has cosigned {said} entries", knows=int(said))
    if answer.status_code != 200:
        return Witnessed(url, None, f"refuses with status {answer.status_code}: {said[:200]}")
    try:
        signatures = tuple(parse_signature(line) for line in said.split("\n"))
        verified = Note(Note.parse(note).text, signatures).verified([key])
    except (MalformedNote, UnverifiedNote) as error:
        return Witnessed(url, None, f"gave no valid cosignature: {error}")
    return Witnessed(url, verified[0][1])
