"""Signed statements of keepers and the platform (FORMAT.md 4): acks, stamps, receipts, close lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from bidding.sealing.encoding import PREFIX, canonical, join
from bidding.sealing.errors import BadSignature, Malformed
from bidding.sealing.objects import (
    Acknowledgement,
    Keeper,
    Policy,
    SealedRecord,
    SignedRecord,
    Withdrawal,
    keeper_list,
    place,
    statement_key,
)
from bidding.sealing.plain import MAX_MANIFEST
from bidding.sealing.shape import Members, text, write_instant
from bidding.sealing.terms import SILENCE_KEEPS
from core.ledger import tlog
from core.ledger.note import Signer

MAX_RECEIPT = MAX_MANIFEST
_MAX_ENTRIES = 100_000
_MAX_KEY = 2048
_MAX_ACKNOWLEDGED = 100
_STATES = frozenset({"effective", "superseded", "withdrawn", "refused"})
_KINDS = frozenset({"receipt", "stamp"})


@dataclass(frozen=True, slots=True)
class Statement:
    """Who says what: believe `body` only after `verify`, and only if you trust `vkey`."""

    body: dict[str, object]
    vkey: str
    signature: bytes

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        return {"body": self.body, "vkey": self.vkey, "signature": self.signature.hex()}

    @classmethod
    def from_json(cls, value: object) -> Statement:
        """Read it strictly; the body is not looked into.  Raises Malformed."""
        members = Members(value, "statement")
        body, vkey = members.take("body"), members.text("vkey", 512)
        signature = members.hex("signature", 64)
        members.done()
        if not isinstance(body, dict) or not str(body.get("type", "")).startswith(PREFIX):
            raise Malformed("statement.body is not an object with a type")
        statement_key(vkey)
        return cls(cast("dict[str, object]", body), vkey, signature)

    def verify(self, vkey: str | None = None) -> None:
        """Check the signature, and that the key is `vkey` if given.  Raises BadSignature."""
        if vkey is not None and vkey != self.vkey:
            raise BadSignature("the statement is signed by another key")
        if not statement_key(self.vkey).signed(message_of(self.body), self.signature):
            raise BadSignature("the statement was not signed by the key it names")


def message_of(body: Mapping[str, object]) -> bytes:
    """What is signed: `body.type | canonical(body)`."""
    return join(str(body["type"]).encode("utf-8"), canonical(dict(body)))


def sign_statement(signer: Signer, body: dict[str, object]) -> Statement:
    """Sign `body` (with its `type`) with an Ed25519 note key."""
    return Statement(body, signer.verifier.vkey, signer.sign_bytes(message_of(body)))


@dataclass(frozen=True, slots=True)
class Ack:
    """A keeper: "I opened envelope `i` of this record and all of R2 holds"."""

    keeper: str
    i: int
    record_hash: str
    ctx_hash: str
    policy_hash: str
    key_version: int
    time: datetime

    def to_json(self) -> dict[str, object]:
        """The body of its statement."""
        return _body("ack", self, time=write_instant(self.time))

    @classmethod
    def from_json(cls, value: object) -> Ack:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "ack", "ack")
        ack = cls(
            members.id("keeper"),
            members.integer("i", 1, 255),
            members.hash("record_hash"),
            members.hash("ctx_hash"),
            members.hash("policy_hash"),
            members.integer("key_version", 1),
            members.instant("time"),
        )
        members.done()
        return ack


@dataclass(frozen=True, slots=True)
class Stamp:
    """A keeper: "I saw this hash at this time"."""

    keeper: str
    hash: str
    time: datetime

    def to_json(self) -> dict[str, object]:
        """The body of its statement."""
        return _body("stamp", self, time=write_instant(self.time))

    @classmethod
    def from_json(cls, value: object) -> Stamp:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "stamp", "stamp")
        stamp = cls(members.id("keeper"), members.hash("hash"), members.instant("time"))
        members.done()
        return stamp


@dataclass(frozen=True, slots=True)
class BidderKey:
    """The passkey that signed a record, as the platform has it registered: DER SubjectPublicKeyInfo, site, origins."""

    public_key: bytes
    rp_id: str
    origins: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        return {"public_key": self.public_key.hex(), "rp_id": self.rp_id, "origins": list(self.origins)}

    @classmethod
    def from_json(cls, value: object) -> BidderKey:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "bidder_key")
        key = cls(
            members.hex("public_key", None),
            members.text("rp_id", 255, shortest=1),
            members.items("origins", 20, lambda item: text(item, "bidder_key.origins", 300, 1)),
        )
        members.done()
        if not 0 < len(key.public_key) <= _MAX_KEY or not key.origins:
            raise Malformed("bidder_key names no key or no origin")
        return key


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform: "accepted at `arrival`", with everything that an offline check needs."""

    log_origin: str
    record_hash: str
    signed_record: SignedRecord
    arrival: datetime
    keepers: tuple[Keeper, ...]
    acks: tuple[Statement, ...]
    leaf_salt: bytes
    leaf_hash: str
    bidder_key: BidderKey | None = None

    def to_json(self) -> dict[str, object]:
        """The body of its statement."""
        body = _body(
            "receipt",
            self,
            signed_record=self.signed_record.to_json(),
            arrival=write_instant(self.arrival),
            keepers=[keeper.to_json() for keeper in self.keepers],
            acks=[ack.to_json() for ack in self.acks],
            leaf_salt=self.leaf_salt.hex(),
        )
        del body["bidder_key"]
        return {**body, "bidder_key": self.bidder_key.to_json()} if self.bidder_key else body

    @classmethod
    def from_json(cls, value: object) -> Receipt:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "receipt", "receipt")
        receipt = cls(
            members.origin("log_origin"),
            members.hash("record_hash"),
            SignedRecord.from_json(members.take("signed_record")),
            members.instant("arrival"),
            keeper_list(members),
            members.items("acks", 255, Statement.from_json),
            members.hex("leaf_salt"),
            members.hash("leaf_hash"),
            BidderKey.from_json(members.take("bidder_key")) if members.has("bidder_key") else None,
        )
        members.done()
        return receipt


