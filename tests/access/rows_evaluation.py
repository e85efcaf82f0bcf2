"""Addresses of evaluation: the host's, the room's, the purchaser's, each bidder's own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from core import clock
from disclosure.models import Notice
from evaluation import selectors
from evaluation.models import AssistedSignIn, Panel, Question
from evaluation.services import assisting, correcting, deals, questioning, rechecking
from parties.models import Evidence
from parties.selectors import newest_answers
from tendering.services import sole
from tests.access.matrix import Row
from tests.factories import evaluation as evaluate
from tests.factories import tendering as make
from tests.scenes import scene

INSIDE = {"purchaser", "expert", "supervisor"}


def _made(cast: Any, status: str) -> Any:
    """An evaluation on which the first four experts sit, the matrix's expert among them."""
    return scene(("a room of the matrix", status), lambda: _make(cast, status))


def _make(cast: Any, status: str) -> Any:
    with evaluate.past(pytest.MonkeyPatch()) as at:
        at(evaluate.SPRING)
        for expert in cast.experts[4:]:
            evaluate.tie(expert, cast.supplier_b)
        return evaluate.opened(cast, at) if status == "opened" else evaluate.reached(cast, at, status)


def _tender(status: str) -> Any:
    return lambda cast: {"tender_id": _made(cast, status).tender.id}


def _room(status: str) -> Any:
    return lambda cast: {"panel_id": _made(cast, status).panel_id}


def _file(cast: Any) -> dict[str, Any]:
    made = _made(cast, "scoring")
    file = selectors.readable_bids(made.tender.id)[0].files[0]
    return {"panel_id": made.panel_id, "file_id": file.id}


def _asked(cast: Any) -> dict[str, Any]:
    made = _made(cast, "scoring")
    query = next(iter(newest_answers(f"tender.{made.tender.id}").values()))
    return {"panel_id": made.panel_id, "query_id": query.id}


def _evidence(cast: Any) -> dict[str, Any]:
    made = _made(cast, "scoring")
    row = Evidence.objects.filter(organisation_id=cast.supplier_a.org_id).first()
    row.stored_as, row.name = storages["default"].save("evidence/x.pdf", ContentFile(b"paper")), "x.pdf"
    row.save()
    return {"panel_id": made.panel_id, "evidence_id": row.pk}


def _question(cast: Any) -> dict[str, Any]:
    """A bidder that was asked to explain a low quote."""
    made = _made(cast, "scoring")
    question = questioning.ask(
        actor=cast.purchaser,
        panel_id=made.panel_id,
        bid_id=made.bids[0].pk,
        kind="low_quote",
        text="问",
        minutes=4000,
    )
    Question.objects.filter(pk=question.pk).update(due_at=clock.now() + timedelta(days=3650))
    return {"tender_id": made.tender.id, "panel_id": made.panel_id, "question_id": question.pk}


def _only(*names: str) -> Any:
    return lambda cast: {name: value for name, value in _question(cast).items() if name in names}


def _correction(cast: Any) -> dict[str, Any]:
    """A bidder that was asked to confirm its corrected price."""
    made = _made(cast, "scoring")
    question = correcting.start(
        actor=cast.purchaser, panel_id=made.panel_id, bid_id=made.bids[0].pk, minutes=4000, elsewhere="1"
    )
    return {"panel_id": made.panel_id, "question_id": question.pk}


def _recheck(cast: Any) -> dict[str, Any]:
    """A score of the purchaser's member that the panel looks at again."""
    made = _made(cast, "scored")
    recheck = rechecking.raise_score(
        actor=cast.purchaser, panel_id=made.panel_id, member_id=made.members[0].pk,
        bid_id=made.bids[0].pk, criterion="S1", reason="偏离",
    )  # fmt: skip
    return {"panel_id": made.panel_id, "recheck_id": recheck.pk}


def _notice(cast: Any) -> dict[str, Any]:
    made = _made(cast, "decided")
    return {"notice_id": Notice.objects.get(type="award", ocid=made.tender.ocid).pk}


def _call(cast: Any) -> dict[str, Any]:
    made = _made(cast, "drawn")
    return {"call_id": next(one.call.pk for one in made.members if one.user_id == cast.experts[0].user_id)}


