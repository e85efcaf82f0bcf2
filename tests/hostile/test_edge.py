"""The edge: forged requests, foreign pages, old sessions, forged hosts and faults get nothing."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings as project
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from config.asgi import application
from config.routing import Streams
from core.errors import NotFound
from parties.access import Actor
from parties.models import User
from realtime import consumers
from tendering import selectors as tendering
from tests.bidding.bidder import TUS
from tests.factories import tendering as make

ORIGIN = (b"origin", b"http://localhost:8000")


@pytest.fixture
def strict(cast: Any) -> Client:
    """A supplier's browser as a foreign page would use it: signed in, without the token."""
    client = Client(enforce_csrf_checks=True)
    user = User.objects.get(pk=cast.supplier_a.user_id)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "/bids/{id}/check"),
        ("post", "/bids/{id}/submit"),
        ("post", "/bids/{id}/withdraw"),
        ("post", "/bids/{id}/sign"),
        ("post", "/sign/begin"),
        ("post", "/uploads/"),
        ("patch", "/uploads/{id}"),
        ("delete", "/uploads/{id}"),
        ("post", "/tenders/{id}/bid/begin"),
        ("post", "/desk/switch"),
        ("post", "/i18n/setlang/"),
    ],
)
def test_a_foreign_page_cannot_act_with_somebodys_session(strict: Client, method: str, path: str) -> None:
    address = path.format(id=uuid.uuid4())
    for content_type in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        answer = getattr(strict, method)(address, "{}", content_type=content_type, **TUS)
        assert answer.status_code == 403, (address, content_type)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "there", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_no_address_sends_people_to_another_site(
    cast: Any, signed_in: Callable[[Any], Client], there: str
) -> None:
    client = signed_in(cast.supplier_a)
    answers = [
        client.post("/desk/switch", {"desk": str(cast.supplier_a.membership_id), "next": there}),
        client.post("/i18n/setlang/", {"language": "en", "next": there}, HTTP_REFERER=there),
        client.get("/accounts/login/", {"next": there}),
        client.post("/accounts/logout/", {"next": there}),
        Client().get("/accounts/login/", {"next": there}),
        Client().get("/admin/", {"next": there}),
    ]
    for answer in answers:
        assert "evil.example" not in answer.get("Location", "").split("next=")[0], answer
        assert not answer.get("Location", "").startswith("javascript"), answer


@pytest.mark.django_db
def test_a_forged_host_is_refused() -> None:
    assert Client().get("/", HTTP_HOST="evil.example").status_code == 400
    assert Client().get("/", HTTP_HOST="localhost", HTTP_X_FORWARDED_HOST="evil.example").status_code == 200


@pytest.mark.django_db
def test_a_fault_shows_a_number_to_quote_and_nothing_of_what_went_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*args: Any) -> Any:
        raise RuntimeError("postgres://mingcai:secret@db/mingcai")

    monkeypatch.setattr(tendering, "tender_facts", broken)
    client = Client(raise_request_exception=False)
    for accept in ("text/html", "application/json"):
        answer = client.get(reverse("bidding:opening", args=[uuid.uuid4()]), HTTP_ACCEPT=accept)
        assert answer.status_code == 500
        text = answer.content.decode()
        assert not any(
            word in text for word in ("secret", "Traceback", "tender_facts", "RuntimeError", "/work")
        )
        assert answer["X-Request-Id"]


@pytest.mark.requirement("S003-51")
@pytest.mark.django_db
def test_pages_cannot_be_framed_and_run_no_foreign_script() -> None:
    answer = Client().get("/")
    policy = answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self';" in policy + ";"
    assert "unsafe-inline" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_cookies_are_out_of_reach_of_scripts_and_of_foreign_posts() -> None:
    assert project.SESSION_COOKIE_HTTPONLY
    assert project.SESSION_COOKIE_SAMESITE in ("Lax", "Strict")


