"""Whom a keeper trusts: the file that its operator writes (ENTRIES.md)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bidding.keeper.refusals import KeeperRefusal
from bidding.sealing.encoding import parse
from bidding.sealing.errors import SealingError
from bidding.sealing.objects import Keeper, statement_key
from bidding.sealing.shape import Members
from core.ledger.note import Verifier

_MAX_BYTES = 1 << 20
_MAX_KEYS = 100


@dataclass(frozen=True, slots=True)
class Trust:
    """The log, the vkeys of the platform's organisation and of supervisors, and the peers one knows."""

    log: Verifier
    signers: frozenset[str]
    supervisors: frozenset[str]
    keepers: tuple[Keeper, ...]

    def knows(self, keeper: Keeper) -> bool:
        """Whether a peer's cosignature counts: any does while the operator has named none."""
        known = {(peer.id, peer.key_version, peer.vkey, peer.recipient) for peer in self.keepers}
        return not known or (keeper.id, keeper.key_version, keeper.vkey, keeper.recipient) in known

    @classmethod
    def from_json(cls, value: object) -> Trust:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "trust", "trust")
        trust = cls(
            statement_key(members.text("log", 512)),
            frozenset(statement_key(key).vkey for key in members.items("signers", _MAX_KEYS, str)),
            frozenset(statement_key(key).vkey for key in members.items("supervisors", _MAX_KEYS, str)),
            members.items("keepers", _MAX_KEYS, Keeper.from_json),
        )
        members.done()
        return trust


class TrustFile:
    """The file, read again whenever it has changed."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._trust: Trust | None = None

    def current(self) -> Trust:
        """Whom to trust now.  Raises KeeperRefusal `no-trust` when there is no file or it cannot be read."""
        if self._path is None or not self._path.exists():
            raise KeeperRefusal("no-trust", "this keeper has not been told whom to trust")
        state = self._path.stat()
        seen = (state.st_mtime_ns, state.st_size, state.st_ino)
        if self._trust is None or seen != self._seen:
            try:
                self._trust = Trust.from_json(parse(self._path.read_bytes(), _MAX_BYTES))
            except SealingError as error:
                raise KeeperRefusal("no-trust", f"the file that says whom to trust: {error}") from error
            self._seen = seen
        return self._trust
