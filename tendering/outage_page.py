"""What the public page of outages shows: measured times, evidence that others hold, moved deadlines, the rule."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from core.enacted.selectors import law
from core.uptime import selectors as uptime
from core.uptime.rules import PATIENCE
from core.workdays import beijing_date
from tendering.models import Extension
from tendering.page import cited
from tendering.rescue_rules import RULES
from tendering.services.rescuing import PARTS

SHOWN = 50


def page(now: datetime) -> dict[str, Any]:
    """Give the page in a fixed number of queries."""
    span = uptime.newest_span()
    rows = uptime.outages(limit=SHOWN)
    moved: dict[UUID, list[Extension]] = defaultdict(list)
    extensions = Extension.objects.filter(outage_id__in=[row.pk for row in rows])
    for one in extensions.select_related("tender", "amendment").order_by("after"):
        moved[one.outage_id].append(one)
    values = law(beijing_date(now), sandbox=settings.SANDBOX)
    return {
        "span": span,
        "beats": span is not None and now - span.last_at <= PATIENCE,
        "well": span is not None and not span.away,
        "away": [_(PARTS[part]) for part in span.away] if span else [],
        "outages": [
            {
                "row": row,
                "minutes": (row.seconds + 30) // 60,
                "parts": [_(PARTS[part]) for part in row.parts],
                "before": _checkpoint(row.witnessed.get("before")),
                "within": [_checkpoint(one) for one in row.witnessed.get("within", [])],
                "moved": moved[row.pk],
            }
            for row in rows
        ],
        "rules": [cited(values, rule) for rule in RULES if values.has(rule)],
    }


def _checkpoint(said: dict[str, Any] | None) -> dict[str, Any] | None:
    """Give a cosigned checkpoint with each keeper's own time."""
    if not said:
        return None
    times = [(name, datetime.fromtimestamp(at, UTC)) for name, at in sorted(said["witnesses"].items())]
    return {"size": said["size"], "witnesses": times}
