"""The one WebSocket consumer: `/ws/streams/{kind.uuid}?after=SEQ`."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import close_old_connections

from core.errors import NotFound, Refused
from core.http import problem
from realtime import hub

log = logging.getLogger(__name__)

Door = Callable[[Any, str], None]
RECHECK_SECONDS = 30.0


class StreamConsumer(AsyncWebsocketConsumer):  # type: ignore[misc] # channels has no types
    """Carry one stream to one browser.

    `doors` maps a stream's kind to the owning package's question "may this actor follow this object?", which raises
    `Refused`; `actor_of` gives the actor for a connection's scope as it is now. A refusal is sent as a problem and the
    socket is closed with 4000 + its status. For people who are signed in the door is asked again every RECHECK_SECONDS, and
    within about a second of the end of their session.
    """

    doors: dict[str, Door] = {}
    actor_of: Callable[[Any], Any] = staticmethod(lambda scope: None)

    cursor = 0
    stream = ""
    session_key = ""
    """The session it was opened with; empty for the public. When it ends, the hub has the door asked at once."""
    recheck: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Check the door, then replay and follow."""
        name = self.scope["url_route"]["kwargs"]["stream"]
        query = parse_qs(self.scope.get("query_string", b"").decode("ascii", "replace"))
        await self.accept()
        try:
            self.cursor = _sequence(query.get("after", ["0"])[0])
            await sync_to_async(self._check, thread_sensitive=False)(name)
        except Refused as error:
            await self.send(json.dumps({"type": "error", "problem": problem(error)}, ensure_ascii=False))
            await self.close(code=4000 + error.status)
            return
        self.stream = name
        if getattr(self.scope.get("user"), "is_authenticated", False):
            self.session_key = self.scope["session"].session_key
            self.recheck = asyncio.create_task(self._stay())
        await (await hub.running()).join(name, self)

    async def _stay(self) -> None:
        """Ask the door again from time to time: somebody may have left a desk or been recused."""
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            await self.ask_again()

    async def ask_again(self) -> None:
        """Ask the door again, and close the socket when it refuses."""
        name = self.stream
        if not name:
            return
        try:
            await sync_to_async(self._check, thread_sensitive=False)(name)
        except Refused as error:
            await self._leave()
            await self.send(json.dumps({"type": "error", "problem": problem(error)}, ensure_ascii=False))
            await self.close(code=4000 + error.status)
        except Exception:
            log.warning("the door of %s could not be asked; asking again", name, exc_info=True)

    def _check(self, name: str) -> None:
        close_old_connections()
        try:
            kind, _, key = name.partition(".")
            door = self.doors.get(kind)
            if door is None or not key:
                raise NotFound()
            door(type(self).actor_of(self.scope), key)
        finally:
            close_old_connections()

    async def deliver(self, text: str) -> None:
        """Send one encoded frame."""
        await self.send(text)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer a client's ping; commands go through HTTP, where each is a request with a rule."""
        if text_data == '{"type":"ping"}':
            await self.send('{"type":"pong"}')

    async def disconnect(self, code: int) -> None:
        """Leave the stream."""
        if self.recheck is not None:
            self.recheck.cancel()
        await self._leave()

    async def _leave(self) -> None:
        if self.stream:
            stream, self.stream = self.stream, ""
            await (await hub.running()).leave(stream, self)


def _sequence(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise NotFound()
    return int(text)
