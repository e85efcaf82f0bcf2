"""Open periods of evaluations that count working days: the purchaser's decision on the award."""

from __future__ import annotations

from core import regions
from core.law.recounting import Calendars, Period, by
from core.workdays import BEIJING
from evaluation.models import Report
from evaluation.states import PanelStatus
from tendering.selectors import law_of, tender_facts

DECISION = "L-16.award_decision"
"""How soon the purchaser decides after the report. Source: 《政府采购法实施条例》第四十三条."""


def open_periods(region: str | None, old: Calendars, new: Calendars) -> list[Period]:
    """Give the times to decide in a region (None: everywhere), under two calendars; where a reason was given there is none.

    A time runs from the last signature under the report.
    """
    rows = Report.objects.filter(
        panel__status=PanelStatus.SIGNED, award_due_at__isnull=False, delay_reason=""
    )
    found = []
    for row in rows.select_related("panel").prefetch_related("signatures").order_by("award_due_at", "pk"):
        tender = tender_facts(row.panel.tender_id)
        if region is not None and not tender.region.startswith(regions.stem(region)):
            continue
        law = law_of(tender.id)
        start = max(one.at for one in row.signatures.all()).astimezone(BEIJING)
        was, now = (
            by(law, table(tender.region)).end_of(DECISION, start, binding=False) for table in (old, new)
        )
        subject = f"tender.{tender.id}"
        key = f"{subject}.award"
        found.append(
            Period(
                row, "award_due_at", f"room.{row.panel_id}", key, tender.project_no, tender.title, was, now
            )
        )
    return found
