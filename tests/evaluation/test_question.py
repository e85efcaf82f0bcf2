"""A panel asks one bidder in writing; a very low quote is explained and judged before there is a report."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core import clock
from core.audit.models import Entry
from core.errors import Invalid, NotFound, WrongState
from evaluation import questions, selectors, verifying
from evaluation.models import Opinion, Question
from evaluation.services import questioning, reporting
from evaluation.states import QUESTION_STEPS, QuestionStatus
from parties.models import InboxItem
from tests.factories import evaluation as evaluate
from tests.scenes import scene

pytestmark = pytest.mark.django_db
LOW = ("1500.00", "4700.00", "4900.00", "4800.00")


@pytest.fixture
def made(cast: Any, at: Any) -> Any:
    """All is scored, and the first of four quotes is very low."""
    suppliers = [cast.supplier_a, cast.supplier_b, cast.supplier_c, cast.outsider]
    return scene(
        ("low quote", cast.purchaser.user_id),
        lambda: evaluate.reached(cast, at, "scored", prices=LOW, suppliers=suppliers),
    )


@pytest.fixture
def scoring(cast: Any, at: Any) -> Any:
    return evaluate.reached(cast, at, "scoring")


def ask(made: Any, **over: Any) -> Question:
    given = {"bid_id": made.bids[0].pk, "kind": "low_quote", "text": "请说明报价构成", "minutes": 5, **over}
    return questioning.ask(actor=made.actor(made.members[1]), panel_id=made.panel_id, **given)


def find(made: Any, question: Question, member: int, accepts: bool, reason: str = "成本构成不实") -> Question:
    return questioning.find(
        actor=made.actor(made.members[member]),
        panel_id=made.panel_id,
        question_id=question.pk,
        accepts=accepts,
        reason=reason,
    )


def answered(
    made: Any, supplier: Any, question: Question, text: str = "库存直供，见技术方案.pdf第2页"
) -> Question:
    place = {"tender_id": made.tender.id, "question_id": question.pk}
    question = questioning.draft(actor=supplier, text=text, **place)
    touched = made.credential(
        supplier.user_id, bytes.fromhex(question.digest), questions.purpose_of(question)
    )
    return questioning.answer(actor=supplier, credential=touched, **place)


def test_there_is_no_report_before_a_very_low_quote_is_judged_and_an_unexplained_one_is_out(made, cast, at):
    with pytest.raises(reporting.LowQuoteUnexplained):
        made.report()
    question = ask(made)
    assert question.due_at == question.asked_at + timedelta(minutes=30), "never less than the law's time"
    task = InboxItem.objects.get(key=f"tender.{made.tender.id}.question.{question.pk}")
    assert (task.organisation_id, task.due_at) == (cast.supplier_a.org_id, question.due_at)
    before = (Opinion.objects.count(), Entry.objects.count())
    with pytest.raises(WrongState):
        find(made, question, 1, False)
    assert before == (Opinion.objects.count(), Entry.objects.count())
    answered(made, cast.supplier_a, question)
    with pytest.raises(Invalid):
        find(made, question, 1, False, " ")
    find(made, question, 0, True, "库存属实")
    find(made, question, 1, False)
    find(made, question, 2, False)
    with pytest.raises(reporting.LowQuoteUnexplained):
        made.report()
    assert find(made, question, 3, False).accepted is False
    report = made.report()
    (lot,) = report.body["lots"]
    assert [(row["id"], row["reason"]) for row in lot["result"]["excluded"]] == [
        (str(made.bids[0].pk), "abnormally_low_unproven")
    ]
    (said,) = report.body["questions"]
    assert [(one["seat"], one["accepts"]) for one in said["opinions"]] == [
        ("E1", True), ("E2", False), ("E3", False), ("E4", False)
    ]  # fmt: skip
    assert said["answer"].startswith("库存直供")
    assert verifying.flaws(made.panel, selectors.report_of(made.panel)) == []
    page = evaluate.client_of(made.host).get(f"/rooms/{made.panel_id}/report/").content.decode()
    assert "库存直供" in page and "成本构成不实" in page  # noqa: PT018


def test_without_an_answer_in_time_the_panel_judges_what_it_has(made, cast, at):
    question = ask(made, minutes=60)
    at(question.due_at)
    with pytest.raises(WrongState):
        questioning.draft(
            actor=cast.supplier_a, tender_id=made.tender.id, question_id=question.pk, text="晚了"
        )
    for member in range(3):
        find(made, question, member, True, "市场价格可查证")
    question.refresh_from_db()
    assert (question.status, question.accepted, question.answer) == ("decided", True, "")
    assert made.report().body["lots"][0]["result"]["ranking"][0]["id"] == str(made.bids[0].pk)


def test_only_the_bidder_reads_its_question_and_the_panel_reads_only_what_is_signed(scoring, cast):
    made = scoring
    question = ask(made, kind="clarify", text="质保期从何时起算？")
    own = f"/tenders/{made.tender.id}/panel-questions/"
    assert evaluate.client_of(cast.supplier_b).get(own).status_code == 404
    supplier = evaluate.client_of(cast.supplier_a)
    assert supplier.post(f"{own}{question.pk}", {"text": "自验收之日起"}).status_code == 303
    page = supplier.get(own).content.decode()
    assert "data-sign-hash" in page
    assert not any(member.name in page for member in made.members), "who asked is not told"
    room = evaluate.client_of(made.actor(made.members[2]))
    assert "自验收之日起" not in room.get(f"/rooms/{made.panel_id}/").content.decode()
    answered(made, cast.supplier_a, question, "自验收之日起")
    assert "自验收之日起" in room.get(f"/rooms/{made.panel_id}/").content.decode()
    before = Question.objects.count()
    for actor, over, error in (
        (cast.supplier_a, {}, NotFound),
        (made.host, {"bid_id": made.panel_id}, NotFound),
        (made.host, {"kind": "other"}, NotFound),
        (made.host, {"text": " "}, Invalid),
        (made.host, {"minutes": 0}, Invalid),
    ):
        given = {"bid_id": made.bids[0].pk, "kind": "low_quote", "text": "x", "minutes": 30, **over}
        with pytest.raises(error):
            questioning.ask(actor=actor, panel_id=made.panel_id, **given)
    with pytest.raises(NotFound):
        questioning.draft(actor=cast.supplier_b, tender_id=made.tender.id, question_id=question.pk, text="x")
    assert before == Question.objects.count()


@pytest.mark.parametrize("status", list(QuestionStatus))
def test_every_state_of_a_question_allows_its_verbs_and_no_others(scoring, cast, status):
    made = scoring
    question = ask(made)
    question.answer = "价格有据"
    question.digest = questions.digest_of(question)
    question.save()
    Question.objects.filter(pk=question.pk).update(
        status=status, due_at=clock.now() + timedelta(hours=1) if status == "asked" else question.due_at
    )
    allowed = {step.verb for step in QUESTION_STEPS if status in step.sources}
    for verb, act in (
        ("answer", lambda: answered(made, cast.supplier_a, question)),
        ("find", lambda: find(made, question, 1, True)),
    ):
        if verb in allowed and not (verb == "find" and status == "asked"):
            act()
        else:
            with pytest.raises(WrongState):
                act()
        Question.objects.filter(pk=question.pk).update(status=status)