OBJECTS = {
    "expert_call": _call,
    "award_notice": _notice,
    "far_score": _recheck,
    "corrected_bidder": _correction,
    "asked_bidder": _only("panel_id", "question_id"),
    "asked_tender": _only("tender_id"),
    "asked_tender_question": _only("tender_id", "question_id"),
    "asked_room": _asked,
    "room_evidence": _evidence,
    "opened_tender": _tender("opened"),
    "signed_tender": _tender("signed"),
    "decided_tender": _tender("decided"),
    "drawn_room": _room("drawn"),
    "scoring_room": _room("scoring"),
    "scored_room": _room("scored"),
    "reported_room": _room("reported"),
    "room_file": _file,
}


def _deal(cast: Any) -> dict[str, Any]:
    """A price agreed with a single source, written down and not signed."""
    with evaluate.past(pytest.MonkeyPatch()) as at:
        at(evaluate.SPRING)
        draft = make.complete_draft(cast.purchaser, make.plan(cast.purchaser, method="single_source"))
        opinion = {"name": "王示例", "unit": "示例大学", "title": "教授", "opinion": "只能从该供应商处采购。"}
        sole.state_source(
            actor=cast.purchaser, tender_id=draft.id, supplier_id=str(cast.supplier_a.org_id),
            ground="only_supplier", reason="须与现有平台配套", opinions=[opinion],
        )  # fmt: skip
        tender = sole.announce(actor=cast.purchaser, tender_id=draft.id)
        at(tender.sole.objections_until)
        sole.negotiate(actor=cast.purchaser, tender_id=draft.id)
        deals.write(
            actor=cast.purchaser, tender_id=draft.id, held_on=evaluate.SPRING.date(), place="会议室", staff="李示例",
            costs="成本", terms="条款", prices={"1-1": "4600.00"},
        )  # fmt: skip
    return {"tender_id": draft.id}


def _assisted() -> dict[str, Any]:
    member = Panel.objects.get().members.get(position=2)
    assisting.ask(email=member.user.email)
    return {"request": str(AssistedSignIn.objects.get().pk)}


