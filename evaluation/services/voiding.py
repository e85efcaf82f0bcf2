"""What a lost member found is void (财政部令第87号第四十九条): reviews, opinions and scores; and what follows for the others."""

from __future__ import annotations

from typing import Any

from core.audit.services import record
from core.transitions import follow
from evaluation.models import Member, Opinion, Panel, Review, Score, Sheet
from evaluation.selectors import members_of
from evaluation.states import PANEL_STEPS, SHEET_STEPS, PanelStatus, QuestionStatus, SheetStatus
from realtime.services import push


def void(panel: Panel, lost: Member) -> dict[str, Any]:
    """Void what a member found who has left a panel at work; gives it, for the record of the loss.

    Conditions only that member had reviewed are to be reviewed anew: scoring waits until they are. Findings on low quotes
    that no majority carries without that member are open again. Scores stay where they are and count no more.
    """
    reviews = Review.objects.filter(panel=panel, member=lost)
    opinions = Opinion.objects.filter(question__panel=panel, member=lost).select_related("question")
    gone = {
        "reviews": [
            {"bid": str(row.bid_id), "criterion": row.criterion, "passed": row.passed} for row in reviews
        ],
        "opinions": [{"question": str(row.question_id), "accepts": row.accepts} for row in opinions],
        "sheet": lost.sheet.digest,
    }
    questions = [row.question for row in opinions]
    opinions.delete()
    needed = len(members_of(panel)) // 2 + 1
    for question in questions:
        said = list(question.opinions.values_list("accepts", flat=True))
        if question.status == QuestionStatus.DECIDED and said.count(bool(question.accepted)) < needed:
            question.status = QuestionStatus.ANSWERED if question.answered_at else QuestionStatus.ASKED
            question.accepted = question.decided_at = None
            question.save(update_fields=["status", "accepted", "decided_at"])
    if gone["reviews"]:
        reviews.delete()
        if panel.status == PanelStatus.SCORING:
            step = follow(PANEL_STEPS, panel.status, "review_again")
            panel.status = step.target
            panel.save(update_fields=["status"])
            record(actor="draw", verb=step.verb, subject=f"room.{panel.pk}", rule=step.rule)
            push(f"room.{panel.pk}", f"agenda.{step.target}")
    return gone


def refit(panel: Panel, cells: list[dict[str, str]]) -> None:
    """Fit the sheets to cells that are fixed anew: scores of bids that are out are dropped, sheets given back.

    Sheets that were submitted stay as they are where the cells are those of before.
    """
    if not panel.cells or panel.cells == cells:
        return
    kept = {(row["bid"], row["criterion"]) for row in cells}
    scores = Score.objects.filter(sheet__member__panel=panel).values_list("pk", "bid_id", "criterion")
    gone = [pk for pk, bid_id, criterion in scores if (str(bid_id), criterion) not in kept]
    Score.objects.filter(pk__in=gone).delete()
    for sheet in Sheet.objects.select_for_update().filter(member__panel=panel, status=SheetStatus.SUBMITTED):
        step = follow(SHEET_STEPS, sheet.status, "give_back")
        before, sheet.status, sheet.digest = sheet.digest, step.target, ""
        sheet.submitted_at = None
        sheet.save(update_fields=["status", "digest", "submitted_at"])
        record(
            actor="draw",
            verb=step.verb,
            subject=f"room.{panel.pk}",
            rule=step.rule,
            member=str(sheet.member_id),
            before=before,
        )
