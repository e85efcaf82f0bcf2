"""What follows from S and its shares; sealing and opening compute it by one function (FORMAT.md 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bidding.sealing import encoding
from bidding.sealing.context import Ctx, recipient_of
from bidding.sealing.plain import commitment

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class PlainDealing:
    """A root secret, its n shares, and what is derived from them; the last four are public in the record."""

    secret: bytes = field(repr=False)
    shares: tuple[bytes, ...] = field(repr=False)
    seed_sheet: bytes = field(repr=False)
    seed_files: bytes = field(repr=False)
    salts: tuple[bytes, ...] = field(repr=False)
    commitments: tuple[str, ...]
    sheet_recipient: str
    files_recipient: str
    sheet_seed_hash: str


def deal(ctx: Ctx, secret: bytes, shares: Sequence[bytes]) -> PlainDealing:
    """Derive seeds, salts, commitments and public keys; `shares` are all n, in order."""
    digest = ctx.digest()
    seed_sheet, seed_files = encoding.derive(secret, "sheet"), encoding.derive(secret, "files")
    seed_salt = encoding.derive(secret, "salt")
    salts = tuple(salt(seed_salt, digest, i) for i in range(1, len(shares) + 1))
    return PlainDealing(
        secret=secret,
        shares=tuple(shares),
        seed_sheet=seed_sheet,
        seed_files=seed_files,
        salts=salts,
        commitments=tuple(
            commitment(digest, i, share, salts[i - 1]) for i, share in enumerate(shares, start=1)
        ),
        sheet_recipient=str(recipient_of(ctx.suite, seed_sheet)),
        files_recipient=str(recipient_of(ctx.suite, seed_files)),
        sheet_seed_hash=encoding.h(seed_sheet).hex(),
    )


def salt(seed_salt: bytes, ctx_digest: bytes, i: int) -> bytes:
    """salt_i."""
    return encoding.mac(seed_salt, encoding.join(ctx_digest, bytes([i])))
