"""Many WebSocket viewers in one process, lean enough not to be what is measured."""

from __future__ import annotations

import asyncio
import base64
import os
import time

from config.bench.measure import Broken

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
FINAL, MASKED = 0x80, 0x80
SECONDS = 120.0


class Viewer(asyncio.Protocol):
    """One WebSocket; `frames` holds what came, with the time of arrival (seconds of the epoch); `seen` is the caller's."""

    transport: asyncio.Transport

    def __init__(self, host: str, path: str) -> None:
        self.host, self.path = host, path
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.enough: asyncio.Future[None] = loop.create_future()
        self.wanted = 1
        self.frames: list[tuple[float, bytes]] = []
        self.seen: list[int] = []
        self.data = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - create_connection gives one
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {self.path} HTTP/1.1", f"Host: {self.host}", f"Origin: http://{self.host}"]
        lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        transport.write("\r\n".join([*lines, f"Sec-WebSocket-Key: {key}", "", ""]).encode())

    def want(self, count: int) -> None:
        """Forget what came and wait for `count` frames."""
        self.frames.clear()
        self.wanted, self.enough = count, asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self.data += data
        if not self.opened.done():
            end = self.data.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self.data.startswith(b"HTTP/1.1 101"):
                self._fail(bytes(self.data[:80]).decode("latin-1"))
                return
            del self.data[: end + 4]
            self.opened.set_result(None)
        self._take(time.time())
        if len(self.frames) >= self.wanted and not self.enough.done():
            self.enough.set_result(None)

    def _take(self, now: float) -> None:
        at, held = 0, self.data
        while len(held) - at >= 2:
            code, size, start = held[at] & 15, held[at + 1], at + 2
            if size >= 126:
                width = 2 if size == 126 else 8
                size = int.from_bytes(held[start : start + width], "big")
                start += width
            if len(held) < start or len(held) < start + size:
                break
            if code == TEXT:
                self.frames.append((now, bytes(held[start : start + size])))
            elif code == PING:
                self._write(PONG, bytes(held[start : start + size]))
            elif code == CLOSE:
                self._fail("the server closed the socket")
            at = start + size
        del held[:at]

    def say(self, text: str) -> None:
        """Send a short text."""
        self._write(TEXT, text.encode())

    def _write(self, code: int, payload: bytes) -> None:
        # A mask of zeros is a mask: what a client sends must have one.
        self.transport.write(bytes([FINAL | code, MASKED | len(payload)]) + bytes(4) + payload)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"a socket was lost ({exc or 'closed'})")

    def _fail(self, why: str) -> None:
        for future in (self.opened, self.enough):
            if not future.done():
                future.set_exception(Broken(why))
                future.exception()


async def connect(port: int, path: str, count: int) -> list[Viewer]:
    """Open `count` sockets. Raises Broken."""
    loop, made = asyncio.get_running_loop(), []
    for _ in range(count):
        _, one = await loop.create_connection(lambda: Viewer(f"localhost:{port}", path), "127.0.0.1", port)
        made.append(one)
    await together([one.opened for one in made], "the server did not take all viewers")
    return made


async def together(futures: list[asyncio.Future[None]], late: str) -> None:
    """Wait for all. Raises Broken with `late` when that takes too long."""
    try:
        async with asyncio.timeout(SECONDS):
            await asyncio.gather(*futures)
    except TimeoutError:
        raise Broken(late) from None
