"""What a sealed bid is for: ctx, repeated in every part of it (FORMAT.md 3.1 and 3.2, rule R5)."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import datetime

from bidding.sealing import encoding
from bidding.sealing.age.recipients import (
    HYBRID,
    X25519,
    HybridIdentity,
    HybridRecipient,
    X25519Identity,
    X25519Recipient,
)
from bidding.sealing.encoding import canonical
from bidding.sealing.shape import Members, write_instant

AGE_HYBRID = "age-hybrid"
AGE_X25519 = "age-x25519"
SUITES = frozenset({AGE_HYBRID, AGE_X25519})
STANZA_OF = {AGE_HYBRID: HYBRID, AGE_X25519: X25519}
RECIPIENT_FORM = {
    AGE_HYBRID: re.compile(r"age1pq1[02-9ac-hj-np-z]{1952}"),
    AGE_X25519: re.compile(r"age1[02-9ac-hj-np-z]{58}"),
}
ENVELOPES = frozenset({"technical", "price", "single"})
MAX_KEEPERS = 15
MIN_NEEDED = 2


@dataclass(frozen=True, slots=True)
class CtxBase:
    """Everything of a ctx that the platform tells a bidder: the ctx without the bidder's tag.

    Hashes are lower-case hexadecimal, `open_at` is an aware instant.
    """

    suite: str
    log_origin: str
    tender: str
    lot: str
    envelope: str
    bid_id: str
    notice_hash: str
    notice_version: int
    policy_hash: str
    open_at: datetime
    k: int
    n: int
    keeper_set_hash: str

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        return {**_members(self), "open_at": write_instant(self.open_at)}

    @classmethod
    def from_json(cls, value: object) -> CtxBase:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "ctx")
        base = cls(**_read(members))  # type: ignore[arg-type]
        members.done()
        return base

    def tagged(self, bidder_tag: str) -> Ctx:
        """The ctx of the bidder with this tag."""
        return Ctx(**_members(self), bidder_tag=bidder_tag)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Ctx(CtxBase):
    """What one sealed bid is for; `bidder_tag` stands for its bidder and tells nobody who that is."""

    bidder_tag: str

    @classmethod
    def from_json(cls, value: object) -> Ctx:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "ctx")
        ctx = cls(**_read(members), bidder_tag=members.hash("bidder_tag"))  # type: ignore[arg-type]
        members.done()
        return ctx

    def digest(self) -> bytes:
        """H(ctx)."""
        return encoding.h(canonical(self.to_json()))

    def base(self) -> CtxBase:
        """The ctx without its tag."""
        return CtxBase(**{name: value for name, value in _members(self).items() if name != "bidder_tag"})  # type: ignore[arg-type]


def bidder_tag(nonce: bytes, organisation: str) -> str:
    """The tag that stands for a bidder, as hexadecimal."""
    return encoding.labelled("tag", nonce, organisation.encode("utf-8")).hex()


def identity_of(suite: str, seed: bytes) -> HybridIdentity | X25519Identity:
    """The age identity whose seed is `seed` (32 bytes)."""
    return HybridIdentity(seed) if suite == AGE_HYBRID else X25519Identity(seed)


def recipient_of(suite: str, seed: bytes) -> HybridRecipient | X25519Recipient:
    """pub(seed)."""
    return identity_of(suite, seed).recipient()


def _members(ctx: CtxBase) -> dict[str, object]:
    return {field.name: getattr(ctx, field.name) for field in fields(ctx)}


def _read(members: Members) -> dict[str, object]:
    read: dict[str, object] = {
        "suite": members.choice("suite", SUITES),
        "log_origin": members.origin("log_origin"),
        "tender": members.id("tender"),
        "lot": members.id("lot"),
        "envelope": members.choice("envelope", ENVELOPES),
        "bid_id": members.id("bid_id"),
        "notice_hash": members.hash("notice_hash"),
        "notice_version": members.integer("notice_version", 1),
        "policy_hash": members.hash("policy_hash"),
        "open_at": members.instant("open_at"),
        "keeper_set_hash": members.hash("keeper_set_hash"),
    }
    n = members.integer("n", MIN_NEEDED + 1, MAX_KEEPERS)
    return {**read, "n": n, "k": members.integer("k", MIN_NEEDED, n - 1)}
