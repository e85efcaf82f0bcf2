"""Open periods of tenders that count working days: answers to questions."""

from __future__ import annotations

from core import regions
from core.law.recounting import Calendars, Period, by
from tendering.models import Question
from tendering.selectors import law_of
from tendering.states import QuestionStatus

REPLY = "L-26.inquiry_reply"
"""How soon a question is answered. Source: 《实施条例》第五十二条."""


def open_periods(region: str | None, old: Calendars, new: Calendars) -> list[Period]:
    """Give the times of questions without an answer in a region (None: everywhere), under two calendars."""
    rows = Question.objects.exclude(status=QuestionStatus.ANSWERED).filter(due_at__isnull=False)
    if region is not None:
        rows = rows.filter(tender__region__startswith=regions.stem(region))
    found = []
    for row in rows.select_related("tender").order_by("asked_at", "pk"):
        law, place = law_of(row.tender_id), row.tender.region
        was, now = (by(law, table(place)).end_of(REPLY, row.asked_at, binding=False) for table in (old, new))
        subject = f"question.{row.pk}"
        name = row.tender.project_no
        found.append(Period(row, "due_at", subject, f"{subject}.", name, row.tender.title, was, now))
    return found
