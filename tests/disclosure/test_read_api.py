"""The API of notices and transaction records."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.money import Yuan
from tests.disclosure.conftest import START, order_arguments, org

pytestmark = pytest.mark.django_db


def titles(answer):
    return [row["title"] for row in answer.json()["items"]]


def walk(client, path, **query):
    """Read a list to its end and give its items."""
    items, cursor = [], None
    while True:
        body = client.get(path, {**query, **({"cursor": cursor} if cursor else {})}).json()
        items += body["items"]
        cursor = body["next"]
        if cursor is None:
            return items


@pytest.mark.parametrize("limit", [1, 3, 7, 200])
def test_a_list_read_page_by_page_is_complete_and_newest_first(announce, order, client, limit):
    for number in range(7):
        announce(title=f"N{number}")
        order(order_no=f"DD-{number}")
    assert [row["title"] for row in walk(client, "/api/v1/notices", limit=limit)] == [
        f"N{n}" for n in range(6, -1, -1)
    ]
    found = [row["order_no"] for row in walk(client, "/api/v1/transactions", limit=limit)]
    assert found == [f"DD-{n}" for n in range(6, -1, -1)]


@pytest.mark.requirement("S002-37")
def test_notices_are_found_by_each_of_their_properties(cast, announce, client, at):
    at(START)
    announce(title="甲", sections=[{"text": "便携式计算机"}])
    at(START + timedelta(days=2))
    announce(
        title="乙", region="150204", type="single_source", method="single_source", amount=Yuan("5.00"), category="services",
        purchaser=org(cast.supervisor), agency=None, sections=[{"text": "空气消毒机"}],
        facts={"supplier": "甲", "reason": "唯一", "period_ends_at": "2026-05-03"},
    )  # fmt: skip
    cases = {
        "甲": [{"type": "tender_notice"}, {"region": "330000"}, {"region": "33"}, {"region": "330100"}, {"method": "open_tender"},
              {"category": "goods"}, {"purchaser": cast.purchaser.org_name[:4]}, {"agency": cast.agency.org_name},
              {"q": "便携式"}, {"min_amount": "1000"}, {"until": "2026-03-02"}, {"due": "2026-03-23"}],
        "乙": [{"type": "single_source"}, {"region": "150204"}, {"region": "150000"}, {"method": "single_source"},
              {"category": "services"}, {"purchaser": cast.supervisor.org_name}, {"q": "消毒 空气"}, {"max_amount": "5.00"},
              {"since": "2026-03-03"}, {"since": "2026-03-04T01:00:00Z"}],
    }  # fmt: skip
    for title, queries in cases.items():
        for query in queries:
            assert titles(client.get("/api/v1/notices", query)) == [title], query
    assert titles(client.get("/api/v1/notices", {"type": "single_source", "region": "330000"})) == []


@pytest.mark.requirement("S002-35", "S004-13")
def test_one_search_gives_all_notices_of_a_region_and_of_all_below_or_of_all_regions(announce, client):
    for region in ("330000", "330100", "330106", "320100"):
        announce(title=region, region=region)
    assert sorted(titles(client.get("/api/v1/notices", {"region": "330000"}))) == [
        "330000",
        "330100",
        "330106",
    ]
    assert titles(client.get("/api/v1/notices", {"region": "330106"})) == ["330106"]
    assert len(titles(client.get("/api/v1/notices", {"q": "台式计算机"}))) == 4


def test_records_are_found_by_each_of_their_properties(cast, order, client):
    first = order(order_no="DD-1", framework_ocid="ocds-213czf-f1")
    line = {
        **order_arguments(cast)["items"][0],
        "name": "保洁服务",
        "category": "C2104",
        "quantity": 1,
        "unit_price": "50.00",
    }
    order(
        order_no="DD-2", items=[line], amount=Yuan("50.00"), supplier=org(cast.supplier_b), purchaser=org(cast.supervisor),
        mode="call_off", region="320100", ordered_at=datetime(2026, 3, 1, tzinfo=UTC),
    )  # fmt: skip
    code = first.items and cast.supplier_a.credit_code
    for order_no, queries in {
        "DD-1": [{"q": "便携式"}, {"supplier": code}, {"supplier": f"CN-USCC-{code}"}, {"supplier": cast.supplier_a.org_name},
                 {"purchaser": cast.purchaser.credit_code}, {"category": "A0201"}, {"min_amount": "9600.21"},
                 {"mode": "direct_order"},
            {"agreement": "ocds-213czf-f1"}, {"region": "330000"}],
        "DD-2": [{"q": "保洁"}, {"category": "C21"}, {"max_amount": "9600.20"}, {"mode": "call_off"},
                 {"purchaser": cast.supervisor.org_name[:5]}],
    }.items():  # fmt: skip
        for query in queries:
            found = [row["order_no"] for row in client.get("/api/v1/transactions", query).json()["items"]]
            assert found == [order_no], query


@pytest.mark.parametrize("path", ["/api/v1/notices", "/api/v1/transactions"])
@pytest.mark.parametrize(
    ("name", "value"),
    [("region", "999999"), ("since", "gestern"), ("since", "2026-03-01T00:00:00"), ("cursor", "!"), ("cursor", "z" * 13),
     ("limit", "0"), ("limit", "201"), ("limit", "x"), ("min_amount", "1e5"), ("max_amount", "NaN"), ("q", "x" * 300)],
)  # fmt: skip
def test_a_bad_parameter_is_named_in_a_problem(client, path, name, value):
    answer = client.get(path, {name: value})
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    body = answer.json()
    assert body["code"] == "bad-parameter"
    assert list(body["errors"]) == [name]


def test_an_unknown_notice_is_a_problem_of_its_own(client):
    answer = client.get("/api/v1/notices/00000000-0000-4000-8000-000000000000")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert answer["Content-Type"] == "application/problem+json"


def test_a_reader_who_has_the_answer_gets_304_until_something_is_published(announce, client):
    announce()
    etag = client.get("/api/v1/notices")["ETag"]
    assert client.get("/api/v1/notices", headers={"If-None-Match": etag}).status_code == 304
    announce()
    assert client.get("/api/v1/notices", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/notices", "/api/v1/transactions"])
def test_lists_cost_the_same_number_of_queries_at_any_size(
    announce, order, client, path, django_assert_num_queries
):
    def cost():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as seen:
            assert client.get(path, {"q": "示例", "limit": "200"}).status_code == 200
        return len(seen)

    announce()
    order()
    few = cost()
    for _ in range(20):
        announce()
        order()
    assert cost() == few <= 2


@pytest.mark.requirement("S004-09")
def test_the_api_describes_itself(client):
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    for path in ("/api/v1/notices", "/api/v1/notices/{notice_id}", "/api/v1/transactions"):
        assert "get" in paths[path]
    names = {p["name"] for p in paths["/api/v1/transactions"]["get"]["parameters"]}
    wanted = {
        "q",
        "purchaser",
        "supplier",
        "category",
        "min_amount",
        "max_amount",
        "since",
        "cursor",
        "limit",
    }
    assert wanted <= names


def test_the_page_for_developers_loads_nothing_from_elsewhere(client: Any, db: Any) -> None:
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    loaded = re.findall(r"<(?:script|link|img)[^>]*\s(?:src|href)=\"([^\"]*)\"", page.content.decode())
    assert len(loaded) >= 3
    assert all(address.startswith("/static/") for address in loaded), loaded
    assert not re.search(
        r"<script>|<style|\son\w+=", page.content.decode()
    )  # what the policy of the site would stop
