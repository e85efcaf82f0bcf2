"""Which rules the pages of the mall show beside their numbers."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from core import clock
from core.enacted.selectors import law
from core.law.rule import Rule
from core.workdays import beijing_date
from mall.rules import RECORD


def rule_of(region: str, rule_id: str = RECORD, category: str = "goods") -> dict[str, Any] | None:
    """Give what a rule chip shows of today's law of the mall; None where no such rule holds."""
    known = law(
        beijing_date(clock.now()), region or None, category=category, method="mall", sandbox=settings.SANDBOX
    )
    return shown(known.cite(rule_id)) if known.has(rule_id) else None


def shown(rule: Rule) -> dict[str, Any]:
    """Give a rule as the chip reads it."""
    return {
        "id": rule.id,
        "value": str(rule.value),
        "unit": rule.unit,
        "citation": rule.citation,
        "certainty": rule.certainty.value,
    }
