"""A browser that follows a stream misses nothing, whatever it lost."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.test import Client
from django.urls import re_path

from core.errors import NotFound
from parties.access import actor_of_scope
from parties.models import User
from realtime import hub, services
from realtime.consumers import StreamConsumer
from realtime.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


def members(actor: Any, key: str) -> None:
    if not actor.is_authenticated:
        refuse()


class Open(StreamConsumer):
    doors = {"room": lambda actor, key: None, "closed": lambda actor, key: refuse(), "members": members}
    actor_of = staticmethod(actor_of_scope)


def refuse() -> None:
    raise NotFound()


def application() -> Any:
    pattern = r"^ws/streams/(?P<stream>[a-z]+\.[0-9a-z-]{1,64})$"
    return AuthMiddlewareStack(URLRouter([re_path(pattern, Open.as_asgi())]))


async def follow(stream: str, after: int | str, session: str = "") -> WebsocketCommunicator:
    cookies = [(b"cookie", f"sessionid={session}".encode())] if session else []
    socket = WebsocketCommunicator(application(), f"/ws/streams/{stream}?after={after}", cookies)
    connected, _ = await socket.connect()
    assert connected
    return socket


async def frames(socket: WebsocketCommunicator, count: int) -> list[dict[str, Any]]:
    return [json.loads(await socket.receive_from(timeout=5)) for _ in range(count)]


push = sync_to_async(services.push, thread_sensitive=True)


@pytest.mark.asyncio
async def test_a_client_that_reconnects_with_after_misses_nothing_and_gets_nothing_twice() -> None:
    stream = f"room.{uuid.uuid4()}"
    for number in range(3):
        await push(stream, "score.saved", number=number)
    first = await follow(stream, 0)
    assert [frame["seq"] for frame in await frames(first, 3)] == [1, 2, 3]
    await first.disconnect()
    await push(stream, "score.saved", number=3)
    again = await follow(stream, 3)
    await push(stream, "score.saved", number=4)
    seen = await frames(again, 2)
    assert [(frame["seq"], frame["data"]["number"]) for frame in seen] == [(4, 3), (5, 4)]
    assert await again.receive_nothing(timeout=0.1)
    await again.disconnect()


@pytest.mark.asyncio
async def test_a_lost_nudge_costs_a_second_and_loses_no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = f"room.{uuid.uuid4()}"
    socket = await follow(stream, 0)
    monkeypatch.setattr(hub, "nudge", lambda name: None)
    await push(stream, "score.saved", number=1)
    assert (await frames(socket, 1))[0]["data"] == {"number": 1}
    await socket.disconnect()


@pytest.mark.asyncio
async def test_two_browsers_get_the_same_frames_in_the_same_order() -> None:
    stream = f"room.{uuid.uuid4()}"
    sockets = [await follow(stream, 0) for _ in range(2)]
    for number in range(20):
        await push(stream, "tick", number=number)
    one, two = await asyncio.gather(*(frames(socket, 20) for socket in sockets))
    assert one == two
    assert [frame["seq"] for frame in one] == list(range(1, 21))
    for socket in sockets:
        await socket.disconnect()


@pytest.mark.asyncio
async def test_who_signs_out_is_cut_off_within_two_seconds_and_nobody_else() -> None:
    stream = f"members.{uuid.uuid4()}"
    browsers = await sync_to_async(lambda: [signed_in(name) for name in ("a", "b")])()
    leaving, staying = [await follow(stream, 0, browser.session.session_key) for browser in browsers]
    await push(stream, "chat", number=1)
    for socket in (leaving, staying):
        assert (await frames(socket, 1))[0]["seq"] == 1
    await sync_to_async(browsers[0].logout)()
    said = json.loads(await leaving.receive_from(timeout=2))
    assert said["problem"]["code"] == "not-found"
    assert (await leaving.receive_output())["code"] == 4404
    await push(stream, "chat", number=2)
    assert (await frames(staying, 1))[0]["seq"] == 2
    await staying.disconnect()


def signed_in(name: str) -> Client:
    browser = Client()
    user = User.objects.create_user(email=f"{name}@example.com", password=None)
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


@pytest.mark.asyncio
@pytest.mark.parametrize("stream", ["closed.1", "unknown.1"])
async def test_a_stream_that_one_may_not_follow_looks_absent_and_is_closed(stream: str) -> None:
    socket = await follow(stream, 0)
    body = json.loads(await socket.receive_from())
    assert body["type"] == "error"
    assert body["problem"]["code"] == "not-found"
    assert (await socket.receive_output())["code"] == 4404


@pytest.mark.asyncio
@pytest.mark.parametrize("after", ["-1", "x", "1e3", "9" * 19])
async def test_a_malformed_position_is_refused(after: str) -> None:
    socket = await follow(f"room.{uuid.uuid4()}", after)
    assert json.loads(await socket.receive_from())["type"] == "error"
    assert (await socket.receive_output())["code"] == 4404


def test_an_event_of_an_act_that_was_rolled_back_does_not_exist() -> None:
    from django.db import transaction

    stream = f"room.{uuid.uuid4()}"
    services.push(stream, "kept")
    with transaction.atomic():
        services.push(stream, "undone")
        transaction.set_rollback(True)
    services.push(stream, "kept")
    assert [(event.seq, event.type) for event in Event.objects.filter(stream=stream)] == [
        (1, "kept"),
        (2, "kept"),
    ]
