"""What the room and a bidder's own page show of written questions and answers."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from core import clock
from evaluation import questions
from evaluation.models import Member, Panel, Question
from evaluation.selectors import readable_bids
from evaluation.states import (
    KIND_WORDS,
    QUESTION_GLYPHS,
    QUESTION_WORDS,
    MemberStatus,
    QuestionKind,
    QuestionStatus,
)
from tendering import selectors as tendering
from tendering.facts import TenderFacts


def room(panel: Panel, tender: TenderFacts, member: Member | None) -> dict[str, Any]:
    """Give every question with its answer and opinions, and what this member may ask and find."""
    names = {bid.bid_id: bid for bid in readable_bids(tender.id)}
    open_now = panel.status in questions.OPEN_IN
    mine = member if member is not None and member.status == MemberStatus.DECLARED and open_now else None
    law = tendering.law_of(tender.id)
    return {
        "questions": [
            {**_row(row), "bid": names.get(row.bid_id), "may_find": mine is not None and _judged(row)}
            for row in questions.of(panel)
        ],
        "may_ask": mine is not None,
        "asked_about": list(names.values()),
        "kinds": [{"code": kind, "word": _(word)} for kind, word in KIND_WORDS.items()],
        "least": law.count(questions.LEAST_RULE) if law.has(questions.LEAST_RULE) else 30,
        "least_rule": law.cite(questions.LEAST_RULE) if law.has(questions.LEAST_RULE) else None,
    }


def _judged(row: Question) -> bool:
    answered = row.status == QuestionStatus.ANSWERED or (
        row.status == QuestionStatus.ASKED and clock.now() >= row.due_at
    )
    return row.kind == QuestionKind.LOW_QUOTE and answered


def _row(row: Question) -> dict[str, Any]:
    late = row.status == QuestionStatus.ASKED and clock.now() >= row.due_at
    return {
        "row": row,
        "kind": _(KIND_WORDS[row.kind]),
        "word": _("no answer in time") if late else _(QUESTION_WORDS[row.status]),
        "glyph": "held" if late else QUESTION_GLYPHS[row.status],
        "answer": row.answer if row.answered_at else "",
        "opinions": list(row.opinions.all()),
    }


def own(rows: list[Question], tender: TenderFacts) -> dict[str, Any]:
    """Give a bidder its own questions: what it may still write and sign, and what it has signed."""
    now = clock.now()
    return {
        "tender": tender,
        "questions": [
            {
                "row": row,
                "kind": _(KIND_WORDS[row.kind]),
                "open": row.status == QuestionStatus.ASKED and now < row.due_at,
                "sign": {"payload_hash": row.digest, "purpose": questions.purpose_of(row)}
                if row.status == QuestionStatus.ASKED and row.answer and now < row.due_at
                else None,
            }
            for row in rows
        ],
    }
