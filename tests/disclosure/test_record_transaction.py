"""The public record of an order."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from django.db import transaction

from core.audit.models import Entry
from core.money import Yuan
from disclosure import services
from disclosure.models import Record, Release, Transaction, TransactionItem
from disclosure.ocds.text import loads
from realtime.models import Event
from tests.disclosure.conftest import order_arguments, org

pytestmark = pytest.mark.django_db


def traces() -> tuple[int, ...]:
    """Count what a record leaves behind."""
    rows = [model.objects.all() for model in (Transaction, TransactionItem, Release, Record)]
    rows += [
        Entry.objects.filter(subject__startswith="transaction."),
        Event.objects.filter(stream__startswith="market."),
    ]
    return tuple(found.count() for found in rows)


@pytest.mark.requirement("S002-46", "S004-04")
def test_a_record_names_all_eight_fields_to_everyone(cast, order, client):
    said = order()
    row = client.get("/api/v1/transactions").json()["items"][0]
    item = row["items"][0]
    assert row["purchaser"]["name"] == cast.purchaser.org_name
    assert row["supplier"]["name"] == cast.supplier_a.org_name
    assert row["amount"] == "9600.21"
    assert (item["name"], item["spec"], item["model"]) == ("便携式计算机", "14英寸 16GB 512GB", "X1")
    assert (item["quantity"], item["unit_price"]) == ("2", "4800.105")
    page = client.get(said.url).content.decode()
    for text in (
        cast.purchaser.org_name,
        cast.supplier_a.org_name,
        "便携式计算机",
        "14英寸 16GB 512GB",
        "9,600.21",
        "4,800.105",
    ):
        assert text in page


@pytest.mark.requirement("S002-46")
@pytest.mark.parametrize(
    ("where", "name", "field"),
    [
        ("purchaser", "name", "purchaser.name"),
        ("supplier", "name", "supplier.name"),
        ("items", "name", "items.0.name"),
        ("items", "spec", "items.0.spec"),
        ("items", "quantity", "items.0.quantity"),
        ("items", "unit_price", "items.0.unit_price"),
        ("items", "unit", "items.0.unit"),
        ("", "items", "items"),
        ("", "amount", "amount"),
        ("", "region", "region"),
        ("", "order_no", "order_no"),
    ],
)
def test_a_record_that_lacks_a_field_is_refused_and_leaves_nothing(cast, where, name, field):
    good = order_arguments(cast)
    bad = order_arguments(cast, order_no=good["order_no"])
    if where == "items":
        bad["items"][0][name] = "" if name not in {"quantity"} else 0
    elif where:
        bad[where][name] = ""
    else:
        bad[name] = {"items": [], "amount": Yuan("9600.22"), "region": "000000", "order_no": " "}[name]
    with pytest.raises(services.RecordIncomplete) as refusal:
        services.record_transaction(**bad)
    assert field in refusal.value.errors
    assert traces() == (0, 0, 0, 0, 0, 0)
    services.record_transaction(**good)
    assert traces() == (1, 1, 1, 1, 1, 1)


def test_the_amount_is_the_sum_of_its_lines_each_rounded_to_the_fen(cast, order):
    line = order_arguments(cast)["items"][0]
    items = [
        {**line, "quantity": Decimal("3"), "unit_price": "0.335"},
        {**line, "quantity": "1", "unit_price": "0.005"},
    ]
    with pytest.raises(services.RecordIncomplete):
        order(items=items, amount=Yuan("1.01"))
    assert order(items=items, amount=Yuan("1.02")).amount == Yuan("1.02")


def test_an_order_has_one_record(cast, order):
    order(order_no="DD-1")
    before = traces()
    with pytest.raises(services.AlreadyRecorded), transaction.atomic():
        order(order_no="DD-1", ocid=services.new_ocid())
    assert traces() == before


@pytest.mark.requirement("S002-47", "S004-03")
def test_orders_of_every_kind_of_market_are_public_and_can_be_told_apart(order, client):
    for market in ("e_mall", "e_store", "online_supermarket", "agreement_supply", "designated_supply"):
        order(market=market, order_no=f"DD-{market}")
    assert len(client.get("/api/v1/transactions").json()["items"]) == 5
    for market in ("e_mall", "e_store", "online_supermarket", "agreement_supply", "designated_supply"):
        rows = client.get("/api/v1/transactions", {"market": market}).json()["items"]
        assert [row["order_no"] for row in rows] == [f"DD-{market}"]
        page = client.get("/transactions/", {"market": market}).content.decode()
        assert page.count("DD-") == 0 or f"DD-{market}" in page
        assert page.count("便携式计算机") >= 1


@pytest.mark.requirement("S002-43")
def test_a_record_is_one_release_that_points_at_its_framework_agreement(cast, order):
    said = order(framework_ocid="ocds-213czf-f1")
    body = loads(Release.objects.get().body)
    assert body["tag"] == ["award", "contract"]
    assert body["relatedProcesses"][0]["identifier"] == "ocds-213czf-f1"
    assert body["awards"][0]["value"] == {"amount": Decimal("9600.21"), "currency": "CNY"}
    assert '"amount":9600.21' in Release.objects.get().body
    assert {a["id"]: a["value"] for a in body["awards"][0]["items"][0]["attributes"]}["brand"] == "示例牌"
    assert body["ocid"] == said.ocid
    assert body["buyer"]["name"] == org(cast.purchaser)["name"]


def test_eighteen_digits_stay_exact_in_the_data(cast, order):
    line = order_arguments(cast)["items"][0]
    amount = "999999999999.99"
    order(items=[{**line, "quantity": 1, "unit_price": amount}], amount=Yuan(amount))
    assert f'"amount":{amount}' in Record.objects.get().compiled
    assert json.loads(Release.objects.get().body)["awards"][0]["value"]["currency"] == "CNY"


def test_whoever_follows_the_market_sees_the_record_when_it_is_committed(order, commits):
    with commits() as pushed:
        said = order()
    event = Event.objects.get(stream="market.transactions")
    assert (event.type, event.data["id"]) == ("transaction.recorded", str(said.id))
    assert pushed


def test_recording_an_order_takes_few_statements(order, django_assert_max_num_queries):
    order()
    with django_assert_max_num_queries(16):
        order()
