"""Enter budgets, adjust them, file plans drawn from them, publish intentions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.audit.models import Entry
from core.errors import Conflict, Invalid, NotFound, WrongState
from core.money import Yuan
from disclosure.models import Notice, Record
from planning import catalogue, services
from planning.models import Plan, Reservation
from planning.selectors import budget_facts, changes_of, plan_facts, reservation_of
from planning.services import OverBudget
from planning.states import PlanStatus
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)


def test_a_year_has_each_code_once(cast: Any) -> None:
    make.budget_line(cast.purchaser, code="B1", fiscal_year=2026)
    with pytest.raises(Invalid) as refused:
        make.budget_line(cast.purchaser, code="B1", fiscal_year=2026)
    assert "code" in refused.value.errors
    make.budget_line(cast.purchaser, code="B1", fiscal_year=2027)


def test_the_budget_is_its_base_and_its_adjustments(cast: Any) -> None:
    line = make.budget_line(cast.purchaser, "1000.00")
    for delta, why in (("500.00", "追加"), ("-200.00", "调减")):
        services.adjust_budget_line(
            actor=cast.purchaser,
            line_id=line.id,
            delta=Yuan(delta),
            reason=why,
            document_no="杭财〔2026〕1号",
        )
    now = budget_facts(line.id)
    assert (now.base, now.amount) == (Yuan("1000.00"), Yuan("1300.00"))
    assert now.amount == now.base + Yuan.total(change.delta for change in changes_of(line.id))


def test_a_budget_is_not_cut_below_what_is_promised(cast: Any) -> None:
    line = make.budget_line(cast.purchaser, "1000.00")
    make.plan(cast.purchaser, "900.00", line)
    services.adjust_budget_line(actor=cast.purchaser, line_id=line.id, delta=Yuan("-100.00"), reason="调减")
    with pytest.raises(OverBudget):
        services.adjust_budget_line(actor=cast.purchaser, line_id=line.id, delta=Yuan("-0.01"), reason="调减")
    assert budget_facts(line.id).amount == Yuan("900.00")
    assert len(changes_of(line.id)) == 1


@pytest.mark.requirement("S004-25")
def test_a_plan_reserves_its_amount_and_gets_its_filing_number(cast: Any, at: Any) -> None:
    at(TODAY)
    line = make.budget_line(cast.purchaser, "1000.00")
    first = make.plan(cast.purchaser, "400.00", line)
    second = make.plan(cast.purchaser, "600.00", line)
    assert [first.filing_no, second.filing_no] == ["330100-2026-00001", "330100-2026-00002"]
    assert budget_facts(line.id).available == Yuan(0)
    held = reservation_of(first.source)
    assert held is not None
    assert held.reserved == Yuan("400.00")


@pytest.mark.requirement("S001-57")
def test_a_plan_beyond_the_budget_leaves_nothing_behind(cast: Any) -> None:
    line = make.budget_line(cast.purchaser, "1000.00")
    before = Entry.objects.count()
    with pytest.raises(OverBudget):
        make.plan(cast.purchaser, "1000.01", line)
    assert (Plan.objects.count(), Reservation.objects.count(), Entry.objects.count()) == (0, 0, before)
    assert make.plan(cast.purchaser, "1000.00", line).filing_no.endswith("-00001")


@pytest.mark.requirement("S001-57")
def test_nobody_draws_a_plan_from_another_organisations_budget(cast: Any) -> None:
    line = make.budget_line(cast.purchaser)
    with pytest.raises(NotFound):
        services.file_plan(
            actor=cast.agency,
            budget_line_id=line.id,
            title="x",
            need="x",
            item_key=make.LAPTOPS,
            amount=Yuan(1),
            expected_on=TODAY.date(),
        )
    assert not Plan.objects.exists()


def test_a_plan_names_an_item_of_the_lines_kind(cast: Any) -> None:
    line = make.budget_line(cast.purchaser, category="goods")
    with pytest.raises(Invalid) as refused:
        make.plan(cast.purchaser, "1.00", line, item_key="2022:C1601")
    assert set(refused.value.errors) == {"item_key"}
    with pytest.raises(Invalid):
        make.plan(cast.purchaser, "1.00", line, item_key="2022:A99999999")


# 渝北区's catalogue of information services (its numbers 1.1 to 1.10, 2, 3, 4) in the codes of the 2013 edition.
LEAVES = [
    ("S001-21", {"C0201": "软件开发服务"}),
    ("S001-22", {"C0202": "信息系统集成实施服务"}),
    ("S001-23", {"C0203": "数据处理服务"}),
    ("S001-24", {"C0204": "信息化工程监理服务"}),
    ("S001-25", {"C0205": "测试评估认证服务"}),
    ("S001-26", {"C0206": "运行维护服务"}),
    ("S001-27", {"C0207": "运营服务"}),
    ("S001-28", {"C0208": "信息技术咨询服务"}),
    ("S001-29", {"C0209": "呼叫中心服务", "C0299": "其他信息技术服务"}),
    (
        "S001-30",
        {
            "C0301": "电信服务",
            "C0302": "互联网信息服务",
            "C0303": "卫星传输服务",
            "C0399": "其他电信和信息传输服务",
        },
    ),
    ("S001-31", {"C0401": "计算机设备和软件租赁服务"}),
    ("S001-32", {"C0501": "计算机设备维修和保养服务"}),
]


@pytest.mark.parametrize(
    "leaves",
    [pytest.param(leaves, marks=pytest.mark.requirement(row), id=row) for row, leaves in LEAVES],
)
def test_an_information_service_of_the_district_can_be_planned(cast: Any, leaves: dict[str, str]) -> None:
    codes = {row.code for row in catalogue.entries() if row.edition == "2013"}
    line = make.budget_line(cast.purchaser, "1000.00", category="services")
    for code, name in leaves.items():
        assert [one for one in codes if one.startswith(code)] == [code], "nothing stands below a leaf"
        plan = make.plan(cast.purchaser, "100.00", line, item_key=f"2013:{code}")
        assert (plan.item_code, plan.item_edition) == (code, "2013")
        assert catalogue.name_of(plan.item_code, plan.item_edition) == name
        assert (f"2013:{code}", f"{code} {name} (2013)") in catalogue.choices("services")
    with pytest.raises(Invalid):
        make.plan(cast.purchaser, "100.00", line, item_key="2013:C0298")
    assert Plan.objects.count() == len(leaves)


def test_the_same_code_means_another_thing_in_another_edition(cast: Any) -> None:
    assert catalogue.name_of("A02010104", "2013") == "台式计算机"
    assert catalogue.name_of("A02010104", "2022") == "服务器"
    assert {entry.certainty for entry in catalogue.entries()} == {"verified", "general knowledge"}


def test_an_intention_is_public_with_its_budget_and_open_data(cast: Any) -> None:
    plan = make.plan(cast.purchaser)
    told = services.publish_intention(actor=cast.purchaser, plan_id=plan.id)
    notice = Notice.objects.get()
    assert (notice.pk, notice.ocid, notice.type) == (told.intention_notice_id, plan.ocid, "intention")
    assert Yuan(notice.amount) == plan.amount
    assert '"status":"planning"' in Record.objects.get(pk=plan.ocid).compiled


def test_an_intention_is_published_once(cast: Any) -> None:
    plan = make.plan(cast.purchaser)
    services.publish_intention(actor=cast.purchaser, plan_id=plan.id)
    with pytest.raises(Conflict):
        services.publish_intention(actor=cast.purchaser, plan_id=plan.id)
    assert Notice.objects.count() == 1


def test_a_withdrawn_plan_gives_its_money_back_and_stays_withdrawn(cast: Any) -> None:
    plan = make.plan(cast.purchaser)
    with pytest.raises(Invalid):
        services.withdraw_plan(actor=cast.purchaser, plan_id=plan.id, reason=" ")
    services.withdraw_plan(actor=cast.purchaser, plan_id=plan.id, reason="需求取消")
    assert plan_facts(plan.id).status == PlanStatus.WITHDRAWN
    assert budget_facts(plan.budget_line_id).available == plan.amount
    with pytest.raises(WrongState):
        services.start_plan(actor_label="test", plan_id=plan.id, source="tender.x")


def test_expected_dates_are_kept(cast: Any) -> None:
    day = TODAY.date() + timedelta(days=90)
    assert plan_facts(make.plan(cast.purchaser, expected_on=day).id).expected_on == day
