"""Open periods of tenders that count working days: answers to questions, deadlines that an outage moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db.models import F, QuerySet

from core import regions
from core.law.recounting import Calendars, Period, by
from core.uptime import selectors as uptime
from tendering.models import Extension, Question, Tender
from tendering.rescue_rules import TIME
from tendering.selectors import law_of
from tendering.states import QuestionStatus, TenderStatus

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


def rescued_periods(region: str | None, old: Calendars, new: Calendars) -> list[Period]:
    """Give the deadlines for bids that an outage moved over days nobody had announced, where they come to lie later.

    None comes to lie earlier: what a notice says may be relied on (R6). A deadline keeps its hour.
    """
    rows = Extension.objects.filter(
        amendment__isnull=False, tender__status=TenderStatus.OPEN, tender__bids_due_at=F("after")
    )
    return _later(rows, "bids_due_at", lambda tender: tender, region, old, new)


def rescued_calls(region: str | None, old: Calendars, new: Calendars) -> list[Period]:
    """Give the times for applications that an outage moved over such days, in the same way."""
    rows = Extension.objects.filter(
        tender__status=TenderStatus.APPLYING, tender__prequalification__due_at=F("after")
    ).select_related("tender__prequalification")
    return _later(rows, "due_at", lambda tender: tender.prequalification, region, old, new)


def _later(
    rows: QuerySet[Extension],
    field: str,
    row_of: Callable[[Tender], Any],
    region: str | None,
    old: Calendars,
    new: Calendars,
) -> list[Period]:
    if region is not None:
        rows = rows.filter(tender__region__startswith=regions.stem(region))
    found = []
    for row in rows.select_related("tender").order_by("after", "pk"):
        outage, tender = uptime.outage(row.outage_id), row.tender
        if outage is None:
            continue
        start = max(row.before, min(outage.ended_at or row.at, row.at))
        law = law_of(tender.pk)
        was, now = (by(law, table(tender.region)).end_of(TIME, start, binding=False) for table in (old, new))
        if now.ends_at <= was.ends_at:
            continue
        later = replace(now, ends_at=row.after + (now.ends_at - was.ends_at))
        subject = f"tender.{tender.pk}"
        found.append(
            Period(row_of(tender), field, subject, subject, tender.project_no, tender.title, was, later)
        )
    return found
