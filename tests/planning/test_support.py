"""Public money for services in a district that has a rule on it: in full, or a subsidy within its share of the project."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse

from core.audit.models import Entry
from core.errors import Invalid
from core.money import Yuan
from planning.selectors import plan_facts
from planning.services import supporting
from planning.services.supporting import NoRuleHere
from tendering.before_notice import supported
from tests.factories import parties
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
TRIAL = datetime(2014, 6, 3, 2, tzinfo=UTC)
"""The measure of 渝北区 was in force."""
SERVICE = "2013:C0201"


def planned(actor: Any, amount: str) -> Any:
    line = make.budget_line(actor, amount, category="services")
    return make.plan(actor, amount, line, item_key=SERVICE)


@pytest.mark.parametrize(
    ("amount", "total", "fits"),
    [
        pytest.param("600000.00", "3000000.00", True, marks=pytest.mark.requirement("S001-04")),
        pytest.param("600000.01", "3000000.00", False, marks=pytest.mark.requirement("S001-04")),
        ("246913.57", "1234567.89", True),
        ("246913.58", "1234567.89", False),
    ],
)
def test_a_subsidy_keeps_within_a_fifth_of_the_project_to_the_fen(
    cast: Any, at: Any, amount: str, total: str, fits: bool
) -> None:
    at(TRIAL)
    buyer = parties.desk("purchaser", "渝北区某局（示例）", "500112")
    plan = planned(buyer, amount)
    given = {"actor": buyer, "plan_id": plan.id, "form": "subsidy", "project_total": Yuan(total)}
    before = Entry.objects.count()
    if not fits:
        with pytest.raises(Invalid) as refused:
            supporting.support(**given)
        assert set(refused.value.errors) == {"project_total"}
        assert (plan_facts(plan.id).support, Entry.objects.count()) == ("", before)
        return
    kept = supporting.support(**given)
    assert (kept.support, kept.project_total) == ("subsidy", Yuan(total))


@pytest.mark.requirement("S001-05", "S001-06")
def test_only_a_partly_commercial_project_is_subsidised_and_a_service_to_groups_in_need_is_paid_in_full(
    cast: Any, at: Any, signed_in: Any
) -> None:
    at(TRIAL)
    buyer = parties.desk("purchaser", "渝北区某局（示例）", "500112")
    plan = planned(buyer, "3000000.00")
    client = signed_in(buyer)
    page = reverse("planning:support", args=[plan.id])
    shown = client.get(page).content.decode()
    assert "渝北区政府购买信息服务实施办法" in shown
    refused = client.post(page, {"form": "subsidy", "project_total": "3,000,000"})
    assert refused.status_code == 422
    assert "3,000,000" in refused.content.decode(), "nothing typed is lost"
    assert client.post(page, {"form": "", "project_total": "15000000"}).status_code == 422
    assert plan_facts(plan.id).project_total == Yuan(0), "no subsidy without saying that it is one"
    assert client.post(page, {"form": "full", "project_total": "1"}).status_code == 303
    paid = plan_facts(plan.id)
    assert (paid.support, paid.project_total) == ("full", Yuan(0))
    [section] = supported(make.draft(buyer, paid))
    assert section["rows"][0][1] == {"msg": "Paid in full: it reaches groups that need protection"}

    at(datetime(2026, 9, 1, 2, tzinfo=UTC))
    other = planned(cast.purchaser, "1000.00")
    with pytest.raises(NoRuleHere):
        supporting.support(actor=cast.purchaser, plan_id=other.id, form="full")
    assert signed_in(cast.purchaser).get(reverse("planning:support", args=[other.id])).status_code == 404
