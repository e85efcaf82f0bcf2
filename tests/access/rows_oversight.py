"""Addresses of oversight: the law is public; only the regulator of a place changes its values and days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core import clock
from core.workdays import beijing_date
from oversight.services import changes
from tests.access.matrix import Row

REGULATOR = {"supervisor"}
REGULATORS = {"supervisor", "outsider_supervisor"}
"""Each at the list of its own place."""


def _draft(cast: Any) -> dict[str, Any]:
    content = {
        "rule_id": "L-26.inquiry_reply",
        "value": "2",
        "since": (beijing_date(clock.now()) + timedelta(days=30)).isoformat(),
        "citation": "示例",
        "certainty": "full text",
    }
    return {"change_id": changes.draft_value(actor=cast.supervisor, content=content, reason="示例").pk}


def _submitted(cast: Any) -> dict[str, Any]:
    made = _draft(cast)
    changes.submit(actor=cast.supervisor, change_id=made["change_id"], version=1)
    return made


ROWS = [
    Row("oversight:calculator"),
    Row("oversight:calendar"),
    Row("oversight:rules"),
    Row("oversight:rule", {"rule_id": "L-09.bid_min_days"}),
    Row("api:law_rules", path="/api/v1/rules?category=goods"),
    Row("api:law_rule", path="/api/v1/rules/L-09.bid_min_days"),
    Row("api:law_deadline", path="/api/v1/deadlines?start=2026-09-28&rule=L-26.inquiry_reply"),
    Row("api:law_calendar", path="/api/v1/working-days?year=2026"),
    Row("oversight:changes", allowed=REGULATORS),
    Row("oversight:value_new", allowed=REGULATORS),
    Row("oversight:value_new", allowed=REGULATORS, method="post"),
    Row("oversight:days_new", allowed=REGULATORS),
    Row("oversight:days_new", allowed=REGULATORS, method="post", accepts={422}),
    Row("oversight:change", _draft, allowed=REGULATOR),
    Row("oversight:edit", _draft, allowed=REGULATOR),
    Row("oversight:edit", _draft, allowed=REGULATOR, method="post", accepts={422}),
    Row("oversight:submit", _draft, allowed=REGULATOR, method="post", data={"version": 1}),
    Row("oversight:withdraw", _draft, allowed=REGULATOR, method="post"),
    Row("oversight:send_back", _submitted, allowed=REGULATOR, method="post", accepts={422}),
    Row(
        "oversight:approve", _submitted, allowed=REGULATOR, method="post", data={"version": 1}, accepts={403}
    ),
]
