"""Follow a live stream as a browser does, from a sequence number on, through lost connections."""

from __future__ import annotations

import json
import time
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from config.walkthrough.person import Failed, Person


class Follower:
    """One stream; `frames` is everything received so far, without gaps and in order."""

    def __init__(self, base: str, stream: str, person: Person, after: int = 0) -> None:
        self.base = base
        self.stream = stream
        self.person = person
        self.frames: list[dict[str, Any]] = []
        self.after = after
        self.socket: ClientConnection | None = None

    def __enter__(self) -> Follower:
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.socket is not None:
            self.socket.close()

    def _open(self) -> None:
        parts = urlsplit(self.base)
        scheme = "wss" if parts.scheme == "https" else "ws"
        cookies = "; ".join(f"{name}={value}" for name, value in self.person.http.cookies.items())
        self.socket = connect(
            f"{scheme}://{parts.netloc}/ws/streams/{self.stream}?after={self.after}",
            origin=Origin(self.base),
            additional_headers={"Cookie": cookies} if cookies else {},
            proxy=None,
        )

    def until(self, type: str, seconds: float) -> list[dict[str, Any]]:
        """Receive until a frame of this type has come; gives all frames. Raises Failed when it does not."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if self.socket is None:
                    self._open()
                assert self.socket is not None  # noqa: S101 - opened above
                frame = json.loads(self.socket.recv(timeout=max(0.1, until - time.monotonic())))
            except TimeoutError:
                break
            except (ConnectionClosed, OSError):
                self.socket = None
                time.sleep(0.5)
                continue
            if frame.get("type") == "error":
                raise Failed(f"{self.stream}: {frame['problem'].get('title')}")
            if "seq" not in frame:
                continue
            if frame["seq"] != self.after + 1:
                raise Failed(f"{self.stream}: frame {frame['seq']} came after {self.after}")
            self.after = frame["seq"]
            self.frames.append(frame)
            if frame["type"] == type:
                return self.frames
        seen = [frame["type"] for frame in self.frames[-5:]]
        raise Failed(f"{self.stream}: no {type!r} within {seconds:.0f} s; the last frames were {seen}")
