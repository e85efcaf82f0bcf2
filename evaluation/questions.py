"""Reads of what a panel asks bidders in writing, and what it found of the answers."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from bidding.facts import OpenedBidFacts
from core.canonical import digest
from core.law.book import Law
from evaluation.models import Panel, Question
from evaluation.selectors import readable_bids
from evaluation.states import PanelStatus, QuestionKind, QuestionStatus

LEAST_RULE = "A-05.low_explain_min"
OPEN_IN = frozenset({PanelStatus.REVIEWING, PanelStatus.SCORING, PanelStatus.SCORED})
MOST_MINUTES = 3 * 24 * 60


def of(panel: Panel) -> list[Question]:
    """Give the questions of a panel, oldest first, with the opinions on their answers."""
    rows = Question.objects.filter(panel=panel).select_related("supplier")
    return list(rows.prefetch_related("opinions__member"))


def own(tender_id: uuid.UUID, supplier_id: uuid.UUID) -> list[Question]:
    """Give the questions that a supplier was asked about its bids for a tender."""
    rows = Question.objects.filter(panel__tender_id=tender_id, supplier_id=supplier_id)
    return list(rows.exclude(panel__status=PanelStatus.DISSOLVED).select_related("panel", "supplier"))


def unsettled(panel: Panel, low: set[str]) -> set[str]:
    """Give those of the bids with a very low quote that the panel has not found explained or unexplained."""
    done = Question.objects.filter(
        panel=panel, kind=QuestionKind.LOW_QUOTE, status=QuestionStatus.DECIDED
    ).values_list("bid_id", flat=True)
    return low - {str(bid) for bid in done}


def least_until(law: Law, now: datetime) -> datetime:
    """Give the earliest instant at which an explanation may be due; before that rule was in force there is none."""
    return law.end_of(LEAST_RULE, now).ends_at if law.has(LEAST_RULE) else now


def due(law: Law, now: datetime, minutes: int) -> datetime:
    """Give when an answer is due: after the minutes, but never before the law's shortest time."""
    return max(now + timedelta(minutes=minutes), least_until(law, now))


def purpose_of(question: Question) -> str:
    """Give the purpose under which a passkey signs the answer."""
    return f"answer.{question.pk}"


def for_report(panel: Panel) -> list[dict[str, Any]]:
    """Give the questions as the evaluation report says them: with the answer's signed digest and each member's opinion."""
    names = {bid.bid_id: bid.party_name for bid in readable_bids(panel.tender_id)}
    return [
        {
            "bid": str(row.bid_id),
            "supplier": names.get(row.bid_id, row.supplier.name),
            "kind": row.kind,
            "asked": row.text,
            "asked_at": row.asked_at.isoformat(),
            "due_at": row.due_at.isoformat(),
            "answer": row.answer if row.answered_at else "",
            "answered_at": row.answered_at.isoformat() if row.answered_at else None,
            "digest": row.digest if row.answered_at else "",
            "accepted": row.accepted,
            **({"correction": row.correction, "status": row.status} if row.correction is not None else {}),
            "opinions": [
                {"seat": f"E{one.member.position}", "accepts": one.accepts, "reason": one.reason}
                for one in row.opinions.all()
            ],
        }
        for row in of(panel)
    ]


def digest_of(question: Question) -> str:
    """Give the digest of what the bidder signs."""
    return digest(question.body).hex()


def bid_of(panel: Panel, bid_id: uuid.UUID) -> OpenedBidFacts | None:
    """Give an opened bid of the panel's tender, or None."""
    return next((bid for bid in readable_bids(panel.tender_id) if bid.bid_id == bid_id), None)
