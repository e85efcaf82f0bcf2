"""The verifier of a report checks every signature and every change that it rests on; an edit of the rows is named."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction

from evaluation import questions, rechecks, verifying
from evaluation.models import Member, Question, Recheck, Report, ReportSignature
from evaluation.services import questioning, rechecking, scoring
from tests.factories import evaluation as evaluate
from tests.scenes import scene

pytestmark = pytest.mark.django_db
TOGETHER = (
    ("an answer", "a changed score", "a corrected fact", "a declaration", "a dissent"),
    ("an answer's signature", "a change's signature", "a far score"),
    ("a change that disappears",),
)
"""Edits that are tried at once: what each of them breaks has a name of its own."""


@pytest.fixture
def made(cast: Any, at: Any) -> Any:
    """A signed report: a bidder has answered, one member differed on a fact and corrected it, one changed a judgement."""

    def build() -> Any:
        made = evaluate.reached(cast, at, "scoring")
        answer(made, cast.supplier_a)
        for member in made.members:
            over = {2: {"O1_0": "15"}, 3: {"S1_0": "10"}}.get(member.position, {})
            made.score(member, {"S1": f"{40 + member.position}", "O1": "18"}, **over)
            made.submit(member)
        scoring.correct(
            actor=made.actor(made.members[1]), panel_id=made.panel_id, bid_id=made.bids[0].pk,
            criterion="O1", value="18", reason="漏看售后网点证明",
        )  # fmt: skip
        change(made)
        made.report()
        for member in made.members:
            made.sign_report(member, "售后评分偏高" if member.position == 1 else "")
        return made

    return scene(("signed with changes", cast.purchaser.user_id), build)


def answer(made: Any, supplier: Any) -> None:
    question = questioning.ask(
        actor=made.actor(made.members[0]), panel_id=made.panel_id, bid_id=made.bids[0].pk,
        kind="clarify", text="质保期从何时起算？", minutes=30,
    )  # fmt: skip
    place = {"actor": supplier, "tender_id": made.tender.id, "question_id": question.pk}
    question = questioning.draft(text="自验收之日起", **place)
    purpose = questions.purpose_of(question)
    touched = made.credential(supplier.user_id, bytes.fromhex(question.digest), purpose)
    questioning.answer(credential=touched, **place)


def change(made: Any) -> None:
    place = {"panel_id": made.panel_id}
    one = rechecking.raise_score(
        actor=made.actor(made.members[0]), member_id=made.members[2].pk, bid_id=made.bids[0].pk,
        criterion="S1", reason="明显偏低", **place,
    )  # fmt: skip
    place["recheck_id"] = one.pk
    for member in made.members[:4]:
        one = rechecking.agree(actor=made.actor(member), agrees=True, **place)
        if one.status == "agreed":
            break
    owner = made.members[2]
    one = rechecking.draft(actor=made.actor(owner), value="40", reason="漏看第二章", **place)
    touched = made.credential(owner.user_id, bytes.fromhex(one.digest), rechecks.purpose_of(one))
    rechecking.settle(actor=made.actor(owner), credential=touched, **place)


def edits(made: Any) -> dict[str, tuple[str, set[str]]]:
    """Give each edit as SQL and what the verifier names of it."""
    question, signed = Question.objects.get(), Recheck.objects.get(ground__code="extreme")
    corrected, member = Recheck.objects.get(ground__code="objective_differs"), Member.objects.get(position=2)
    dissent = ReportSignature.objects.exclude(dissent="").get()
    seat = Member.objects.get(position=3)
    score = f"""UPDATE evaluation_score SET value = 41 WHERE criterion = 'S1' AND bid_id = '{made.bids[0].pk.hex}'
        AND sheet_id = {seat.sheet.pk}"""
    at = {
        "question": f"WHERE id = '{question.pk.hex}'",
        "recheck": f"WHERE id = '{signed.pk.hex}'",
        "corrected": f"WHERE id = '{corrected.pk.hex}'",
        "member": f"WHERE id = '{member.pk.hex}'",
    }
    said = {f"answer.{question.pk}", f"question.{question.pk}"}
    return {
        "an answer": (f"UPDATE evaluation_question SET answer = '自到货之日起' {at['question']}", said),
        "an answer's signature": (
            f"UPDATE evaluation_question SET signature = NULL {at['question']}", {f"answer.{question.pk}"}
        ),
        "a changed score": (
            f"UPDATE evaluation_recheck SET \"after\" = 44 {at['recheck']}", {f"recheck.{signed.pk}"}
        ),
        "a change's signature": (
            f"UPDATE evaluation_recheck SET signature = NULL {at['recheck']}", {f"recheck.{signed.pk}"}
        ),
        "a corrected fact": (
            f"UPDATE evaluation_recheck SET \"before\" = 18 {at['corrected']}", {f"recheck.{corrected.pk}"}
        ),
        "a change that disappears": (
            f"DELETE FROM evaluation_recheck {at['corrected']}", {"recheck.count", f"recheck.{signed.pk}"}
        ),
        "a far score": (
            score.replace("value = 41", "value = 20"), {"sheet.E3", "inputs", "deviations"}
        ),
        "a declaration": (
            f"UPDATE evaluation_member SET statement = NULL {at['member']}", {"declaration.E2"}
        ),
        "a dissent": (
            f"UPDATE evaluation_reportsignature SET dissent = '' WHERE id = {dissent.pk}", {"dissent.E1"}
        ),
    }  # fmt: skip


def test_every_edit_of_what_a_signed_report_rests_on_is_named(made):
    report = Report.objects.get()
    assert verifying.flaws(made.panel, report) == []
    every = edits(made)
    assert sorted(every) == sorted(what for together in TOGETHER for what in together)
    for together in TOGETHER:
        with transaction.atomic(), connection.cursor() as cursor:
            for what in together:
                cursor.execute(every[what][0])
                assert cursor.rowcount == 1, what
            named = set().union(*(every[what][1] for what in together))
            assert set(verifying.flaws(made.panel, report)) == named, together
            transaction.set_rollback(True)
    Question.objects.update(answer="自到货之日起")
    page = evaluate.client_of(made.host).get(f"/rooms/{made.panel_id}/report/").content.decode()
    assert "answer." in page
    assert "这份答复不是投标人签署的内容" in page
