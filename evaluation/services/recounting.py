"""Reckon anew when a purchaser's time to decide ends, and when its silence counts, once the year's days are announced."""

from __future__ import annotations

from django.db import transaction

from core.law.recounting import Calendars
from core.timers import services as timers
from evaluation.periods import open_periods
from evaluation.services.awards import DEEMED_TIMER
from parties.services import recounting


@transaction.atomic
def recount_decisions(
    *, actor_label: str, reason: str, region: str | None, old: Calendars, new: Calendars
) -> int:
    """Move the provisional times to decide, with the clock's own act at their end. Gives how many moved."""
    moved = recounting.move_all(open_periods(region, old, new), actor_label=actor_label, reason=reason)
    for one in moved:
        timers.schedule(verb=DEEMED_TIMER, subject=f"tender.{one.row.panel.tender_id}", due_at=one.after)
    return len(moved)
