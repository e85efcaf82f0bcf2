"""Addresses of oversight: the law is public; only the regulator of a place changes its values and days."""

from __future__ import annotations

from tests.access.matrix import Row

ROWS = [
    Row("oversight:calculator"),
    Row("oversight:rules"),
    Row("oversight:rule", {"rule_id": "L-09.bid_min_days"}),
    Row("api:law_rules", path="/api/v1/rules?category=goods"),
    Row("api:law_rule", path="/api/v1/rules/L-09.bid_min_days"),
    Row("api:law_deadline", path="/api/v1/deadlines?start=2026-09-28&rule=L-26.inquiry_reply"),
]
