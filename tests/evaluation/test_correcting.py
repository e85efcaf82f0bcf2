"""A price that contradicts itself is corrected in the order of the law, and binds once its bidder confirms it."""

from __future__ import annotations

from typing import Any

import pytest

from bidding.models import OpenedBid
from core.audit.models import Entry
from core.errors import Invalid, NotFound, WrongState
from core.money import Yuan
from evaluation import questions, rules, selectors, verifying
from evaluation.models import Panel, Question
from evaluation.services import correcting, questioning, reporting
from parties.models import InboxItem
from tests.factories import evaluation as evaluate
from tests.scenes import scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(cast: Any, at: Any) -> Any:
    """All is scored. The total of the first of three bids is a thousand yuan less than its items come to."""

    def build() -> Any:
        made = evaluate.reached(cast, at, "scored")
        row = OpenedBid.objects.get(bid=made.bids[0])
        total = row.sheet["total_fen"] - 100_000
        OpenedBid.objects.filter(pk=row.pk).update(
            sheet={**row.sheet, "total_fen": total}, quote=Yuan.from_fen(total).amount
        )
        return made

    return scene(("contradicting", cast.purchaser.user_id), build)


def start(made: Any, actor: Any = None, **over: Any) -> Question:
    given = {"bid_id": made.bids[0].pk, "minutes": 60, **over}
    return correcting.start(actor=actor or made.host, panel_id=made.panel_id, **given)


def answered(made: Any, supplier: Any, question: Question, text: str = "confirm") -> Question:
    place = {"tender_id": made.tender.id, "question_id": question.pk}
    question = questioning.draft(actor=supplier, text=text, **place)
    touched = made.credential(
        supplier.user_id, bytes.fromhex(question.digest), questions.purpose_of(question)
    )
    return questioning.answer(actor=supplier, credential=touched, **place)


def bid_in(made: Any, report: Any = None) -> dict[str, Any]:
    lots = report.body["lots"] if report else selectors.lots_of(made.panel, made.tender)
    return next(row for row in lots[0]["case"]["bids"] if row["id"] == str(made.bids[0].pk))


def test_the_unit_prices_prevail_once_the_bidder_confirms_and_there_is_no_report_before(made, cast):
    with pytest.raises(reporting.PriceNotCorrected):
        made.report()
    opened = Yuan(bid_in(made)["quote"])
    question = start(made, made.actor(made.members[2]))
    assert [(one["code"], one["before"], one["citation"]) for one in question.correction["steps"]] == [
        ("sum", str(opened), "财政部令第87号第五十九条")
    ]
    task = InboxItem.objects.get(key=f"tender.{made.tender.id}.question.{question.pk}")
    assert (task.organisation_id, task.due_at, task.rule) == (cast.supplier_a.org_id, question.due_at, "T-19")
    own = f"/tenders/{made.tender.id}/panel-questions/"
    supplier = evaluate.client_of(cast.supplier_a)
    assert supplier.get(own, headers={"Accept": "application/json"}).json()["questions"][0]["correction"]
    assert supplier.post(f"{own}{question.pk}", {"text": "confirm"}).status_code == 303
    assert "data-sign-hash" in supplier.get(own).content.decode()
    with pytest.raises(reporting.PriceNotCorrected):
        made.report()
    assert bid_in(made)["quote"] == str(opened), "not signed: nothing has changed"

    answered(made, cast.supplier_a, question)
    report = made.report()
    found = bid_in(made, report)
    corrected = opened + Yuan("1000")
    assert (found["quote"], found["opened_quote"], found["compliant"]) == (str(corrected), str(opened), True)
    (said,) = report.body["questions"]
    assert (said["accepted"], said["correction"]["total"]) == (True, str(corrected))
    room = evaluate.client_of(made.host)
    for page in (f"/rooms/{made.panel_id}/report/", f"/rooms/{made.panel_id}/"):
        shown = room.get(page).content.decode()
        assert f"{corrected.amount:,}" in shown
        assert f"{opened.amount:,}" in shown
    stored = selectors.report_of(made.panel)
    assert verifying.flaws(made.panel, stored) == []
    made.sign_all()
    (award,) = made.decide()
    assert (award.bid_id, award.amount) == (made.bids[0].pk, corrected.amount)
    Question.objects.filter(pk=question.pk).update(correction={**question.correction, "total": "1.00"})
    assert {f"correction.{question.pk}", "inputs"} <= set(verifying.flaws(made.panel, stored))


