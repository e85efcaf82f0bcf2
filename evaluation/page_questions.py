"""What the room and a bidder's own page show of written questions and answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from core import clock
from core.errors import gettext_noop
from evaluation import blind, prices, questions
from evaluation.blind import Shown
from evaluation.models import Member, Panel, Question
from evaluation.services.questioning import ASKED_IN_WORDS
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

ANSWER_WORDS = {
    prices.CONFIRM: gettext_noop("I confirm the corrected price"),
    prices.REFUSE: gettext_noop("I do not confirm it: my bid becomes invalid"),
}


def room(panel: Panel, tender: TenderFacts, member: Member | None, *, hosting: bool) -> dict[str, Any]:
    """Give every question with its answer and opinions, and what this member or the host may ask, find and correct."""
    seen = blind.shown(panel, tender, member)
    names = {bid_id: one.bid for bid_id, one in seen.items()}
    open_now = panel.status in questions.OPEN_IN
    mine = member if member is not None and member.status == MemberStatus.DECLARED and open_now else None
    law, rows = tendering.law_of(tender.id), questions.of(panel)
    corrects = open_now and (mine is not None or hosting) and bool(prices.order(tender))
    asked = {row.bid_id for row in rows if row.kind == QuestionKind.CORRECTION and row.status != "withdrawn"}
    return {
        "questions": [
            {
                **_row(row),
                **_unnamed(row, seen.values(), veiled=blind.veiled(panel, member)),
                "bid": names.get(row.bid_id),
                "may_find": mine is not None and _judged(row),
                "may_take_back": corrects and row.kind == QuestionKind.CORRECTION and _awaited(row),
            }
            for row in rows
        ],
        "correctable": [bid for bid in names.values() if bid.quote is not None and bid.bid_id not in asked]
        if corrects
        else [],
        "contradicting": prices.contradicting(tender, names.values()),
        "may_ask": mine is not None,
        "asked_about": list(names.values()),
        "kinds": [
            {"code": kind, "word": _(word)} for kind, word in KIND_WORDS.items() if kind in ASKED_IN_WORDS
        ],
        "least": law.count(questions.LEAST_RULE) if law.has(questions.LEAST_RULE) else 30,
        "least_rule": law.cite(questions.LEAST_RULE) if law.has(questions.LEAST_RULE) else None,
    }


def _unnamed(row: Question, seen: Iterable[Shown], *, veiled: bool) -> dict[str, Any]:
    """Give a question and its answer, in blind scoring without the names of bidders that somebody wrote into them."""
    bids = [one.real for one in seen] if veiled else []
    return {
        "asked": blind.clean(row.text, bids),
        "answer": blind.clean(row.answer, bids) if row.answered_at and row.correction is None else "",
        "supplier": "" if veiled else row.supplier.name,
    }


def _judged(row: Question) -> bool:
    answered = row.status == QuestionStatus.ANSWERED or (
        row.status == QuestionStatus.ASKED and clock.now() >= row.due_at
    )
    return row.kind == QuestionKind.LOW_QUOTE and answered


def _awaited(row: Question) -> bool:
    return row.status == QuestionStatus.ASKED and clock.now() < row.due_at


def _row(row: Question) -> dict[str, Any]:
    late = row.status == QuestionStatus.ASKED and clock.now() >= row.due_at
    if row.kind == QuestionKind.CORRECTION:
        word, glyph = _correction_word(row, late=late)
        return {"row": row, "kind": _(KIND_WORDS[row.kind]), "word": word, "glyph": glyph, "opinions": []}
    return {
        "row": row,
        "kind": _(KIND_WORDS[row.kind]),
        "word": _("no answer in time") if late else _(QUESTION_WORDS[row.status]),
        "glyph": "held" if late else QUESTION_GLYPHS[row.status],
        "opinions": list(row.opinions.all()),
    }


def _correction_word(row: Question, *, late: bool) -> tuple[str, str]:
    if late or row.accepted is False:
        return _("not confirmed: invalid"), "failed"
    if row.accepted:
        return _("confirmed and signed"), "signed"
    return _(QUESTION_WORDS[row.status]), QUESTION_GLYPHS[row.status]


def own(rows: list[Question], tender: TenderFacts) -> dict[str, Any]:
    """Give a bidder its own questions: what it may still write and sign, and what it has signed."""
    now = clock.now()
    return {
        "tender": tender,
        "questions": [
            {
                "row": row,
                "kind": _(KIND_WORDS[row.kind]),
                "said": _(ANSWER_WORDS[row.answer]) if row.correction and row.answer else row.answer,
                "open": row.status == QuestionStatus.ASKED and now < row.due_at,
                "sign": {"payload_hash": row.digest, "purpose": questions.purpose_of(row)}
                if row.status == QuestionStatus.ASKED and row.answer and now < row.due_at
                else None,
            }
            for row in rows
        ],
    }
