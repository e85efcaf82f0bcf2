"""The demonstration's keepers: three child processes with their own keys, stores and clocks on this machine.

They prove protocol and fault handling, not secrecy: whoever runs this machine runs all of them. Pages, receipts and
`/readyz` say so; a production profile refuses to publish a tender with them.
"""

from __future__ import annotations

import ctypes
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from django.conf import settings

from bidding import authority
from bidding.keeper.client import KeeperAway, describe
from bidding.sealing.objects import Keeper
from core.ledger import services as ledger

log = logging.getLogger(__name__)
COUNT = 3
START_SECONDS = 30


def _die_with_parent() -> None:
    """Have the kernel end this child when the server ends, however it ends (Linux).

    At once: a keeper has written down what it answers before it answers, and its port must be free when the server
    comes back a moment later.
    """
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class KeeperHouse:
    """Starts the keepers on the ports after `port`, restarts one that died, stops all."""

    def __init__(
        self,
        port: int,
        count: int = COUNT,
        clock_offset_file: Path | None = None,
        log_url: str = "",
        watch_seconds: float | None = None,
        said_to: Path | None = None,
    ) -> None:
        self.port = port
        self.watch_seconds = watch_seconds
        self.said_to = said_to
        self.log_url = log_url or f"http://127.0.0.1:{port}/log"
        self.ids = [f"K{number}" for number in range(1, count + 1)]
        self.clock_offset_file = clock_offset_file
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.stopping = threading.Event()

    def url(self, keeper: str) -> str:
        """Give the address of one keeper."""
        return f"http://127.0.0.1:{self.port + self.ids.index(keeper) + 1}"

    def start(self) -> list[dict[str, Any]]:
        """Start all, wait until each answers, and write `KEEPERS_FILE` with their identities.

        Each is told whom to trust: this platform's log and signing key, its peers, and a supervising authority, whose key
        lies on this machine too – a demonstration of how a withholding ends, and no proof against who runs the machine.
        """
        (settings.VAR / "keepers").mkdir(parents=True, exist_ok=True, mode=0o700)
        for keeper in self.ids:
            self._spawn(keeper)
        identities = [self._identity(keeper).to_json() for keeper in self.ids]
        log_key = ledger.log_vkey()
        trust: dict[str, Any] = {"type": "mingcai/v1/trust", "log": log_key, "signers": [log_key]}
        trust["supervisors"] = [self._authority()]
        _replace(self.trust_file, json.dumps({**trust, "keepers": identities}, indent=1))
        _replace(settings.KEEPERS_FILE, json.dumps(identities, indent=1))
        threading.Thread(target=self._watch, name="keeperhouse", daemon=True).start()
        return identities

    def _authority(self) -> str:
        """Give the vkey of the demonstration's supervising authority; its key is made once."""
        if not self.authority_file.exists():
            authority.create(self.authority_file, "authority.demonstration")
        card = authority.card(self.authority_file)
        _replace(settings.SUPERVISOR_FILE, json.dumps(card))
        return card["vkey"]

    @property
    def authority_file(self) -> Path:
        """Where the key of the demonstration's authority lies; `python -m bidding.authority` signs with it."""
        return Path(settings.VAR) / "keepers" / "authority.json"

    @property
    def trust_file(self) -> Path:
        """Where each keeper's operator writes whom to trust; keepers read it again when it changes."""
        return Path(settings.VAR) / "keepers" / "trust.json"

    def _spawn(self, keeper: str) -> None:
        folder = settings.VAR / "keepers" / keeper
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        command = [sys.executable, "-m", "bidding.keeper", "serve", "--dir", str(folder), "--id", keeper]
        command += ["--port", str(self.port + self.ids.index(keeper) + 1)]
        command += ["--peers", str(self.trust_file)]
        command += ["--log-url", self.log_url]
        if self.clock_offset_file is not None:
            command += ["--clock-offset-file", str(self.clock_offset_file)]
        if self.watch_seconds is not None:
            command += ["--watch-seconds", str(self.watch_seconds)]
        # A keeper gets nothing of the platform's secrets: only what a program needs to run.
        environment = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TEST_CLOCK") if name in os.environ
        }
        said = self.said_to.open("ab") if self.said_to is not None else None
        self.children[keeper] = subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env=environment,
            preexec_fn=_die_with_parent,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT if said else None,
        )

    def _identity(self, keeper: str) -> Keeper:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return describe(self.url(keeper), timeout=2)
            except KeeperAway:
                if self.children[keeper].poll() is not None:
                    # Its port was not free yet; a server that comes back at once meets the end of the one before.
                    self._spawn(keeper)
                if time.monotonic() > deadline:
                    raise RuntimeError(f"keeper {keeper} does not answer at {self.url(keeper)}") from None
                time.sleep(0.1)

    def _watch(self) -> None:
        while not self.stopping.wait(1.0):
            for keeper, child in list(self.children.items()):
                if child.poll() is not None and not self.stopping.is_set():
                    log.error("keeper %s ended with %s; starting it again", keeper, child.returncode)
                    self._spawn(keeper)

    def _end(self, keeper: str) -> None:
        child = self.children[keeper]
        child.terminate()
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def stop(self) -> None:
        """End all."""
        self.stopping.set()
        for keeper in list(self.children):
            self._end(keeper)


def _replace(path: Path, text: str) -> None:
    """Write a file in one piece: whoever reads it sees the old text or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(text)
    draft.replace(path)
