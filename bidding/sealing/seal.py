"""Sealing a bid (FORMAT.md 3): from a sheet and attachments to a record, two age files and n envelopes.

Pure Python twin of the browser's sealer: the offline command, the demonstration and the tests use it.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from bidding.sealing import shares
from bidding.sealing.age import files
from bidding.sealing.age.recipients import Passphrase, parse_recipient
from bidding.sealing.container import ContainerSource, describe
from bidding.sealing.context import STANZA_OF, Ctx, CtxBase, bidder_tag
from bidding.sealing.dealing import SECRET_BYTES, PlainDealing, deal
from bidding.sealing.encoding import canonical, h
from bidding.sealing.errors import Malformed, SealingError
from bidding.sealing.objects import (
    MAX_RECORD,
    Keeper,
    SealedPart,
    SealedRecord,
    SignedRecord,
    keeper_set_hash,
)
from bidding.sealing.plain import (
    FILES,
    SHEET,
    SHEET_NAME,
    PlainFile,
    PlainManifest,
    PlainShare,
    PlainSheet,
    file_name,
)
from bidding.sealing.shape import Members
from bidding.sealing.staging import staged

Rng = Callable[[int], bytes]
Sign = Callable[[bytes], dict[str, str]]
NONCE_BYTES = 32
KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class PlainKit:
    """A bidder's recovery kit (R8): it reads the bid at any time, so it stays secret until the opening."""

    record_hash: str
    ctx: Ctx
    secret: bytes = field(repr=False)
    shares: tuple[bytes, ...] = field(repr=False)

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        return {
            "type": "mingcai/v1/recovery-kit",
            "record_hash": self.record_hash,
            "ctx": self.ctx.to_json(),
            "secret": self.secret.hex(),
            "shares": [share.hex() for share in self.shares],
        }

    @classmethod
    def from_json(cls, value: object) -> PlainKit:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "kit", "recovery-kit")
        kit = cls(
            members.hash("record_hash"),
            Ctx.from_json(members.take("ctx")),
            members.hex("secret", SECRET_BYTES),
            members.hexes("shares", 255, SECRET_BYTES + 1),
        )
        members.done()
        return kit

    def plain_shares(self, record: SealedRecord, keepers: Sequence[Keeper]) -> list[PlainShare]:
        """The shares as if every keeper had released its own; opening then checks them like any others."""
        dealing = deal(record.ctx, self.secret, self.shares)
        return [
            PlainShare(record.ctx, keeper.id, i, share, dealing.salts[i - 1])
            for i, (keeper, share) in enumerate(zip(keepers, self.shares, strict=True), start=1)
        ]


@dataclass(frozen=True, slots=True)
class SealedBid:
    """What `seal_bid` made; everything but `kit` may leave the bidder's machine."""

    record: SealedRecord
    signed: SignedRecord | None
    directory: Path
    envelopes: tuple[bytes, ...] = field(repr=False)
    kit: PlainKit = field(repr=False)

    @property
    def sheet_path(self) -> Path:
        """The sealed sheet."""
        return self.directory / "sheet.age"

    @property
    def files_path(self) -> Path:
        """The sealed attachments."""
        return self.directory / "files.age"


