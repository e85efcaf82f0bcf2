"""Write and verify the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from core import clock
from core.audit.models import Entry, Seal
from core.canonical import digest
from core.reads import Asked, Read
from core.writes import Insert

GENESIS = "0" * 64
SEALED_AT_ONCE = 5000
_LAST = Read(
    lambda subject: Entry.objects.filter(subject=subject).order_by("-seq").values_list("seq", "hash")[:1],
    subject=str,
)
_WRITE = Insert(Entry)
End = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Act:
    """One of several acts on one subject: see `record`. `actor` where it is not the one who did the others."""

    verb: str
    rule: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    actor: str = ""


def record(*, actor: str, verb: str, subject: object, rule: str = "", **facts: Any) -> Entry:
    """Append one act to the chain of `subject` in the caller's transaction.

    `subject` is `"<kind>.<id>"`; its aggregate row is locked by the caller, so that the chain has no fork (the
    unique constraint refuses one all the same). `facts` are plain JSON and carry no secret.
    """
    return record_all(actor=actor, subject=subject, acts=[Act(verb, rule, facts)])[0]


def asked_end(subject: object) -> Asked[End]:
    """Ask for the end of a chain, for `record_all`: its aggregate row must be locked before it is read."""
    return _LAST.asked(subject=str(subject)).then(_end)


def _end(rows: Sequence[tuple[int, str]]) -> End:
    return next(iter(rows), (0, GENESIS))


def record_all(*, actor: str, subject: object, acts: Sequence[Act], after: End | None = None) -> list[Entry]:
    """Append acts of one moment to the chain of `subject`, in their order and two statements; otherwise as `record`.

    `after`: the end of the chain, where it has been read in this transaction. What is written may be held back.
    """
    name = str(subject)
    seq, prev = after or _end(_LAST(subject=name))
    at = clock.now()
    entries = []
    for act in acts:
        seq += 1
        who = act.actor or actor
        hashed = _hash(name, seq, at, who, act.verb, act.rule, act.facts, prev)
        entries.append(
            Entry(
                subject=name,
                seq=seq,
                at=at,
                actor=who,
                verb=act.verb,
                rule=act.rule,
                facts=act.facts,
                prev_hash=prev,
                hash=hashed,
            )
        )
        prev = hashed
    _WRITE(*entries)
    return entries


def _hash(
    subject: str, seq: int, at: datetime, actor: str, verb: str, rule: str, facts: dict[str, Any], prev: str
) -> str:
    return digest(
        {
            "subject": subject,
            "seq": seq,
            "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": actor,
            "verb": verb,
            "rule": rule,
            "facts": facts,
            "prev": prev,
        }
    ).hex()


def verify(subject: object) -> int | None:
    """Give the sequence number of the first entry of `subject` whose hash does not follow, or None if all do."""
    prev = GENESIS
    expected = 1
    for entry in Entry.objects.filter(subject=str(subject)).order_by("seq").iterator():
        good = _hash(
            entry.subject, entry.seq, entry.at, entry.actor, entry.verb, entry.rule, entry.facts, prev
        )
        if entry.seq != expected or entry.prev_hash != prev or entry.hash != good:
            return expected
        prev, expected = entry.hash, expected + 1
    return None


@transaction.atomic
def seal() -> Seal:
    """Seal the acts that no seal covers yet, and give the newest seal; costs what is new, not what there is.

    An act that commits later than its neighbours is covered by a later seal: none is passed over.
    """
    last = Seal.objects.select_for_update().order_by("-number").first()
    waiting = list(
        Entry.objects.filter(sealed_in=None).order_by("id").values_list("id", "hash")[:SEALED_AT_ONCE]
    )
    if last is not None and not waiting:
        return last
    number, prev = (last.number + 1, last.hash) if last else (1, GENESIS)
    fresh = Seal.objects.create(
        number=number, prev_hash=prev, hash=_seal_hash(number, prev, [h for _, h in waiting]), at=clock.now()
    )
    Entry.objects.filter(id__in=[id for id, _ in waiting]).update(sealed_in=number)
    return fresh


def _seal_hash(number: int, prev: str, hashes: list[str]) -> str:
    return digest({"number": number, "prev": prev, "acts": hashes}).hex()


def is_seal(hashed: str) -> bool:
    """Tell whether this is the hash of a seal."""
    return Seal.objects.filter(hash=hashed).exists()


def subjects() -> list[str]:
    """Give every subject that has a chain."""
    return list(Entry.objects.order_by("subject").values_list("subject", flat=True).distinct())


def broken_seal() -> int | None:
    """Give the number of the first seal that its acts no longer yield, or None: then no sealed act was changed or lost."""
    prev = GENESIS
    for expected, row in enumerate(Seal.objects.order_by("number").iterator(), start=1):
        acts = list(Entry.objects.filter(sealed_in=row.number).order_by("id").values_list("hash", flat=True))
        if row.number != expected or row.prev_hash != prev or row.hash != _seal_hash(expected, prev, acts):
            return expected
        prev = row.hash
    return None
