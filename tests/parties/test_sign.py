"""A person signs an act with a passkey, once, for one content and purpose."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.softkey import SoftKey
from core.audit.models import Entry
from parties import assertion
from parties.services import passkeys, signing
from tests.factories import parties as make

pytestmark = pytest.mark.django_db
CONTENT = hashlib.sha256(b"report").digest()
PURPOSE = "report.6d2f"
NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.fixture
def signer(settings: Any) -> tuple[Any, SoftKey]:
    settings.RP_ID = "localhost"
    settings.PASSKEY_ORIGINS = ["http://localhost:8000"]
    person = make.user("张三")
    key = SoftKey("localhost", "http://localhost:8000")
    passkeys.add(person.pk, "key", key.create(passkeys.creation_options(person.pk)))
    return person, key


def test_a_person_signs_with_one_touch_and_anyone_can_check_it(signer: Any) -> None:
    person, key = signer
    answer = key.get(signing.begin(person.pk, CONTENT, PURPOSE))
    signature = signing.finish(person.pk, CONTENT, json.dumps(answer), purpose=PURPOSE)
    assert signature["user"] == str(person.pk)
    stored = json.loads(json.dumps(signature))
    assert signing.verify(stored, CONTENT)
    assert assertion.verify(stored, CONTENT)
    assert not signing.verify(stored, hashlib.sha256(b"other").digest())
    for member in signature:
        assert not signing.verify({**stored, member: stored[member][:-2] + "AA"}, CONTENT) or member in {
            "at",
            "credential_id",
        }


@pytest.mark.parametrize(
    "case",
    [
        "good",
        "twice",
        "late",
        "other content",
        "other purpose",
        "other person",
        "other site",
        "other key",
        "not verified",
        "counter back",
        "garbage",
    ],
)
def test_a_signature_is_taken_once_for_what_it_was_asked_for(signer: Any, at: Any, case: str) -> None:
    person, key = signer
    at(NOON)
    who, content, purpose = person.pk, CONTENT, PURPOSE
    key.counter = 5
    signing.finish(who, content, key.get(signing.begin(who, content, purpose)), purpose=purpose)
    before = Entry.objects.count()
    if case == "other site":
        key.origin = "https://localhost.example"
    if case == "not verified":
        key.verifies = False
    if case == "counter back":
        key.counter = 3
    options = signing.begin(who, content, purpose)
    answer: Any = key.get(options)
    if case == "other key":
        stranger = SoftKey("localhost", "http://localhost:8000", credential_id=key.credential_id, counter=9)
        answer = stranger.get(options)
    if case == "garbage":
        answer = "{}"
    if case == "late":
        at(NOON + timedelta(minutes=10, seconds=1))
    if case == "other content":
        content = hashlib.sha256(b"other").digest()
    if case == "other purpose":
        purpose = "contract.6d2f"
    if case == "other person":
        other = make.user("李四")
        passkeys.add(
            other.pk, "key", SoftKey("localhost", key.origin).create(passkeys.creation_options(other.pk))
        )
        who, before = other.pk, before + 2
    if case in {"good", "twice"}:
        signing.finish(who, content, answer, purpose=purpose)
        before += 1
    if case != "good":
        with pytest.raises(signing.NotSigned):
            signing.finish(who, content, answer, purpose=purpose)
    assert Entry.objects.count() == before


def test_without_a_passkey_nothing_can_be_signed() -> None:
    person = make.user("王五")
    with pytest.raises(signing.NoPasskey):
        signing.begin(person.pk, CONTENT, PURPOSE)


def test_a_soft_key_survives_being_written_down(signer: Any) -> None:
    person, key = signer
    again = SoftKey.load(key.dump())
    answer = again.get(signing.begin(person.pk, CONTENT, PURPOSE))
    assert signing.finish(person.pk, CONTENT, answer, purpose=PURPOSE)
