"""Write what a purchase has to achieve, ask the market, ask the public; what the draft then still needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from core.errors import Conflict, Invalid, NotFound
from core.law import current
from core.money import Yuan
from disclosure.models import Notice
from planning.models import Requirement
from planning.rules import research_needed, researched
from planning.selectors import plan_facts, requirement_of
from planning.services.requiring import publish_requirement, save_requirement
from tendering import services as tendering
from tendering.services.publishing import NotReady, readiness
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
DAY = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
SERVICE = "2013:C0201"


def source(n: int, **over: str) -> dict[str, str]:
    return {
        "who": f"示例公司{n}",
        "kind": "supplier",
        "on": "2026-08-20",
        "said": "可供货，周期两个月。",
        **over,
    }


def test_imported_products_are_announced_with_opinions_before_the_notice_and_once(
    cast: Any, signed_in: Any
) -> None:
    plan, browser = make.plan(cast.purchaser), signed_in(cast.purchaser)
    page = reverse("planning:imports", args=[plan.id])
    assert page in browser.get(reverse("planning:plan", args=[plan.id])).text
    form = {
        "product_1_name": "质谱仪", "product_1_quantity": "1 台", "product_1_reason": "境内无法获取",
        "opinion_1_name": "示例专家", "opinion_1_unit": "某大学", "opinion_1_title": "教授", "opinion_1_opinion": "",
        "objections_until": "2026-09-10T09:00",
    }  # fmt: skip
    for wrong in ({}, {"opinion_1_opinion": "同意", "product_1_reason": ""}):
        refused = browser.post(page, {**form, **wrong})
        assert refused.status_code == 422
        assert "质谱仪" in refused.text
    assert browser.post(page, {**form, "objections_until": "2026-08-31T09:00"}).status_code == 422
    assert not Notice.objects.exists()
    whole = {**form, "opinion_1_opinion": "国产设备达不到分辨率要求，同意。"}
    assert browser.post(page, whole).status_code == 303
    notice = Notice.objects.get()
    assert (notice.type, notice.facts["products"][0]["quantity"]) == ("import_permission", "1 台")
    assert "示例专家" in browser.get(reverse("portal:notice", args=[notice.pk])).text
    assert browser.post(page, whole).status_code == 422
    assert Notice.objects.count() == 1
    service = make.plan(
        cast.purchaser, "9.00", make.budget_line(cast.purchaser, "9.00", "services"), item_key=SERVICE
    )
    assert browser.get(reverse("planning:imports", args=[service.id])).status_code == 404


@pytest.fixture(autouse=True)
def independent_keepers(settings: Any, at: Any) -> None:
    settings.INDEPENDENT_KEEPERS, settings.KEEPERS_NEEDED = True, 2
    at(DAY)


@pytest.mark.parametrize(
    ("category", "amount", "needed"),
    [
        ("goods", "9999999.99", False),
        ("goods", "10000000.00", True),
        ("works", "29999999.99", False),
        ("works", "30000000.00", True),
    ],
)
def test_from_the_amount_of_the_rule_on_the_market_is_asked(
    cast: Any, category: str, amount: str, needed: bool
) -> None:
    item = {"goods": make.LAPTOPS, "works": "2022:B"}[category]
    line = make.budget_line(cast.purchaser, amount, category=category)
    plan = make.plan(cast.purchaser, amount, line, item_key=item)
    law = current.law(DAY.date(), "330100", None, category, "open_tender")
    assert research_needed(law, plan) is needed
    who = {"actor": cast.purchaser, "plan_id": plan.id, "outcome": "可用"}
    assert not researched(law, save_requirement(**who, asked=[source(1), source(2)]))
    assert researched(law, save_requirement(**who, asked=[source(1), source(2), source(3)]))


def test_research_that_says_too_little_is_refused_and_keeps_what_was(cast: Any) -> None:
    plan = make.plan(cast.purchaser)
    who = {"actor": cast.purchaser, "plan_id": plan.id}
    first = save_requirement(**who, outcome="教学用", asked=[source(1)])
    for said in (
        {"outcome": " "},
        {"outcome": "x", "asked": [source(1, said="")]},
        {"outcome": "x", "asked": [source(1, kind="friend")]},
        {"outcome": "x", "asked": [source(1, on="2026-09-02")]},
        {"outcome": "x", "asked": [source(1), source(1)]},
    ):
        with pytest.raises(Invalid):
            save_requirement(**who, **said)
    with pytest.raises(NotFound):
        save_requirement(actor=cast.agency, plan_id=plan.id, outcome="x")
    assert requirement_of(plan.id) == first
    assert save_requirement(**who, outcome="教学用", asked=[source(1), source(2)]).version == 2


@pytest.mark.requirement("S002-09")
def test_a_service_to_the_public_waits_until_the_public_was_asked(cast: Any, at: Any, client: Any) -> None:
    line = make.budget_line(cast.purchaser, "500000.00", category="services")
    plan = make.plan(cast.purchaser, "500000.00", line, item_key=SERVICE, public_service=True)
    tender = make.complete_draft(cast.purchaser, plan)
    who = {"actor": cast.purchaser, "tender_id": tender.id}

    def issues() -> set[str]:
        with pytest.raises(NotReady) as why:
            tendering.publish(**who)
        return {code for code in why.value.facts["issues"] if code.startswith("public")}

    assert issues() == {"public-not-asked"}
    save_requirement(
        actor=cast.purchaser, plan_id=plan.id, outcome="社区居民十五分钟内可到", asked=[source(1)]
    )
    assert issues() == {"public-not-asked"}
    until = DAY + timedelta(days=5)
    told = publish_requirement(actor=cast.purchaser, plan_id=plan.id, comments_until=until)
    notice = Notice.objects.get(pk=told.notice_id)
    assert (notice.type, notice.ocid, notice.due_at) == ("requirements", plan.ocid, until)
    assert "十五分钟内可到" in client.get(reverse("portal:notice", args=[notice.pk])).content.decode()
    assert issues() == {"public-still-asked"}
    with pytest.raises(Conflict):
        publish_requirement(actor=cast.purchaser, plan_id=plan.id, comments_until=until)

    at(until)
    found, _ = readiness(tender, cast.purchaser, until)
    assert not {issue.code for issue in found} & {"public-not-asked", "public-still-asked"}
    assert "no-research" in {issue.code for issue in found if not issue.blocking}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_purchaser_writes_the_requirement_on_its_page(cast: Any, signed_in: Any, language: str) -> None:
    plan = make.plan(cast.purchaser)
    client, page = signed_in(cast.purchaser), reverse("planning:requirement", args=[plan.id])
    client.cookies["django_language"] = language
    rows = {f"{name}_1": value for name, value in source(1).items()}
    wrong = client.post(page, {"outcome": "教学用", **rows, "said_1": ""})
    assert wrong.status_code == 422
    assert "示例公司1" in wrong.content.decode(), "nothing typed is lost"
    assert not Requirement.objects.exists()
    assert client.post(page, {"outcome": "教学用", **rows}).status_code == 303
    assert requirement_of(plan.id).asked == (source(1),)
    assert "示例公司1" in client.get(page).content.decode()

    publish = reverse("planning:requirement_publish", args=[plan.id])
    assert client.post(publish, {"comments_until": "2026-08-31T09:00"}).status_code == 422
    assert client.post(publish, {"comments_until": "2026-09-08T09:00"}).status_code == 303
    assert plan_facts(plan.id).amount == Yuan(Notice.objects.get().amount)
