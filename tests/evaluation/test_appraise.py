"""After an evaluation members and the host's side rate each other, in the rule's time; the supervisor alone reads it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.audit.models import Entry
from core.errors import Invalid, NotFound, WrongState
from evaluation import appraisals
from evaluation.models import Appraisal
from evaluation.services import appraising
from evaluation.timers import remind_appraisals
from parties.models import InboxItem
from tests.factories import evaluation as evaluate
from tests.scenes import scene

pytestmark = pytest.mark.django_db
GOOD = dict.fromkeys(appraisals.OF_HOSTS, "5")


@pytest.fixture
def made(cast: Any, at: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A signed report under a law that has the rule of Jiangsu."""
    from tendering import selectors as tendering

    law_of = tendering.law_of

    def with_rule(tender_id: Any) -> Any:
        from dataclasses import replace
        from types import MappingProxyType

        from core.law.current import book

        law = law_of(tender_id)
        rule = book().law(law.as_of, region="320100").cite(appraisals.RULE)
        return replace(law, rules=MappingProxyType({**law.rules, appraisals.RULE: rule}))

    monkeypatch.setattr(tendering, "law_of", with_rule)

    def build() -> Any:
        made = evaluate.reached(cast, at, "reported")
        made.sign_all()
        return made

    return scene(("appraised", cast.purchaser.user_id), build)


def mine(made: Any, member: int) -> Appraisal:
    return Appraisal.objects.get(by_member=made.members[member])


def give(made: Any, actor: Any, row: Appraisal, marks: dict[str, str], text: str = "") -> Appraisal:
    return appraising.give(actor=actor, panel_id=made.panel_id, appraisal_id=row.pk, marks=marks, text=text)


def test_both_sides_are_asked_say_their_word_once_and_only_the_supervisor_reads_it(made, cast, at):
    experts = [one for one in made.members if one.expert_id]
    assert Appraisal.objects.count() == 2 * len(experts)
    row = mine(made, 1)
    assert (row.rule["value"], row.rule["unit"], row.rule["citation"]) == (
        "5",
        "workday",
        "苏财规〔2017〕39号",
    )
    task = InboxItem.objects.get(key=f"room.{made.panel_id}.appraise.member.{made.members[1].pk}")
    assert (task.user_id, task.due_at, task.done_at) == (made.members[1].user_id, row.due_at, None)
    page = f"/rooms/{made.panel_id}/appraise/"
    browser = evaluate.client_of(made.actor(made.members[1]))
    assert "苏财规〔2017〕39号" in browser.get(page).content.decode()
    said = {**GOOD, "order": "2", "appraisal": str(row.pk), "text": "有人在评审中打电话"}
    again = browser.post(page, {**said, "text": ""})
    assert (again.status_code, again.content.decode().count(" checked")) == (422, len(GOOD))
    assert mine(made, 1).given_at is None, "a low mark wants its reason; the marks stay"
    assert browser.post(page, said).status_code == 303
    row.refresh_from_db()
    assert (row.marks["order"], row.late) == (2, False)
    task.refresh_from_db()
    assert task.done_at is not None
    host = evaluate.client_of(made.host)
    assert host.get(page).content.decode().count("<section") >= len(experts)
    for client in (host, browser):
        assert client.get(f"/rooms/{made.panel_id}/appraisals/").status_code == 404
    at(row.due_at - appraising.REMIND_BEFORE)
    remind_appraisals(f"room.{made.panel_id}")
    remind_appraisals(f"room.{made.panel_id}")
    again = InboxItem.objects.filter(key__endswith=".again")
    assert again.count() == len(experts), "the one that gave is not reminded; the desk is, once"
    at(row.due_at + timedelta(seconds=1))
    about = Appraisal.objects.filter(about_member=experts[0]).get()
    late = give(made, made.host, about, dict.fromkeys(appraisals.OF_MEMBERS, "4"))
    assert late.late
    assert Entry.objects.filter(verb="appraise").last().facts["late"] is True
    report = evaluate.client_of(cast.supervisor).get(f"/rooms/{made.panel_id}/report/").content.decode()
    assert f"/rooms/{made.panel_id}/appraisals/" in report
    supervisor = (
        evaluate.client_of(cast.supervisor).get(f"/rooms/{made.panel_id}/appraisals/").content.decode()
    )
    assert "有人在评审中打电话" in supervisor
    missing = 2 * len(experts) - 2
    assert f"有 {missing} 项逾期未提交" in supervisor
    assert supervisor.count("未提交") == missing + 1


def test_nobody_speaks_for_another_twice_or_without_marks(made, cast):
    row = mine(made, 1)
    for actor, marks, error in (
        (made.actor(made.members[2]), GOOD, NotFound),
        (cast.supplier_a, GOOD, NotFound),
        (made.actor(made.members[1]), {**GOOD, "pay": "6"}, Invalid),
        (made.actor(made.members[1]), {}, Invalid),
    ):
        with pytest.raises(error):
            give(made, actor, row, marks)
    assert not Appraisal.objects.exclude(given_at=None).exists()
    give(made, made.actor(made.members[1]), row, GOOD)
    with pytest.raises(WrongState):
        give(made, made.actor(made.members[1]), row, GOOD)


def test_where_the_law_has_no_such_rule_nobody_is_asked(cast, at):
    evaluate.reached(cast, at, "signed")
    assert not Appraisal.objects.exists()
