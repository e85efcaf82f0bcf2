"""A small web server for browser tests: pages with the site's policy, and an upload end that speaks tus 1.0.

It stands in for the platform only; what is tested is what the browser does.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.frontend.conftest import ROOT

BUILD = ROOT / "config" / "static" / "build"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "media-src 'self' blob:; font-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
}


def built(logical: str) -> Path:
    manifest = json.loads((BUILD / "manifest.json").read_text())
    return BUILD / str(manifest[logical]["file"])


@dataclass
class Receiver:
    """What the browser sent."""

    pages: dict[str, str] = field(default_factory=dict)
    scripts: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    uploads: dict[str, bytearray] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    posts: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    refuse_after: int | None = None
    requests: int = 0
    address: str = ""


def serve(receiver: Receiver) -> ThreadingHTTPServer:
    """Serve on a free port until `shutdown`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            return

        def answer(self, status: int, body: bytes = b"", kind: str = "text/html", **headers: object) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Type", kind)
            self.send_header("Cache-Control", "no-store")
            worker = self.path == "/seal/worker.js"
            self.send_header("Content-Security-Policy", WORKER_POLICY if worker else PAGE_POLICY)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), str(value))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path in receiver.pages:
                self.answer(200, receiver.pages[path].encode(), TYPES[".html"])
            elif path in receiver.scripts:
                self.answer(200, receiver.scripts[path].encode(), TYPES[".js"])
            elif path == "/seal/worker.js":
                self.answer(200, built("seal-worker.js").read_bytes(), TYPES[".js"])
            elif path.startswith("/static/") and (BUILD / Path(path).name).is_file():
                self.answer(200, (BUILD / Path(path).name).read_bytes(), TYPES[Path(path).suffix])
            else:
                self.answer(404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path == "/uploads/":
                key = f"u{len(receiver.uploads)}"
                receiver.uploads[key] = bytearray()
                receiver.lengths[key] = int(self.headers["Upload-Length"])
                self.answer(201, Location=f"/uploads/{key}", Tus_Resumable="1.0.0")
                return
            kind = self.headers.get("Content-Type", "")
            value = json.loads(body) if kind.startswith("application/json") else body.decode()
            receiver.posts.append((self.path, dict(self.headers), value))
            status, answer = receiver.answers.get(self.path, (404, {"detail": "no such address"}))
            self.answer(status, json.dumps(answer).encode(), "application/json")

        def do_HEAD(self) -> None:
            key = Path(self.path).name
            if key not in receiver.uploads:
                self.answer(404, Tus_Resumable="1.0.0")
                return
            self.answer(
                200, Upload_Offset=len(receiver.uploads[key]), Upload_Length=receiver.lengths[key],
                Tus_Resumable="1.0.0",
            )  # fmt: skip

        def do_PATCH(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            key = Path(self.path).name
            receiver.requests += 1
            if receiver.refuse_after is not None and receiver.requests > receiver.refuse_after:
                self.answer(403, Tus_Resumable="1.0.0")
                return
            held = receiver.uploads[key]
            if int(self.headers["Upload-Offset"]) != len(held):
                self.answer(409, Tus_Resumable="1.0.0")
                return
            held += body
            self.answer(204, Upload_Offset=len(held), Tus_Resumable="1.0.0")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.address = f"http://localhost:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
