"""Reckon anew the provisional times of a place's procedures that reach into a year announced since."""

from __future__ import annotations

from django.db import transaction

from core.law.recounting import Calendars
from evaluation.services.recounting import recount_decisions
from oversight.selectors import disputed
from parties.services import recounting
from tendering import periods as asked
from tendering.services.rescuing import recount_rescued


@transaction.atomic
def recount_procedures(
    *, actor_label: str, reason: str, region: str | None, old: Calendars, new: Calendars
) -> int:
    """Move the provisional times of questions, disputes, decisions and outages, with the tasks that wait for them.

    Times that were not provisional stay as they were fixed. Gives how many moved; a second call moves none.
    """
    periods = [*asked.open_periods(region, old, new), *disputed.open_periods(region, old, new)]
    moved = recounting.move_all(periods, actor_label=actor_label, reason=reason)
    decided = recount_decisions(actor_label=actor_label, reason=reason, region=region, old=old, new=new)
    rescued = recount_rescued(actor_label=actor_label, reason=reason, region=region, old=old, new=new)
    return len(moved) + decided + rescued