@dataclass(frozen=True, slots=True)
class CloseEntry:
    """What became of one receipt or stamp; `by` and `code` belong to some states only.

    `acknowledged` are the hashes of the acknowledgements that were accepted for this record, as they arrived.
    """

    kind: str
    record_hash: str
    bid_id: str
    state: str
    arrival: str
    by: str | None = None
    code: str | None = None
    acknowledged: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        acknowledged = list(self.acknowledged) or None
        optional = {"by": self.by, "code": self.code, "acknowledged": acknowledged}
        fixed = {name: getattr(self, name) for name in ("kind", "record_hash", "bid_id", "state", "arrival")}
        return {**fixed, **{name: value for name, value in optional.items() if value is not None}}

    @classmethod
    def from_json(cls, value: object) -> CloseEntry:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "close entry")
        kind, state = members.choice("kind", _KINDS), members.choice("state", _STATES)
        bid_id = members.text("bid_id", 128)
        named = members.has("acknowledged")
        entry = cls(
            kind,
            members.hash("record_hash"),
            bid_id,
            state,
            write_instant(members.instant("arrival")),
            members.hash("by") if state in ("superseded", "withdrawn") else None,
            _code(members, state),
            members.hashes("acknowledged", _MAX_ACKNOWLEDGED) if named else (),
        )
        members.done()
        if named and (kind != "receipt" or not entry.acknowledged):
            raise Malformed("close entry.acknowledged names nothing, or belongs to a stamp")
        if not bid_id and kind == "receipt":
            raise Malformed("a receipt in the close list has no bid")
        return entry

    def names(self, record_hash: str) -> bool:
        """Whether the entry accounts for the receipt of this record, withdrawal or acknowledgement."""
        own = self.kind == "receipt" and self.record_hash == record_hash
        return own or self.by == record_hash or record_hash in self.acknowledged

    def order(self) -> tuple[str, str, str]:
        """The place in its list."""
        return self.arrival, self.record_hash, self.kind


