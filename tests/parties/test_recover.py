"""Somebody who lost the last passkey gets back in: after an approval or a wait, and not unnoticed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.test import Client

from config.softkey import SoftKey
from core.audit.models import Entry
from parties.access import actor_for
from parties.models import InboxItem, KeyRecovery, User
from parties.services import passkeys, people, recovery
from parties.states import Role
from tests.factories import parties as make

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.fixture
def loser(cast: Any, at: Any, settings: Any) -> User:
    """A handler at a supplier's desk with one passkey, who has just lost it."""
    at(START)
    cache.clear()
    settings.RP_ID = "localhost"
    person = make.user("丢钥匙")
    people.join(actor="test", user_id=person.pk, org_id=cast.supplier_a.org_id, role=Role.HANDLER)
    key = SoftKey("localhost", "http://localhost:8000")
    passkeys.add(person.pk, "key", key.create(passkeys.creation_options(person.pk)))
    return person


def link(person: User) -> str:
    texts = [message.body for message in mail.outbox if message.to == [person.email]]
    found = re.search(r"/recover/\S+", texts[-1])
    assert found
    return found.group(0)


def ask(commits: Any, person: User) -> KeyRecovery:
    with commits():
        recovery.request(email=person.email.upper())
    return KeyRecovery.objects.get()


@pytest.mark.parametrize(
    "case", ["approved", "waited", "too early", "stopped by link", "stopped by self", "expired"]
)
def test_the_link_works_after_approval_or_wait_only(
    loser: User, cast: Any, at: Any, commits: Any, client: Client, case: str
) -> None:
    row = ask(commits, loser)
    if case == "approved":
        with commits():
            recovery.approve(actor=cast.supplier_a, recovery_id=row.pk)
    if case in {"waited", "stopped by link", "stopped by self"}:
        at(START + timedelta(days=3, minutes=1))
    if case == "expired":
        at(START + timedelta(days=15))
    path = link(loser)
    if case == "stopped by link":
        client.post(path, {"verb": "stop"})
    if case == "stopped by self":
        own = Client()
        own.force_login(loser, backend="django.contrib.auth.backends.ModelBackend")
        own.post("/recover/stop")
    answer = client.post(path, {"verb": "use"})
    back = case in {"approved", "waited"}
    assert (client.session.get("_auth_user_id") == str(loser.pk)) == back
    assert Authenticator.objects.filter(user=loser).exists() != back
    assert Entry.objects.filter(verb="parties.recover").exists() == back
    if back:
        assert answer["Location"] == "/accounts/2fa/webauthn/add/"
        assert client.get(answer["Location"]).status_code == 200
        assert client.post(path, {"verb": "use"}).status_code == 404


def test_the_person_and_the_administrators_are_told_at_once(loser: User, cast: Any, commits: Any) -> None:
    row = ask(commits, loser)
    keys = set(InboxItem.objects.filter(key__startswith=f"recovery.{row.pk}.").values_list("key", flat=True))
    assert keys == {f"recovery.{row.pk}.self", f"recovery.{row.pk}.{cast.supplier_a.user_id}"}
    with commits():
        recovery.request(email=loser.email)
    assert KeyRecovery.objects.count() == 1


def test_only_an_administrator_of_the_desk_approves_and_nobody_for_themselves(
    loser: User, cast: Any, commits: Any
) -> None:
    from core.errors import NotFound

    row = ask(commits, loser)
    for actor in (cast.supplier_b, actor_for(loser), cast.purchaser):
        with pytest.raises(NotFound):
            recovery.approve(actor=actor, recovery_id=row.pk)
    row.refresh_from_db()
    assert row.approved_at is None


def test_nothing_is_said_about_addresses_that_have_no_account(client: Client, loser: User) -> None:
    known = client.post("/recover", {"email": loser.email}).content.decode().replace(loser.email, "")
    unknown = (
        client.post("/recover", {"email": "x@example.org"}).content.decode().replace("x@example.org", "")
    )
    strip = re.compile(
        r"\d\d:\d\d:\d\d|csrfmiddlewaretoken\" value=\"\w+|data-server-now=\"[^\"]*|datetime=\"[^\"]*"
    )
    assert strip.sub("", known) == strip.sub("", unknown)
    assert KeyRecovery.objects.count() == 1
