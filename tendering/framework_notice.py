"""What a call for framework suppliers (征集公告) and its open data say beside a tender's."""

from __future__ import annotations

from typing import Any

from contracting.states import SELECTION_WORDS, Selection
from core.errors import gettext_noop
from disclosure import ocds
from disclosure.states import MARKETS
from tendering.facts import TenderFacts
from tendering.framework_rules import percent
from tendering.methods import Invites, method_of
from tendering.states import QUALITY_GROUND_WORDS

_TERM = gettext_noop("Term (months)")


def sections(tender: TenderFacts) -> list[dict[str, Any]]:
    """Give the sections of terms and ceiling unit prices; none for a procedure that is no framework."""
    terms = tender.framework
    if terms is None:
        return []
    anytime = method_of(tender.method).invites is Invites.ANYTIME
    rows: list[list[Any]] = [
        *([] if anytime else [[gettext_noop("Elimination rate"), percent(terms.elimination)]]),
        [_TERM, str(terms.months)],
        [gettext_noop("How a supplier is chosen for an order"), {"msg": SELECTION_WORDS[terms.selection]}],
        [
            gettext_noop("Hours in which a supplier answers an order"),
            str(terms.answer_hours),
        ],
        [gettext_noop("Market in which orders are placed"), {"msg": MARKETS[terms.market][1]}],
    ]
    if terms.supplement is not None:
        rows = [
            [
                gettext_noop("Supplements the framework agreement"),
                f"{terms.supplement.agreement_no} {terms.supplement.title}",
            ],
            [gettext_noop("Why others are called for"), terms.supplement.reason],
            [gettext_noop("Ends with the agreement"), terms.supplement.ends_at],
            *(row for row in rows if row[0] != _TERM),
        ]
    if terms.quality_ground:
        rows.append(
            [gettext_noop("Why quality comes first"), {"msg": QUALITY_GROUND_WORDS[terms.quality_ground]}]
        )
    price, title = (gettext_noop("Ceiling unit price"), gettext_noop("Ceiling unit prices"))
    if anytime:
        price, title = (gettext_noop("Unit price"), gettext_noop("Fixed unit prices"))
    head = [gettext_noop("Item"), gettext_noop("Unit"), price]
    prices = [[item.name, item.unit, str(item.ceiling or "")] for lot in tender.lots for item in lot.items]
    return [
        {"title": gettext_noop("Framework agreement"), "rows": rows},
        {"title": title, "table": {"head": head, "rows": prices}},
    ]


def facts(tender: TenderFacts) -> dict[str, Any]:
    """Give the terms as published facts; empty for a procedure that is no framework."""
    terms = tender.framework
    if terms is None:
        return {}
    return {
        "framework": {
            "elimination": f"{terms.elimination.normalize():f}",
            "months": terms.months,
            "selection": terms.selection,
            "quality_ground": terms.quality_ground,
            "answer_hours": terms.answer_hours,
            "market": terms.market,
            **({"supplements": terms.supplement.agreement_no} if terms.supplement else {}),
            "ceilings": {
                f"{lot.no}-{item.no}": str(item.ceiling)
                for lot in tender.lots
                for item in lot.items
                if item.ceiling
            },
        }
    }


def techniques(tender: TenderFacts) -> dict[str, Any]:
    """Give the OCDS techniques of a framework (extension `techniques`)."""
    if tender.framework is None:
        return {}
    direct = tender.framework.selection != Selection.COMPETITION
    return {
        "techniques": {
            "hasFrameworkAgreement": True,
            "frameworkAgreement": {
                "method": "withoutReopeningCompetition" if direct else "withReopeningCompetition",
                "value": ocds.value(tender.budget),
            },
        }
    }
