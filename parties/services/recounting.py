"""Move periods that were provisional to where announced days put them, with the tasks that wait for them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from core.audit.services import record
from core.law.recounting import Period
from parties.services import inbox


@transaction.atomic
def move_all(periods: Iterable[Period], *, actor_label: str, reason: str) -> list[Period]:
    """Move what moves and give it; what was fixed stays. A second call moves none."""
    moved = []
    for one in periods:
        before = one.before
        if before is None or not one.moves:
            continue
        setattr(one.row, one.field, one.after)
        one.row.save(update_fields=[one.field])
        inbox.move(prefix=one.task, before=before, after=one.after)
        record(
            actor=actor_label,
            verb="recount_period",
            subject=one.subject,
            rule=one.rule,
            before=before.isoformat(),
            after=one.after.isoformat(),
            reason=reason,
        )
        moved.append(one)
    return moved
