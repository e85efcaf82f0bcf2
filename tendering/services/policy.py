"""Sealing policies: when, and with whose shares, the bids of a lot open; a signed, logged chain without gaps (R6).

The bytes are those of the sealing format (2.1 to 2.3) and of the log's entries (policy-entry, cancel-entry).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from core.canonical import canonical
from core.ledger import services as ledger
from core.ledger.key import log_signer
from core.ledger.selectors import newest_checkpoint
from tendering.methods import Quoting, method_of
from tendering.models import PolicyVersion, Tender

PREFIX = "mingcai/v1/"
REQUIRES = {"price": ["technical_result"]}
"""What the log must say of a bid before an envelope of it is opened (R6)."""
_KEEPER_KEY = ("id", "key_version", "recipient", "vkey")


def configured_keepers() -> list[dict[str, Any]]:
    """Give the keepers of this installation as policies name them; none when the file is not there."""
    try:
        read = json.loads(settings.KEEPERS_FILE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    rows = read["keepers"] if isinstance(read, dict) else read
    return [_keeper(row) for row in rows]


def keepers_may_serve() -> bool:
    """Tell whether this installation may seal bids with its keepers: independent ones, or a demonstration's."""
    return bool(settings.INDEPENDENT_KEEPERS or settings.DEMONSTRATION)


def append_versions(tender: Tender, *, material: bool = False) -> list[PolicyVersion]:
    """Append the next policy of every lot and envelope to the log, in the caller's transaction, after all its other locks.

    The tender already has its new notice and deadline; `material` says that the new notice changes the documents, so
    that bids sealed before it want their bidders' acknowledgement. The set of keepers, and what silence means, are fixed
    by the first version. A checkpoint follows the commit at once: one that waited for the first bidder would tell that
    there is one.
    """
    transaction.on_commit(ledger.publish_checkpoint, robust=True)
    envelopes = tuple(REQUIRES) if tender.finals_due_at else _at_first(tender)
    return [
        _append(tender, lot.no, envelope, material) for lot in tender.lots.all() for envelope in envelopes
    ]


def _at_first(tender: Tender) -> tuple[str, ...]:
    """Give the envelopes whose policy stands from the notice on; that of a final quote begins when it is called for."""
    if not tender.two_envelopes:
        return ("single",)
    rounds = method_of(tender.method).quoting is Quoting.ROUNDS
    return ("technical",) if rounds else ("technical", "price")


def append_cancellation(tender: Tender, at: datetime) -> int:
    """Append that the bids of this tender are never to be opened. There is no way back."""
    transaction.on_commit(ledger.publish_checkpoint, robust=True)
    return ledger.append(
        {
            "type": f"{PREFIX}cancel-entry",
            "log_origin": settings.LEDGER_ORIGIN,
            "tender": str(tender.pk),
            "lot": None,
            "at": instant(at),
        }
    )


def append_hold(tender: Tender, hold: UUID, *, held: bool, at: datetime) -> int:
    """Append that a suspension begins or is lifted: while one is open, keepers release nothing of this tender."""
    transaction.on_commit(ledger.publish_checkpoint, robust=True)
    return ledger.append(
        {
            "type": f"{PREFIX}hold-entry",
            "log_origin": settings.LEDGER_ORIGIN,
            "tender": str(tender.pk),
            "lot": None,
            "hold": str(hold),
            "held": held,
            "at": instant(at),
        }
    )


def _append(tender: Tender, lot: str, envelope: str, material: bool) -> PolicyVersion:
    last = PolicyVersion.objects.filter(tender=tender, lot=lot, envelope=envelope).order_by("-v").first()
    keepers = last.keepers if last else configured_keepers()
    due_at, opens_at = (
        (tender.finals_due_at,) * 2 if tender.finals_due_at else (tender.bids_due_at, tender.opens_at)
    )
    if due_at is None or opens_at is None:
        raise ValueError("a tender without a deadline has no sealing policy")
    policy = {
        "type": f"{PREFIX}policy",
        "log_origin": settings.LEDGER_ORIGIN,
        "tender": str(tender.pk),
        "lot": lot,
        "envelope": envelope,
        "v": last.v + 1 if last else 1,
        "previous": last.policy_hash if last else None,
        "notice_hash": tender.notice_hash,
        "notice_version": tender.notice_version,
        "deadline_at": instant(due_at),
        "open_at": instant(opens_at),
        "gather_seconds": tender.gathering_seconds,
        "k": last.policy["k"] if last else settings.KEEPERS_NEEDED,
        "n": len(keepers),
        "keeper_set_hash": keeper_set_hash(keepers),
        "requires": REQUIRES.get(envelope, []),
        **_supervisor(last.policy if last else None),
        **_acknowledge(tender, last.policy if last else None, material),
    }
    entry = {"type": f"{PREFIX}policy-entry", "statement": _signed(policy), "keepers": keepers}
    return PolicyVersion.objects.create(
        tender=tender,
        lot=lot,
        envelope=envelope,
        v=policy["v"],
        policy=policy,
        policy_hash=hashlib.sha256(canonical(policy)).hexdigest(),
        keepers=keepers,
        entry_index=ledger.append(entry),
    )


def _acknowledge(tender: Tender, last: dict[str, Any] | None, material: bool) -> dict[str, Any]:
    """Since which version of the notice a bid stands without more (sealing format 2.3); none in a chain without it."""
    if last is None:
        return {"acknowledge": {"since": tender.notice_version, "silence": tender.silence}}
    if "acknowledge" not in last:
        return {}
    said = dict(last["acknowledge"])
    return {"acknowledge": {**said, "since": tender.notice_version} if material else said}


def _supervisor(last: dict[str, Any] | None) -> dict[str, Any]:
    """Whose key opens recovery kits (sealing format 2.3): as the first policy says; none where none is configured."""
    if last is not None:
        return {"supervisor": last["supervisor"]} if "supervisor" in last else {}
    try:
        read = json.loads(settings.SUPERVISOR_FILE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {"supervisor": {name: read[name] for name in ("vkey", "recipient")}}


def keeper_set_hash(keepers: Sequence[dict[str, Any]]) -> str:
    """Give the hash of a set of keepers in its order (sealing format 2.1)."""
    return _labelled("keeper-set", *(fingerprint(keeper) for keeper in keepers)).hex()


def fingerprint(keeper: dict[str, Any]) -> bytes:
    """Give what people compare of a keeper (sealing format 2.1), whole."""
    return _labelled("keeper", canonical({name: keeper[name] for name in _KEEPER_KEY}))


def instant(value: datetime) -> str:
    """Write an instant as signed content spells it: UTC, Z, no zeros of a second (sealing format 1.2)."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _keeper(row: dict[str, Any]) -> dict[str, Any]:
    keeper = {name: row[name] for name in ("id", "recipient", "vkey", "url")}
    keeper["key_version"] = row.get("key_version", 1)
    if row.get("name"):
        keeper["name"] = row["name"]
    return keeper


def _signed(body: dict[str, Any]) -> dict[str, Any]:
    """Sign a statement with the platform's key, which is the log's (sealing format 4)."""
    signer = log_signer(may_create=newest_checkpoint() is None)
    message = _join(str(body["type"]).encode("ascii"), canonical(body))
    return {"body": body, "vkey": signer.verifier.vkey, "signature": signer.sign_bytes(message).hex()}


def _labelled(word: str, *parts: bytes) -> bytes:
    return hashlib.sha256(_join((PREFIX + word).encode("ascii"), *parts)).digest()


def _join(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
