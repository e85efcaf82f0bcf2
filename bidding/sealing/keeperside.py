"""What a keeper checks before it acks, and what everyone checks of a released share (R2, R4)."""

from __future__ import annotations

import hmac

from bidding.sealing.age.errors import AgeError
from bidding.sealing.age.files import decrypt_bytes
from bidding.sealing.age.recipients import Identity
from bidding.sealing.encoding import h, parse
from bidding.sealing.errors import Malformed, SealingError
from bidding.sealing.objects import SealedRecord
from bidding.sealing.plain import MAX_ENVELOPE, SHARE_BYTES, PlainShare


def open_envelope(identity: Identity, envelope_bytes: bytes) -> PlainShare:
    """Decrypt an envelope and read its payload.  Raises SealingError `undecryptable`, Malformed."""
    if len(envelope_bytes) > MAX_ENVELOPE:
        raise Malformed("the envelope is too long")
    try:
        payload = decrypt_bytes(envelope_bytes, [identity])
    except AgeError as error:
        raise SealingError("undecryptable", f"{error.outcome}: {error}") from error
    return PlainShare.from_json(parse(payload, MAX_ENVELOPE))


def verify_share(record: SealedRecord, share: PlainShare) -> None:
    """Check a share against its record, FORMAT.md 6 phase 1.

    Raises SealingError `wrong-context`, `wrong-share`, `wrong-commitment`.
    """
    if share.ctx != record.ctx or not 1 <= share.i <= record.ctx.n:
        raise SealingError("wrong-context", "the share is of another bid")
    if len(share.share) != SHARE_BYTES or share.share[-1] != share.i:
        raise SealingError("wrong-share", "the share is not 33 bytes that end in its number")
    if not hmac.compare_digest(share.commitment(), record.commitments[share.i - 1]):
        raise SealingError("wrong-commitment", f"share {share.i} is not what the record commits to")


def check_envelope(
    record: SealedRecord, envelope_bytes: bytes, identity: Identity, keeper: str, i: int
) -> PlainShare:
    """Open an envelope as keeper number `i` does before it acks (FORMAT.md 5).

    Raises SealingError with a code of that section.
    """
    if not 1 <= i <= record.ctx.n or h(envelope_bytes).hex() != record.envelope_hashes[i - 1]:
        raise SealingError("wrong-hash", "this is not the envelope that the record names")
    share = open_envelope(identity, envelope_bytes)
    if share.ctx != record.ctx:
        raise SealingError("wrong-context", "the envelope was sealed for another bid")
    if (share.keeper, share.i) != (keeper, i):
        raise SealingError("wrong-keeper", "the envelope was sealed for another keeper or number")
    verify_share(record, share)
    return share
