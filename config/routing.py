"""Which package answers for which kind of stream."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.urls import re_path

from evaluation.assisted_session import check_stream
from parties.access import actor_of_scope
from realtime.consumers import Door, StreamConsumer

# kind of stream -> the function of the owning package that lets an actor follow it, or raises
STREAMS = {
    "tender": "tendering.access:stream_to_view",
    "opening": "bidding.access:stream_to_view",
    "room": "evaluation.access:stream_to_view",
    "talk": "evaluation.access:talk_stream_to_view",
    "wall": "evaluation.access:wall_stream_to_view",
    "sitting": "evaluation.access:sitting_stream_to_view",
    "order": "mall.access:stream_to_view",
    "market": "disclosure.access:stream_to_view",
}


def _door(path: str) -> Door:
    module, _, name = path.partition(":")

    def check(actor: Any, key: str) -> None:
        getattr(import_module(module), name)(actor, key)

    return check


class Streams(StreamConsumer):
    doors = {kind: _door(path) for kind, path in STREAMS.items()}
    actor_of = staticmethod(actor_of_scope)

    def _check(self, name: str) -> None:
        check_stream(self.scope.get("session"), name)
        super()._check(name)


websocket_urlpatterns = [re_path(r"^ws/streams/(?P<stream>[a-z]+\.[0-9a-z-]{1,64})$", Streams.as_asgi())]
