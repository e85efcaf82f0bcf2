"""A supplier asks, who runs the tender answers: to all, without a name, in time, and with more time where it matters."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.audit.models import Entry
from core.errors import Invalid, NotFound, WrongState
from core.workdays import BEIJING
from disclosure.models import Notice, Record
from parties.models import InboxItem
from tendering import services as tendering
from tendering.models import Amendment, Question
from tendering.selectors import published_answers, tender_facts
from tendering.services import questions
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
LAST_WEEK = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)
TEXT = "第三章要求的接口是 USB-C 还是 USB-A？"


@pytest.fixture
def tender(cast: Any, at: Any) -> Any:
    at(TODAY)
    draft = make.complete_draft(cast.purchaser)
    make.entrusted(cast.purchaser, draft, cast.agency)
    return tendering.publish(actor=cast.purchaser, tender_id=draft.id)


def ask(cast: Any, tender: Any, text: str = TEXT) -> Any:
    return questions.ask(actor=cast.supplier_a, tender_id=tender.id, text=text)


def traces() -> tuple[int, ...]:
    return tuple(m.objects.count() for m in (Question, Entry, Notice, Amendment, InboxItem))


def test_an_agency_answers_to_all_within_three_working_days_and_nobody_learns_who_asked(
    cast: Any, tender: Any, at: Any, signed_in: Any, client: Any
) -> None:
    at(datetime(2026, 9, 18, 2, 0, tzinfo=UTC))
    asked = ask(cast, tender)
    # Friday; Sunday the 20th is a make-up day: 20, 21, 22
    assert asked.due_at == datetime(2026, 9, 23, tzinfo=BEIJING)
    task = InboxItem.objects.get(key=f"question.{asked.id}.answer")
    assert (task.organisation_id, task.kind, task.due_at) == (cast.agency.org_id, "agency", asked.due_at)
    address = reverse("tendering:questions", args=[tender.id])
    for reader in (cast.supplier_b, cast.supervisor):
        assert TEXT not in signed_in(reader).get(address).content.decode()

    answered = questions.answer(actor=cast.agency, question_id=asked.id, answer="USB-C。")
    assert (answered.no, answered.status) == (1, "answered")
    notice = Notice.objects.get(pk=answered.notice_id)
    assert (notice.type, notice.facts["question"], notice.facts["answer"]) == (
        "clarification",
        TEXT,
        "USB-C。",
    )
    told = json.dumps([notice.sections, notice.facts, notice.title], ensure_ascii=False)
    assert cast.supplier_a.org_name not in told + json.loads(Record.objects.get().compiled).__repr__()
    client.logout()
    public = client.get(address).content.decode()
    assert TEXT in public
    assert "USB-C。" in public
    assert cast.supplier_a.org_name not in public
    assert cast.supplier_a.org_name in signed_in(cast.agency).get(address).content.decode()
    assert InboxItem.objects.get(key=f"question.{asked.id}.answer").done_at is not None
    note = InboxItem.objects.get(key=f"question.{asked.id}.answered")
    assert note.organisation_id == cast.supplier_a.org_id
    assert tender_facts(tender.id).bids_due_at == tender.bids_due_at
    with pytest.raises(WrongState):
        questions.answer(actor=cast.agency, question_id=asked.id, answer="改口")
    assert [row.answer for row in published_answers(tender.id)] == ["USB-C。"]


def test_an_answer_that_changes_the_documents_is_the_purchasers_and_moves_the_deadline(
    cast: Any, tender: Any, at: Any
) -> None:
    at(LAST_WEEK)
    asked = ask(cast, tender)
    proposed = questions.answer(
        actor=cast.agency, question_id=asked.id, answer="改为 USB-C。", affects_bids=True
    )
    assert (proposed.status, proposed.no) == ("proposed", None)
    assert Amendment.objects.count() == 0
    assert InboxItem.objects.get(key=f"question.{asked.id}.publish").organisation_id == cast.purchaser.org_id

    file = SimpleUploadedFile("澄清一.pdf", b"%PDF clarification")
    answered = questions.answer(
        actor=cast.purchaser, question_id=asked.id, answer=proposed.answer, affects_bids=True, file=file
    )
    now = tender_facts(tender.id)
    assert now.bids_due_at == datetime(2026, 9, 30, 9, 30, tzinfo=BEIJING) > tender.bids_due_at
    notice = Notice.objects.get(pk=answered.notice_id)
    assert (notice.type, notice.corrects_id) == ("amendment", tender.notice_id)
    assert {"label": "Clarification", "before": TEXT, "after": "改为 USB-C。"} in notice.facts["changes"]
    assert [row.name for row in now.documents] == ["招标文件.pdf", "澄清一.pdf"]
    assert Question.objects.get().no == 1


def test_after_the_deadline_an_inquiry_is_answered_to_who_asked_alone(
    cast: Any, tender: Any, at: Any, signed_in: Any
) -> None:
    at(tender.bids_due_at)
    asked = ask(cast, tender, "开标记录何时公布？")
    assert asked.about_documents is False
    before = Notice.objects.count()
    questions.answer(actor=cast.agency, question_id=asked.id, answer="开标后即时公布。", affects_bids=True)
    assert (Notice.objects.count(), published_answers(tender.id)) == (before, [])
    address = reverse("tendering:questions", args=[tender.id])
    assert "开标后即时公布。" in signed_in(cast.supplier_a).get(address).content.decode()
    for reader in (cast.supplier_b, cast.supervisor, cast.outsider):
        assert "开标" not in signed_in(reader).get(address).content.decode().split("<main")[1]


@pytest.mark.parametrize("text", ["", " \n", "x" * 4001, "甲方示例科技有限公司想问：接口？"])
def test_a_question_says_something_and_does_not_name_the_firm(cast: Any, tender: Any, text: str) -> None:
    before = traces()
    with pytest.raises(Invalid):
        ask(cast, tender, text)
    assert traces() == before
    assert ask(cast, tender).no is None


def test_who_runs_the_tender_asks_nothing_and_others_answer_nothing(
    cast: Any, tender: Any, signed_in: Any
) -> None:
    asked = ask(cast, tender)
    before = traces()
    with pytest.raises(NotFound):
        questions.ask(actor=cast.purchaser, tender_id=tender.id, text=TEXT)
    with pytest.raises(Invalid):
        questions.answer(actor=cast.agency, question_id=asked.id, answer=" ")
    with pytest.raises(Invalid):
        questions.answer(
            actor=cast.agency, question_id=asked.id, answer=f"答{cast.supplier_a.org_name}：是。"
        )
    assert traces() == before
    own = reverse("tendering:answer", args=[tender.id, asked.id])
    elsewhere = reverse("tendering:answer", args=[make.published(cast.purchaser).id, asked.id])
    assert signed_in(cast.agency).get(own).status_code == 200
    assert signed_in(cast.purchaser).get(elsewhere).status_code == 404


def test_questions_are_asked_and_answered_with_plain_forms_that_keep_what_was_typed(
    cast: Any, tender: Any, signed_in: Any, at: Any
) -> None:
    address = reverse("tendering:questions", args=[tender.id])
    supplier = signed_in(cast.supplier_a)
    wrong = supplier.post(address, {"text": f"{cast.supplier_a.org_name}问"})
    assert wrong.status_code == 422
    assert f"{cast.supplier_a.org_name}问" in wrong.content.decode()
    assert supplier.post(address, {"text": TEXT}).status_code == 303
    page = reverse("tendering:answer", args=[tender.id, Question.objects.get().pk])
    host = signed_in(cast.agency)
    assert TEXT in host.get(page).content.decode()
    said = {"published_text": "接口是哪一种？", "answer": ""}
    refused = host.post(page, said)
    assert refused.status_code == 422
    assert "接口是哪一种？" in refused.content.decode()
    assert host.post(page, {**said, "answer": "USB-C。"}).status_code == 303
    assert Notice.objects.get(type="clarification").facts["question"] == "接口是哪一种？"
    at(TODAY + timedelta(days=60))
    assert "USB-C。" in host.get(address).content.decode()
