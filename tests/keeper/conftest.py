"""A small town: a platform's log over HTTP, three keepers, sealed bids.

`town` has its keepers behind real sockets in this process, each with its own folder, memory and clock; `processes` has
them as processes of their own, for what only a process shows (SIGKILL, environments, command lines).
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from bidding.keeper import run
from bidding.keeper.client import CloseProof, KeeperClient, KeeperRefused, Released, Said, describe
from bidding.keeper.entries import policy_entry
from bidding.sealing.context import CtxBase
from bidding.sealing.objects import Keeper, Policy, SealedRecord, keeper_set_hash
from bidding.sealing.seal import SealedBid, seal_bid
from bidding.sealing.shape import write_instant
from bidding.sealing.statements import CloseEntry, CloseList, sign_statement
from core import clock
from core.canonical import canonical
from core.ledger import tlog
from core.ledger.note import Checkpoint, Note, Signer

ROOT = Path(__file__).parents[2]
ORIGIN = "platform.test/log"
OF_STATE = {"superseded": {"by": "ab" * 32}, "withdrawn": {"by": "ab" * 32}, "refused": {"code": "late"}}
SHEET = {
    "type": "mingcai/v1/sheet",
    "total_fen": 100,
    "prices": [],
    "delivery_days": None,
    "warranty_months": None,
    "responses": [],
    "facts": {},
    "notes": "",
}


class PlatformLog:
    """An append-only log in memory; `shown` limits what one address shows (a platform that hides entries)."""

    def __init__(self) -> None:
        self.signer = Signer(ORIGIN, secrets.token_bytes(32))
        self.entries: list[bytes] = []
        self.shown: dict[str, int] = {}
        self.forged: dict[str, list[bytes]] = {}
        self.fetched: list[str] = []
        log = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                log.fetched.append(self.path)
                _, view, rest = self.path.split("/", 2)
                entries = log.view(view)
                if rest == "checkpoint":
                    content = log.note(entries).encode()
                else:
                    tile = tlog.Tile.parse(rest.removeprefix("tile/"))
                    assert tile.level == -1
                    content = tlog.pack_bundle(entries[tile.index * 256 : tile.index * 256 + tile.width])
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def view(self, name: str) -> list[bytes]:
        return self.forged.get(name, self.entries)[: self.shown.get(name)]

    def url(self, view: str) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/{view}"

    def append(self, entry: dict[str, Any] | bytes) -> None:
        self.entries.append(entry if isinstance(entry, bytes) else canonical(entry))

    def note(self, entries: list[bytes] | None = None) -> str:
        entries = self.entries if entries is None else entries
        text = Checkpoint(ORIGIN, len(entries), root(entries)).text
        return str(Note(text, (self.signer.sign(text),)))

    def proof(self, old: int, entries: list[bytes] | None = None) -> list[bytes]:
        entries = self.entries if entries is None else entries
        hashes = [tlog.leaf_hash(entry) for entry in entries]

        def read(level: int, index: int) -> bytes:
            return tlog.complete_root(hashes[index << level : (index + 1) << level])

        return tlog.consistency_proof(old, len(entries), read)


def root(entries: list[bytes]) -> bytes:
    frontier = tlog.Frontier()
    for entry in entries:
        frontier.append(tlog.leaf_hash(entry))
    return frontier.root()


@dataclass
class LocalKeeper:
    """One keeper in this process, with its folder and clock; nothing happens unasked: `turn` is one turn."""

    id: str
    settings: run.Settings
    url: str = ""
    client: KeeperClient = field(init=False)
    card: Keeper = field(init=False)
    cosigned: int = 0

    @property
    def folder(self) -> Path:
        return self.settings.folder

    @property
    def clock_file(self) -> Path:
        assert self.settings.clock_offset_file
        return self.settings.clock_offset_file

    def start(self) -> None:
        self.keeper = run.Keeper(self.settings)
        self.door = self.keeper.serve_at("127.0.0.1", 0)
        self.thread = threading.Thread(target=self.door.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def ready(self) -> None:
        self.url = f"http://127.0.0.1:{self.door.server_address[1]}"
        vkey = self.keeper.service.identity().vkey
        # Plain HTTP: without the authorities, whose loading takes longer than everything else here.
        http = httpx.Client(timeout=60, trust_env=False, verify=False)
        self.client = KeeperClient(self.url, vkey, http=http)
        self.card = self.client.identity()

    def turn(self) -> None:
        self.keeper.turn()

    def stop(self, *, kill: bool = False) -> None:
        self.client.close()
        self.door.shutdown()
        self.keeper.close()

    def restart(self) -> None:
        self.stop()
        self.start()
        self.ready()

    def set_clock(self, ahead: timedelta) -> None:
        move_clock(self.clock_file, ahead)


def move_clock(path: Path, ahead: timedelta) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(str(ahead.total_seconds()))
    draft.rename(path)


@dataclass
class RunningKeeper:
    """One keeper process with its folder and clock."""

    id: str
    folder: Path
    arguments: list[str]
    clock_file: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] = field(init=False)
    errors: Any = field(init=False)
    url: str = ""
    client: KeeperClient = field(init=False)
    card: Keeper = field(init=False)
    cosigned: int = 0

    def start(self) -> None:
        self.errors = (self.folder.parent / f"{self.id}.log").open("a")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bidding.keeper", "serve", "--dir", str(self.folder), "--id", self.id, "--port", "0",
             *self.arguments, "--clock-offset-file", str(self.clock_file)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=self.errors, text=True,
            env={**os.environ, "TEST_CLOCK": "1", **self.environment},
        )  # fmt: skip

    def ready(self) -> None:
        assert self.process.stdout is not None
        self.url = json.loads(self.process.stdout.readline())["url"]
        self.card = describe(self.url)
        self.client = KeeperClient(self.url, self.card.vkey)

    def stop(self, *, kill: bool = False) -> None:
        if self.process.poll() is None:
            self.process.kill() if kill else self.process.terminate()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.errors.close()
        self.client.close()

    def restart(self, *, kill: bool = False) -> None:
        self.stop(kill=kill)
        self.start()
        self.ready()

    def set_clock(self, ahead: timedelta) -> None:
        move_clock(self.clock_file, ahead)


@dataclass
class Town:
    """Three keepers, two needed; the tender T42 opens an hour from now."""

    folder: Path
    log: PlatformLog
    keepers: list[Any]
    signer: Signer
    supervisor: Signer
    start: datetime
    policies: list[Policy] = field(default_factory=list)
    listed: CloseList = field(init=False)
    closed: list[dict[str, Any]] = field(default_factory=list)

    @property
    def cards(self) -> list[Keeper]:
        return [keeper.card for keeper in self.keepers]

    @property
    def open_at(self) -> datetime:
        return max(policy.open_at for policy in self.policies)

    def trust(self, **over: Any) -> None:
        value = {
            "type": "mingcai/v1/trust",
            "log": self.log.signer.verifier.vkey,
            "signers": [self.signer.verifier.vkey],
            "supervisors": [self.supervisor.verifier.vkey],
            "keepers": [card.to_json() for card in self.cards],
        } | over
        draft = self.folder / "trust.new"
        draft.write_text(json.dumps(value))
        draft.rename(self.folder / "trust.json")

    def make_policy(self, **over: Any) -> Policy:
        first = Policy(
            log_origin=ORIGIN,
            tender="T42",
            lot="1",
            envelope="single",
            v=len(self.policies) + 1,
            previous=self.policies[-1].hash if self.policies else None,
            notice_hash="ab" * 32,
            notice_version=1,
            deadline_at=self.start + timedelta(hours=1),
            open_at=self.start + timedelta(hours=1),
            gather_seconds=600,
            k=len(self.keepers) // 2 + 1,
            n=len(self.keepers),
            keeper_set_hash=keeper_set_hash(self.cards),
        )
        return replace(first, **over)

    def publish(self, policy: Policy | None = None, *, signer: Signer | None = None, **over: Any) -> Policy:
        policy = policy or self.make_policy(**over)
        statement = sign_statement(signer or self.signer, policy.to_json())
        self.log.append(policy_entry(policy, self.cards, statement))
        self.policies.append(policy)
        return policy

    def ctx(self, policy: Policy | None = None, bid_id: str = "B7", **over: Any) -> CtxBase:
        policy = policy or self.policies[-1]
        base = CtxBase(
            suite="age-hybrid",
            bid_id=bid_id,
            policy_hash=policy.hash,
            **{
                name: getattr(policy, name)
                for name in (
                    "log_origin",
                    "tender",
                    "lot",
                    "envelope",
                    "notice_hash",
                    "notice_version",
                    "open_at",
                )
            },
            k=policy.k,
            n=policy.n,
            keeper_set_hash=policy.keeper_set_hash,
        )
        return replace(base, **over)

    def seal(self, policy: Policy | None = None, bid_id: str = "B7", **over: Any) -> SealedBid:
        ctx = self.ctx(policy, bid_id, **over)
        sheet = SHEET | ({"total_fen": None} if ctx.envelope == "technical" else {})
        out = self.folder / f"bid-{secrets.token_hex(4)}"
        return seal_bid(ctx, self.cards, ctx.k, sheet, [], out, organisation="S9")

    def ack(self, bid: SealedBid, number: int) -> Said:
        return self.keepers[number - 1].client.ack(bid.record, bid.envelopes[number - 1], number)

    def close(self, *bids: SealedBid, state: str = "effective", append: bool = True) -> None:
        policy = self.policies[-1]
        self.listed = CloseList(
            ORIGIN, policy.tender, policy.lot, policy.envelope, policy.hash, policy.deadline_at, policy.deadline_at,
            tuple(
                CloseEntry(
                    "receipt", bid.record.hash, bid.record.ctx.bid_id, state, write_instant(self.start),
                    **OF_STATE.get(state, {}),
                )
                for bid in sorted(bids, key=lambda bid: bid.record.hash)
            ),
        )  # fmt: skip
        self.closed = [entry.to_json() for entry in self.listed.entries]
        if append:
            self.log.append(self.listed.log_entry())

    def close_proof(self, record: SealedRecord) -> CloseProof:
        index = next(i for i, entry in enumerate(self.closed) if entry["record_hash"] == record.hash)
        hashes = [tlog.leaf_hash(canonical(entry)) for entry in self.closed]
        path = tlog.inclusion_proof(
            index, len(hashes), lambda level, at: tlog.complete_root(hashes[at << level : (at + 1) << level])
        )
        return CloseProof(self.closed[index], index, path)

    def cosign(self, *numbers: int) -> str:
        """The newest checkpoint with fresh cosignatures of these keepers (all of them by default)."""
        note = self.log.note()
        lines = []
        for keeper in self.keepers:
            if numbers and int(keeper.id[1]) not in numbers:
                continue
            signature = keeper.client.cosign(note, keeper.cosigned, self.log.proof(keeper.cosigned))
            keeper.cosigned = len(self.log.entries)
            lines.append(signature.line)
        return note + "".join(lines)

    def release(
        self,
        bid: SealedBid,
        number: int,
        *,
        checkpoint: str | None = None,
        record: SealedRecord | None = None,
        envelope: bytes | None = None,
        close: CloseProof | None = None,
    ) -> Released:
        return self.keepers[number - 1].client.release(
            record or bid.record,
            bid.envelopes[number - 1] if envelope is None else envelope,
            number,
            checkpoint=checkpoint if checkpoint is not None else self.cosign(),
            close=close or self.close_proof(bid.record),
        )

    def refused(self, bid: SealedBid, number: int, **over: Any) -> tuple[str, str]:
        with pytest.raises(KeeperRefused) as caught:
            self.release(bid, number, **over)
        return caught.value.code, caught.value.reason

    def clocks(self, ahead: timedelta) -> None:
        for keeper in self.keepers:
            keeper.set_clock(ahead)

    def pass_opening(self) -> None:
        self.clocks(self.open_at - clock.now() + timedelta(seconds=1))

    def resolve(self, close_root: bytes) -> None:
        body = {
            "type": "mingcai/v1/resolution",
            "log_origin": ORIGIN,
            "tender": "T42",
            "lot": "1",
            "envelope": "single",
            "close_root": close_root.hex(),
            "document_hash": "cd" * 32,
            "at": write_instant(self.start),
        }
        statement = sign_statement(self.supervisor, body).to_json()
        self.log.append({"type": "mingcai/v1/resolution-entry", "statement": statement})


@pytest.fixture
def quick_path() -> Iterator[Path]:
    """A folder in memory where there is one: keepers sync every change, and tests have many keepers."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture
