"""Keepers, policies and records: what is signed, logged and public (FORMAT.md 2 and 3).

Every class is frozen, reads strictly (`from_json` raises Malformed) and writes what it read (`to_json`).
Hashes are lower-case hexadecimal text, instants are aware.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from bidding.sealing import encoding
from bidding.sealing.age.errors import BadKey
from bidding.sealing.age.recipients import HybridRecipient, X25519Recipient, parse_recipient
from bidding.sealing.context import AGE_HYBRID, MAX_KEEPERS, MIN_NEEDED, RECIPIENT_FORM, Ctx, CtxBase
from bidding.sealing.encoding import canonical, h
from bidding.sealing.errors import Malformed
from bidding.sealing.plain import FILES, SHEET, PlainManifest, PlainShare, PlainSheet
from bidding.sealing.shape import Members, write_instant
from bidding.sealing.terms import Acknowledging, Supervisor
from core.ledger.note import COSIGNATURE_V1, ED25519, MalformedNote, Verifier

__all__ = [
    "Ctx",
    "CtxBase",
    "Keeper",
    "Policy",
    "PlainManifest",
    "PlainShare",
    "PlainSheet",
    "SealedPart",
    "SealedRecord",
    "SignedRecord",
    "Withdrawal",
    "canonical",
    "h",
    "keeper_set_hash",
    "keepers_from_json",
    "keepers_to_json",
]

MAX_RECORD = 64 * 1024
_URL = re.compile(r"https?://[!-~]{1,500}")


@dataclass(frozen=True, slots=True)
class Keeper:
    """A keeper (保管方) as published: `vkey` is its signed-note key, `url` where it answers."""

    id: str
    recipient: str
    vkey: str
    url: str
    key_version: int = 1
    name: str = ""

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        named = {"name": self.name} if self.name else {}
        return {**self._key(), "url": self.url, **named}

    @classmethod
    def from_json(cls, value: object) -> Keeper:
        """Read it strictly; the recipient and the key are decoded.  Raises Malformed."""
        members = Members(value, "keeper")
        keeper = cls(
            members.id("id"),
            members.text("recipient", 4096),
            members.text("vkey", 512),
            members.pattern("url", _URL),
            members.integer("key_version", 1),
            members.text("name", 200, shortest=1) if members.has("name") else "",
        )
        members.done()
        keeper.age_recipient()
        keeper.verifier()
        return keeper

    def age_recipient(self) -> HybridRecipient | X25519Recipient:
        """Whom its envelopes are written to.  Raises Malformed."""
        try:
            return parse_recipient(self.recipient)
        except BadKey as error:
            raise Malformed(f"keeper.recipient: {error}") from error

    def verifier(self) -> Verifier:
        """The key of its statements.  Raises Malformed."""
        return statement_key(self.vkey)

    def witness(self) -> Verifier:
        """The same key as a witness of the log uses it.  Raises Malformed."""
        verifier = self.verifier()
        return Verifier(verifier.name, COSIGNATURE_V1, verifier.public_key)

    def fingerprint(self) -> str:
        """What people compare, in full; pages show the first 20 digits."""
        return encoding.labelled("keeper", canonical(self._key())).hex()

    def _key(self) -> dict[str, object]:
        return {
            "id": self.id,
            "recipient": self.recipient,
            "vkey": self.vkey,
            "key_version": self.key_version,
        }


def statement_key(vkey: str) -> Verifier:
    """Read a verifier key with algorithm Ed25519.  Raises Malformed."""
    try:
        verifier = Verifier.parse(vkey)
    except MalformedNote as error:
        raise Malformed(f"vkey: {error}") from error
    if verifier.algorithm != ED25519:
        raise Malformed("vkey: the algorithm is not Ed25519")
    return verifier


def keeper_set_hash(keepers: Sequence[Keeper]) -> str:
    """The hash of a keeper set, in its order."""
    return encoding.labelled("keeper-set", *(bytes.fromhex(keeper.fingerprint()) for keeper in keepers)).hex()


def keepers_to_json(keepers: Sequence[Keeper]) -> dict[str, object]:
    """keepers.json."""
    return {"type": "mingcai/v1/keepers", "keepers": [keeper.to_json() for keeper in keepers]}


def keepers_from_json(value: object) -> tuple[Keeper, ...]:
    """Read keepers.json strictly; ids, recipients and keys all differ.  Raises Malformed."""
    members = Members(value, "keepers", "keepers")
    keepers = keeper_list(members)
    members.done()
    return keepers


def keeper_list(members: Members) -> tuple[Keeper, ...]:
    """The `keepers` member of an object.  Raises Malformed."""
    keepers = members.items("keepers", MAX_KEEPERS, Keeper.from_json)
    if len(keepers) <= MIN_NEEDED:
        raise Malformed("there are at least three keepers")
    for values in zip(*((k.id, k.recipient, k.verifier().public_key) for k in keepers), strict=True):
        if len(set(values)) != len(values):
            raise Malformed("two keepers share an id, a recipient or a key")
    return keepers


@dataclass(frozen=True, slots=True)
class Policy:
    """When and with whose shares one envelope of one lot opens; one link of its chain (R6)."""

    log_origin: str
    tender: str
    lot: str
    envelope: str
    v: int
    previous: str | None
    notice_hash: str
    notice_version: int
    deadline_at: datetime
    open_at: datetime
    gather_seconds: int
    k: int
    n: int
    keeper_set_hash: str
    requires: tuple[str, ...] = ()
    acknowledge: Acknowledging | None = None
    supervisor: Supervisor | None = None

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        optional = ("acknowledge", "supervisor")
        fixed = {name: getattr(self, name) for name in self.__slots__ if name not in optional}
        terms = {name: getattr(self, name) for name in optional if getattr(self, name) is not None}
        return {
            "type": "mingcai/v1/policy",
            **fixed,
            "deadline_at": write_instant(self.deadline_at),
            "open_at": write_instant(self.open_at),
            "requires": list(self.requires),
            **{name: term.to_json() for name, term in terms.items()},
        }

    @classmethod
    def from_json(cls, value: object) -> Policy:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "policy", "policy")
        n = members.integer("n", MIN_NEEDED + 1, MAX_KEEPERS)
        v = members.integer("v", 1)
        first = v == 1 and members.null("previous")
        policy = cls(
            **place(members),
            v=v,
            previous=None if first else members.hash("previous"),
            notice_hash=members.hash("notice_hash"),
            notice_version=members.integer("notice_version", 1),
            deadline_at=members.instant("deadline_at"),
            open_at=members.instant("open_at"),
            gather_seconds=members.integer("gather_seconds", 1),
            k=members.integer("k", MIN_NEEDED, n - 1),
            n=n,
            keeper_set_hash=members.hash("keeper_set_hash"),
            requires=members.ids("requires", 20),
            acknowledge=(
                Acknowledging.from_json(members.take("acknowledge")) if members.has("acknowledge") else None
            ),
            supervisor=Supervisor.from_json(members.take("supervisor"))
            if members.has("supervisor")
            else None,
        )
        members.done()
        if v == 1 and not first:
            raise Malformed("the first policy has no previous one")
        if policy.open_at < policy.deadline_at:
            raise Malformed("policy.open_at is before the deadline")
        if policy.acknowledge is not None and policy.acknowledge.since > policy.notice_version:
            raise Malformed("policy.acknowledge.since is a version that is not published")
        return policy

    @property
    def hash(self) -> str:
        """policy_hash."""
        return h(canonical(self.to_json())).hex()


def place(members: Members) -> dict[str, str]:
    """log_origin, tender, lot and envelope of an object.  Raises Malformed."""
    return {
        "log_origin": members.origin("log_origin"),
        "tender": members.id("tender"),
        "lot": members.id("lot"),
        "envelope": members.choice("envelope", frozenset({"technical", "price", "single"})),
    }


@dataclass(frozen=True, slots=True)
class SealedPart:
    """One age file of a bid: `length` of its bytes, `padded` length of its plaintext."""

    part: str
    sha256: str
    length: int
    padded: int

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, value: object) -> SealedPart:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "ciphertext")
        part = cls(
            members.choice("part", frozenset({SHEET, FILES})),
            members.hash("sha256"),
            members.integer("length", 1),
            members.integer("padded", 1),
        )
        members.done()
        return part


@dataclass(frozen=True)
class SealedRecord:
    """One sealed bid, as its bidder signs it; there is no way to read the bid from it."""

    ctx: Ctx
    sheet_recipient: str
    files_recipient: str
    sheet_seed_hash: str
    ciphertexts: tuple[SealedPart, SealedPart]
    commitments: tuple[str, ...]
    envelope_hashes: tuple[str, ...]
    idempotency_key: str
    supersedes: str | None = None

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        replaced = {"supersedes": self.supersedes} if self.supersedes else {}
        return {
            "type": "mingcai/v1/record",
            "ctx": self.ctx.to_json(),
            "sheet_recipient": self.sheet_recipient,
            "files_recipient": self.files_recipient,
            "sheet_seed_hash": self.sheet_seed_hash,
            "ciphertexts": [part.to_json() for part in self.ciphertexts],
            "commitments": list(self.commitments),
            "envelope_hashes": list(self.envelope_hashes),
            "idempotency_key": self.idempotency_key,
            **replaced,
        }

    @classmethod
    def from_json(cls, value: object) -> SealedRecord:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "record", "record")
        ctx = Ctx.from_json(members.take("ctx"))
        form = RECIPIENT_FORM.get(ctx.suite, RECIPIENT_FORM[AGE_HYBRID])
        ciphertexts = members.items("ciphertexts", 2, SealedPart.from_json)
        if [part.part for part in ciphertexts] != [SHEET, FILES]:
            raise Malformed("record.ciphertexts are not the sheet and the files")
        record = cls(
            ctx,
            members.pattern("sheet_recipient", form),
            members.pattern("files_recipient", form),
            members.hash("sheet_seed_hash"),
            (ciphertexts[0], ciphertexts[1]),
            members.hashes("commitments", MAX_KEEPERS),
            members.hashes("envelope_hashes", MAX_KEEPERS),
            members.key("idempotency_key"),
            members.hash("supersedes") if members.has("supersedes") else None,
        )
        members.done()
        if {len(record.commitments), len(record.envelope_hashes)} != {ctx.n}:
            raise Malformed("record has not one commitment and one envelope for each keeper")
        return record

    @property
    def sheet(self) -> SealedPart:
        """The sealed sheet."""
        return self.ciphertexts[0]

    @property
    def files(self) -> SealedPart:
        """The sealed attachments."""
        return self.ciphertexts[1]

    @cached_property
    def hash(self) -> str:
        """H(record)."""
        return h(canonical(self.to_json())).hex()


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The bidder takes back the record with hash `supersedes` (R7)."""

    log_origin: str
    tender: str
    lot: str
    envelope: str
    bid_id: str
    supersedes: str
    idempotency_key: str

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        return {"type": "mingcai/v1/withdrawal", **{name: getattr(self, name) for name in self.__slots__}}

    @classmethod
    def from_json(cls, value: object) -> Withdrawal:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "withdrawal", "withdrawal")
        withdrawal = cls(
            **place(members),
            bid_id=members.id("bid_id"),
            supersedes=members.hash("supersedes"),
            idempotency_key=members.key("idempotency_key"),
        )
        members.done()
        return withdrawal

    @property
    def hash(self) -> str:
        """H(record)."""
        return h(canonical(self.to_json())).hex()


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The bidder knows the notice as amended, and its record with hash `record_hash` stands under it (R6)."""

    log_origin: str
    tender: str
    lot: str
    envelope: str
    bid_id: str
    record_hash: str
    notice_hash: str
    notice_version: int
    policy_hash: str
    idempotency_key: str

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        return {
            "type": "mingcai/v1/acknowledgement",
            **{name: getattr(self, name) for name in self.__slots__},
        }

    @classmethod
    def from_json(cls, value: object) -> Acknowledgement:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "acknowledgement", "acknowledgement")
        read = cls(
            **place(members),
            bid_id=members.id("bid_id"),
            record_hash=members.hash("record_hash"),
            notice_hash=members.hash("notice_hash"),
            notice_version=members.integer("notice_version", 1),
            policy_hash=members.hash("policy_hash"),
            idempotency_key=members.key("idempotency_key"),
        )
        members.done()
        return read

    @property
    def hash(self) -> str:
        """H(record)."""
        return h(canonical(self.to_json())).hex()


_OTHERS: dict[str, type[Withdrawal | Acknowledgement]] = {
    "mingcai/v1/withdrawal": Withdrawal,
    "mingcai/v1/acknowledgement": Acknowledgement,
}


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """A record, withdrawal or acknowledgement with its bidder's signature; `signatures.verify` judges it."""

    record: SealedRecord | Withdrawal | Acknowledgement
    signature: dict[str, str]

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        return {"record": self.record.to_json(), "signature": dict(self.signature)}

    @classmethod
    def from_json(cls, value: object) -> SignedRecord:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "signed_record")
        source, signature = members.take("record"), members.take("signature")
        members.done()
        if not isinstance(signature, dict) or not all(
            isinstance(item, str) and len(item) <= 16_384 for item in signature.values()
        ):
            raise Malformed("signed_record.signature is not an object of texts")
        kind = str(source.get("type")) if isinstance(source, dict) else ""
        return cls(_OTHERS.get(kind, SealedRecord).from_json(source), dict(signature))
