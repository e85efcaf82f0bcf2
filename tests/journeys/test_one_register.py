"""What is registered once is used in every region: supplier, expert, agency, product; and a ban holds to its last day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from bidding.models import Bid
from core.audit.models import Entry
from core.workdays import BEIJING
from disclosure.models import Transaction
from evaluation.models import Panel
from mall.services import fulfilling
from parties.access import actor_for
from parties.models import Capacity, Expert, Organisation, User
from parties.services import experts, organisations, standing
from tendering import services as tendering
from tendering.services import publishing
from tests.factories import evaluation as evaluate
from tests.factories import mall as shop
from tests.factories import parties
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
FAR = "370100"
"""Jinan: another province than that of the cast."""


@pytest.fixture(autouse=True)
def started(settings: Any, at: Any) -> None:
    evaluate.begin_spring(settings, at)


def registered(kind: str, supervisor: Any, region: str) -> Any:
    """An organisation that registered in a region and was verified there by its supervisor."""
    founder = actor_for(parties.user("创办人"))
    id = organisations.register(
        actor=founder,
        credit_code=parties.credit_code(region),
        region=region,
        kinds=[kind],
        particulars={"name": f"示例{kind}", "address": "示例路1号", "contact_name": "张三"},
    )
    capacity = Capacity.objects.get(organisation_id=id)
    organisations.decide(actor=supervisor, capacity_id=capacity.pk, verb="verify")
    return actor_for(User.objects.get(pk=founder.user_id))


@pytest.mark.requirement("S003-40", "S003-41")
def test_a_supplier_verified_in_one_city_begins_a_bid_in_another_province(cast: Any) -> None:
    supplier = registered("supplier", cast.supervisor, "330106")
    tender = make.published(parties.desk("purchaser", "济南示例学校", FAR))
    assert tender.region == FAR
    before = Organisation.objects.count(), Capacity.objects.count()
    answer = evaluate.client_of(supplier).post(reverse("bidding:begin", args=[tender.id]), {"lot": "1"})
    assert answer.status_code in {302, 303}
    assert Bid.objects.get().supplier_id == supplier.org_id
    assert (Organisation.objects.count(), Capacity.objects.count()) == before


@pytest.mark.requirement("S003-40")
def test_an_agency_verified_in_one_city_publishes_for_a_purchaser_of_another_province(cast: Any) -> None:
    agency = registered("agency", cast.supervisor, "330106")
    purchaser = parties.desk("purchaser", "济南示例学校", FAR)
    tender = make.complete_draft(purchaser)
    drafted = make.entrusted(purchaser, tender, agency)
    publishing.approve(actor=purchaser, tender_id=tender.id, version=drafted.version)
    done = tendering.publish(actor=agency, tender_id=tender.id)
    assert (done.status, done.region, done.agency_id) == ("open", FAR, agency.org_id)


@pytest.mark.requirement("S003-40")
def test_experts_of_one_register_are_drawn_for_purchasers_of_two_provinces(cast: Any, at: Any) -> None:
    drawn = []
    for region in ("330100", FAR):
        cast.purchaser = parties.desk("purchaser", f"示例学校{region}", region)
        made = evaluate.drawn(cast, at)
        assert made.tender.region == region
        drawn.append({one.expert_id for one in made.members if one.kind == "expert"})
    assert Panel.objects.count() == 2
    assert all(len(ids) == 4 for ids in drawn)
    assert drawn[0] & drawn[1], "seven experts, four in each panel: one sits in both"
    assert set(Expert.objects.values_list("region", flat=True)) == {"330000"}


@pytest.mark.requirement("S003-40", "S004-29")
def test_a_product_listed_once_by_a_supplier_admitted_once_is_ordered_from_every_region(cast: Any) -> None:
    goods = shop.product()
    agreement = shop.agreement(cast.agency, cast.supplier_a)
    offer = shop.offer(cast.supplier_a, agreement, goods)
    for region in ("330100", "330200", FAR):
        buyer = parties.desk("purchaser", f"示例学校{region}", region)
        page = evaluate.client_of(buyer).get(reverse("mall:product", args=[goods.id])).content.decode()
        assert cast.supplier_a.org_name in page
        order = shop.order(buyer, shop.budget_line(buyer), offer)
        fulfilling.confirm(actor=cast.supplier_a, order_id=order.id)
    records = Transaction.objects.order_by("position")
    assert [row.region for row in records] == ["330100", "330200", FAR]
    assert {row.supplier_code for row in records} == {cast.supplier_a.credit_code}
    assert {row.items[0]["model"] for row in records} == {goods.model}


@pytest.mark.requirement("S004-28")
def test_supervisors_of_province_city_and_county_work_on_the_same_rows_of_every_register(cast: Any) -> None:
    levels = [
        parties.desk("supervisor", name, region)
        for name, region in (
            ("浙江省财政厅（示例）", "330000"),
            ("杭州市财政局（示例）二", "330100"),
            ("上城区财政局（示例）", "330102"),
        )
    ]
    elsewhere = parties.desk("supervisor", "济南市财政局（示例）", FAR)
    names = {}
    for kind in ("supplier", "agency"):
        names[kind] = f"上城示例{kind}"
        organisations.register(
            actor=actor_for(parties.user("创办人")),
            credit_code=parties.credit_code("330102"),
            region="330102",
            kinds=[kind],
            particulars={"name": names[kind], "address": "示例路1号", "contact_name": "张三"},
        )
    person = actor_for(parties.user("上城申请人"))
    expert = experts.apply(actor=person, region="330102", title="工程师", specialties=["A02"])

    def rows(actor: Any) -> tuple[list[Any], list[Any]]:
        client = evaluate.client_of(actor)
        asked = client.get("/capacities").context["rows"]
        known = client.get("/experts").context["rows"]
        return [row.organisation.name for row in asked], [row.id for row in known]

    for actor in levels:
        assert set(names.values()) <= set(rows(actor)[0])
        assert expert in rows(actor)[1]
    assert rows(levels[0])[0] == rows(levels[1])[0] == rows(levels[2])[0]
    assert rows(elsewhere) == ([], [])

    # the province admits, the county suspends, the city restores: one row, the same for all
    province, city, county = levels
    for actor, verb in ((province, "admit"), (county, "suspend"), (city, "restore")):
        experts.decide(actor=actor, expert_id=expert, verb=verb)
    assert Expert.objects.filter(pk=expert, suspended_at=None, admitted_at__isnull=False).count() == 1
    capacity = Capacity.objects.get(organisation__name=names["agency"])
    organisations.decide(actor=levels[0], capacity_id=capacity.pk, verb="verify")
    assert all(names["agency"] not in rows(actor)[0] for actor in levels)


@pytest.mark.requirement("S001-76")
@pytest.mark.parametrize(
    ("late", "begins"),
    [(timedelta(seconds=-30), False), (timedelta(0), True)],
    ids=["on the last day", "three years later"],
)
def test_a_ban_of_three_years_ends_with_its_last_day(
    cast: Any, at: Any, late: timedelta, begins: bool
) -> None:
    day = datetime(2023, 3, 10, tzinfo=BEIJING)
    ends = day.replace(year=day.year + 3)
    standing.impose(
        actor=cast.supervisor,
        credit_code=cast.supplier_a.credit_code,
        name=cast.supplier_a.org_name,
        kind="取消三年内承接资格",
        reason="弄虚作假、冒领财政资金",
        citation="示例财罚〔2023〕1号",
        since=day,
        until=ends,
    )
    tender = make.published(cast.purchaser)
    assert tender.bids_due_at is not None
    assert tender.bids_due_at > ends.astimezone(UTC)
    at(ends + late)
    before = Entry.objects.count()
    begin = reverse("bidding:begin", args=[tender.id])
    answer = evaluate.client_of(cast.supplier_a).post(begin, {"lot": "1"})
    assert Bid.objects.filter(supplier_id=cast.supplier_a.org_id).exists() is begins
    assert (answer.status_code in {302, 303}) is begins
    assert (Entry.objects.count() > before) is begins
    assert evaluate.client_of(cast.supplier_b).post(begin, {"lot": "1"}).status_code in {302, 303}
