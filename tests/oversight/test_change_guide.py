"""The guiding catalogue of a place: written by one person, published by another, and kept by every plan as it was filed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.urls import reverse

from core.audit.models import Entry
from core.enacted import selectors as enacted
from core.enacted.models import Enactment
from core.errors import Invalid, NotFound
from disclosure.models import Notice
from oversight.models import Change
from oversight.services import changes
from oversight.services.four_eyes import SecondPerson
from planning.guide import first_editions, in_force
from planning.guides import edition_for
from planning.models import Plan
from planning.selectors import plan_facts
from planning.services import Listed
from tests.factories import parties
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
TRIAL = datetime(2014, 6, 3, 2, tzinfo=UTC)
"""The measure of 渝北区 was in force."""
LEAF = ("code", "kind", "nature", "content", "item", "barred")
SOFTWARE = {
    "code": "1.1",
    "kind": "技术性服务",
    "nature": "辅助性",
    "content": "软件开发",
    "item": "2013:C0201",
    "barred": False,
}
SECRET = {
    "code": "9.1",
    "kind": "负面",
    "nature": "直接履职",
    "content": "涉密数据处理",
    "item": "2013:C0203",
    "barred": True,
}
FIRST = {"document": "杭财购〔2026〕1号（虚构）", "items": [SOFTWARE]}
NEXT = {"document": "杭财购〔2026〕2号（虚构）", "items": [{**SOFTWARE, "content": "软件开发与维护"}, SECRET]}


def drafted(office: Any, content: dict[str, Any], since: date) -> Change:
    return changes.draft_guide(actor=office.writer, content=content, since=since, reason="动态调整")


def publish(office: Any, row: Change, actor: Any = None) -> Change:
    if row.status == "draft":
        changes.submit(actor=office.writer, change_id=row.pk, version=row.version)
    return changes.approve(
        actor=actor or office.second, change_id=row.pk, version=row.version, seen=enacted.last_digest()
    )


def traces() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Change, Enactment, Notice, Plan, Entry))


@pytest.mark.requirement("S001-33", "S001-34")
def test_the_first_edition_lists_every_service_of_the_measure_for_its_trial_only(cast: Any) -> None:
    (first,) = first_editions()
    assert [len([leaf for leaf in first.leaves if leaf.code.startswith(f"{n}.")]) for n in range(1, 6)] == [
        10,
        4,
        1,
        1,
        1,
    ]
    assert first.leaves[-1].content == "其他信息服务"
    held = [
        in_force([first], day)
        for day in (date(2013, 9, 25), date(2013, 9, 26), date(2015, 9, 25), date(2015, 9, 26))
    ]
    assert held == [None, first, first, None]


@pytest.mark.requirement("S001-34", "S001-35")
def test_an_edition_is_published_by_a_second_person_and_a_plan_keeps_the_one_it_was_filed_under(
    office: Any, cast: Any, at: Any, client: Any
) -> None:
    with pytest.raises(NotFound):
        changes.draft_guide(actor=cast.purchaser, content=FIRST, since=date(2026, 11, 24), reason="x")
    publish(office, drafted(office, FIRST, date(2026, 11, 24)))
    row = drafted(office, NEXT, date(2026, 12, 1))
    changes.submit(actor=office.writer, change_id=row.pk, version=1)
    row.refresh_from_db()
    before = traces()
    for actor, refusal in (
        (office.writer, SecondPerson),
        (office.elsewhere, NotFound),
        (office.below, NotFound),
    ):
        with pytest.raises(refusal):
            publish(office, row, actor)
    for wrong in (
        {**NEXT, "items": [SOFTWARE, SOFTWARE]},
        {**NEXT, "items": [{**SOFTWARE, "nature": " "}]},
        {**NEXT, "items": [{**SOFTWARE, "item": "2022:A"}]},
        {**NEXT, "items": []},
        {**FIRST, "document": "新文件"},
    ):
        with pytest.raises(Invalid):
            drafted(office, wrong, date(2026, 12, 1))
    with pytest.raises(Invalid) as late:
        drafted(office, NEXT, date(2026, 11, 23))
    assert set(late.value.errors) == {"since"}
    assert traces() == before

    publish(office, row)
    notice = Notice.objects.get(pk=Change.objects.get(pk=row.pk).notice_id)
    assert (notice.type, notice.facts["since"], notice.facts["altered"]) == (
        "other",
        "2026-12-01",
        ["1.1", "9.1"],
    )
    url = reverse("oversight:guide")
    shown = client.get(
        f"{url}?region=330100&since=2026-12-01", headers={"accept-language": "en"}
    ).content.decode()
    assert "软件开发与维护" in shown
    assert "What this edition altered" in shown
    assert client.get(f"{url}?region=330100&since=2026-12-02").status_code == 404
    assert "No place" not in client.get(url, headers={"accept-language": "en"}).content.decode()

    line = make.budget_line(cast.purchaser, "9000.00", category="services")
    at(datetime(2026, 11, 25, 2, tzinfo=UTC))
    service = {"item_key": "2013:C0201", "public_service": True, "guide_code": "1.1"}
    early = make.plan(cast.purchaser, "1000.00", line, **service)
    at(datetime(2026, 12, 2, 2, tzinfo=UTC))
    late_plan = make.plan(cast.purchaser, "1000.00", line, **service)
    kept = [plan_facts(plan.id).guide for plan in (early, late_plan)]
    assert [(one["since"], one["content"]) for one in kept] == [
        ("2026-11-24", "软件开发"),
        ("2026-12-01", "软件开发与维护"),
    ]


@pytest.mark.requirement("S001-20")
def test_what_the_catalogue_bars_is_not_selected_and_other_plans_of_its_item_are_warned(
    office: Any, cast: Any, at: Any, signed_in: Any
) -> None:
    publish(office, drafted(office, NEXT, date(2026, 11, 24)))
    at(datetime(2026, 11, 25, 2, tzinfo=UTC))
    line = make.budget_line(cast.purchaser, "9000.00", category="services")
    client = signed_in(cast.purchaser)
    page = reverse("planning:plan_new", args=[line.id])
    form = client.get(page).content.decode()
    assert 'value="1.1"' in form
    assert 'value="9.1"' not in form
    before = traces()
    for over, refusal in (
        ({"item_key": "2013:C0203", "public_service": True, "guide_code": "1.1"}, Listed),
        ({"item_key": "2013:C0202", "public_service": True, "guide_code": "9.1"}, Listed),
        ({"item_key": "2013:C0201", "public_service": True}, Invalid),
        ({"item_key": "2013:C0202", "public_service": True, "guide_code": "1.1"}, Invalid),
        ({"item_key": "2013:C0201", "guide_code": "1.1"}, Invalid),
    ):
        with pytest.raises(refusal):
            make.plan(cast.purchaser, "1000.00", line, **over)
    assert traces() == before
    usual = make.plan(cast.purchaser, "1000.00", line, item_key="2013:C0203")
    warned = client.get(reverse("planning:plan", args=[usual.id])).content.decode()
    assert 'data-issue="negative-list"' in warned
    assert "2013:C0203" in warned
    fine = make.plan(cast.purchaser, "1000.00", line, item_key="2013:C0201")
    assert (
        'data-issue="negative-list"'
        not in client.get(reverse("planning:plan", args=[fine.id])).content.decode()
    )


def test_the_regulator_writes_an_edition_in_the_web_and_loses_nothing_typed(
    office: Any, cast: Any, at: Any, signed_in: Any
) -> None:
    at(TRIAL)
    office = parties.desk("supervisor", "渝北区财政局（示例）", "500112")
    client = signed_in(office)
    page = reverse("oversight:guide_new")
    assert client.get(page).content.decode().count("信息技术服务") >= 10
    said = {
        "document": "渝财〔2014〕3号（虚构）", "since": "2014-07-01", "reason": "动态调整",
        "items-TOTAL_FORMS": "2", "items-INITIAL_FORMS": "0",
        "items-0-code": "1.1", "items-0-kind": "信息技术服务", "items-0-nature": "技术性", "items-0-content": "软件开发服务",
        "items-1-code": "1.2", "items-1-kind": "信息技术服务", "items-1-content": "集成",
    }  # fmt: skip
    refused = client.post(page, said)
    assert refused.status_code == 422
    assert "集成" in refused.content.decode()
    assert not Change.objects.exists()
    whole = {**said, "items-1-nature": "技术性", "items-TOTAL_FORMS": "180"}
    blank = {f"items-{n}-{name}": "" for n in range(2, 180) for name in LEAF}
    made = client.post(page, {**whole, **blank})
    assert made.status_code == 303, "catalogues of provinces have hundreds of entries"
    edit = reverse("oversight:edit", args=[Change.objects.get().pk])
    assert client.get(edit).status_code == 200
    changed = {**said, "items-1-nature": "技术性", "items-1-content": "系统集成", "version": "1"}
    assert client.post(edit, changed).status_code == 303
    shown = client.get(made["location"], headers={"accept-language": "en"}).content.decode()
    assert "系统集成" in shown
    assert "left out" in shown
    assert edition_for("500112", date(2014, 8, 1)).leaf("1.10") is not None, "a draft changes nothing"
