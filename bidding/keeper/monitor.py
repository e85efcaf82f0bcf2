"""The keeper as monitor: it reads every entry of the log itself and believes nothing else (R6a)."""

from __future__ import annotations

import json
import logging
import ssl
import threading
import urllib.error
import urllib.request
from datetime import datetime
from typing import NoReturn

from bidding.keeper.clock import KeeperClock
from bidding.keeper.diary import Diary, Opening
from bidding.keeper.entries import BrokenEntry, Entry, Place, PolicyEntry, base_tender, read_entry, read_place
from bidding.keeper.keys import Keys
from bidding.keeper.refusals import KeeperRefusal
from bidding.keeper.store import Store
from bidding.keeper.trust import Trust, TrustFile
from bidding.sealing.objects import Keeper
from bidding.sealing.shape import instant
from core.ledger import tlog
from core.ledger.note import Checkpoint, MalformedNote, Note, UnverifiedNote

log = logging.getLogger("keeper")
_MAX_ANSWER = tlog.TILE_WIDTH * (tlog.MAX_ENTRY_BYTES + 2)
_TIMEOUT = 10.0
_PLACES_KEPT = 256


class Monitor:
    """Follows one log.  `catch_up` reads on; `place` tells what was read."""

    def __init__(
        self,
        keys: Keys,
        store: Store,
        clock: KeeperClock,
        trust: TrustFile,
        log_url: str | None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`tls` is how it reaches the log and its peers: with this keeper's own certificate."""
        self._keys = keys
        self._store = store
        self.clock = clock
        self._trust = trust
        self._log_url = log_url.rstrip("/") if log_url else ""
        self._reading = threading.Lock()
        self._places: dict[tuple[str, str, str], tuple[Trust, int, Place]] = {}
        self._diary: Diary | None = None
        self.followed_at: datetime | None = None
        self.problem = ""
        # No proxies: the log's address is configuration, not environment.
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if tls is not None:
            handlers.append(urllib.request.HTTPSHandler(context=tls))
        self._opener = urllib.request.build_opener(*handlers)

    def catch_up(self, checkpoint: str | None = None) -> tuple[Checkpoint, Note]:
        """Read the log exactly up to a signed checkpoint (None: the newest that the log shows) and give it.

        Raises KeeperRefusal `no-trust`, `wrong-log`, `log-unreachable`, `log-behind` (the checkpoint does
        not cover what was read before) or `log-forked`.
        """
        trust = self._trust.current()
        source = (
            checkpoint if checkpoint is not None else self._fetch("checkpoint").decode("utf-8", "replace")
        )
        head, note = self.verified(source, trust)
        with self._reading:
            frontier = self._store.frontier()
            if head.size < frontier.size:
                raise KeeperRefusal(
                    "log-behind", f"{frontier.size} entries were read, the checkpoint has {head.size}"
                )
            if head.size > frontier.size:
                self._read_on(frontier, head, trust)
            elif head.root != frontier.root():
                self.report_fork(source)
        return head, note

    def verified(self, source: str, trust: Trust) -> tuple[Checkpoint, Note]:
        """Check that the one log which this keeper follows has signed a checkpoint.

        Raises KeeperRefusal `wrong-log`, `log-forked`.
        """
        if evidence := self._store.fork():
            raise KeeperRefusal("log-forked", f"the log has shown two histories: {evidence[:60]}")
        try:
            note = Note.parse(source)
            head = Checkpoint.parse(note.text)
            note.verified([trust.log])
        except (MalformedNote, UnverifiedNote) as error:
            raise KeeperRefusal("wrong-log", f"no checkpoint of this keeper's log: {error}") from error
        followed = self._store.log_key()
        if head.origin != trust.log.name or followed not in ("", trust.log.vkey):
            raise KeeperRefusal("wrong-log", "this keeper follows another log")
        if not followed:
            with self._store.change():
                self._store.pin_log_key(trust.log.vkey)
        return head, note

    def report_fork(self, source: str) -> NoReturn:
        """Keep a signed checkpoint that contradicts what was read; trust this log no more.  Always raises."""
        with self._store.change():
            self._store.set_fork(source)
            self._store.alarm("the log has signed two histories", self.clock.now())
        raise KeeperRefusal("log-forked", "the log has signed a history that contradicts the one read before")

    def place(self, tender: str, lot: str, envelope: str) -> Place:
        """What the log says about one place, as far as it was read.  Raises KeeperRefusal `no-trust`."""
        trust, size = self._trust.current(), self._store.frontier().size
        before = self._places.get((tender, lot, envelope))
        if before is not None and before[0] is trust and before[1] == size:
            return before[2]
        tenders = tuple(dict.fromkeys((tender, base_tender(tender))))
        contents = self._store.entries_of(tenders)
        entries = [
            entry for content in contents if (entry := read_entry(content, trust.log.name)) is not None
        ]
        place = read_place(
            entries, tender, lot, envelope, signers=trust.signers, supervisors=trust.supervisors
        )
        if len(self._places) >= _PLACES_KEPT:
            self._places.clear()
        self._places[tender, lot, envelope] = (trust, size, place)
        return place

    def openings(self) -> list[Opening]:
        """The calendar, as far as the log was read, earliest first.  Raises KeeperRefusal `no-trust`."""
        trust = self._trust.current()
        if self._diary is None or self._diary.trust is not trust:
            self._diary = Diary(trust, self._keys.is_mine)
        return self._diary.read_on(self._store)

    def peers(self) -> list[Keeper]:
        """The other keepers that the operator named."""
        try:
            return [peer for peer in self._trust.current().keepers if peer.id != self._keys.keeper]
        except KeeperRefusal:
            return []

    def silent_peers(self) -> list[str]:
        """Those that did not tell their time when last asked."""
        return [peer.id for peer in self.peers() if peer.id not in self.clock.differences]

    def turn(self) -> None:
        """Read on and compare clocks, unasked; a failure waits for the next turn."""
        try:
            self.catch_up()
            self.followed_at, self.problem = self.clock.now(), ""
        except KeeperRefusal as refusal:
            self.problem = str(refusal)
            log.warning("monitor: %s", refusal)
        self._compare_clocks()

    def _compare_clocks(self) -> None:
        for peer in self.peers():
            try:
                before = self.clock.now()
                answer = json.loads(self._get(f"{peer.url.rstrip('/')}/healthz"))
                middle = before + (self.clock.now() - before) / 2
                self.clock.differences[peer.id] = (instant(answer["time"]) - middle).total_seconds()
            except Exception as error:  # noqa: BLE001 - a peer may answer anything; then its clock is unknown
                self.clock.differences.pop(peer.id, None)
                log.info("peer %s does not tell its time: %s", peer.id, error)

    def _read_on(self, frontier: tlog.Frontier, head: Checkpoint, trust: Trust) -> None:
        """Read the entries up to `head` and keep them only if together they give its root."""
        witnessed, from_scratch = self._store.witnessed(), frontier.size == 0
        kept: list[tuple[int, Entry, bytes]] = []
        for tile in tlog.bundles_of(frontier.size, head.size):
            try:
                contents = tlog.unpack_bundle(self._fetch(f"tile/{tile.path}"))
            except tlog.BadTile as error:
                raise KeeperRefusal("log-unreachable", f"{tile.path}: {error}") from error
            if len(contents) != tile.width:
                raise KeeperRefusal("log-unreachable", f"{tile.path} does not have {tile.width} entries")
            for content in contents[frontier.size - tile.index * tlog.TILE_WIDTH :]:
                entry = read_entry(content, trust.log.name)
                if entry is not None:
                    kept.append((frontier.size, entry, content))
                frontier.append(tlog.leaf_hash(content))
                if frontier.size == witnessed.size and frontier.root() != witnessed.root:
                    self.report_fork(witnessed.note)
        if frontier.root() != head.root:
            with self._store.change():
                self._store.alarm(f"the log's entries do not give its root at {head.size}", self.clock.now())
            raise KeeperRefusal(
                "log-forked", "the entries that the log shows do not give the root that it signed"
            )
        now = self.clock.now()
        with self._store.change():
            for index, entry, content in kept:
                if entry.tender:
                    self._store.add_entry(index, entry.tender, content)
                self._raise_alarms(index, entry, now, from_scratch=from_scratch)
            self._store.set_frontier(frontier)

    def _raise_alarms(self, index: int, entry: Entry, now: datetime, *, from_scratch: bool) -> None:
        if isinstance(entry, BrokenEntry):
            self._store.alarm(f"entry {index} is broken: {entry.problem}", now)
        elif isinstance(entry, PolicyEntry) and (mine := self._mine(entry)) is not None:
            if not from_scratch and entry.policy.v == 1 and mine.key_version < self._keys.version(now):
                # A later version of a policy keeps its keepers; a first one names the newest keys.
                self._store.set_outdated(entry.policy.tender, entry.policy.lot, entry.policy.envelope)
                self._store.alarm(
                    f"policy {entry.policy.tender}/{entry.lot}/{entry.envelope} (entry {index}) names an older key",
                    now,
                )
        elif isinstance(entry, PolicyEntry):
            named = any(keeper.id == self._keys.keeper for keeper in entry.keepers)
            how = "names this keeper with another key" if named else "does not name this keeper"
            self._store.alarm(
                f"policy {entry.policy.tender}/{entry.lot}/{entry.envelope} (entry {index}) {how}", now
            )

    def _mine(self, entry: PolicyEntry) -> Keeper | None:
        return next((keeper for keeper in entry.keepers if self._keys.is_mine(keeper)), None)

    def _fetch(self, path: str) -> bytes:
        if not self._log_url:
            raise KeeperRefusal("log-unreachable", "this keeper has not been told where the log is")
        return self._get(f"{self._log_url}/{path}")

    def _get(self, url: str) -> bytes:
        try:
            with self._opener.open(url, timeout=_TIMEOUT) as answer:
                content: bytes = answer.read(_MAX_ANSWER + 1)
        except (OSError, urllib.error.URLError, ValueError) as error:
            raise KeeperRefusal("log-unreachable", f"{url}: {error}") from error
        if len(content) > _MAX_ANSWER:
            raise KeeperRefusal("log-unreachable", f"{url}: the answer is too long")
        return content
