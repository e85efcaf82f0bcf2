"""A keeper's keys in shares, any k of which restore them; fewer tell nothing (Shamir, as for bids)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bidding.keeper.keys import SIGNING, KeysMissing, read_seeds, write_periods, write_seed
from bidding.sealing.encoding import canonical, labelled, parse
from bidding.sealing.errors import SealingError
from bidding.sealing.shape import Members, instant, write_instant
from bidding.sealing.shares import combine, split

MAX_SHARE_BYTES = 64 * 1024
_MAX_HOLDERS = 255


class BackupRefused(Exception):
    """The shares do not give a keeper's keys back, and nothing was written."""


@dataclass(frozen=True, slots=True, repr=False)
class BackupShare:
    """One holder's part.  `digest` names the backup that it belongs to; `check` covers all else."""

    keeper: str
    k: int
    n: int
    i: int
    digest: str
    share: str
    check: str = ""

    def to_json(self) -> dict[str, object]:
        """What the holder keeps; `from_json` reads it back."""
        return {**self._covered(), "check": self.check}

    @classmethod
    def from_json(cls, value: object) -> BackupShare:
        """Read it strictly.  Raises SealingError."""
        members = Members(value, "share", "keeper-share")
        share = cls(
            members.id("keeper"),
            members.integer("k", 2, _MAX_HOLDERS),
            members.integer("n", 2, _MAX_HOLDERS),
            members.integer("i", 1, _MAX_HOLDERS),
            members.hash("digest"),
            members.hex("share", None).hex(),
            members.hash("check"),
        )
        members.done()
        return share

    def checked(self) -> BackupShare:
        """The same with its `check`."""
        return replace(self, check=labelled("keeper-share", canonical(self._covered())).hex())

    def _covered(self) -> dict[str, object]:
        names = ("keeper", "k", "n", "i", "digest", "share")
        return {"type": "mingcai/v1/keeper-share", **{name: getattr(self, name) for name in names}}


def split_keys(folder: Path, keeper: str, k: int, n: int) -> list[BackupShare]:
    """Every key of the folder in n shares.  Raises KeysMissing, SealingError `bad-shares`."""
    signing, identities, starts = read_seeds(folder)
    payload = canonical(
        {
            "type": "mingcai/v1/keeper-backup",
            "keeper": keeper,
            "signing": signing.hex(),
            "identities": {str(version): seed.hex() for version, seed in identities.items()},
            "starts": {str(version): write_instant(at) for version, at in starts.items()},
        }
    )
    digest = labelled("keeper-backup", payload).hex()
    return [
        BackupShare(keeper, k, n, share[-1], digest, share.hex()).checked() for share in split(payload, n, k)
    ]


def read_share(content: bytes, name: str) -> BackupShare:
    """Read one holder's file; `name` is for the message.  Raises BackupRefused."""
    try:
        share = BackupShare.from_json(parse(content, MAX_SHARE_BYTES))
    except SealingError as error:
        raise BackupRefused(f"{name} is not a share of a keeper's keys: {error.detail}") from error
    if share.checked() != share or not share.share.endswith(f"{share.i:02x}"):
        raise BackupRefused(f"{name} was changed or damaged")
    return share


def restore(folder: Path, keeper: str, shares: Sequence[BackupShare]) -> None:
    """Write the keys that the shares give into a folder that has none.  Raises BackupRefused."""
    if (folder / SIGNING).exists() or (folder.is_dir() and list(folder.glob("age-identity-*"))):
        raise BackupRefused("the folder has keys already")
    if not shares:
        raise BackupRefused("no share was given")
    first = shares[0]
    if any((s.keeper, s.k, s.n, s.digest) != (first.keeper, first.k, first.n, first.digest) for s in shares):
        raise BackupRefused("the shares are not of one backup")
    if first.keeper != keeper:
        raise BackupRefused(f"these are shares of keeper {first.keeper}")
    try:
        payload = combine([bytes.fromhex(share.share) for share in shares], first.k)
    except SealingError as error:
        raise BackupRefused(error.detail) from error
    if labelled("keeper-backup", payload).hex() != first.digest:
        raise BackupRefused("the shares do not give the keys that were backed up")
    signing, identities, starts = _read_payload(payload)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_periods(folder, starts)
    for version, seed in identities.items():
        write_seed(folder / f"age-identity-{version}", seed)
    write_seed(folder / SIGNING, signing)
    try:
        read_seeds(folder)
    except KeysMissing as error:  # pragma: no cover - what was just written can be read
        raise BackupRefused(str(error)) from error


def _read_payload(payload: bytes) -> tuple[bytes, dict[int, bytes], dict[int, datetime]]:
    try:
        members = Members(parse(payload, MAX_SHARE_BYTES), "backup", "keeper-backup")
        members.id("keeper")
        signing, seeds, starts = members.hex("signing"), members.take("identities"), members.take("starts")
        members.done()
        if not isinstance(seeds, dict) or not isinstance(starts, dict):
            raise ValueError("no seeds")
        identities = {int(version): bytes.fromhex(seed) for version, seed in seeds.items()}
        return signing, identities, {int(version): instant(at) for version, at in starts.items()}
    except (SealingError, ValueError, TypeError) as error:
        raise BackupRefused("the backup holds no keeper's keys") from error