def town(quick_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """The town before its first policy."""
    with small_town(quick_path, monkeypatch) as place:
        yield place


@contextmanager
def small_town(folder: Path, monkeypatch: pytest.MonkeyPatch, n: int = 3) -> Iterator[Town]:
    monkeypatch.setenv("TEST_CLOCK", "1")
    log = PlatformLog()
    keepers = [
        LocalKeeper(
            f"K{number}",
            run.Settings(
                folder / f"K{number}",
                f"K{number}",
                folder / "trust.json",
                log.url(f"K{number}"),
                folder / f"clock-{number}",
                may_create=True,
            ),
        )
        for number in range(1, n + 1)
    ]
    with settled(folder, log, keepers) as place:
        yield place


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Town]:
    """The same town with a process for each keeper."""
    log = PlatformLog()
    keepers = [
        RunningKeeper(
            f"K{number}",
            tmp_path / f"K{number}",
            [
                "--peers",
                str(tmp_path / "trust.json"),
                "--log-url",
                log.url(f"K{number}"),
                "--watch-seconds",
                "3600",
            ],
            tmp_path / f"clock-{number}",
        )
        for number in (1, 2, 3)
    ]
    with settled(tmp_path, log, keepers) as place:
        yield place


@contextmanager
def settled(folder: Path, log: PlatformLog, keepers: list[Any]) -> Iterator[Town]:
    try:
        for keeper in keepers:
            keeper.start()
        for keeper in keepers:
            keeper.ready()
        signer, supervisor = (Signer(name, secrets.token_bytes(32)) for name in ("platform", "supervisor"))
        place = Town(folder, log, keepers, signer, supervisor, clock.now().replace(microsecond=0))
        place.trust()
        yield place
    finally:
        for keeper in keepers:
            keeper.stop(kill=True)
        log.server.shutdown()
        log.server.server_close()


@pytest.fixture
def closed(town):
    """One bid, acked by all, closed, its opening an hour away."""
    town.publish()
    bid = town.seal()
    for number in (1, 2, 3):
        town.ack(bid, number)
    town.close(bid)
    return bid
