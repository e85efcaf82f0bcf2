"""A winner refuses, or an award does not stand: the next candidate in order, or the procurement is run again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse

from contracting.models import Contract
from contracting.services import contracts
from core.audit.models import Entry
from core.canonical import digest
from core.errors import WrongState
from core.timers.models import Timer
from disclosure.models import Notice, Record
from evaluation import selectors
from evaluation.models import Award
from evaluation.services import awards, setting_aside
from evaluation.timers import contracted
from parties.models import InboxItem
from tendering.selectors import tender_facts
from tests.factories import evaluation as evaluate

pytestmark = pytest.mark.django_db


@pytest.fixture
def refused(cast: Any, at: Any) -> Any:
    """The winner has refused to sign, and the clock has told the purchaser."""
    made = evaluate.reached(cast, at, "decided")
    [award] = selectors.awards_of(made.tender.id)
    contracts.void(actor=cast.supplier_a, contract_id=award.contract_id, reason="产能不足")
    timer = Timer.objects.get(verb="evaluation.contracted")
    contracted(timer.subject)
    contracted(timer.subject)
    return made


def test_the_next_candidate_in_order_is_determined_and_the_changed_result_is_public(
    cast: Any, refused: Any
) -> None:
    task = InboxItem.objects.get(key__startswith=f"tender.{refused.tender.id}.refused.")
    assert (task.organisation_id, task.is_task) == (cast.purchaser.org_id, True)
    browser = evaluate.client_of(cast.purchaser)
    path = reverse("evaluation:award", args=[refused.tender.id])
    assert "第四十九条" in browser.get(path).content.decode()
    sent = browser.post(
        reverse("evaluation:set_aside", args=[refused.tender.id]), {"reason": "第一候选人拒签"}
    )
    assert sent.status_code == 303
    assert (refused.panel.status, tender_facts(refused.tender.id).status) == ("signed", "evaluated")

    [award] = refused.decide()
    assert award.supplier_id == cast.supplier_b.org_id
    assert tender_facts(refused.tender.id).status == "awarded"
    first, second = Contract.objects.order_by("formed_at")
    assert (first.status, second.status, second.contract_no) == ("void", "formed", f"{first.contract_no}-2")
    change = Notice.objects.get(type="result_change")
    assert change.corrects_id == Notice.objects.get(type="award").pk
    assert [row["name"] for row in change.facts["winners"]] == [cast.supplier_b.org_name]
    assert "第一候选人拒签" in json.dumps(change.sections, ensure_ascii=False)
    compiled = json.loads(Record.objects.get(pk=refused.tender.ocid).compiled)
    assert {row["suppliers"][0]["name"]: row["status"] for row in compiled["awards"]} == {
        cast.supplier_a.org_name: "cancelled",
        cast.supplier_b.org_name: "active",
    }
    assert InboxItem.objects.get(pk=task.pk).done_at is not None
    assert not InboxItem.objects.filter(key__contains=".award", done_at=None, is_task=True).exists()
    letters = InboxItem.objects.filter(key__startswith=f"tender.{refused.tender.id}.result.")
    again = {item.organisation_id: item.title for item in letters if item.key.endswith(".2")}
    assert len(again) == 3, "everybody is told of the new decision"
    assert [org for org, title in again.items() if title.startswith("Award letter")] == [
        cast.supplier_b.org_id
    ]
    assert "第一候选人拒签" in browser.get(path).content.decode()


def test_instead_of_the_next_candidate_it_is_run_again(cast: Any, refused: Any) -> None:
    tender_id = refused.tender.id
    setting_aside.set_aside(actor=cast.purchaser, tender_id=tender_id, reason="第一候选人拒签")
    page = evaluate.client_of(cast.purchaser).get(reverse("evaluation:award", args=[tender_id]))
    body = selectors.decision_body(refused.panel, selectors.report_of(refused.panel), fails=True)
    assert digest(body).hex() in page.content.decode()
    touched = refused.credential(cast.purchaser.user_id, digest(body), awards.purpose_of(tender_id))
    awards.declare_failure(actor=cast.purchaser, tender_id=tender_id, credential=touched)
    assert tender_facts(tender_id).status == "failed"
    assert Award.objects.filter(void_at=None).count() == 0


def test_an_award_whose_contract_nobody_refused_is_not_set_aside(cast: Any, at: Any) -> None:
    made = evaluate.reached(cast, at, "decided")
    before = (Entry.objects.count(), Notice.objects.count(), InboxItem.objects.count())
    with pytest.raises(WrongState):
        setting_aside.set_aside(actor=cast.purchaser, tender_id=made.tender.id, reason="改主意")
    answer = evaluate.client_of(cast.purchaser).post(
        reverse("evaluation:set_aside", args=[made.tender.id]), {"reason": "改主意"}
    )
    assert answer.status_code in (303, 409)
    assert (Entry.objects.count(), Notice.objects.count(), InboxItem.objects.count()) == before
    assert (made.panel.status, tender_facts(made.tender.id).status) == ("decided", "awarded")