def _code(members: Members, state: str) -> str | None:
    if state == "effective" and members.has("code"):
        return members.choice("code", frozenset({SILENCE_KEEPS}))
    return members.text("code", 64, shortest=1) if state == "refused" else None


@dataclass(frozen=True, slots=True)
class CloseList:
    """The account of every receipt and stamp of one lot and envelope (R3)."""

    log_origin: str
    tender: str
    lot: str
    envelope: str
    policy_hash: str
    deadline_at: datetime
    closed_at: datetime
    entries: tuple[CloseEntry, ...]

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        return _body(
            "close",
            self,
            deadline_at=write_instant(self.deadline_at),
            closed_at=write_instant(self.closed_at),
            entries=[entry.to_json() for entry in self.entries],
        )

    @classmethod
    def from_json(cls, value: object) -> CloseList:
        """Read it strictly: sorted, no record twice under one kind.  Raises Malformed."""
        members = Members(value, "close", "close")
        close = cls(
            **place(members),
            policy_hash=members.hash("policy_hash"),
            deadline_at=members.instant("deadline_at"),
            closed_at=members.instant("closed_at"),
            entries=members.items("entries", _MAX_ENTRIES, CloseEntry.from_json),
        )
        members.done()
        if list(close.entries) != sorted(close.entries, key=CloseEntry.order):
            raise Malformed("close.entries are not sorted")
        if len({(entry.kind, entry.record_hash) for entry in close.entries}) != len(close.entries):
            raise Malformed("close.entries name a record twice")
        if close.closed_at < close.deadline_at:
            raise Malformed("the list was closed before its deadline")
        return close

    def effective(self) -> tuple[CloseEntry, ...]:
        """The entries that are to be opened."""
        return tuple(entry for entry in self.entries if entry.state == "effective")

    def root(self) -> str:
        """What the log says of this list."""
        return close_root(self.entries)

    def log_entry(self) -> bytes:
        """The log's entry for this list."""
        kept = ("log_origin", "tender", "lot", "envelope", "policy_hash")
        return canonical(
            {
                "type": "mingcai/v1/close-entry",
                **{name: getattr(self, name) for name in kept},
                "closed_at": write_instant(self.closed_at),
                "root": self.root(),
                "size": len(self.entries),
            }
        )


def wrongly_silent(
    policy: Policy | None, entry: CloseEntry, record: SealedRecord | Withdrawal | Acknowledgement
) -> bool:
    """Whether the entry says that a bidder kept silent about an amendment (R6), and this record of its shows the contrary."""
    rule = policy.acknowledge if policy is not None else None
    if rule is None or not str(entry.code).startswith("silence-"):
        return False
    if isinstance(record, SealedRecord):
        return entry.record_hash == record.hash and record.ctx.notice_version >= rule.since
    return isinstance(record, Acknowledgement) and record.notice_version >= rule.since


def close_root(entries: Sequence[CloseEntry]) -> str:
    """The RFC 6962 root over the entries."""
    frontier = tlog.Frontier()
    for entry in entries:
        frontier.append(tlog.leaf_hash(canonical(entry.to_json())))
    return frontier.root().hex()


def leaf_of(leaf_hash: str) -> bytes:
    """The log's entry for a bid (or a dummy)."""
    return canonical({"type": "mingcai/v1/bid", "h": leaf_hash})


def _body(kind: str, source: object, **changed: object) -> dict[str, object]:
    names = cast("tuple[str, ...]", type(source).__slots__)  # type: ignore[attr-defined]
    return {"type": PREFIX + kind, **{name: getattr(source, name) for name in names}, **changed}
