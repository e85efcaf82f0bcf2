"""What the platform checks at submission without any key (R2, R5; FORMAT.md 5)."""

from __future__ import annotations

from pathlib import Path

from bidding.sealing.age import files, stream
from bidding.sealing.age.errors import HeaderFailure
from bidding.sealing.age.header import NONCE_BYTES
from bidding.sealing.container import padded as padded_length
from bidding.sealing.context import STANZA_OF, CtxBase
from bidding.sealing.errors import SealingError
from bidding.sealing.objects import SealedRecord

_SNIFF = 64
_HEADER_ROOM = 4096
_ORDER = (
    ("wrong-suite", ("suite",)),
    ("wrong-tender", ("log_origin", "tender")),
    ("wrong-lot", ("lot",)),
    ("wrong-envelope", ("envelope",)),
    ("wrong-bid", ("bid_id",)),
    ("wrong-policy", ("policy_hash", "notice_hash", "notice_version", "open_at")),
    ("wrong-keepers", ("k", "n", "keeper_set_hash")),
)


def check_ciphertext(path: Path, suite: str, max_bytes: int, *, padded: int | None = None) -> None:
    """Check the stored bytes of one age file: its header, one stanza of the suite, whole chunks, the cap.

    With `padded` also the length of the plaintext; whoever stores the bytes hashes them.  Raises OSError and
    SealingError `not-age`, `armored`, `wrong-suite`, `two-recipients`, `truncated`, `too-large` or
    `wrong-length`.
    """
    size = path.stat().st_size
    if size > max_bytes:
        raise SealingError("too-large", f"{size} bytes, at most {max_bytes}")
    with path.open("rb") as source:
        if b"-----BEGIN AGE" in source.read(_SNIFF):
            raise SealingError("armored", "send the binary file")
    try:
        found = files.inspect(path)
    except HeaderFailure as error:
        raise SealingError("not-age", str(error)) from error
    if len(found.stanzas) != 1:
        raise SealingError("two-recipients", f"{len(found.stanzas)} recipients instead of one")
    if found.stanzas[0].arguments[0] != STANZA_OF.get(suite):
        raise SealingError("wrong-suite", f"not a file of suite {suite}")
    try:
        plain = found.plain_length()
    except ValueError as error:
        raise SealingError("truncated", str(error)) from error
    if padded is not None and plain != padded:
        raise SealingError("wrong-length", f"{plain} bytes of plaintext, the record says {padded}")


def check_record(record: SealedRecord, ctx_expected: CtxBase) -> None:
    """Check that a record is for what the platform offers this bidder, and that its lengths are possible.

    Raises SealingError with code `wrong-suite`, `wrong-tender`, `wrong-lot`, `wrong-envelope`, `wrong-bid`,
    `wrong-policy`, `wrong-keepers` or `wrong-padding`.
    """
    for code, names in _ORDER:
        for name in names:
            if getattr(record.ctx, name) != getattr(ctx_expected, name):
                raise SealingError(code, f"{name} differs")
    for part in record.ciphertexts:
        least = stream.sealed_length(part.padded) + NONCE_BYTES
        if padded_length(part.padded) != part.padded or not least < part.length <= least + _HEADER_ROOM:
            raise SealingError("wrong-padding", f"the lengths of the {part.part} are impossible")
