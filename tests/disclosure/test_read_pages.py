"""The public pages: in both languages, small, at constant cost, and without JavaScript."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.money import Yuan
from disclosure.states import NoticeType
from tests.disclosure.conftest import START

pytestmark = pytest.mark.django_db
MOST_BYTES = 150_000


def addresses(procedure):
    """Give the address of every page of the portal."""
    return {
        "home": reverse("portal:home"),
        "notices": reverse("portal:notices"),
        "notices by word": reverse("portal:notices") + "?q=计算机&region=330000&type=award&since=2026-03-01",
        "notice": procedure["award"].url,
        "amendment": procedure["amendment"].url,
        "project": reverse("portal:project", args=[procedure["ocid"]]),
        "order's process": reverse("portal:project", args=[procedure["order"].ocid]),
        "transactions": reverse("portal:transactions"),
        "transactions by word": reverse("portal:transactions") + "?q=计算机&min_amount=5000&since=2026-03-01",
        "transaction": procedure["order"].url,
        "open data": reverse("portal:open_data"),
        "policy": reverse("portal:policy"),
        "log": reverse("portal:log"),
    }


def test_every_page_is_small_and_reads_without_scripts_in_both_languages(procedure, client):
    for language, marker in (("zh-hans", 'lang="zh-Hans"'), ("en", 'lang="en"')):
        for name, url in addresses(procedure).items():
            answer = client.get(url, headers={"Accept-Language": language})
            page = answer.content.decode()
            assert answer.status_code == 200, name
            assert len(answer.content) < MOST_BYTES, (name, len(answer.content))
            assert f"<html {marker}" in page, name
            assert "<h1" in page, name
            assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|style=\"", page), name


def test_every_page_costs_the_same_number_of_queries_at_any_size(procedure, announce, order, client):
    def cost(url):
        cache.clear()
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    urls = addresses(procedure)
    few = {name: cost(url) for name, url in urls.items()}
    for _ in range(15):
        announce(ocid=procedure["ocid"])
        order(framework_ocid=procedure["ocid"])
    assert {name: cost(url) for name, url in urls.items()} == few
    assert max(few.values()) <= 14


def test_the_home_page_counts_today(announce, order, client, at):
    at(START)
    announce(due_at=START + timedelta(hours=3))
    announce(due_at=START + timedelta(days=1, hours=20))
    announce(type="opening_record", due_at=None, facts={"bids": [{"supplier": "甲", "price": "1.00"}]})
    order()
    moved = announce(due_at=START + timedelta(hours=4))
    announce(type="amendment", corrects=moved.id, due_at=START + timedelta(days=9))
    page = client.get("/").content.decode()
    assert re.findall(r"<dd>(\d+)</dd>", page)[:4] == ["1", "1", "0", "1"]
    at(START + timedelta(hours=2))
    assert re.findall(r"<dd>(\d+)</dd>", client.get("/").content.decode())[3] == "0"


def test_the_project_page_shows_prices_after_opening_and_lets_anyone_recompute_the_award(
    cast, procedure, client
):
    page = client.get(reverse("portal:project", args=[procedure["ocid"]])).content.decode()
    for actor in (cast.supplier_a, cast.supplier_b, cast.supplier_c):
        assert actor.org_name in page
    for number in range(3):
        assert f"11{number}0000.00" in page
    line = page[page.index('<ol class="timeline"') :]
    acts = ["intention", "tender_notice", "amendment", "opening_record", "award", "contract", "acceptance"]
    places = [line.index(procedure[act].url) for act in acts]
    assert places == sorted(places)
    url = reverse("portal:recompute", args=[procedure["award"].id])
    assert url in page
    assert json.loads(client.get(url).content)["method"] == "weighted_score"
    assert client.get(reverse("portal:recompute", args=[procedure["contract"].id])).status_code == 404
    assert client.get(reverse("portal:project", args=["ocds-213czf-nothing"])).status_code == 404


def test_before_opening_the_project_page_shows_no_price_and_the_deadline_to_come(announce, client):
    said = announce(ocid="ocds-213czf-t")
    page = client.get(reverse("portal:project", args=["ocds-213czf-t"])).content.decode()
    assert 'aria-label="Opened prices"' not in page
    assert "act--next" in page
    assert said.due_at.astimezone(clock.BEIJING).strftime("%H:%M") in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            {"q": "laptop", "region": "330100", "min_amount": "5000", "since": "2026-03-01"},
            ["laptop", "浙江省杭州市", "5,000.00"],
        ),
        ({"supplier": "甲方", "category": "A0201"}, ["甲方", "A0201"]),
    ],
)
def test_filters_are_said_in_words_and_each_can_be_taken_away(order, client, query, words):
    page = client.get("/transactions/", query, headers={"Accept-Language": "en"}).content.decode()
    chips = re.search(r'<ul class="filter-chips">(.*?)</ul>', page, re.DOTALL).group(1)
    for word in words:
        assert word in chips
    links = re.findall(r'href="(/transactions/\?[^"]+)"', chips)
    assert len(links) == len(query)
    for name in query:
        assert any(f"{name}=" not in link for link in links)


def test_a_filter_that_cannot_be_used_is_named_and_the_list_still_shows(announce, client):
    announce(title="甲校采购")
    answer = client.get("/notices/", {"region": "999999", "q": "甲校"})
    assert answer.status_code == 422
    assert "region" in answer.content.decode()


def test_the_list_goes_on_where_the_page_ended(announce, client):
    for number in range(52):
        announce(title=f"公告{number:02d}")
    page = client.get("/notices/?q=公告").content.decode()
    following = re.search(r'rel="next" href="([^"]+)"', page).group(1).replace("&amp;", "&")
    rest = client.get(following).content.decode()
    assert "公告51" in page
    assert "公告01" not in page
    assert "公告01" in rest
    assert "公告00" in rest


def test_published_text_is_text_and_links_lead_nowhere_dangerous(announce, client):
    said = announce(
        title="<script>alert(1)</script>",
        sections=[
            {
                "rows": [
                    ["Link", {"href": "javascript:alert(1)", "text": "click"}],
                    ["Text", "<b>x</b>\n<i>y</i>"],
                ]
            }
        ],
    )
    page = client.get(said.url).content.decode()
    assert "<script>alert" not in page
    assert "javascript:alert" not in page
    assert "<b>x</b>" not in page


def test_the_download_has_every_matching_record(order, client):
    for number in range(3):
        order(order_no=f"DD-{number}")
    order(order_no="DD-big", amount=Yuan("9600.21"), region="320100")
    text = client.get("/transactions/download.csv?region=330000").getvalue().decode("utf-8-sig")
    assert text.count("DD-") == 3
    assert text.splitlines()[0].startswith("id,ocid,order_no")


def test_a_notice_is_given_as_pdf_and_says_whether_it_came_in_time(announce: Any, client: Any) -> None:
    said = announce(
        type="contract",
        facts={
            "contract_no": "HT-1",
            "supplier": "甲",
            "signed_on": "2026-05-03",
            "items": [{"name": "台式计算机", "spec": "i5", "quantity": "1", "unit_price": "9.00"}],
            "due_at": clock.now() - timedelta(days=1),
            "late": True,
        },
    )
    page = client.get(said.url, headers={"accept-language": "en"}).content.decode()
    assert "after the legal period" in page
    path = f"{said.url}notice.pdf"
    assert path in page
    first, again = client.get(path), client.get(path)
    assert first["Content-Type"] == "application/pdf"
    assert first.content.startswith(b"%PDF-")
    assert len(first.content) > 5000
    assert first.content == again.content, "made once"


@pytest.mark.requirement("S004-01")
def test_every_type_of_notice_says_what_it_must_say(client: Any, db: None) -> None:
    page = client.get("/notices/types/", headers={"accept-language": "en"}).content.decode()
    for kind in NoticeType:
        assert f'id="{kind}"' in page
    for code in ("ZcyAnnouncement3001", "ZcyAnnouncement3009", "ZcyAnnouncement3013", "ZcyAnnouncement8003"):
        assert code in page
    assert "Give each winner with name, address and amount." in page
    assert "L-20" in page or "working days" in page


def test_the_contact_page_names_who_runs_the_platform_and_production_wants_it(
    client: Any, settings: Any
) -> None:
    from core.checks import somebody_answers

    english = {"accept-language": "en"}
    assert "has not given its name" in client.get("/contact/", headers=english).content.decode()
    assert [error.id for error in somebody_answers(None)] == ["core.E004"]
    settings.OPERATOR = {**settings.OPERATOR, "name": "某市公共资源交易中心", "phone": "0571-00000000"}
    page = client.get("/contact/", headers=english).content.decode()
    assert "某市公共资源交易中心" in page
    assert 'href="tel:0571-00000000"' in page
    assert 'href="/contact/"' in client.get("/about/").content.decode(), "the foot of every page leads here"
    assert somebody_answers(None) == []
