"""People make accounts, sign in with a password, a passkey or a code, and are locked out after too many tries."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.core.cache import cache
from django.test import Client

from config.softkey import SoftKey
from core.audit.models import Entry
from parties.models import User
from tests.factories import parties as make

pytestmark = pytest.mark.django_db
AJAX = {"x-requested-with": "XMLHttpRequest", "accept": "application/json"}
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    cache.clear()
    settings.RP_ID = "localhost"
    settings.PASSKEY_ORIGINS = ["http://localhost:8000"]


def softkey() -> SoftKey:
    return SoftKey("localhost", "http://localhost:8000")


def options_in(response: Any) -> Any:
    found = re.search(
        r'<script id="passkey-options" type="application/json">(.*?)</script>', response.content.decode()
    )
    assert found
    return json.loads(found.group(1))["creation_options"]


def code_mailed() -> str:
    found = re.search(r"^[A-Z0-9-]{6,12}$", mail.outbox[-1].body, re.M)
    assert found, mail.outbox[-1].body
    return found.group(0)


def who(client: Client) -> str:
    return str(client.session.get("_auth_user_id", ""))


def test_a_person_makes_an_account_with_name_password_and_code(client: Client) -> None:
    client.post(
        "/accounts/signup/",
        {"name": "张三", "email": "Zhang@Example.org", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert who(client) == ""
    answer = client.post("/accounts/confirm-email/", {"code": code_mailed()})
    person = User.objects.get(email="zhang@example.org")
    assert (answer.status_code, answer["Location"]) == (302, "/desk")
    assert (person.name, person.language, who(client)) == ("张三", "zh-hans", str(person.pk))
    assert EmailAddress.objects.get(user=person).verified


def test_a_wrong_code_makes_no_sign_in(client: Client) -> None:
    client.post(
        "/accounts/signup/",
        {"name": "张三", "email": "zhang@example.org", "password1": PASSWORD, "password2": PASSWORD},
    )
    client.post("/accounts/confirm-email/", {"code": "WRONG1"})
    assert who(client) == ""
    assert not EmailAddress.objects.get(email="zhang@example.org").verified


def test_a_person_makes_an_account_with_a_passkey_and_signs_in_with_it(client: Client) -> None:
    client.post("/accounts/signup/passkey/", {"name": "李四", "email": "li@example.org"})
    answer = client.post("/accounts/confirm-email/", {"code": code_mailed()}, follow=True)
    key = softkey()
    credential = json.dumps(key.create(options_in(answer)))
    answer = client.post("/accounts/2fa/webauthn/signup/", {"name": "手机", "credential": credential})
    person = User.objects.get(email="li@example.org")
    assert who(client) == str(person.pk)
    assert not person.has_usable_password()

    fresh = Client()
    options = fresh.get("/accounts/2fa/webauthn/login/", headers=AJAX).json()["request_options"]
    answer = fresh.post("/accounts/2fa/webauthn/login/", {"credential": json.dumps(key.get(options))})
    assert (answer.status_code, who(fresh)) == (302, str(person.pk))
    entry = Entry.objects.filter(verb="parties.sign_in", subject=f"person.{person.pk}").last()
    assert entry is not None
    assert entry.facts["methods"] == ["webauthn"]


def test_an_assertion_of_a_stranger_or_of_another_challenge_does_not_sign_in(client: Client) -> None:
    from parties.services import passkeys

    person, key = make.user("王五"), softkey()
    passkeys.add(person.pk, "key", key.create(passkeys.creation_options(person.pk)))
    stranger = SoftKey("localhost", key.origin, credential_id=key.credential_id, user_handle=key.user_handle)
    for who_signs, stale in ((stranger, False), (key, True)):
        options = client.get("/accounts/2fa/webauthn/login/", headers=AJAX).json()["request_options"]
        if stale:
            client.get("/accounts/2fa/webauthn/login/", headers=AJAX)
        client.post("/accounts/2fa/webauthn/login/", {"credential": json.dumps(who_signs.get(options))})
        assert who(client) == ""


def sign_in(client: Client, person: User, password: str = PASSWORD) -> Any:
    return client.post("/accounts/login/", {"login": person.email, "password": password})


def test_a_passkey_is_added_after_proving_once_more_who_one_is_and_brings_recovery_codes(
    client: Client,
) -> None:
    person = make.user("赵六")
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    refused = client.get("/accounts/2fa/webauthn/add/")
    assert refused["Location"].startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    key = softkey()
    credential = json.dumps(key.create(options_in(client.get("/accounts/2fa/webauthn/add/"))))
    client.post(
        "/accounts/2fa/webauthn/add/", {"name": "电脑", "passwordless": "on", "credential": credential}
    )
    kinds = set(Authenticator.objects.filter(user=person).values_list("type", flat=True))
    assert kinds == {"webauthn", "recovery_codes"}
    assert "电脑" in client.get("/accounts/2fa/").content.decode()


def test_a_password_alone_is_not_enough_once_there_is_a_second_factor(client: Client) -> None:
    person = make.user("钱七")
    secret = TOTP.activate(person, "JBSWY3DPEHPK3PXP").instance.data["secret"]
    assert "JBSWY3DPEHPK3PXP" not in secret  # kept encrypted
    codes = RecoveryCodes.activate(person)
    answer = sign_in(client, person)
    assert (answer["Location"], who(client)) == ("/accounts/2fa/authenticate/", "")

    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert who(client) == ""
    just_over = next(yield_hotp_counters_from_time())  # it changed while it was typed
    for counter, signed_in in ((just_over - 2, ""), (just_over, str(person.pk))):
        code = format_hotp_value(hotp_value("JBSWY3DPEHPK3PXP", counter))
        client.post("/accounts/2fa/authenticate/", {"code": code})
        assert who(client) == signed_in

    again = Client()
    sign_in(again, person)
    unused = codes.get_unused_codes()[0]
    again.post("/accounts/2fa/authenticate/", {"code": unused})
    assert who(again) == str(person.pk)
    third = Client()
    sign_in(third, person)
    third.post("/accounts/2fa/authenticate/", {"code": unused})
    assert who(third) == ""


@pytest.mark.parametrize("tries", [3, 5])
def test_too_many_wrong_passwords_lock_even_the_right_one_out_for_a_while(client: Client, tries: int) -> None:
    person = make.user("孙八")
    for _ in range(tries):
        sign_in(client, person, "wrong password here")
    sign_in(client, person)
    assert (who(client) != "") == (tries == 3)


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/signup/passkey/",
        "/accounts/password/reset/",
        "/recover",
        "/accounts/2fa/",
        "/accounts/2fa/webauthn/",
        "/accounts/2fa/webauthn/add/",
        "/accounts/2fa/totp/activate/",
        "/accounts/sessions/",
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/logout/",
    ],
)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_account_pages_have_the_site_s_look_and_no_inline_script(
    client: Client, path: str, language: str
) -> None:
    if path.startswith("/accounts/2fa") or path.endswith(("sessions/", "email/", "change/", "logout/")):
        client.force_login(make.user("周九"), backend="django.contrib.auth.backends.ModelBackend")
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    answer = client.get(path, headers={"accept-language": language})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert '<main id="content"' in page
    for script in re.findall(r"<script[^>]*>", page):
        assert " src=" in script or 'type="application/json"' in script, script
    assert not re.search(r"\son[a-z]+=|\sstyle=", page)
    assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_one_s_sessions_are_listed_and_can_be_ended_elsewhere(client: Client) -> None:
    person = make.user("吴十")
    sign_in(client, person)
    other = Client()
    sign_in(other, person)
    assert client.get("/accounts/sessions/").content.decode().count("<tr>") == 3
    client.post("/accounts/sessions/")
    assert other.get("/desk").status_code == 401
    assert client.get("/desk").status_code == 200
