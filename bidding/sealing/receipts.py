"""Offline check of a receipt (R11, FORMAT.md 4): nothing is asked of anyone, nothing is believed unseen."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bidding.sealing import cms, signatures
from bidding.sealing.encoding import canonical, h, labelled, parse
from bidding.sealing.errors import BadSignature, Malformed, SealingError
from bidding.sealing.objects import MAX_RECORD, Keeper, SealedRecord, keeper_set_hash, statement_key
from bidding.sealing.shape import Members, text, write_instant
from bidding.sealing.statements import Ack, Receipt, Statement, leaf_of
from core.ledger import timestamp, tlog
from core.ledger.note import Checkpoint, MalformedNote, Note, UnverifiedNote

_MAX_PATH, _MAX_NOTE, _MAX_TOKEN = 64, 1 << 16, 1 << 16


@dataclass(frozen=True, slots=True)
class Token:
    """A time stamp (RFC 3161) over a checkpoint: who claims to have made it, and its DER bytes."""

    tsa: str
    token: bytes

    @classmethod
    def from_json(cls, value: object) -> Token:
        """Read it strictly; the DER is not looked into.  Raises Malformed."""
        members = Members(value, "token")
        token = cls(members.text("tsa", 300), _base64(members.take("token")))
        members.done()
        return token


@dataclass(frozen=True, slots=True)
class ReceiptProof:
    """Where the bid's leaf stands in the log, and a checkpoint that covers it."""

    index: int
    size: int
    path: tuple[bytes, ...]
    checkpoint: str
    tokens: tuple[Token, ...] = ()

    @classmethod
    def from_json(cls, value: object) -> ReceiptProof:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "proof")
        proof = cls(
            members.integer("index", 0),
            members.integer("size", 1),
            members.items("path", _MAX_PATH, _base64),
            _note(members.take("checkpoint")),
            members.items("tokens", 10, Token.from_json),
        )
        members.done()
        return proof


@dataclass(frozen=True, slots=True)
class ReceiptReport:
    """What a sound receipt proves.

    `key_pinned` and `keepers_pinned` say whether its keys were compared with trusted ones; without that it proves
    only that somebody with these keys signed it. `bidder_signature` is `verified`, or `bound` when a passkey signed
    and the receipt does not name its key, or when a certificate signed and no authority was trusted to vouch for it;
    `revocation_asked` whether lists said that this certificate was not revoked at the arrival.
    `cosigned` counts keepers. `tokens` counts time stamps over this checkpoint, and `stamped_at` is what the earliest
    says; `stamps_verified` whether their signatures were checked with the authority's certificates.
    """

    record_hash: str
    tender: str
    lot: str
    envelope: str
    bid_id: str
    arrival: str
    acks: int
    keepers: int
    bidder_signature: str
    revocation_asked: bool
    logged: bool
    cosigned: int
    tokens: int
    stamped_at: str | None
    stamps_verified: bool
    key_pinned: bool
    keepers_pinned: bool

    def to_json(self) -> dict[str, object]:
        """The object for `--json`."""
        return {"valid": True, **{name: getattr(self, name) for name in self.__slots__}}


def verify(
    receipt: object,
    *,
    platform_vkey: str | None = None,
    keepers: Sequence[Keeper] | None = None,
    passkey: signatures.Passkey | None = None,
    bidder_authorities: cms.Authorities | None = None,
    authority: timestamp.Authority | None = None,
) -> ReceiptReport:
    """Check a receipt file (parsed JSON) and say what it proves.

    Raises Malformed, BadSignature, and SealingError `wrong-hash`, `wrong-keepers`, `bad-ack`, `bad-proof`,
    `bad-checkpoint`, `bad-token`.
    """
    members = Members(receipt, "receipt file")
    statement = Statement.from_json(members.take("receipt"))
    source = members.take("proof")
    proof = None if source is None else ReceiptProof.from_json(source)
    members.done()
    statement.verify(platform_vkey)
    body = Receipt.from_json(statement.body)
    record = body.signed_record.record
    digest = bytes.fromhex(record.hash)
    if body.record_hash != record.hash:
        raise SealingError("wrong-hash", "the receipt names another record than it holds")
    if body.leaf_hash != labelled("leaf", body.leaf_salt, digest).hex():
        raise SealingError("wrong-hash", "the leaf is not of this record")
    if keepers is not None and keeper_set_hash(keepers) != keeper_set_hash(body.keepers):
        raise SealingError("wrong-keepers", "the receipt names other keepers than the trusted list")
    if isinstance(record, SealedRecord):
        _check_acks(body, record)
        at, bid_id, needed = record.ctx, record.ctx.bid_id, record.ctx.k
        origin, tender, lot, envelope = at.log_origin, at.tender, at.lot, at.envelope
    else:
        bid_id, needed = record.bid_id, 1
        origin, tender, lot, envelope = record.log_origin, record.tender, record.lot, record.envelope
    if body.log_origin != origin:
        raise SealingError("wrong-hash", "the receipt is of another log than its record")
    bidder_signature = _bidder(body, passkey, bidder_authorities)
    cosigned = 0 if proof is None else _check_proof(proof, body, statement.vkey, needed)
    stamps = [] if proof is None else _check_tokens(proof, authority)
    return ReceiptReport(
        record_hash=record.hash,
        tender=tender,
        lot=lot,
        envelope=envelope,
        bid_id=bid_id,
        arrival=write_instant(body.arrival),
        acks=len(body.acks),
        keepers=len(body.keepers),
        bidder_signature=bidder_signature,
        revocation_asked=_by_certificate(body)
        and bidder_authorities is not None
        and bidder_authorities.revoked is not None,
        logged=proof is not None,
        cosigned=cosigned,
        tokens=len(stamps),
        stamped_at=write_instant(min(stamp.at for stamp in stamps)) if stamps else None,
        stamps_verified=bool(stamps) and authority is not None,
        key_pinned=platform_vkey is not None,
        keepers_pinned=keepers is not None,
    )


