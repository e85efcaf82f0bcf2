"""What a supplementary call (补充征集) must keep to: too few suppliers are left, and all terms are those of the first. Pure.

Source: 财政部令第110号第二十条 (rule F-10); that conditions, objects and elimination stay the same is a reading of this platform.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracting.rules import left_of, may_supplement
from core.errors import gettext_noop
from core.law.book import Law
from tendering.facts import TenderFacts
from tendering.issues import Issue, Surroundings, issue_of

RULE = "F-10.supplement_trigger"


def conditions(tender: TenderFacts, only: str = "") -> tuple[Any, ...]:
    """Give what two calls for one agreement have in common: objects, ceilings, conditions, comparison, elimination.

    `only`: of this lot alone.
    """
    terms = tender.framework
    return (
        tender.evaluation_method,
        tender.price_weight,
        [(row.name, row.kind, row.max, row.guide) for row in tender.criteria],
        [
            (lot.no, item.no, item.code, item.name, item.spec, item.unit, item.ceiling)
            for lot in tender.lots
            if only in ("", lot.no)
            for item in lot.items
        ],
        (terms.elimination, terms.selection, terms.quality_ground, terms.answer_hours) if terms else None,
    )


def supplement(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    """Yield what keeps a supplementary call from being published."""
    agreement, first = around.agreement, around.first_call
    if agreement is None or first is None:
        return
    if not may_supplement(law, agreement):
        left, whole = left_of(agreement)
        said = gettext_noop("%(left)s of %(whole)s suppliers are left: too many for a supplementary call.")
        yield issue_of(law, "enough-suppliers-left", said, "supplement", RULE, left=left, whole=whole)
    if (tender.wanted_due_at or around.now) >= agreement.ends_at:
        said = gettext_noop("The term of this framework agreement does not run then.")
        yield issue_of(law, "agreement-not-in-force", said, "supplement", "F-05")
    if conditions(tender) != conditions(first, agreement.source.partition("/")[2]):
        said = gettext_noop(
            "A supplementary call keeps the objects, conditions and terms of the first: take them over again."
        )
        yield issue_of(law, "supplement-differs", said, "supplement", RULE)