async def socket(path: str, *headers: tuple[bytes, bytes]) -> WebsocketCommunicator:
    return WebsocketCommunicator(application, path, headers=list(headers))


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
@pytest.mark.parametrize("origin", [b"https://evil.example", b"null", b"http://localhost.evil.example", None])
async def test_a_foreign_page_cannot_open_a_socket(origin: bytes | None) -> None:
    headers = [(b"origin", origin)] if origin is not None else []
    connection = await socket(f"/ws/streams/opening.{uuid.uuid4()}", *headers)
    connected, _ = await connection.connect()
    assert not connected


def cookie(client: Client) -> tuple[bytes, bytes]:
    return (
        b"cookie",
        f"{project.SESSION_COOKIE_NAME}={client.cookies[project.SESSION_COOKIE_NAME].value}".encode(),
    )


@pytest.fixture
def private(monkeypatch: pytest.MonkeyPatch) -> str:
    """A stream that only people who are signed in may follow; doors are asked again at once."""

    def door(actor: Actor, key: str) -> None:
        if not actor.is_authenticated:
            raise NotFound()

    monkeypatch.setattr(Streams, "doors", {"room": door})
    monkeypatch.setattr(consumers, "RECHECK_SECONDS", 0.2)
    return f"/ws/streams/room.{uuid.uuid4()}"


async def ending(connection: WebsocketCommunicator) -> int:
    assert json.loads(await connection.receive_from(timeout=5))["type"] == "error"
    closed = await connection.receive_output(timeout=5)
    return int(closed["code"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_a_socket_ends_when_its_person_signs_out(
    private: str, cast: Any, signed_in: Callable[[Any], Client]
) -> None:
    client = await sync_to_async(signed_in)(cast.supplier_a)
    connection = await socket(private, ORIGIN, cookie(client))
    assert (await connection.connect())[0]
    assert await connection.receive_nothing(timeout=0.7)
    await sync_to_async(client.logout)()
    assert await ending(connection) == 4404
    await connection.disconnect()


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_a_session_that_was_ended_opens_no_socket(
    private: str, cast: Any, signed_in: Callable[[Any], Client]
) -> None:
    client = await sync_to_async(signed_in)(cast.supplier_a)
    kept = cookie(client)
    await sync_to_async(Session.objects.all().delete)()
    connection = await socket(private, ORIGIN, kept)
    assert (await connection.connect())[0]
    assert await ending(connection) == 4404
    await asyncio.sleep(0)
    await connection.disconnect()


@pytest.mark.django_db
def test_bids_of_a_published_tender_are_absent_for_those_who_supervise_or_operate(
    cast: Any, signed_in: Callable[[Any], Client]
) -> None:
    from bidding.services import preparing

    tender = make.published(cast.purchaser)
    bid = preparing.begin(actor=cast.supplier_a, tender_id=tender.id, lot="1").bid_id
    for actor in (cast.supervisor, cast.purchaser, cast.agency, cast.supplier_b):
        client = signed_in(actor)
        for path in (f"/bids/{bid}/", f"/bids/{bid}/params.json", f"/tenders/{tender.id}/bid/"):
            allowed = actor is cast.supplier_b and path.endswith("/bid/")
            assert (client.get(path).status_code == 200) == allowed, (actor.org_name, path)


@pytest.mark.django_db
def test_nobody_can_fill_the_records_with_bids_that_are_never_sent(
    cast: Any, signed_in: Callable[[Any], Client]
) -> None:
    from bidding.models import Bid
    from bidding.services import preparing

    tender = make.published(cast.purchaser)
    for _ in range(preparing.UNSENT_AT_MOST):
        preparing.begin(actor=cast.supplier_a, tender_id=tender.id, lot="1")
    refused = signed_in(cast.supplier_a).post(f"/tenders/{tender.id}/bid/begin", {"lot": "1"})
    assert refused.status_code == 429
    assert Bid.objects.count() == preparing.UNSENT_AT_MOST
    assert preparing.begin(actor=cast.supplier_b, tender_id=tender.id, lot="1")
