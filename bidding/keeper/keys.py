"""A keeper's own keys, readable by its owner alone: one to sign with, one age identity per key version."""

from __future__ import annotations

import json
import os
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bidding.sealing.age.recipients import HybridIdentity
from bidding.sealing.objects import Keeper
from bidding.sealing.shape import instant, write_instant
from bidding.sealing.statements import Statement, sign_statement
from core.ledger.note import COSIGNATURE_V1, ED25519, Signer, Verifier

SEED_BYTES = 32
SIGNING = "signing-key"
PERIODS = "key-periods.json"
_VERSION = re.compile(r"age-identity-([1-9][0-9]{0,8})")
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


class KeysMissing(Exception):
    """The folder holds no keys or only a part of them: refuse to start as another keeper."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """`identities` by key version; a version counts from its start on, older ones live on for their tenders."""

    keeper: str
    signer: Signer
    witness: Signer
    identities: dict[int, HybridIdentity]
    recipients: dict[int, str]
    starts: dict[int, datetime] = field(default_factory=dict)

    def version(self, now: datetime) -> int:
        """The key version in force: the highest that has started."""
        begun = [version for version in self.identities if self.starts.get(version, _ALWAYS) <= now]
        return max(begun, default=min(self.identities))

    def next(self, now: datetime) -> tuple[int, datetime] | None:
        """The version that follows, and when; None while none is announced."""
        later = [(at, version) for version, at in self.starts.items() if at > now]
        return (min(later)[1], min(later)[0]) if later else None

    @property
    def vkey(self) -> str:
        """The verifier key of its statements."""
        return self.signer.verifier.vkey

    @property
    def witness_key(self) -> Verifier:
        """The same key as cosigner of the log."""
        return self.witness.verifier

    def recipient(self, version: int) -> str:
        """The age recipient of a version.  Raises KeyError."""
        return self.recipients[version]

    def is_mine(self, keeper: Keeper) -> bool:
        """Whether a published keeper is this one, with a key that it holds."""
        return (
            (keeper.id, keeper.vkey) == (self.keeper, self.vkey)
            and keeper.key_version in self.identities
            and keeper.recipient == self.recipient(keeper.key_version)
        )

    def sign(self, body: dict[str, object]) -> Statement:
        """Sign a statement."""
        return sign_statement(self.signer, body)


def open_keys(folder: Path, keeper: str, *, may_create: bool = False) -> Keys:
    """Read the keys in `folder` (0700, files 0600).  Raises KeysMissing.

    `may_create` makes them at first use, for trials on one machine; elsewhere keys are made at a ceremony.
    """
    if may_create and not (folder / SIGNING).exists() and not _versions(folder):
        create(folder)
    if not (folder / SIGNING).exists() and not _versions(folder):
        raise KeysMissing("there are no keys here; they are made at a ceremony")
    return from_seeds(keeper, *read_seeds(folder))


def from_seeds(
    keeper: str, signing: bytes, identities: dict[int, bytes], starts: dict[int, datetime]
) -> Keys:
    """The keys that follow from their seeds."""
    made = {version: HybridIdentity(seed) for version, seed in sorted(identities.items())}
    return Keys(
        keeper,
        Signer(keeper, signing, ED25519),
        Signer(keeper, signing, COSIGNATURE_V1),
        made,
        {version: str(identity.recipient()) for version, identity in made.items()},
        starts,
    )


def create(folder: Path) -> None:
    """Make a signing key and the first age identity."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_seed(folder / "age-identity-1", secrets.token_bytes(SEED_BYTES))
    write_seed(folder / SIGNING, secrets.token_bytes(SEED_BYTES))


def rotate(folder: Path, starts: datetime) -> int:
    """Make the next age identity, in force from `starts` on, and give its version.

    A running keeper announces it after its next start.  Raises KeysMissing.
    """
    signing, identities, periods = read_seeds(folder)
    version = max(identities) + 1
    write_periods(folder, periods | {version: starts})
    write_seed(folder / f"age-identity-{version}", secrets.token_bytes(SEED_BYTES))
    return version


def retire(folder: Path, keeper: str, version: int, now: datetime) -> None:
    """Destroy an old age identity.  The caller knows that no tender needs it.  Raises KeysMissing."""
    own = open_keys(folder, keeper)
    if version not in own.identities or version >= own.version(now):
        raise KeysMissing("only an older key can be destroyed")
    path = folder / f"age-identity-{version}"
    # Written over first: on disks that remap blocks a trace may stay, which is why folders are encrypted.
    with path.open("r+b") as file:
        file.write(b"0" * path.stat().st_size)
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def read_seeds(folder: Path) -> tuple[bytes, dict[int, bytes], dict[int, datetime]]:
    """The signing seed, the seeds of the identities and when each begins.  Raises KeysMissing."""
    versions, signing = _versions(folder), folder / SIGNING
    if not signing.exists() or not versions:
        raise KeysMissing("the folder holds only a part of a keeper's keys")
    periods: dict[int, datetime] = {}
    if (folder / PERIODS).exists():
        written = json.loads((folder / PERIODS).read_text())
        periods = {int(version): instant(at) for version, at in written.items()}
    identities = {version: _read(folder / f"age-identity-{version}") for version in versions}
    return _read(signing), identities, {v: at for v, at in periods.items() if v in identities}


def write_periods(folder: Path, starts: dict[int, datetime]) -> None:
    """Write when each version begins."""
    written = {str(version): write_instant(at) for version, at in sorted(starts.items())}
    _write(folder / PERIODS, json.dumps(written) + "\n")


def write_seed(path: Path, seed: bytes) -> None:
    """Write one seed, on disk when this returns."""
    _write(path, seed.hex() + "\n")


def _versions(folder: Path) -> list[int]:
    if not folder.is_dir():
        return []
    return sorted(int(match[1]) for path in folder.iterdir() if (match := _VERSION.fullmatch(path.name)))


def _read(path: Path) -> bytes:
    try:
        seed = bytes.fromhex(path.read_text().strip())
    except ValueError:
        seed = b""
    if len(seed) != SEED_BYTES:
        raise KeysMissing(f"{path.name} is not a key")
    return seed


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    parent = os.open(path.parent, os.O_RDONLY)
    os.fsync(parent)
    os.close(parent)