@pytest.mark.parametrize("late", [False, True])
def test_a_bid_whose_corrected_price_is_not_confirmed_is_invalid_and_its_bidder_is_told_why(
    made, cast, at, late
):
    question = start(made)
    if late:
        at(question.due_at)
        with pytest.raises(WrongState):
            answered(made, cast.supplier_a, question)
    else:
        answered(made, cast.supplier_a, question, "refuse")
    report = made.report()
    assert [(row["id"], row["reason"]) for row in report.body["lots"][0]["result"]["excluded"]] == [
        (str(made.bids[0].pk), "not_compliant")
    ]
    assert bid_in(made, report)["compliant"] is False
    page = evaluate.client_of(made.host).get(f"/rooms/{made.panel_id}/report/").content.decode()
    assert "第五十九条" in page
    Panel.objects.filter(pk=made.panel_id).update(status="decided")
    (result,) = selectors.result_for(cast.supplier_a.org_id, made.tender.id)
    assert result["reasons"] == ["修正后的报价未经投标人确认"]


def test_a_misplaced_decimal_point_leaves_the_total_and_changes_the_unit_price(made, cast):
    row = OpenedBid.objects.get(bid=made.bids[0])
    (price,) = row.sheet["prices"]
    total = price["amount_fen"]
    misplaced = {**price, "unit_price": "45.00", "amount_fen": total // 100}
    OpenedBid.objects.filter(pk=row.pk).update(
        sheet={**row.sheet, "total_fen": total, "prices": [misplaced]}, quote=Yuan.from_fen(total).amount
    )
    question = answered(made, cast.supplier_a, start(made))
    assert [one["code"] for one in question.correction["steps"]] == ["decimal"]
    bid = next(one for one in selectors.readable_bids(made.tender.id) if one.bid_id == row.bid_id)
    assert (bid.quote, rules.quoted_prices(bid)[price["item"]].amount) == (Yuan.from_fen(total), 4500)


def test_what_the_files_say_counts_and_a_misreading_is_taken_back(made, cast):
    words = start(made, words="壹佰元整", elsewhere="9,000.00")
    codes = [one["code"] for one in words.correction["steps"]]
    assert codes == ["sheet", "words", "sum"], "the items have the last word"
    before = (Question.objects.count(), Entry.objects.count())
    second = made.bids[1].pk
    for actor, over, error in (
        (None, {}, WrongState),
        (None, {"bid_id": second}, Invalid),
        (None, {"bid_id": second, "words": "一百元"}, Invalid),
        (None, {"bid_id": second, "elsewhere": "x"}, Invalid),
        (None, {"bid_id": second, "elsewhere": "1", "minutes": 0}, Invalid),
        (None, {"bid_id": made.panel_id}, NotFound),
        (cast.supplier_a, {}, NotFound),
        (cast.supervisor, {}, NotFound),
    ):
        with pytest.raises(error):
            start(made, actor, **over)
    with pytest.raises(NotFound):
        correcting.take_back(actor=cast.supplier_a, panel_id=made.panel_id, question_id=words.pk)
    with pytest.raises(Invalid):
        answered(made, cast.supplier_a, words, "maybe")
    assert before == (Question.objects.count(), Entry.objects.count())
    correcting.take_back(actor=made.host, panel_id=made.panel_id, question_id=words.pk)
    with pytest.raises(WrongState):
        answered(made, cast.supplier_a, words)
    assert not InboxItem.objects.filter(key__endswith=str(words.pk), done_at=None).exists()
    assert answered(made, cast.supplier_a, start(made)).accepted is True
    with pytest.raises(WrongState):
        start(made)
