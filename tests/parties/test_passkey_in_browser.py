"""A real browser makes an account with a passkey, signs in with it, and signs an act, under the site's strict policy."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect

from parties.models import User
from parties.services import signing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AUTHENTICATOR = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    """The address of the server, under the name that passkeys belong to."""
    cache.clear()
    address = f"http://localhost:{urlsplit(live_server.url).port}"
    settings.RP_ID = "localhost"
    settings.PASSKEY_ORIGINS = [address]
    return address


@pytest.fixture
def tab(site: str, chromium: Browser) -> Iterator[Page]:
    """A page with an authenticator of its own, in English; any breach of the policy or script error fails the test."""
    context = chromium.new_context(locale="en-GB", viewport={"width": 1200, "height": 900})
    opened = context.new_page()
    faults: list[str] = []
    opened.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    tool = context.new_cdp_session(opened)
    tool.send("WebAuthn.enable", {"enableUI": False})
    tool.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    yield opened
    context.close()
    assert faults == []


def code_mailed() -> str:
    found = re.search(r"^[A-Z0-9-]{6,12}$", mail.outbox[-1].body, re.M)
    assert found
    return found.group(0)


def test_account_sign_in_and_signature_with_a_passkey(tab: Page, site: str) -> None:
    tab.goto(f"{site}/accounts/signup/passkey/")
    tab.get_by_label("Your name").fill("张三")
    tab.get_by_label("Email").fill("zhang@example.org")
    tab.get_by_role("button", name="Go on").click()
    tab.get_by_label("Code").fill(code_mailed())
    tab.get_by_role("button", name="Confirm").click()
    tab.get_by_role("button", name="Make the passkey").click()
    expect(tab).to_have_url(f"{site}/desk")

    tab.goto(f"{site}/accounts/logout/")
    tab.get_by_role("main").get_by_role("button", name="Sign Out").click()
    tab.goto(f"{site}/accounts/login/")
    tab.get_by_role("button", name="Sign in with a passkey").click()
    expect(tab).to_have_url(f"{site}/desk")

    person = User.objects.get(email="zhang@example.org")
    content = hashlib.sha256(b"report").digest()
    expect(tab.locator("html.js")).to_have_count(1)
    answer = tab.evaluate(
        "([hash, purpose]) => window.mingcai.sign(hash, purpose)", [content.hex(), "report.1"]
    )
    signature = signing.finish(person.pk, content, json.dumps(answer), purpose="report.1")
    assert signing.verify(signature, content)

    tab.goto(f"{site}/accounts/2fa/webauthn/add/")
    tab.get_by_role("button", name="Use my passkey").click()
    expect(tab).to_have_url(re.compile("/accounts/2fa/webauthn/add/"))
    tab.get_by_role("link", name="Not now").click()
    expect(tab.get_by_role("heading", name="Passkeys and sign-in")).to_be_visible()


def test_a_region_is_picked_step_by_step(tab: Page, site: str, client: Any) -> None:
    from tests.factories import parties as make

    client.force_login(make.user("创办人"), backend="django.contrib.auth.backends.ModelBackend")
    tab.context.add_cookies([{"name": "sessionid", "value": client.session.session_key, "url": site}])
    tab.goto(f"{site}/organisations/new")
    tab.get_by_label("Province", exact=True).select_option("330000")
    tab.get_by_label("City", exact=True).select_option("330100")
    tab.get_by_label("County", exact=True).select_option("330106")
    expect(tab.get_by_label("County", exact=True)).to_have_value("330106")