ROWS = [
    Row("evaluation:sme_year", {"year": 2020}, allowed={"purchaser"}),
    Row("evaluation:sme_year", {"year": 2020}, allowed={"purchaser"}, method="post"),
    Row("evaluation:deal", _deal, allowed={"purchaser", "supplier"}),
    Row("evaluation:deal", _deal, allowed={"purchaser"}, method="post", accepts={422}),
    Row("evaluation:sign_deal", _deal, allowed={"purchaser", "supplier"}, method="post", accepts={403, 409, 422}),
    Row("evaluation:decide_deal", _deal, allowed={"purchaser"}, method="post", accepts={403, 409, 422}),
    Row("evaluation:set_aside_deal", _deal, allowed={"purchaser"}, method="post", accepts={409, 422}),
    Row("evaluation:panel", "opened_tender", allowed={"purchaser"}),
    Row("evaluation:panel", "opened_tender", allowed={"purchaser"}, method="post"),
    Row("evaluation:award", "signed_tender", allowed={"purchaser"}),
    Row("evaluation:award", "signed_tender", allowed={"purchaser"}, method="post"),
    Row("evaluation:give_reason", "signed_tender", allowed={"purchaser"}, method="post"),
    Row("evaluation:set_aside", "decided_tender", allowed={"purchaser"}, method="post"),
    Row("evaluation:result", "decided_tender", allowed={"supplier"}),
    Row("evaluation:room", "scoring_room", allowed=INSIDE),
    Row("evaluation:room_json", "scoring_room", allowed=INSIDE),
    Row("evaluation:file", "room_file", allowed=INSIDE),
    Row("evaluation:file_bytes", "room_file", allowed=INSIDE),
    Row("evaluation:search", "scoring_room", allowed=INSIDE),
    Row("evaluation:note", "scoring_room", allowed={"purchaser", "expert"}),
    Row("evaluation:note", "scoring_room", allowed={"purchaser", "expert"}, method="post", data=lambda cast: _cell("O1")),
    Row("evaluation:reader_worker"),
    Row("evaluation:ask", "scoring_room", allowed={"purchaser", "expert"}, method="post", data=lambda cast: _asks()),
    Row("evaluation:correct_price", "scoring_room", allowed={"purchaser", "expert"}, method="post", data=lambda cast: _asks()),
    Row("evaluation:take_back_correction", "corrected_bidder", allowed={"purchaser", "expert"}, method="post"),
    Row("evaluation:find_answer", "asked_bidder", allowed={"purchaser", "expert"}, method="post"),
    Row("evaluation:own_questions", "asked_tender", allowed={"supplier"}),
    Row("evaluation:draft_answer", "asked_tender_question", allowed={"supplier"}, method="post", data={"text": "答"}),
    Row("evaluation:sign_answer", "asked_tender_question", allowed={"supplier"}, method="post"),
    Row("evaluation:recompute", "award_notice"),
    Row("evaluation:present", "scoring_room", allowed={"purchaser", "expert"}, method="post"),
    Row("evaluation:declare", "drawn_room", allowed={"purchaser", "expert"}, method="post"),
    Row("evaluation:recuse", "drawn_room", allowed={"purchaser", "expert"}, method="post"),
    Row("evaluation:call", "expert_call", allowed={"expert"}),
    Row("evaluation:answer_call", "expert_call", allowed={"expert"}, method="post", data={"answer": "accept"}),
    Row("evaluation:draw_more", "drawn_room", allowed={"purchaser"}, method="post"),
    Row("evaluation:replace", "drawn_room", allowed={"purchaser"}, method="post", data=lambda cast: _seat(cast)),
    Row("evaluation:seat", "drawn_room", allowed={"purchaser"}, method="post", data=lambda cast: _person(cast)),
    Row("evaluation:advance", "drawn_room", allowed={"purchaser"}, method="post", data={"verb": "begin_review"}),
    Row("evaluation:dissolve", "scoring_room", allowed={"purchaser"}, method="post"),
    Row("evaluation:review", "scoring_room", allowed={"purchaser"}, method="post", data=lambda cast: _cell("Q1")),
    Row("evaluation:eligibility", "scoring_room", allowed=INSIDE),
    Row("evaluation:credit_query", "asked_room", allowed=INSIDE),
    Row("evaluation:ask_credit", "scoring_room", allowed={"purchaser"}, method="post"),
    Row("evaluation:note_credit", "scoring_room", allowed={"purchaser"}, method="post", accepts={422}),
    Row("evaluation:evidence", "room_evidence", allowed=INSIDE),
    Row("evaluation:score", "scoring_room", allowed={"purchaser", "expert"}, method="post", data=lambda cast: _cell("O1")),
    Row("evaluation:fact", "scoring_room", allowed={"purchaser", "expert"}, method="post", data=lambda cast: _cell("O1")),
    Row("evaluation:assist_ask"),
    Row("evaluation:assist_ask", method="post", data={"email": "nobody@example.org"}),
    Row("evaluation:assist_wait"),
    Row("evaluation:assist", "scoring_room", allowed={"supervisor"}),
    Row("evaluation:assist_confirm", "scoring_room", allowed={"supervisor"}, method="post", data=lambda cast: _assisted()),
    Row("evaluation:appraise", "scoring_room", allowed=()),
    Row("evaluation:appraise", "scoring_room", allowed=(), method="post"),
    Row("evaluation:appraisals", "scoring_room", allowed=()),
    Row("evaluation:submit", "scoring_room", allowed={"purchaser", "expert"}, method="post"),
    Row("evaluation:correct", "scoring_room", allowed={"purchaser", "expert"}, method="post", data=lambda cast: _cell("O1")),
    Row("evaluation:raise_score", "scored_room", allowed={"purchaser", "expert"}, method="post", data=lambda cast: _far()),
    Row("evaluation:agree_recheck", "far_score", allowed={"purchaser", "expert"}, method="post"),
    Row("evaluation:draft_recheck", "far_score", allowed={"purchaser"}, method="post", data={"value": "1", "reason": "x"}),
    Row("evaluation:settle_recheck", "far_score", allowed={"purchaser"}, method="post"),
    Row("evaluation:make_report", "scored_room", allowed={"purchaser"}, method="post"),
    Row("evaluation:report", "reported_room", allowed=INSIDE),
    Row("evaluation:report_pdf", "reported_room", allowed=INSIDE),
    Row("evaluation:sign_report", "reported_room", allowed={"purchaser", "expert"}, method="post"),
]  # fmt: skip


def _seat(cast: Any) -> dict[str, str]:
    from evaluation.models import Member

    return {"member": str(Member.objects.filter(kind="expert").first().pk), "reason": "未到场"}


def _far() -> dict[str, str]:
    from evaluation.models import Member

    return {**_cell("S1"), "member": str(Member.objects.get(position=2).pk), "reason": "偏离"}


def _asks() -> dict[str, str]:
    return {**_cell("O1"), "kind": "clarify", "text": "问", "minutes": "30"}


def _person(cast: Any) -> dict[str, str]:
    return {"representative": str(cast.purchaser.user_id)}


def _cell(criterion: str) -> dict[str, str]:
    from bidding.models import Bid

    return {"bid": str(Bid.objects.first().pk), "criterion": criterion, "value": "1", "passed": "1"}
