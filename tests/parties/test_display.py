"""Large type and the short way stay with the person's account, on every device and page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from core.audit.models import Entry
from parties.models import User
from tests.factories import evaluation as evaluate

pytestmark = pytest.mark.django_db
LARGE = 'class="elder"'


def test_what_a_person_chooses_on_one_device_holds_on_another_and_on_every_page(cast: Any) -> None:
    here, elsewhere = evaluate.client_of(cast.purchaser), evaluate.client_of(cast.purchaser)
    pages = ("/", "/desk", "/tenders/", "/organisation", "/notices/")
    assert not any(LARGE in elsewhere.get(path).content.decode() for path in pages)
    for _ in range(2):
        answer = here.post("/display", {"large": "1", "next": "/desk"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/desk")
    assert Entry.objects.filter(verb="parties.show_large").count() == 1, (
        "saying the same again changes nothing"
    )
    got = {path: elsewhere.get(path, follow=True).content.decode() for path in pages}
    assert [path for path, page in got.items() if LARGE not in page] == []
    assert "其他内容" in got["/desk"]
    assert LARGE not in evaluate.client_of(cast.supplier_a).get("/desk").content.decode()
    assert LARGE not in Client().get("/").content.decode()
    elsewhere.post("/display", {"large": "0"}, headers={"x-quiet": "1"})
    assert not User.objects.get(pk=cast.purchaser.user_id).large_type
    assert LARGE not in here.get("/desk").content.decode(), "the account decides, whatever a device remembers"


def test_a_visitor_without_an_account_keeps_it_in_the_browser() -> None:
    visitor = Client()
    assert (
        visitor.post("/display", {"large": "1", "next": "https://elsewhere.example/"}).headers["Location"]
        == "/desk"
    )
    assert LARGE in visitor.get("/").content.decode()
    assert not Entry.objects.filter(verb="parties.show_large").exists()
