"""A recovery kit handed in at the opening (R8, FORMAT.md 6a): sealed to the supervisor, opened there, checked like a dealing."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from bidding.sealing.age import files
from bidding.sealing.age.errors import AgeError
from bidding.sealing.age.header import read_header
from bidding.sealing.age.recipients import HybridIdentity
from bidding.sealing.context import AGE_HYBRID, AGE_X25519, STANZA_OF
from bidding.sealing.dealing import deal
from bidding.sealing.encoding import canonical, derive, h, parse
from bidding.sealing.errors import BadSignature, Malformed, SealingError
from bidding.sealing.objects import Keeper, Policy, SealedRecord
from bidding.sealing.plain import PlainShare
from bidding.sealing.seal import PlainKit
from bidding.sealing.shape import Members
from bidding.sealing.statements import Statement, sign_statement
from core.ledger.note import Signer

MAX_SEALED_KIT = 64 * 1024
_PLACE = ("log_origin", "tender", "lot", "envelope")
BAD_KIT = "bad-kit"


def identity_of_supervisor(seed: bytes) -> HybridIdentity:
    """The age identity that belongs to a supervising authority's key file: derived, never the signing key itself."""
    return HybridIdentity(derive(seed, "supervisor"))


def check_sealed(sealed: bytes, recipient: str) -> None:
    """Check without any key that these bytes are an age file for one recipient of the supervisor's kind.

    Raises SealingError `too-large`, `armored`, `not-age`, `two-recipients` or `wrong-suite` (a passphrase: never sealed).
    """
    if len(sealed) > MAX_SEALED_KIT:
        raise SealingError("too-large", f"{len(sealed)} bytes, at most {MAX_SEALED_KIT}")
    if sealed.startswith(b"-----BEGIN AGE"):
        raise SealingError("armored", "send the binary file")
    try:
        header = read_header(io.BytesIO(sealed))
    except AgeError as error:
        raise SealingError("not-age", str(error)) from error
    if len(header.stanzas) != 1:
        raise SealingError("two-recipients", f"{len(header.stanzas)} recipients instead of one")
    suite = AGE_HYBRID if recipient.startswith("age1pq1") else AGE_X25519
    if header.stanzas[0].arguments[0] != STANZA_OF[suite]:
        raise SealingError("wrong-suite", "not sealed to the supervisor")


@dataclass(frozen=True, slots=True)
class Release:
    """The supervisor's signed word that it opened a kit that was handed in: `kit` is the hash of what was in it."""

    log_origin: str
    tender: str
    lot: str
    envelope: str
    record_hash: str
    sealed: str
    kit: str

    def to_json(self) -> dict[str, object]:
        """The body of its statement."""
        return {"type": "mingcai/v1/kit-release", **{name: getattr(self, name) for name in self.__slots__}}

    @classmethod
    def from_json(cls, value: object) -> Release:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "kit-release", "kit-release")
        read = cls(
            members.origin("log_origin"),
            members.id("tender"),
            members.id("lot"),
            members.choice("envelope", frozenset({"technical", "price", "single"})),
            members.hash("record_hash"),
            members.hash("sealed"),
            members.hash("kit"),
        )
        members.done()
        return read


def release(signer: Signer, seed: bytes, request: object) -> dict[str, object]:
    """Open a kit on the supervisor's own machine: `{sealed, record}` -> `{statement, kit}`.

    Raises Malformed, SealingError `undecryptable` (not for this key, or damaged) and `wrong-bid` (the kit of another bid).
    """
    members = Members(request, "kit-request", "kit-request")
    sealed = members.hex("sealed", None)
    record = SealedRecord.from_json(members.take("record"))
    members.done()
    try:
        plain = files.decrypt_bytes(sealed, [identity_of_supervisor(seed)])
    except AgeError as error:
        raise SealingError("undecryptable", str(error)) from error
    kit = PlainKit.from_json(parse(plain, MAX_SEALED_KIT))
    if kit.record_hash != record.hash or kit.ctx != record.ctx:
        raise SealingError("wrong-bid", f"the kit is of record {kit.record_hash}")
    ctx = record.ctx
    body = Release(
        ctx.log_origin, ctx.tender, ctx.lot, ctx.envelope, record.hash,
        h(sealed).hex(), h(canonical(kit.to_json())).hex(),
    ).to_json()  # fmt: skip
    return {"statement": sign_statement(signer, body).to_json(), "kit": kit.to_json()}


def check_release(policy: Policy, record_hash: str, sealed: str, statement: Statement) -> Release:
    """Check that the policy's supervisor signed that it opened this very kit.  Raises Malformed, BadSignature, SealingError."""
    if policy.supervisor is None:
        raise BadSignature("the policy names no supervisor")
    statement.verify(policy.supervisor.vkey)
    said = Release.from_json(statement.body)
    if any(getattr(said, name) != getattr(policy, name) for name in _PLACE):
        raise SealingError("wrong-place", "the release is of another tender, lot or envelope")
    if (said.record_hash, said.sealed) != (record_hash, sealed):
        raise SealingError("wrong-bid", "the release is of another kit")
    return said


def shares_of(record: SealedRecord, kit: PlainKit, keepers: Sequence[Keeper]) -> list[PlainShare]:
    """The kit's shares as if each keeper had released its own.

    Raises SealingError `bad-kit`: what is in it is not what was committed to, and the bidder answers for that.
    """
    if kit.record_hash != record.hash or kit.ctx != record.ctx or len(kit.shares) != record.ctx.n:
        raise SealingError(BAD_KIT, "the kit is of another bid")
    if deal(record.ctx, kit.secret, kit.shares).commitments != record.commitments:
        raise SealingError(BAD_KIT, "the kit does not follow the commitments")
    return kit.plain_shares(record, keepers)


def read_release(value: object) -> tuple[Statement, PlainKit]:
    """Read `{statement, kit}` strictly; the statement says the hash of this kit.  Raises Malformed, SealingError."""
    members = Members(value, "release")
    statement = Statement.from_json(members.take("statement"))
    kit = PlainKit.from_json(members.take("kit"))
    members.done()
    if Release.from_json(statement.body).kit != h(canonical(kit.to_json())).hex():
        raise Malformed("the statement is of another kit")
    return statement, kit
