"""Which road a purchase takes: its own, decisions outside the budget, purchases that are split, the negative list."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.errors import Invalid
from core.law import current
from core.law.negative import barred
from core.money import Yuan
from parties.models import Organisation
from planning import selectors, services
from planning.models import Plan, Reservation
from planning.rules import Road, road, split
from planning.services import Listed
from tendering.facts import ApprovalFacts
from tendering.method_rules import approvals
from tendering.models import Approval, Tender
from tendering.need_rules import requirement
from tendering.services.approvals import record_approval
from tendering.services.publishing import readiness
from tests.factories import tendering as make
from tests.tendering.test_check import AROUND, GOOD

TRIAL = date(2014, 6, 1)
"""A day on which the measure of 渝北区 was in force."""
YUBEI = current.law(TRIAL, "500112", None, "services", "open_tender")


def decision(kind: str) -> ApprovalFacts:
    return ApprovalFacts(1, kind, "1号", "区政府", TRIAL, "a.pdf", "0" * 64)


def unbudgeted(amount: str, *recorded: str, law: Any = YUBEI, planned: bool = False) -> set[str]:
    tender = replace(
        GOOD, category="services", budget=Yuan(amount), approvals=tuple(decision(kind) for kind in recorded)
    )
    around = replace(AROUND, plan=type("Plan", (), {"unbudgeted": not planned})())
    return {
        issue.code.removeprefix("unbudgeted-")
        for issue in approvals(tender, law, around)
        if issue.code.startswith("unbudgeted-") and issue.blocking and issue.citation
    }


@pytest.mark.requirement("S001-03")
@pytest.mark.parametrize(
    ("amount", "asked"),
    [
        pytest.param("999999.99", set()),
        pytest.param("1000000.00", {"exec-meeting"}, marks=pytest.mark.requirement("S001-41")),
        pytest.param("19999999.99", {"exec-meeting"}, marks=pytest.mark.requirement("S001-41", "S001-42")),
        pytest.param(
            "20000000.00", {"exec-meeting", "party-committee"}, marks=pytest.mark.requirement("S001-42")
        ),
    ],
)
def test_outside_the_budget_the_amount_decides_who_must_agree(amount: str, asked: set[str]) -> None:
    assert unbudgeted(amount) == asked
    assert unbudgeted(amount, "exec_meeting", "party_committee") == set()


@pytest.mark.requirement("S001-03", "S001-43")
def test_what_is_budgeted_or_elsewhere_or_after_the_trial_takes_the_usual_road() -> None:
    assert unbudgeted("20000000.00", planned=True) == set()
    for law in (
        current.law(TRIAL, "330100", None, "services", "open_tender"),
        current.law(date(2026, 9, 1), "500112", None, "services", "open_tender"),
    ):
        assert unbudgeted("20000000.00", law=law) == set()


@pytest.mark.django_db
@pytest.mark.requirement("S001-42")
def test_the_committee_decides_after_the_executive_meeting(cast: Any) -> None:
    tender = make.draft(cast.purchaser)

    def decide(kind: str, day: int) -> Any:
        paper = SimpleUploadedFile("决定.pdf", b"%PDF-1.7 x")
        return record_approval(
            actor=cast.purchaser, tender_id=tender.id, kind=kind, number="1号", authority="区政府",
            decided_on=date(2026, 3, day), file=paper,
        )  # fmt: skip

    with pytest.raises(Invalid):
        decide("party_committee", 5)
    decide("exec_meeting", 5)
    with pytest.raises(Invalid):
        decide("party_committee", 4)
    assert Approval.objects.count() == 1
    assert decide("party_committee", 5).approved_kinds == {"exec_meeting", "party_committee"}


WORKS = current.law(date(2026, 9, 1), "330100", "city", "works", "quotation")


@pytest.mark.parametrize(
    ("amounts", "total"),
    [
        (["1500000", "1800000"], None),
        (["1500000", "1800000", "900000"], "4200000"),
        (["1500000", "1800000", "700000"], None),
        (["1500000", "1800000", "700000.01"], "4000000.01"),
        (["4200000"], None),
    ],
)
def test_split_purchases_of_one_item_are_named_at_the_third_that_passes_the_threshold(
    amounts: list[str], total: str | None
) -> None:
    """The example of the rules: 150 and 180 of 400 are none, with 90 they are."""
    assert split(WORKS, [Yuan(amount) for amount in amounts]) == (Yuan(total) if total else None)


@pytest.mark.django_db
def test_the_third_purchase_of_one_budget_item_warns_its_plan_and_its_tender(
    cast: Any, signed_in: Any
) -> None:
    Organisation.objects.filter(pk=cast.purchaser.org_id).update(budget_level="city")
    line = make.budget_line(cast.purchaser, "9000000.00")
    other = make.plan(cast.purchaser, "1000000.00", line, method="quotation", item_key="2022:A02010104")
    plans = [
        make.plan(cast.purchaser, amount, line, method="quotation")
        for amount in ("750000.00", "900000.00", "450000.00")
    ]
    assert selectors.alike(plans[2]) == (Yuan("750000"), Yuan("900000"), Yuan("450000"))
    client = signed_in(cast.purchaser)
    warned = [
        'data-issue="split-purchase"' in client.get(reverse("planning:plan", args=[plan.id])).content.decode()
        for plan in (*plans, other)
    ]
    assert warned == [False, False, True, False]

    tender = make.draft(cast.purchaser, plans[2])
    issues, law = readiness(tender, cast.purchaser, Tender.objects.get(pk=tender.id).created_at)
    (issue,) = (one for one in issues if one.code == "split-purchase")
    assert (issue.rule, issue.facts["total"], issue.facts["count"]) == ("L-07", "2100000.00", 3)
    assert law.level == "city"
    opened = make.plan(cast.purchaser, "450000.00", line)
    assert "split-purchase" not in client.get(reverse("planning:plan", args=[opened.id])).content.decode()


@pytest.mark.requirement("S001-49")
@pytest.mark.parametrize(
    ("amount", "way"),
    [
        ("299999.99", Road.OWN),
        ("300000", Road.SCATTERED),
        ("1999999.99", Road.SCATTERED),
        ("2000000", Road.OPEN),
    ],
)
def test_the_thresholds_of_the_level_tell_the_road(amount: str, way: Road) -> None:
    assert road(current.law(date(2026, 9, 1), "330100", "city", "goods", "quotation"), Yuan(amount)) == way


@pytest.mark.django_db
def test_without_a_budget_level_the_page_says_what_is_missing_and_where_to_give_it(
    cast: Any, signed_in: Any
) -> None:
    client = signed_in(cast.purchaser)
    plan = make.plan(cast.purchaser, "500000.00", method="quotation")
    page = reverse("planning:plan", args=[plan.id])
    fix = reverse("parties:organisation_edit")
    assert fix in client.get(page).content.decode()
    tender = make.draft(cast.purchaser, plan)
    shown = client.get(reverse("tendering:tender", args=[tender.id])).content.decode()
    assert 'data-issue="threshold-unknown"' in shown
    assert fix in shown

    Organisation.objects.filter(pk=cast.purchaser.org_id).update(budget_level="city")
    assert fix not in client.get(page).content.decode()
    assert (
        'data-issue="threshold-unknown"'
        not in client.get(reverse("tendering:tender", args=[tender.id])).content.decode()
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["以劳务派遣方式提供窗口人员", "为平台公司融资", "道路土建与运营打包", "涉密事项的数据处理"]
)
def test_what_stands_on_the_negative_list_is_not_bought_as_a_public_service(
    cast: Any, signed_in: Any, text: str
) -> None:
    line = make.budget_line(cast.purchaser, "1000.00", category="services")
    form = {
        "title": "社区服务", "method": "open_tender", "item_key": "2013:C0201", "quantity": "1", "need": text,
        "amount": "1000.00", "expected_on": "2026-12-31", "public_service": "on",
    }  # fmt: skip
    client = signed_in(cast.purchaser)
    answer = client.post(reverse("planning:plan_new", args=[line.id]), form)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert text in shown, "nothing typed is lost"
    found = barred(text)
    assert found is not None
    assert found[0].kind in shown
    assert not Plan.objects.exists()
    assert not Reservation.objects.exists()

    with pytest.raises(Listed):
        make.plan(cast.purchaser, "1000.00", line, need=text, item_key="2013:C0201", public_service=True)
    usual = make.plan(cast.purchaser, "1000.00", line, need=text, item_key="2013:C0201")
    warned = client.get(reverse("planning:plan", args=[usual.id])).content.decode()
    assert 'data-issue="negative-list"' in warned
    assert found[0].kind in warned
    around = replace(AROUND, plan=usual)
    advice = {one.code: one.blocking for one in requirement(GOOD, WORKS, around)}
    assert advice["negative-list"] is False
    harmless = replace(usual, need="社区服务", title="社区服务")
    assert "negative-list" not in {
        one.code for one in requirement(GOOD, WORKS, replace(around, plan=harmless))
    }
    assert services.withdraw_plan(actor=cast.purchaser, plan_id=usual.id, reason="不办").status == "withdrawn"
