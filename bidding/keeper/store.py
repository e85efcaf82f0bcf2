"""A keeper's memory: one SQLite file, each change on disk before the answer leaves (synchronous=FULL)."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bidding.sealing.shape import instant, write_instant
from core.ledger.tlog import EMPTY_ROOT, Frontier

_TABLES = """
BEGIN;
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS entry (place INTEGER PRIMARY KEY, tender TEXT NOT NULL, content BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS entry_of_tender ON entry (tender);
CREATE TABLE IF NOT EXISTS ack (record_hash TEXT PRIMARY KEY, statement TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS withheld (tender TEXT, lot TEXT, envelope TEXT, resolutions INTEGER NOT NULL,
    evidence TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (tender, lot, envelope)) STRICT;
CREATE TABLE IF NOT EXISTS alarm (problem TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS rung (problem TEXT PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS seen (name TEXT PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS statement (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, at TEXT NOT NULL,
    content TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS request (number INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL,
    subject TEXT NOT NULL, outcome TEXT NOT NULL) STRICT;
COMMIT;
"""


@dataclass(frozen=True, slots=True)
class Witnessed:
    """The newest checkpoint that this keeper cosigned."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    note: str = ""


class Store:
    """Everything a keeper remembers.  One connection behind one lock; writes happen inside `change`."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        if self._db.execute("PRAGMA synchronous").fetchone() != (2,):
            raise RuntimeError("SQLite does not write through")
        self._db.executescript(_TABLES)
        path.chmod(0o600)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """One transaction: on disk when the block ends, nothing of it when it raises.  Blocks nest as one."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def watermark(self) -> datetime | None:
        """The latest instant that this keeper has ever seen on its clock; None at the first start."""
        text = self._fact("watermark")
        return instant(text) if text else None

    def raise_watermark(self, now: datetime) -> None:
        """Remember `now` if it is the latest."""
        latest = self.watermark()
        if latest is None or now > latest:
            self._set_fact("watermark", write_instant(now))

    def log_key(self) -> str:
        """The vkey of the log that this keeper follows; empty before the first."""
        return self._fact("log_key")

    def pin_log_key(self, vkey: str) -> None:
        """Follow this log from now on."""
        self._set_fact("log_key", vkey)

    def fork(self) -> str:
        """What proves that the log has shown two histories; empty while nothing does."""
        return self._fact("fork")

    def set_fork(self, evidence: str) -> None:
        """Trust this log no more."""
        self._set_fact("fork", evidence)

    def frontier(self) -> Frontier:
        """How far the log has been read."""
        text = self._fact("frontier")
        if not text:
            return Frontier()
        size, *peaks = json.loads(text)
        return Frontier(size, [bytes.fromhex(peak) for peak in peaks])

    def set_frontier(self, frontier: Frontier) -> None:
        """The log has been read up to here."""
        self._set_fact("frontier", json.dumps([frontier.size, *(peak.hex() for peak in frontier.peaks)]))

    def witnessed(self) -> Witnessed:
        """The newest checkpoint that was cosigned."""
        text = self._fact("witnessed")
        if not text:
            return Witnessed()
        size, root, note = json.loads(text)
        return Witnessed(size, bytes.fromhex(root), note)

    def set_witnessed(self, head: Witnessed) -> None:
        """Remember the checkpoint that is about to be cosigned."""
        self._set_fact("witnessed", json.dumps([head.size, head.root.hex(), head.note]))

    def add_entry(self, place: int, tender: str, content: bytes) -> None:
        """Keep a log entry in clear; `place` is its index in the log."""
        self._run("INSERT INTO entry VALUES (?, ?, ?)", place, tender, content)

    def entries_of(self, tenders: tuple[str, ...]) -> list[bytes]:
        """The kept entries of these tenders, in the order of the log."""
        marks = ", ".join("?" * len(tenders))
        sql = f"SELECT content FROM entry WHERE tender IN ({marks}) ORDER BY place"  # noqa: S608 - only marks
        return [row[0] for row in self._all(sql, *tenders)]

    def tenders_after(self, place: int) -> tuple[set[str], int]:
        """The tenders of the entries kept after a place in the log, and the last such place."""
        rows = self._all("SELECT tender, place FROM entry WHERE place > ?", place)
        return {row[0] for row in rows}, max((row[1] for row in rows), default=place)

    def entries_with_rounds(self, base: str) -> list[bytes]:
        """The kept entries of a tender and of its later rounds `<base>#…`, in the order of the log."""
        sql = "SELECT content FROM entry WHERE tender = ? OR (tender >= ? AND tender < ?) ORDER BY place"
        return [row[0] for row in self._all(sql, base, f"{base}#", f"{base}$")]

    def ack(self, record_hash: str) -> dict[str, object] | None:
        """The ack that was given for a record."""
        rows = self._all("SELECT statement FROM ack WHERE record_hash = ?", record_hash)
        return json.loads(rows[0][0]) if rows else None

    def add_ack(self, record_hash: str, statement: dict[str, object]) -> None:
        """Remember an ack."""
        self._run("INSERT INTO ack VALUES (?, ?)", record_hash, json.dumps(statement))

    def set_outdated(self, tender: str, lot: str, envelope: str) -> None:
        """The first policy of this place names a key that was not in force any more: no acks there."""
        self.first_time(f"outdated {tender}/{lot}/{envelope}")

    def is_outdated(self, tender: str, lot: str, envelope: str) -> bool:
        """Whether that was so."""
        return bool(self._all("SELECT 1 FROM seen WHERE name = ?", f"outdated {tender}/{lot}/{envelope}"))

    def withhold(self, place: tuple[str, str, str], resolutions: int, evidence: str, now: datetime) -> None:
        """Release nothing in this place until the log has more resolutions than now."""
        values = (*place, resolutions, evidence, write_instant(now))
        self._run("INSERT OR REPLACE INTO withheld VALUES (?, ?, ?, ?, ?, ?)", *values)

    def withheld_since(self, place: tuple[str, str, str]) -> int | None:
        """The number of resolutions in the log when the place was withheld; None when it never was."""
        sql = "SELECT resolutions FROM withheld WHERE tender = ? AND lot = ? AND envelope = ?"
        rows = self._all(sql, *place)
        return int(rows[0][0]) if rows else None

    def alarm(self, problem: str, now: datetime) -> None:
        """Raise an alarm, once per problem."""
        self._run("INSERT OR IGNORE INTO alarm VALUES (?, ?)", problem, write_instant(now))

    def alarms(self) -> list[str]:
        """Every alarm, oldest first."""
        return [str(row[0]) for row in self._all("SELECT problem FROM alarm ORDER BY at, problem")]

    def alarms_between(self, begin: datetime, end: datetime) -> list[tuple[str, str]]:
        """When and what, oldest first."""
        rows = self._all("SELECT at, problem FROM alarm ORDER BY at, problem")
        return [(str(at), str(problem)) for at, problem in rows if begin <= instant(at) < end]

    def unrung(self) -> list[str]:
        """Alarms that nobody was told of yet, oldest first."""
        sql = "SELECT problem FROM alarm WHERE problem NOT IN (SELECT problem FROM rung) ORDER BY at, problem"
        return [str(row[0]) for row in self._all(sql)]

    def set_rung(self, problems: list[str]) -> None:
        """Somebody was told."""
        with self.change():
            for problem in problems:
                self._run("INSERT OR IGNORE INTO rung VALUES (?)", problem)

    def first_time(self, name: str) -> bool:
        """Whether this is asked for the first time; remembers that it was."""
        with self.change():
            known = bool(self._all("SELECT 1 FROM seen WHERE name = ?", name))
            self._run("INSERT OR IGNORE INTO seen VALUES (?)", name)
        return not known

    def add_statement(self, kind: str, now: datetime, content: dict[str, object]) -> None:
        """Keep something that this keeper has signed."""
        sql = "INSERT INTO statement (kind, at, content) VALUES (?, ?, ?)"
        self._run(sql, kind, write_instant(now), json.dumps(content))

    def newest_statement(self, kind: str) -> dict[str, object] | None:
        """The last one of its kind."""
        rows = self._all("SELECT content FROM statement WHERE kind = ? ORDER BY number DESC LIMIT 1", kind)
        return json.loads(rows[0][0]) if rows else None

    def statements_between(self, kind: str, begin: datetime, end: datetime) -> list[str]:
        """When those of a kind were made."""
        rows = self._all("SELECT at FROM statement WHERE kind = ? ORDER BY number", kind)
        return [str(row[0]) for row in rows if begin <= instant(row[0]) < end]

    def log_request(self, now: datetime, kind: str, subject: str, outcome: str) -> None:
        """Remember a request and what was answered; `subject` is a hash or id, never a secret."""
        sql = "INSERT INTO request (at, kind, subject, outcome) VALUES (?, ?, ?, ?)"
        self._run(sql, write_instant(now), kind, subject, outcome)

    def requests(self) -> list[tuple[str, str, str]]:
        """Kind, subject and outcome of every request, oldest first."""
        return [
            (k, s, o) for k, s, o in self._all("SELECT kind, subject, outcome FROM request ORDER BY number")
        ]

    def requests_between(
        self, begin: datetime, end: datetime, kinds: tuple[str, ...]
    ) -> list[tuple[str, str, str, str]]:
        """When, kind, subject and outcome of the requests of these kinds, oldest first."""
        marks = ", ".join("?" * len(kinds))
        # Instants sort as texts to the second; what shares a second with a bound is sorted out after.
        sql = f"SELECT at, kind, subject, outcome FROM request WHERE kind IN ({marks}) AND at BETWEEN ? AND ? ORDER BY number"  # noqa: S608 - only marks
        rows = self._all(sql, *kinds, write_instant(begin)[:19], write_instant(end)[:19] + "~")
        return [(at, kind, s, o) for at, kind, s, o in rows if begin <= instant(at) < end]

    def began(self) -> datetime | None:
        """When this keeper first started; None before that."""
        text = self._fact("began")
        return instant(text) if text else None

    def begin(self, now: datetime) -> None:
        """Remember the first start."""
        if not self._fact("began"):
            self._set_fact("began", write_instant(now))

    def _fact(self, name: str) -> str:
        rows = self._all("SELECT value FROM fact WHERE name = ?", name)
        return str(rows[0][0]) if rows else ""

    def _set_fact(self, name: str, value: str) -> None:
        self._run("INSERT OR REPLACE INTO fact VALUES (?, ?)", name, value)

    def _run(self, sql: str, *values: object) -> None:
        with self._lock:
            self._db.execute(sql, values)

    def _all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()
