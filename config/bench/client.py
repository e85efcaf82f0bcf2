"""A lean HTTP/1.1 client: prepared requests over kept connections, each answer timed."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from config.bench.measure import Broken

ANSWER_SECONDS = 120.0
CSRF = "bench" * 6 + "00"
TEXT = "text/html,application/xhtml+xml"


@dataclass(frozen=True)
class Answer:
    """One answer: how long it took, and when the request was sent (seconds of the monotonic clock)."""

    status: int
    head: bytes
    body: bytes
    seconds: float
    sent_at: float

    def header(self, name: str) -> str:
        """Give a header's value, or an empty text."""
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.lower() == name.lower().encode():
                return value.strip().decode("latin-1")
        return ""


def session_of(actor: Any) -> str:
    """Sign an actor in at its desk and give the Cookie header of the browser."""
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client

    browser = Client()
    user = get_user_model()._default_manager.get(pk=actor.user_id)
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = browser.session
    if actor.membership_id is not None:
        session["desk"] = str(actor.membership_id)
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}; csrftoken={CSRF}"


def request(
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    *,
    cookie: str = "",
    body: bytes = b"",
    kind: str = "",
) -> bytes:
    """Write one request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    given = {"Accept": TEXT, **(headers or {})}
    if cookie:
        given |= {"Cookie": cookie, "X-CSRFToken": CSRF}
    if kind:
        given["Content-Type"] = kind
    if body or method not in {"GET", "HEAD"}:
        given["Content-Length"] = str(len(body))
    lines += [f"{name}: {value}" for name, value in given.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def form(path: str, cookie: str, fields: dict[str, Any]) -> bytes:
    """Write the POST of a form."""
    body = urlencode(fields, doseq=True).encode()
    return request("POST", path, cookie=cookie, body=body, kind="application/x-www-form-urlencoded")


def send(port: int, requests: Sequence[bytes], connections: int) -> tuple[list[Answer], float]:
    """Send all requests over `connections` kept connections, each as soon as one is free.

    Gives the answers in the order of the requests, and the seconds from the first request to the last answer.
    Raises Broken when a connection is lost.
    """
    return asyncio.run(_send(port, requests, connections))


async def _send(port: int, requests: Sequence[bytes], connections: int) -> tuple[list[Answer], float]:
    loop = asyncio.get_running_loop()
    waiting = deque(enumerate(requests))
    answers: list[Answer | None] = [None] * len(requests)
    lines: list[_Line] = []
    for _ in range(min(connections, len(requests))):
        _, line = await loop.create_connection(lambda: _Line(waiting, answers), "127.0.0.1", port)
        lines.append(line)
    began = time.perf_counter()
    for line in lines:
        line.next()
    try:
        async with asyncio.timeout(ANSWER_SECONDS + len(requests) / 20):
            await asyncio.gather(*(line.done for line in lines))
    except TimeoutError:
        raise Broken("the server did not answer in time") from None
    ended = time.perf_counter()
    for line in lines:
        line.transport.close()
    return [answer for answer in answers if answer is not None], ended - began


class _Line(asyncio.Protocol):
    """One kept connection."""

    transport: asyncio.Transport

    def __init__(self, waiting: deque[tuple[int, bytes]], answers: list[Answer | None]) -> None:
        self.waiting, self.answers = waiting, answers
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.got, self.place, self.sent_at, self.headless = bytearray(), -1, 0.0, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - create_connection gives one
        self.transport = transport

    def next(self) -> None:
        """Send the next request, or be done."""
        if not self.waiting:
            if not self.done.done():
                self.done.set_result(None)
            return
        self.place, data = self.waiting.popleft()
        self.headless = data.startswith(b"HEAD ")
        self.sent_at = time.perf_counter()
        self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        self.got += data
        end = self.got.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.got[:end])
        size = _length(head, self.headless)
        if size is None:
            if not self.got.endswith(b"0\r\n\r\n") or len(self.got) < end + 5:
                return
            size = len(self.got) - end - 4
        if len(self.got) < end + 4 + size:
            return
        body = bytes(self.got[end + 4 : end + 4 + size])
        del self.got[: end + 4 + size]
        spent = time.perf_counter() - self.sent_at
        self.answers[self.place] = Answer(int(head[9:12]), head, body, spent, self.sent_at)
        self.next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(Broken(f"the server closed a connection ({exc or 'no reason given'})"))


def _length(head: bytes, headless: bool) -> int | None:
    """Give the length of the body that follows `head`; None: it comes in chunks."""
    if headless or head[9:12] in {b"204", b"304"}:
        return 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
        if name.lower() == b"transfer-encoding":
            return None
    return 0


def expect(answers: Sequence[Answer], *statuses: int) -> Sequence[Answer]:
    """Give the answers back. Raises Broken if one has another status."""
    for answer in answers:
        if answer.status not in statuses:
            said = " ".join(answer.body.decode("utf-8", "replace").split())[:300]
            raise Broken(f"the server answered {answer.status} instead of {statuses[0]}: {said}")
    return answers
