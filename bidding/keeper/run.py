"""`python -m bidding.keeper serve`: put one keeper together and run it."""

from __future__ import annotations

import argparse
import ipaddress
import json
import logging
import signal
import ssl
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from bidding.keeper.clock import KeeperClock
from bidding.keeper.install import HERE, NotAsReleased, verify
from bidding.keeper.keys import KeysMissing, open_keys
from bidding.keeper.monitor import Monitor
from bidding.keeper.refusals import KeeperRefusal
from bidding.keeper.server import KeeperServer
from bidding.keeper.service import KeeperService
from bidding.keeper.store import Store
from bidding.keeper.trust import TrustFile
from bidding.keeper.watch import Bell, Watch
from bidding.keeper.witness import Witness
from bidding.sealing.errors import SealingError

log = logging.getLogger("keeper")
MEMORY = "keeper.sqlite3"


@dataclass(frozen=True, slots=True)
class Tls:
    """The keeper's certificate, and the authority whose clients and peers it talks to (None: anyone's)."""

    certificate: Path
    key: Path
    authority: Path | None = None

    def serving(self, *, clients_known: bool) -> ssl.SSLContext:
        """For the listening socket."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        if clients_known and self.authority is not None:
            context.load_verify_locations(self.authority)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def asking(self) -> ssl.SSLContext:
        """For questions to the log and to peers: with its own certificate."""
        context = ssl.create_default_context()
        if self.authority is not None:
            context.load_verify_locations(self.authority)
        context.load_cert_chain(self.certificate, self.key)
        return context


@dataclass(frozen=True, slots=True)
class Settings:
    """What one keeper is told at its start."""

    folder: Path
    id: str
    trust: Path | None = None
    log_url: str | None = None
    clock_offset_file: Path | None = None
    watch_seconds: float = 20.0
    tls: Tls | None = None
    bell: Bell = field(default_factory=Bell)
    may_create: bool = False


class Keeper:
    """A keeper put together; `serve_at` opens a door, `watch` does what is due, `close` ends it."""

    def __init__(self, settings: Settings) -> None:
        """Raises KeysMissing, OSError, ValueError."""
        self.settings = settings
        clock = KeeperClock(settings.clock_offset_file)
        keys = open_keys(settings.folder, settings.id, may_create=settings.may_create)
        self.store = Store(settings.folder / MEMORY)
        trust = TrustFile(settings.trust)
        tls = settings.tls.asking() if settings.tls else None
        self.monitor = Monitor(keys, self.store, clock, trust, settings.log_url, tls)
        self.service = KeeperService(keys, self.store, clock, trust, self.monitor)
        self.witness = Witness(keys, self.store, trust, self.monitor)
        self.watch = Watch(settings.folder, keys, self.store, self.monitor, self.service, settings.bell)
        self.clock = clock
        self.stop = threading.Event()
        self.doors: list[KeeperServer] = []

    def serve_at(self, host: str, port: int, *, public_only: bool = False) -> KeeperServer:
        """Listen, not yet answer: `serve_forever` of the result does."""
        door = KeeperServer((host, port), self.service, self.witness, public_only=public_only)
        if self.settings.tls is not None:
            context = self.settings.tls.serving(clients_known=not public_only)
            door.socket = context.wrap_socket(door.socket, server_side=True, do_handshake_on_connect=False)
        self.doors.append(door)
        return door

    def look_after_itself(self) -> None:
        """Follow the log and do what is due, every few seconds until `stop`."""
        while not self.stop.wait(self.settings.watch_seconds):
            self.turn()

    def turn(self) -> None:
        """One turn of both; what fails in one leaves the other its turn, and comes again."""
        for part in (self.monitor.turn, lambda: self.watch.turn(self.clock.now())):
            try:
                part()
            except Exception:
                log.exception("a part of the watch failed; the next turn comes")

    def close(self) -> None:
        """Let go of sockets and memory."""
        self.stop.set()
        for door in self.doors:
            door.server_close()
        self.store.close()


def main(arguments: list[str]) -> int:
    """Run a keeper until SIGTERM or SIGINT: 0 then, 1 when it cannot start."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format=f"%(asctime)s {options.id} %(message)s")
    try:
        return _serve(options)
    except (KeysMissing, NotAsReleased, OSError, ValueError, SealingError, KeeperRefusal) as error:
        print(f"the keeper cannot start: {error}", file=sys.stderr)  # noqa: T201
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bidding.keeper serve", description="Run one keeper.")
    add = parser.add_argument
    add("--dir", type=Path, required=True, help="keys and memory")
    add("--id", required=True, help="the keeper's id, for example K1")
    add("--port", type=int, required=True, help="0 takes a free one; the first line on stdout tells it")
    add("--host", default="127.0.0.1")
    add(
        "--public-port",
        type=int,
        help="a second door for everybody: /stamp and what is public; no certificates",
    )
    add("--peers", type=Path, help="whom to trust (ENTRIES.md), read again when it changes")
    add("--log-url", help="address of the log: <url>/checkpoint, <url>/tile/…")
    add("--clock-offset-file", type=Path, help="seconds to add to the clock; with TEST_CLOCK=1 only")
    add("--watch-seconds", type=float, default=20.0, help="how often to read the log unasked")
    add("--trial", action="store_true", help="make keys without a ceremony; always so without TLS")
    add("--tls-cert", type=Path)
    add("--tls-key", type=Path)
    add(
        "--client-ca", type=Path, help="talk only to clients and peers with a certificate from this authority"
    )
    add("--alarm-command", default="", help="a program that gets alarms on stdin")
    add("--alarm-mail", default="", help="an address that gets alarms")
    add("--mail-server", default="localhost", help="HOST or HOST:PORT")
    add(
        "--release-key", default="", help="refuse to start unless the program is as its release key signed it"
    )
    return parser


def _serve(options: argparse.Namespace) -> int:
    if options.release_key:
        verify(HERE, options.release_key)
    if options.tls_cert is None and not ipaddress.ip_address(options.host).is_loopback:
        raise ValueError("without TLS a keeper listens on a loopback address only")
    tls = Tls(options.tls_cert, options.tls_key, options.client_ca) if options.tls_cert else None
    keeper = Keeper(
        Settings(
            options.dir,
            options.id,
            options.peers,
            options.log_url,
            options.clock_offset_file,
            options.watch_seconds,
            tls,
            Bell(options.id, options.alarm_command, options.alarm_mail, options.mail_server),
            may_create=options.trial or tls is None,
        )
    )
    door = keeper.serve_at(options.host, options.port)
    told = {"keeper": options.id, "url": _url(door, tls)}
    if options.public_port is not None:
        public = keeper.serve_at(options.host, options.public_port, public_only=True)
        told["public_url"] = _url(public, tls)
        threading.Thread(target=public.serve_forever, daemon=True).start()
    watcher = threading.Thread(target=keeper.look_after_itself, daemon=True)
    watcher.start()

    def end(signum: int, frame: object) -> None:
        keeper.stop.set()
        threading.Thread(target=door.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    print(json.dumps(told), flush=True)  # noqa: T201
    door.serve_forever(poll_interval=0.2)
    watcher.join(2)
    keeper.close()
    return 0


def _url(door: KeeperServer, tls: Tls | None) -> str:
    host, port = door.server_address[:2]
    return f"{'https' if tls else 'http'}://{host!s}:{port}"
