"""A keeper's own keys, readable by its owner alone: one to sign with, one age identity per key version."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from bidding.sealing.age.recipients import HybridIdentity
from bidding.sealing.objects import Keeper
from bidding.sealing.statements import Statement, sign_statement
from core.ledger.note import COSIGNATURE_V1, ED25519, Signer, Verifier

SEED_BYTES = 32
_SIGNING = "signing-key"
_VERSION = re.compile(r"age-identity-([1-9][0-9]{0,8})")


class KeysMissing(Exception):
    """The folder holds only a part of the keys: refuse to start as another keeper."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """`identities` by key version: the highest is the current one, older ones live on for their tenders."""

    keeper: str
    signer: Signer
    witness: Signer
    identities: dict[int, HybridIdentity]
    recipients: dict[int, str]

    @property
    def version(self) -> int:
        """The current key version."""
        return max(self.identities)

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


def open_keys(folder: Path, keeper: str) -> Keys:
    """Read the keys in `folder`, made at first use (folder 0700, files 0600).  Raises KeysMissing."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    signing, versions = folder / _SIGNING, _versions(folder)
    if not signing.exists() and not versions:
        _write(folder / "age-identity-1")
        _write(signing)
        versions = [1]
    if not signing.exists() or not versions:
        raise KeysMissing("the folder holds only a part of a keeper's keys")
    seed = _read(signing)
    identities = {version: HybridIdentity(_read(folder / f"age-identity-{version}")) for version in versions}
    return Keys(
        keeper,
        Signer(keeper, seed, ED25519),
        Signer(keeper, seed, COSIGNATURE_V1),
        identities,
        {version: str(identity.recipient()) for version, identity in identities.items()},
    )


def rotate(folder: Path) -> int:
    """Make the next age identity and give its version; the running keeper uses it after its next start."""
    versions = _versions(folder)
    if not versions:
        raise KeysMissing("there is no key to follow")
    version = max(versions) + 1
    _write(folder / f"age-identity-{version}")
    return version


def _versions(folder: Path) -> list[int]:
    return sorted(int(match[1]) for path in folder.iterdir() if (match := _VERSION.fullmatch(path.name)))


def _read(path: Path) -> bytes:
    seed = bytes.fromhex(path.read_text().strip())
    if len(seed) != SEED_BYTES:
        raise KeysMissing(f"{path.name} is not a key")
    return seed


def _write(path: Path) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_bytes(SEED_BYTES).hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    parent = os.open(path.parent, os.O_RDONLY)
    os.fsync(parent)
    os.close(parent)
