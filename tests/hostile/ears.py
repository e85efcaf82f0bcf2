"""People who listen: each holds every stream that the site knows, through its real WebSocket address, and keeps the frames."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import defaultdict
from collections.abc import Coroutine, Mapping
from typing import Any

from channels.testing import WebsocketCommunicator
from django.test import Client

from config.asgi import application
from realtime import hub

SETTLED = hub.POLL_SECONDS + 0.5


class Ears:
    """Sockets in an event loop of their own thread; `heard[who, stream]` are the frames so far, in order."""

    def __init__(self) -> None:
        self.heard: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        self._sockets: dict[tuple[str, str], WebsocketCommunicator] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def _do(self, what: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(30)

    def follow(self, people: Mapping[str, Client], streams: list[str]) -> None:
        """Open a socket for each person and stream; a door that stays shut is in `heard` as its problem."""
        for who, client in people.items():
            held = client.cookies.get("sessionid")
            headers = [(b"origin", b"http://localhost")]
            if held:
                headers.append((b"cookie", f"sessionid={held.value}".encode()))
            for stream in streams:
                socket = WebsocketCommunicator(application, f"/ws/streams/{stream}?after=0", headers)
                connected, _ = self._do(socket.connect(timeout=10))
                assert connected
                self._sockets[who, stream] = socket

    def listen(self) -> None:
        """Wait until whatever was said has come, and keep it."""
        time.sleep(SETTLED)
        for place, socket in self._sockets.items():
            for message in self._do(_waiting(socket)):
                if message["type"] == "websocket.send":
                    self.heard[place].append(json.loads(message["text"]))

    def close(self) -> None:
        """Hang up, and end the loop with the hub that served it."""
        for socket in self._sockets.values():
            self._do(socket.disconnect())
        self._do(_end_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


async def _waiting(socket: WebsocketCommunicator) -> list[dict[str, Any]]:
    found = []
    while not socket.output_queue.empty():
        found.append(socket.output_queue.get_nowait())
    return found


async def _end_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
