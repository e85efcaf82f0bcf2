"""What stands against the bidders of a tender: gathered from registers and evidence, decided by `parties.eligibility`.

Asked for after the opening only: before it, nobody but the platform's sealed record knows who bids.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bidding.facts import OpenedBidFacts
from core.workdays import beijing_date
from parties.eligibility import Case, Finding, decide
from parties.selectors import CreditFacts, OrganisationFacts, credit_queries, newest_answers, records_of
from tendering import selectors as tendering
from tendering.facts import TenderFacts


@dataclass(frozen=True)
class Standing:
    """One bidder's standing in one lot: what was found, and the credit query it rests on."""

    bid: OpenedBidFacts
    findings: tuple[Finding, ...]
    query: CreditFacts | None

    @property
    def barred(self) -> tuple[Finding, ...]:
        """Give the findings that leave no choice."""
        return tuple(row for row in self.findings if row.bars)


def purpose_of(tender_id: uuid.UUID) -> str:
    """Give the purpose under which credit queries for a tender are kept."""
    return f"tender.{tender_id}"


def queries(tender: TenderFacts) -> list[CreditFacts]:
    """Give the credit queries made for a tender, oldest first."""
    return credit_queries(purpose_of(tender.id))


def of_supplier(tender: TenderFacts, supplier: OrganisationFacts, at: datetime) -> tuple[Finding, ...]:
    """Give what stands against the one supplier of a single-source procedure."""
    query = newest_answers(purpose_of(tender.id)).get(supplier.credit_code)
    case = Case(
        day=beijing_date(at),
        records=tuple(records_of([supplier.credit_code])[supplier.credit_code]),
        listed=query.listed if query else None,
    )
    return decide(case, at=at, law=tendering.law_of(tender.id))


def standings(tender: TenderFacts, bids: Sequence[OpenedBidFacts], at: datetime) -> dict[uuid.UUID, Standing]:
    """Give the standing of every one of these opened bids at an instant, by bid; a fixed number of queries."""
    law = tendering.law_of(tender.id)
    records = records_of({bid.credit_code for bid in bids})
    answers = newest_answers(purpose_of(tender.id))
    day = beijing_date(tender.bids_due_at or at)
    found = {}
    for bid in bids:
        query = answers.get(bid.credit_code)
        case = Case(
            day=day,
            records=tuple(records[bid.credit_code]),
            listed=query.listed if query else None,
        )
        found[bid.bid_id] = Standing(bid, decide(case, at=at, law=law), query)
    return found