def check_bid(receipt: object, path: Path) -> str:
    """Which part of the receipt's bid a file is: `record`, `sheet`, `files` or `envelope-i`.

    `receipt` has passed `verify`.  A record may be spelled in any way.  Raises SealingError `wrong-bid`, OSError.
    """
    statement = Statement.from_json(Members(receipt, "receipt file").take("receipt"))
    record = Receipt.from_json(statement.body).signed_record.record
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    if isinstance(record, SealedRecord):
        for part in record.ciphertexts:
            if digest == part.sha256:
                return part.part
        if digest in record.envelope_hashes:
            return f"envelope-{record.envelope_hashes.index(digest) + 1}"
    if path.stat().st_size <= MAX_RECORD:
        try:
            same = h(canonical(parse(path.read_bytes(), MAX_RECORD))).hex() == record.hash
        except Malformed:
            same = False
        if same:
            return "record"
    raise SealingError("wrong-bid", "this file is no part of the bid that the receipt is for")


def _check_acks(body: Receipt, record: SealedRecord) -> None:
    ctx = record.ctx
    if keeper_set_hash(body.keepers) != ctx.keeper_set_hash:
        raise SealingError("wrong-keepers", "the keepers are not those of the record")
    places = {keeper.id: i for i, keeper in enumerate(body.keepers, start=1)}
    seen = set()
    for statement in body.acks:
        ack = Ack.from_json(statement.body)
        i = places.get(ack.keeper)
        if i is None or ack.keeper in seen:
            raise SealingError("bad-ack", f"{ack.keeper} is no keeper of the set, or acks twice")
        seen.add(ack.keeper)
        keeper = body.keepers[i - 1]
        try:
            statement.verify(keeper.vkey)
        except BadSignature as error:
            raise SealingError("bad-ack", f"{ack.keeper}: {error.detail}") from error
        said = (ack.i, ack.record_hash, ack.ctx_hash, ack.policy_hash, ack.key_version)
        if said != (i, record.hash, ctx.digest().hex(), ctx.policy_hash, keeper.key_version):
            raise SealingError("bad-ack", f"the ack of {ack.keeper} is for something else")
    if len(seen) < ctx.k:
        raise SealingError("bad-ack", f"{len(seen)} acks, at least {ctx.k} are needed")


def _by_certificate(body: Receipt) -> bool:
    return body.signed_record.signature.get("scheme") == signatures.CMS


def _bidder(body: Receipt, passkey: signatures.Passkey | None, authorities: cms.Authorities | None) -> str:
    signed, named = body.signed_record, body.bidder_key
    if _by_certificate(body) and authorities is not None:
        signatures.verify_certificate(signed).vouched(authorities, body.arrival)
        return "verified"
    checked = signatures.check_bidder(signed)
    if passkey is None and named is not None:
        passkey = signatures.Passkey(named.public_key, named.rp_id, named.origins)
    if checked == "verified" or passkey is None or _by_certificate(body):
        return checked
    signatures.verify_webauthn(signed, passkey)
    return "verified"


def _check_proof(proof: ReceiptProof, body: Receipt, vkey: str, needed: int) -> int:
    try:
        note = Note.parse(proof.checkpoint)
        checkpoint = Checkpoint.parse(note.text)
        note.verified([statement_key(vkey)])
    except (MalformedNote, UnverifiedNote) as error:
        raise SealingError("bad-checkpoint", str(error)) from error
    if (checkpoint.origin, checkpoint.size) != (body.log_origin, proof.size):
        raise SealingError("bad-checkpoint", "the checkpoint is of another log or size")
    leaf = tlog.leaf_hash(leaf_of(body.leaf_hash))
    if not tlog.verify_inclusion(leaf, proof.index, proof.size, proof.path, checkpoint.root):
        raise SealingError("bad-proof", "the log does not contain the bid where the receipt says")
    cosigned = 0
    for keeper in body.keepers:
        try:
            cosigned += bool(note.verified([keeper.witness()]))
        except UnverifiedNote:
            continue
    if cosigned < needed:
        raise SealingError("bad-checkpoint", f"{cosigned} keepers cosigned, at least {needed} are needed")
    return cosigned


def _check_tokens(proof: ReceiptProof, authority: timestamp.Authority | None) -> list[timestamp.Stamped]:
    text = Note.parse(proof.checkpoint).text
    try:
        return [timestamp.read(token.token, text, authority) for token in proof.tokens]
    except timestamp.BadToken as error:
        raise SealingError("bad-token", str(error)) from error


def _note(value: object) -> str:
    if not isinstance(value, str) or len(value) > _MAX_NOTE:
        raise Malformed("proof.checkpoint is not a note")
    return value


def _base64(value: object) -> bytes:
    try:
        return base64.b64decode(text(value, "proof", _MAX_TOKEN), validate=True)
    except binascii.Error as error:
        raise Malformed("proof: not base64") from error
