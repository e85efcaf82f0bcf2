"""What a tender asks of its bidders, as the facts of a tender say it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.money import Yuan
from tendering.facts import Preparer, Subcontracting
from tendering.models import Tender


def asked_of(tender: Tender) -> dict[str, Any]:
    """Give the members of `TenderFacts` that say who may bid; a tender without an entry asks for nothing."""
    row = getattr(tender, "admission", None)
    if row is None:
        return {}
    return {
        "evidence_asked": tuple(row.evidence_asked),
        "securities": {no: Yuan(amount) for no, amount in row.securities.items()},
        "consortia": row.consortia,
        "subcontracting": {
            no: Subcontracting(Decimal(said["most"]), said["work"], Decimal(said["sme"]))
            for no, said in row.subcontracting.items()
        },
        "preparers": tuple(Preparer(**one) for one in row.preparers),
    }
