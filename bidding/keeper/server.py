"""A keeper behind HTTP, on the standard library alone (ENTRIES.md lists the calls)."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from bidding.keeper.refusals import KeeperRefusal
from bidding.keeper.service import KeeperService
from bidding.keeper.witness import Witness
from bidding.sealing.errors import SealingError
from core.canonical import NotJson, NotStrict, read_json

log = logging.getLogger("keeper")
MAX_BODY = 8 * 1024 * 1024
STAMPS_PER_SECOND = 10.0
STAMPS_AT_ONCE = 50.0
PUBLIC_POST = ("/stamp",)
"""What the public door answers, beside GET but for /healthz: nothing that touches a bid or helps an attacker."""
_JSON = "application/json"


class Allowance:
    """So many stamps per address at once, so many per second after that."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, address: str) -> bool:
        """Whether this address may have one more now."""
        now = time.monotonic()
        with self._lock:
            if len(self._left) > 10_000:
                self._left.clear()
            left, since = self._left.get(address, (STAMPS_AT_ONCE, now))
            left = min(STAMPS_AT_ONCE, left + (now - since) * STAMPS_PER_SECOND)
            self._left[address] = (left - 1 if left >= 1 else left, now)
            return left >= 1


class KeeperServer(ThreadingHTTPServer):
    """The listening socket and what stands behind it."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        service: KeeperService,
        witness: Witness,
        *,
        public_only: bool = False,
    ) -> None:
        """`public_only` is the door without client certificates."""
        super().__init__(address, Handler)
        self.public_only = public_only
        self.service = service
        self.witness = witness
        self.allowance = Allowance()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: KeeperServer
    protocol_version = "HTTP/1.1"
    server_version = "keeper"
    sys_version = ""
    timeout = 30
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    calls: ClassVar[dict[str, Callable[[KeeperService, object], object]]] = {
        "/ack": lambda service, request: service.ack(request).to_json(),
        "/release": lambda service, request: service.release(request).to_json(),
        "/stamp": lambda service, request: service.stamp(request).to_json(),
        "/canary": lambda service, request: service.canary(request).to_json(),
        "/evidence": lambda service, request: service.evidence(request),
    }

    def do_GET(self) -> None:
        """Answer /identity, /healthz, /canary and /months/YYYY-MM."""
        service = self.server.service
        try:
            if self.path == "/identity":
                self._json(200, service.identity().to_json(), anywhere=True)
            elif self.path == "/canary":
                self._json(200, service.weekly_canary(), anywhere=True)
            elif self.path.startswith("/months/"):
                self._json(200, service.month(self.path.removeprefix("/months/")), anywhere=True)
            elif self.path == "/healthz" and not self.server.public_only:
                health = service.health()
                self._json(200 if health["ok"] else 503, health)
            else:
                self._refuse(KeeperRefusal("bad-request", "there is nothing here"), status=404)
        except KeeperRefusal as refusal:
            self._refuse(refusal)

    def do_OPTIONS(self) -> None:
        """Let a browser's sealing page ask for stamps."""
        self.send_response(204)
        if self.path == "/stamp":
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", "content-type")
            self.send_header("Access-Control-Max-Age", "86400")
        self.end_headers()

    def do_POST(self) -> None:
        """Answer everything else."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or int(length) > MAX_BODY:
            self.close_connection = True
            self._refuse(KeeperRefusal("too-large", f"a request has a length of at most {MAX_BODY} bytes"))
            return
        body = self.rfile.read(int(length))
        try:
            if self.server.public_only and self.path not in PUBLIC_POST:
                self._refuse(KeeperRefusal("bad-request", "there is nothing here"), status=404)
            elif self.path in ("/cosign", "/add-checkpoint"):
                answer = self.server.witness.add_checkpoint(body, self.server.service.sound_now())
                self._answer(answer.status, answer.content_type, answer.text.encode())
            elif self.path in self.calls:
                if self.path == "/stamp" and not self.server.allowance.take(self.client_address[0]):
                    raise KeeperRefusal(
                        "too-many", "too many stamps from this address; try again in a second"
                    )
                answer_json = self.calls[self.path](self.server.service, read_json(body))
                self._json(200, answer_json, anywhere=self.path == "/stamp")
            else:
                self._refuse(KeeperRefusal("bad-request", "there is nothing here"), status=404)
        except KeeperRefusal as refusal:
            self._remember(body, refusal)
            self._refuse(refusal)
        except SealingError as error:
            unfit = KeeperRefusal(error.code, error.detail)
            self._remember(body, unfit)
            self._refuse(unfit, status=422)
        except (NotJson, NotStrict) as error:
            self._refuse(KeeperRefusal("bad-request", f"not strict JSON: {error}"))

    def log_message(self, format: str, *args: object) -> None:
        """Write one line to stderr."""
        log.info("%s %s", self.client_address[0], format % args)

    def _remember(self, body: bytes, refusal: KeeperRefusal) -> None:
        """Keep what was refused, but for stamps beyond the limit: those would only fill the disk."""
        if refusal.code != "too-many":
            self.server.service.remember_refusal(self.path.removeprefix("/"), body, refusal)

    def _refuse(self, refusal: KeeperRefusal, *, status: int | None = None) -> None:
        problem = refusal.to_json() | ({"status": status} if status else {})
        self._json(status or refusal.status, problem, content_type="application/problem+json", anywhere=True)

    def _json(self, status: int, value: object, *, content_type: str = _JSON, anywhere: bool = False) -> None:
        self._answer(status, content_type, json.dumps(value, ensure_ascii=False).encode(), anywhere=anywhere)

    def _answer(self, status: int, content_type: str, body: bytes, *, anywhere: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if anywhere:
            self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(body)
