"""Which rules a process page cites, as of the day on which its law was fixed."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from core.clock import BEIJING
from core.errors import Refused
from core.law import current
from disclosure.models import Notice

CITED = (
    "L-09.bid_min_days",
    "L-18.single_source_notice_min",
    "D-03.nontender_notice_period",
    "T-02.tender_notice_period",
    "L-14.min_bidders",
    "L-16.result_notice",
    "N-12.result_notice",
    "T-24.result_notice_period",
    "L-20.contract_notice",
)
"""Rule ids; those that do not hold for the method in question are left out."""


def chips(lead: Notice) -> list[dict[str, Any]]:
    """Give the rules that hold for a notice's method, region and category: name, value, unit, citation, certainty."""
    as_of = lead.law_as_of or lead.published_at.astimezone(BEIJING).date()
    try:
        law = current.law(
            as_of, lead.region, None, lead.category or None, lead.method or None, sandbox=settings.SANDBOX
        )
    except (Refused, ValueError):
        return []
    rules = [law.cite(name) for name in CITED if law.has(name)]
    return [
        {
            "rule_id": rule.id,
            "name": rule.name,
            "value": str(rule.value),
            "unit": rule.unit,
            "citation": rule.citation,
            "certainty": str(rule.certainty),
        }
        for rule in rules
    ]
