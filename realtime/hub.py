"""The hub of one process: one layer subscription per stream, one encoding per event, a loop over the sockets.

A nudge (through the channel layer) says that a stream has news; the hub then reads the rows. It also asks once a
second for the newest numbers of the streams it serves, so that a lost nudge, a flushed Redis or a restarted server
delays an event by a second and loses none; and whether the sessions still last that its sockets were opened with.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from typing import Any, Protocol

from asgiref.sync import async_to_sync, sync_to_async
from channels.layers import get_channel_layer
from django.db import close_old_connections

from core import clock

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
BATCH = 500
_running: Hub | None = None


class Socket(Protocol):
    """What the hub needs of a consumer."""

    cursor: int
    session_key: str

    async def deliver(self, text: str) -> None:
        """Send one encoded frame."""

    async def ask_again(self) -> None:
        """Ask whether it may go on, and end it where it may not."""


def group(stream: str) -> str:
    """Give the layer's group of `stream`."""
    return f"stream-{stream}"


def nudge(stream: str) -> None:
    """Tell every process that `stream` has news. Never raises: the second's poll catches what is lost here."""
    layer = get_channel_layer()
    if layer is None:
        return
    message = {"type": "news", "stream": stream}
    try:
        if _running is not None and not _running.loop.is_closed():
            asyncio.run_coroutine_threadsafe(layer.group_send(group(stream), message), _running.loop)
        elif not type(layer).__name__.startswith("InMemory"):
            async_to_sync(layer.group_send)(group(stream), message)
    except Exception:
        log.warning("nudge for %s was lost; the poll delivers it", stream, exc_info=True)


def _read(stream: str, after: int) -> list[tuple[int, str]]:
    from realtime.selectors import events_after

    close_old_connections()
    try:
        return [(event.seq, frame(event)) for event in events_after(stream, after, BATCH)]
    finally:
        close_old_connections()


def _newest(names: list[str]) -> dict[str, int]:
    from realtime.selectors import newest

    close_old_connections()
    try:
        return newest(names)
    finally:
        close_old_connections()


def _alive(keys: set[str]) -> set[str]:
    from django.contrib.sessions.models import Session

    close_old_connections()
    try:
        rows = Session.objects.filter(session_key__in=keys, expire_date__gt=clock.now())
        return set(rows.values_list("session_key", flat=True))
    finally:
        close_old_connections()


def frame(event: Any) -> str:
    """Encode one event as the frame that clients read."""
    return json.dumps(
        {"seq": event.seq, "type": event.type, "at": event.at.isoformat(), "data": event.data},
        ensure_ascii=False,
        separators=(",", ":"),
    )


class Hub:
    """All sockets of this process, by stream."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.sockets: dict[str, set[Socket]] = defaultdict(set)
        self.locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.channel: str | None = None
        self.starting = asyncio.Lock()
        self.tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin listening and polling; whoever comes meanwhile waits, so that nobody joins a hub without a channel."""
        async with self.starting:
            if self.tasks:
                return
            layer = get_channel_layer()
            if layer is not None:
                self.channel = await layer.new_channel("hub")
                self.tasks.append(asyncio.create_task(self._listen(layer)))
            self.tasks.append(asyncio.create_task(self._poll()))

    async def join(self, stream: str, socket: Socket) -> None:
        """Serve `socket` from its cursor on: first what it missed, then what comes."""
        first = stream not in self.sockets or not self.sockets[stream]
        self.sockets[stream].add(socket)
        if first and self.channel is not None:
            layer = get_channel_layer()
            try:
                await layer.group_add(group(stream), self.channel)
            except Exception:
                log.warning("no layer subscription for %s; polling serves it", stream, exc_info=True)
        await self.catch_up(stream)

    async def leave(self, stream: str, socket: Socket) -> None:
        """Stop serving `socket`."""
        self.sockets[stream].discard(socket)
        if not self.sockets[stream]:
            del self.sockets[stream]
            self.locks.pop(stream, None)
            layer = get_channel_layer()
            if self.channel is not None and layer is not None:
                try:
                    await layer.group_discard(group(stream), self.channel)
                except Exception:
                    log.warning("layer subscription for %s was left behind", stream, exc_info=True)

    async def catch_up(self, stream: str) -> None:
        """Send each socket of `stream` every event above its cursor, in order, each encoded once."""
        async with self.locks[stream]:
            while sockets := [*self.sockets.get(stream, ())]:
                after = min(socket.cursor for socket in sockets)
                rows = await sync_to_async(_read, thread_sensitive=False)(stream, after)
                for seq, text in rows:
                    for socket in sockets:
                        if socket.cursor < seq:
                            socket.cursor = seq
                            await socket.deliver(text)
                if len(rows) < BATCH:
                    return

    async def _listen(self, layer: Any) -> None:
        while True:
            try:
                message = await layer.receive(self.channel)
            except Exception:
                log.warning("channel layer lost; polling goes on", exc_info=True)
                await asyncio.sleep(POLL_SECONDS)
                continue
            if message.get("stream") in self.sockets:
                await self._safely(message["stream"])

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            names = list(self.sockets)
            if not names:
                continue
            try:
                tops = await sync_to_async(_newest, thread_sensitive=False)(names)
            except Exception:
                log.warning("poll failed", exc_info=True)
                continue
            for name, top in tops.items():
                if any(socket.cursor < top for socket in self.sockets.get(name, ())):
                    await self._safely(name)
            try:
                await self._end_with_their_sessions()
            except Exception:
                log.warning("sessions could not be asked for", exc_info=True)

    async def _end_with_their_sessions(self) -> None:
        """Ask the doors of those whose session has ended since they came."""
        signed_in = [one for sockets in self.sockets.values() for one in sockets if one.session_key]
        if not signed_in:
            return
        alive = await sync_to_async(_alive, thread_sensitive=False)({one.session_key for one in signed_in})
        for socket in signed_in:
            if socket.session_key not in alive:
                socket.session_key = ""  # asked once: as one of the public it may go on where the public may
                await socket.ask_again()

    async def _safely(self, stream: str) -> None:
        try:
            await self.catch_up(stream)
        except Exception:
            log.warning("catching up on %s failed; the poll tries again", stream, exc_info=True)


async def running() -> Hub:
    """Give this process's hub, started on first use."""
    global _running
    loop = asyncio.get_running_loop()
    if _running is None or _running.loop is not loop:
        _running = Hub(loop)
    hub = _running
    await hub.start()
    return hub
