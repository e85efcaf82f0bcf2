"""What stands against the bidders of a tender: gathered from registers and evidence, decided by `parties.eligibility`.

Asked for after the opening only: before it, nobody but the platform's sealed record knows who bids.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bidding.facts import OpenedBidFacts
from bidding.securities import SecurityFacts, securities_of
from core.workdays import beijing_date
from parties.eligibility import Case, Finding, Link, decide
from parties.evidence import EvidenceFacts, held_at, links_between
from parties.selectors import CreditFacts, OrganisationFacts, credit_queries, newest_answers, records_of
from parties.states import Hold
from tendering import selectors as tendering
from tendering.facts import TenderFacts
from tendering.states import PART_WORDS


@dataclass(frozen=True)
class Standing:
    """One bidder's standing in one lot: what was found, and the credit query it rests on."""

    bid: OpenedBidFacts
    findings: tuple[Finding, ...]
    query: CreditFacts | None
    evidence: tuple[EvidenceFacts, ...] = ()

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
    """Give the standing of every one of these opened bids at an instant, by bid; the queries depend on the lots alone."""
    law = tendering.law_of(tender.id)
    due = tender.bids_due_at or at
    records = records_of({bid.credit_code for bid in bids})
    evidence = held_at({bid.supplier_id for bid in bids}, due)
    secured = {row.bid_id: row for row in securities_of(tender.id)} if tender.securities else {}
    links = {lot: _linked(bids, lot, beijing_date(due)) for lot in {bid.lot for bid in bids}}
    answers = newest_answers(purpose_of(tender.id))
    found = {}
    for bid in bids:
        query = answers.get(bid.credit_code)
        case = Case(
            day=beijing_date(due),
            records=tuple(records[bid.credit_code]),
            prepared=PART_WORDS.get(tender.prepared_by(bid.credit_code), ""),
            links=(*links[bid.lot][bid.supplier_id], *_same_account(bid, secured)),
            security=secured[bid.bid_id].status if bid.bid_id in secured else "",
            listed=query.listed if query else None,
            asked=tender.evidence_asked,
            proofs=tuple(row.proof for row in evidence[bid.supplier_id]),
        )
        held = tuple(row for row in evidence[bid.supplier_id] if row.condition in tender.evidence_asked)
        found[bid.bid_id] = Standing(bid, decide(case, at=at, law=law), query, held)
    return found


def _same_account(bid: OpenedBidFacts, secured: Mapping[uuid.UUID, SecurityFacts]) -> list[Link]:
    """Give the bidders of the lot whose security comes from the same account. Source: 财政部令第87号第三十七条."""
    own = secured.get(bid.bid_id)
    if own is None or not own.account:
        return []
    return [
        Link(row.supplier_name, Hold.ACCOUNT, False)
        for row in secured.values()
        if row.lot == bid.lot and row.supplier_id != bid.supplier_id and row.account == own.account
    ]


def _linked(bids: Sequence[OpenedBidFacts], lot: str, day: date) -> dict[uuid.UUID, list[Link]]:
    return links_between({bid.supplier_id for bid in bids if bid.lot == lot}, day)
