"""Write and verify the audit trail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from core import clock
from core.audit.models import Entry
from core.canonical import digest

GENESIS = "0" * 64


def record(*, actor: str, verb: str, subject: object, rule: str = "", **facts: Any) -> Entry:
    """Append one act to the chain of `subject` in the caller's transaction.

    `subject` is `"<kind>.<id>"`; its aggregate row is locked by the caller, so that the chain has no fork (the
    unique constraint refuses one all the same). `facts` are plain JSON and carry no secret.
    """
    name = str(subject)
    last = Entry.objects.filter(subject=name).order_by("-seq").only("seq", "hash").first()
    seq, prev = (last.seq + 1, last.hash) if last else (1, GENESIS)
    at = clock.now()
    return Entry.objects.create(
        subject=name,
        seq=seq,
        at=at,
        actor=actor,
        verb=verb,
        rule=rule,
        facts=facts,
        prev_hash=prev,
        hash=_hash(name, seq, at, actor, verb, rule, facts, prev),
    )


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


def heads() -> dict[str, str]:
    """Give the last hash of every chain, for the transparency log."""
    from django.db.models import Max

    tops = Entry.objects.values("subject").annotate(top=Max("id")).values("top")
    return dict(Entry.objects.filter(id__in=tops).values_list("subject", "hash"))
