"""A purchaser that neither decides nor gives a reason in time: the first candidate counts as determined."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from core import clock
from core.audit.models import Entry
from core.enacted import selectors as enacted
from core.errors import WrongState
from core.timers.models import Timer
from core.workdays import Special, beijing_date
from disclosure.models import Notice
from evaluation import selectors, timers
from evaluation.models import Award
from evaluation.services import deeming
from evaluation.services.recounting import recount_decisions
from parties.models import InboxItem
from tendering.selectors import tender_facts
from tests.factories import evaluation as evaluate

pytestmark = pytest.mark.django_db


def test_silence_determines_the_first_candidate_once_the_time_is_over(cast: Any, at: Any) -> None:
    made = evaluate.reached(cast, at, "signed")
    timer = Timer.objects.get(verb="evaluation.deemed")
    due = selectors.report_of(made.panel).award_due_at
    assert due is not None
    assert timer.due_at == due
    known = enacted.calendar(made.tender.region)
    guessed = replace(known, documents={})
    storm = Special("停工令（虚构）", *(beijing_date(due - timedelta(hours=1)),) * 2, False, "台风")
    later = known.with_local([storm])
    how: dict[str, Any] = {"actor_label": "clock", "reason": "test", "region": made.tender.region}
    assert recount_decisions(**how, old=lambda _: known, new=lambda _: later) == 0, "what is certain stays"
    assert recount_decisions(**how, old=lambda _: guessed, new=lambda _: later) == 1
    assert recount_decisions(**how, old=lambda _: guessed, new=lambda _: later) == 0
    timer.refresh_from_db()
    at(due)
    timers.deemed(timer.subject)
    assert Award.objects.count() == 0
    assert timer.due_at == selectors.report_of(made.panel).award_due_at > due
    assert InboxItem.objects.get(key=f"tender.{made.tender.id}.award").due_at == timer.due_at
    at(timer.due_at - timedelta(minutes=1))
    timers.deemed(timer.subject)
    assert Award.objects.count() == 0
    at(timer.due_at)
    timers.deemed(timer.subject)
    timers.deemed(timer.subject)
    [award] = selectors.awards_of(made.tender.id)
    assert (award.supplier_id, award.signature) == (cast.supplier_a.org_id, {})
    assert (made.panel.status, tender_facts(made.tender.id).status) == ("decided", "awarded")
    notice = json.dumps(Notice.objects.get(type="award").sections, ensure_ascii=False)
    assert "财政部令第87号第六十八条" in notice
    assert Entry.objects.get(verb="decide").rule == "T-25"
    assert award.contract_id is not None


def test_a_reason_given_in_time_stops_it_and_the_supervisor_is_told(cast: Any, at: Any) -> None:
    made = evaluate.reached(cast, at, "signed")
    timer = Timer.objects.get(verb="evaluation.deemed")
    browser = evaluate.client_of(cast.purchaser)
    path = reverse("evaluation:give_reason", args=[made.tender.id])
    before = (Entry.objects.count(), InboxItem.objects.count())
    assert browser.post(path, {"reason": " "}).status_code == 303
    assert (Entry.objects.count(), InboxItem.objects.count()) == before
    browser.post(path, {"reason": "正在核实业绩证明"})
    assert (
        "正在核实业绩证明" in browser.get(reverse("evaluation:award", args=[made.tender.id])).content.decode()
    )
    told = InboxItem.objects.get(key=f"tender.{made.tender.id}.delayed")
    assert told.organisation_id == cast.supervisor.org_id
    at(timer.due_at)
    timers.deemed(timer.subject)
    assert Award.objects.count() == 0
    with pytest.raises(WrongState):
        deeming.give_reason(actor=cast.purchaser, tender_id=made.tender.id, reason="再拖")
    [award] = made.decide()
    assert award.signature != {}
    assert clock.now() >= timer.due_at