def seal_bid(
    ctx_base: CtxBase,
    keepers: Sequence[Keeper],
    k: int,
    sheet: dict[str, object],
    attachments: Sequence[tuple[str, Path]],
    out_dir: Path,
    *,
    organisation: str,
    rng: Rng = os.urandom,
    idempotency_key: str | None = None,
    supersedes: str | None = None,
    sign: Sign | None = None,
    kit_passphrase: str | None = None,
) -> SealedBid:
    """Seal one lot and envelope of a bid into `out_dir` (FORMAT.md 3.11); on an error nothing is left there.

    `rng` draws S, the nonce, the coefficients and the idempotency key; age files draw their own randomness.
    `sign` gets H(record) and returns the signature object.  Raises SealingError `wrong-keepers` when keepers
    or k are not those of `ctx_base`, Malformed for a sheet, name or id that breaks the format, OSError.
    """
    _check_keepers(ctx_base, keepers, k)
    opening_sheet = PlainSheet.from_json(sheet, ctx_base.envelope)
    named = [(file_name(name), Path(path)) for name, path in attachments]
    secret, nonce = rng(SECRET_BYTES), rng(NONCE_BYTES)
    coefficients = [rng(SECRET_BYTES) for _ in range(k - 1)]
    key = idempotency_key if idempotency_key is not None else rng(KEY_BYTES).hex()
    ctx = ctx_base.tagged(bidder_tag(nonce, organisation))
    dealing = deal(ctx, secret, shares.split(secret, ctx.n, k, coefficients=coefficients))
    with staged(Path(out_dir)) as stage:
        text = canonical(opening_sheet.to_json())
        listed = (PlainFile(SHEET_NAME, h(text).hex(), len(text)),)
        parts = (
            _seal_part(
                PlainManifest(SHEET, ctx, organisation, nonce, listed),
                [lambda: io.BytesIO(text)],
                dealing.sheet_recipient,
                stage / "sheet.age",
            ),
            _seal_part(
                PlainManifest(FILES, ctx, organisation, nonce, tuple(describe(*item) for item in named)),
                [_opener(path) for _, path in named],
                dealing.files_recipient,
                stage / "files.age",
            ),
        )
        envelopes = tuple(_envelope(ctx, keeper, i, dealing) for i, keeper in enumerate(keepers, start=1))
        record = SealedRecord(
            ctx=ctx,
            sheet_recipient=dealing.sheet_recipient,
            files_recipient=dealing.files_recipient,
            sheet_seed_hash=dealing.sheet_seed_hash,
            ciphertexts=parts,
            commitments=dealing.commitments,
            envelope_hashes=tuple(h(envelope).hex() for envelope in envelopes),
            idempotency_key=key,
            supersedes=supersedes,
        )
        encoded = canonical(SealedRecord.from_json(record.to_json()).to_json())
        if len(encoded) > MAX_RECORD:
            raise Malformed("the record is too long")
        signed = SignedRecord(record, sign(bytes.fromhex(record.hash))) if sign else None
        kit = PlainKit(record.hash, ctx, secret, dealing.shares)
        _write(stage, encoded, signed, envelopes, kit, kit_passphrase)
    return SealedBid(record, signed, Path(out_dir), envelopes, kit)


def _check_keepers(ctx_base: CtxBase, keepers: Sequence[Keeper], k: int) -> None:
    if keeper_set_hash(keepers) != ctx_base.keeper_set_hash or (k, len(keepers)) != (ctx_base.k, ctx_base.n):
        raise SealingError("wrong-keepers", "the tender names other keepers than the trusted list")
    wanted = STANZA_OF[ctx_base.suite]
    if any(keeper.age_recipient().kind != wanted for keeper in keepers):
        raise SealingError("wrong-keepers", f"a keeper has no recipient of suite {ctx_base.suite}")


def _seal_part(
    manifest: PlainManifest, contents: Sequence[Callable[[], BinaryIO]], recipient: str, out: Path
) -> SealedPart:
    PlainManifest.from_json(manifest.to_json())
    source = ContainerSource(manifest, contents)
    with out.open("wb", buffering=0) as target:
        files.encrypt(source, target, [parse_recipient(recipient)])
    sealed = describe(out.name, out)
    return SealedPart(manifest.part, sealed.sha256, sealed.size, source.padded)


def _envelope(ctx: Ctx, keeper: Keeper, i: int, dealing: PlainDealing) -> bytes:
    share = PlainShare(ctx, keeper.id, i, dealing.shares[i - 1], dealing.salts[i - 1])
    return files.encrypt_bytes(canonical(share.to_json()), [keeper.age_recipient()])


def _opener(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")


def _write(
    stage: Path,
    encoded: bytes,
    signed: SignedRecord | None,
    envelopes: Sequence[bytes],
    kit: PlainKit,
    kit_passphrase: str | None,
) -> None:
    (stage / "record.json").write_bytes(encoded)
    if signed is not None:
        (stage / "signature.json").write_bytes(canonical(signed.signature))
    for i, envelope in enumerate(envelopes, start=1):
        (stage / f"envelope-{i}.age").write_bytes(envelope)
    if kit_passphrase is not None:
        path = stage / "kit.age"
        path.touch(mode=0o600)
        path.write_bytes(files.encrypt_bytes(canonical(kit.to_json()), [Passphrase(kit_passphrase)]))
