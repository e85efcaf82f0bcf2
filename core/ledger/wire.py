"""How this platform reaches its witnesses and keepers: over loopback in the clear, elsewhere by mutual TLS.

Whoever answers is not trusted with this platform's time or memory: a call ends at its deadline however slowly bytes
drip in, and an answer has a largest size.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpcore
import httpx
from django.conf import settings

MAX_ANSWER_BYTES = 1 << 20


class _Deadline(threading.local):
    """When the call of this thread ends (`time.monotonic`); a call and its reads run in one thread."""

    at: float = float("inf")

    def left(self, most: float | None) -> float:
        """Give the seconds that the next step may take. Raises httpcore.ReadTimeout when none are left."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the call has taken too long in all")
        return left if most is None else min(left, most)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return _Stream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    def __init__(self, deadline: _Deadline) -> None:
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = super().connect_tcp(host, port, self._deadline.left(timeout), local_address, socket_options)
        return _Stream(stream, self._deadline)


class _Transport(httpx.BaseTransport):
    """HTTP in which a whole call, not each of its reads, has a deadline."""

    def __init__(self, seconds: float, context: ssl.SSLContext) -> None:
        self._seconds = seconds
        self._deadline = _Deadline()
        self._pool = httpcore.ConnectionPool(
            ssl_context=context, network_backend=_Backend(self._deadline), max_connections=100
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        self._deadline.at = time.monotonic() + self._seconds
        try:
            with self._pool.stream(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.read(),
                extensions={"timeout": {"pool": self._seconds}},
            ) as answer:
                content = bytearray()
                for piece in answer.iter_stream():
                    content += piece
                    if len(content) > MAX_ANSWER_BYTES:
                        raise httpx.RemoteProtocolError("the answer is too long", request=request)
        except httpcore.TimeoutException as error:
            raise httpx.ReadTimeout(str(error), request=request) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
            raise httpx.ConnectError(str(error), request=request) from error
        # Only the type is passed on: no encoding to unpack, no redirect to follow, no cookie to keep.
        kind = [(name, value) for name, value in answer.headers if name.lower() == b"content-type"]
        return httpx.Response(answer.status, headers=kind, content=bytes(content))

    def close(self) -> None:
        self._pool.close()


def client(timeout: float) -> httpx.Client:
    """Give an HTTP client, `timeout` in seconds per call, with this platform's certificate where one is configured.

    `KEEPERS_CA_FILE` names the authority of the keepers' certificates, `KEEPERS_CLIENT_CERT_FILE` and
    `KEEPERS_CLIENT_KEY_FILE` the platform's own. Raises OSError when a file is missing.
    """
    files = [
        (str(file), Path(file).stat().st_mtime_ns) if file else ("", 0)
        for file in (
            settings.KEEPERS_CA_FILE,
            settings.KEEPERS_CLIENT_CERT_FILE,
            settings.KEEPERS_CLIENT_KEY_FILE,
        )
    ]
    context = _context(*files)
    return httpx.Client(timeout=timeout, trust_env=False, transport=_Transport(timeout, context))


@lru_cache(maxsize=4)
def _context(ca: tuple[str, int], certificate: tuple[str, int], key: tuple[str, int]) -> ssl.SSLContext:
    """Read certificates once for each state of their files (name, time of change): it takes 30 ms."""
    context = ssl.create_default_context(cafile=ca[0] or None)
    if certificate[0]:
        context.load_cert_chain(certificate[0], key[0] or None)
    return context
