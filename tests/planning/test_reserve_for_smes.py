"""Reserve purchases for small and medium-sized enterprises: one plan, a year added up, what the draft then needs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from core.audit.models import Entry
from core.errors import Conflict, Invalid, NotFound
from core.law import current
from core.money import Yuan
from disclosure.models import Notice
from planning.models import Plan
from planning.rules import Purchased, year_of
from planning.selectors import plan_facts
from planning.services.reserving import reserve_for_smes
from tendering import services as tendering
from tendering.selectors import tender_facts
from tendering.services import admission, drafting
from tendering.services.publishing import NotReady, readiness
from tests.factories import tendering as make

DAY = date(2026, 9, 1)


def bought(category: str, amount: str, form: str = "", reserved: str = "0", small: str = "0") -> Purchased:
    return Purchased(uuid4(), "采购", category, Yuan(amount), form, Yuan(reserved), Yuan(small))


def year(*rows: Purchased, day: date = DAY) -> Any:
    return year_of(rows, lambda category: current.law(day, "330100", None, category, None))


def test_of_a_suitable_ten_million_three_are_reserved_and_one_point_eight_for_small_and_micro() -> None:
    """The example of 财库〔2020〕46号 in the rules; for works 40 % of twenty million."""
    (goods, works) = year(
        bought("goods", "10000000"), bought("works", "20000000"), day=date(2022, 9, 1)
    ).groups
    assert (goods.needed, goods.needed_small) == (Yuan("3000000"), Yuan("1800000"))
    assert (works.needed, works.needed_small) == (Yuan("8000000"), Yuan("4800000"))


@pytest.mark.parametrize(
    ("reserved", "small", "met"),
    [
        ("3000000", "1800000", True),
        ("2999999.99", "1800000", False),
        ("3000000", "1799999.99", False),
    ],
)
def test_a_year_is_kept_to_the_fen(reserved: str, small: str, met: bool) -> None:
    rows = [bought("services", "7000000"), bought("services", "3000000", "lot", reserved, small)]
    assert year(*rows).met is met


def test_up_to_the_limit_a_purchase_is_reserved_as_a_whole_and_above_it_counts_with_the_year() -> None:
    at_limit, above = bought("goods", "2000000"), bought("goods", "2000000.01")
    works = bought("works", "4000000")
    found = year(at_limit, above, works)
    assert found.small == found.open_small == (at_limit, works)
    assert [(group.category, group.suitable) for group in found.groups] == [("goods", Yuan("2000000.01"))]
    assert found.groups[0].needed == Yuan("600000.01"), "a least amount is rounded up"
    assert found.undecided == (at_limit, above, works)


def test_what_is_not_suitable_does_not_count() -> None:
    found = year(bought("goods", "9000000", "none"), bought("goods", "1000000", "whole", "1000000"))
    assert (found.groups, found.open_small, len(found.unsuitable)) == ((), (), 1)
    assert found.met


@pytest.mark.django_db
def test_a_decision_is_checked_kept_and_refused_once_the_notice_is_out(cast: Any, settings: Any) -> None:
    settings.INDEPENDENT_KEEPERS, settings.KEEPERS_NEEDED = True, 2
    plan = make.plan(cast.purchaser, "1000000.00")
    who = {"actor": cast.purchaser, "plan_id": plan.id}
    before = Entry.objects.count()
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("form", {"form": "perhaps"}),
        ("reason", {"form": "none"}),
        ("amount", {"form": "lot"}),
        ("amount", {"form": "consortium", "amount": Yuan("1000000.01")}),
        ("small_micro", {"form": "subcontract", "amount": Yuan("300000"), "small_micro": Yuan("300000.01")}),
    ]
    for field, said in wrong:
        with pytest.raises(Invalid) as refused:
            reserve_for_smes(**who, **said)
        assert set(refused.value.errors) == {field}
    with pytest.raises(NotFound):
        reserve_for_smes(actor=cast.agency, plan_id=plan.id, form="whole")
    assert (plan_facts(plan.id).sme_form, Entry.objects.count()) == ("", before)

    kept = reserve_for_smes(**who, form="none", reason="不可替代的专利。")
    assert (kept.sme_amount, kept.sme_reason) == (Yuan(0), "不可替代的专利。")
    tender = make.published(cast.purchaser, plan_facts(plan.id))
    assert "不可替代的专利。" in str(Notice.objects.get(pk=tender.notice_id).sections)
    with pytest.raises(Conflict):
        reserve_for_smes(**who, form="whole")


@pytest.mark.django_db
def test_a_purchase_reserved_as_a_whole_asks_for_the_letter_and_favours_nobody_by_price(
    cast: Any, settings: Any
) -> None:
    settings.INDEPENDENT_KEEPERS, settings.KEEPERS_NEEDED = True, 2
    plan = make.plan(cast.purchaser, "1000000.00")
    reserve_for_smes(actor=cast.purchaser, plan_id=plan.id, form="whole", small_micro=Yuan("600000"))
    tender = make.complete_draft(cast.purchaser, plan_facts(plan.id))
    letter = next(row for row in tender.criteria if "中小企业声明函" in row.guide)
    assert (letter.kind, tender.deductions["small_micro"]) == ("qualification", "0")

    drafting.remove_criterion(actor=cast.purchaser, tender_id=tender.id, code=letter.id)
    now = tender_facts(tender.id)
    drafting.save_evaluation(
        actor=cast.purchaser, tender_id=tender.id, version=now.version, evaluation_method=now.evaluation_method,
        price_weight=Decimal(30), deductions={**now.deductions, "small_micro": "0.10"},
    )  # fmt: skip
    with pytest.raises(NotReady) as why:
        tendering.publish(actor=cast.purchaser, tender_id=tender.id)
    assert set(why.value.facts["issues"]) == {"no-sme-condition", "deduction-on-reserved"}
    assert not Notice.objects.exists()


@pytest.mark.django_db
def test_lots_for_smes_add_up_to_what_the_plan_reserves(cast: Any, at: Any) -> None:
    plan = make.plan(cast.purchaser, "9000000.00")
    reserve_for_smes(actor=cast.purchaser, plan_id=plan.id, form="lot", amount=Yuan("3000000"))
    tender = make.complete_draft(cast.purchaser, plan_facts(plan.id))

    def codes() -> set[str]:
        issues, _ = readiness(tender_facts(tender.id), cast.purchaser, tender.documents[0].added_at)
        return {issue.code for issue in issues}

    for no, budget, reserved in (("1", "6000000.01", False), ("", "2999999.99", True)):
        drafting.save_lot(
            actor=cast.purchaser,
            tender_id=tender.id,
            no=no,
            title="包",
            budget=Yuan(budget),
            reserved=reserved,
        )
    assert "reserved-lots-too-small" in codes()
    drafting.save_lot(
        actor=cast.purchaser, tender_id=tender.id, no="2", title="包", budget=Yuan("3000000"), reserved=True
    )
    assert "reserved-lots-too-small" not in codes()

    Plan.objects.filter(pk=plan.id).update(sme_form="subcontract")
    for share, enough in (("33.33", False), ("33.34", True)):
        permitted = {no: admission.Permitted("40", "安装", share) for no in ("1", "2")}
        admission.save(
            actor=cast.purchaser, tender_id=tender.id, evidence_asked=[], preparers=[],
            subcontracting=permitted,
        )  # fmt: skip
        assert ("subcontracts-too-small" not in codes()) is enough


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_purchaser_sees_the_year_and_decides_plan_by_plan(
    cast: Any, signed_in: Any, at: Any, language: str
) -> None:
    large, small = make.plan(cast.purchaser, "10000000.00"), make.plan(cast.purchaser, "500000.00")
    client = signed_in(cast.purchaser)
    client.cookies["django_language"] = language
    page = client.get(reverse("planning:reservation")).content.decode()
    assert "3,000,000.00" in page
    assert "1,800,000.00" in page
    assert reverse("planning:reserve", args=[large.id]) in page

    form = reverse("planning:reserve", args=[large.id])
    assert client.post(form, {"form": "lot", "amount": "x"}).status_code == 422
    assert (
        client.post(form, {"form": "lot", "amount": "3000000", "small_micro": "1800000"}).status_code == 303
    )
    assert client.post(reverse("planning:reserve", args=[small.id]), {"form": "whole"}).status_code == 303
    after = client.get(reverse("planning:reservation")).content.decode()
    assert reverse("planning:reserve", args=[large.id]) not in after
    assert "46号" in after
