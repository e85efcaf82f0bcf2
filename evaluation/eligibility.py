"""What stands against the bidders of a tender: gathered from registers and evidence, decided by `parties.eligibility`.

Asked for after the opening only: before it, nobody but the platform's sealed record knows who bids.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bidding.facts import OpenedBidFacts
from bidding.securities import SecurityFacts, securities_of
from core.workdays import beijing_date
from evaluation import subcontracts
from parties.eligibility import Case, Finding, Link, decide, stands
from parties.evidence import EvidenceFacts, held_at, links_between
from parties.selectors import CreditFacts, OrganisationFacts, credit_queries, newest_answers, records_of
from parties.states import Hold
from tendering import selectors as tendering
from tendering.facts import TenderFacts
from tendering.reserved import lots_for_smes
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


@dataclass(frozen=True)
class _Party:
    """One supplier that takes part by a bid: the bidder itself, or a member of its consortium."""

    supplier_id: uuid.UUID
    name: str
    credit_code: str


def parties_of(bid: OpenedBidFacts) -> list[_Party]:
    """Give who takes part by a bid, the bidder first."""
    own = _Party(bid.supplier_id, bid.supplier_name, bid.credit_code)
    return [own, *(_Party(one.supplier_id, one.name, one.credit_code) for one in bid.partners)]


def names_of(bids: Iterable[OpenedBidFacts]) -> dict[str, str]:
    """Give the names of all who take part by these bids, by credit code."""
    return {one.credit_code: one.name for bid in bids for one in parties_of(bid)}


def standings(tender: TenderFacts, bids: Sequence[OpenedBidFacts], at: datetime) -> dict[uuid.UUID, Standing]:
    """Give the standing of every one of these opened bids at an instant, by bid; the queries depend on the lots alone.

    What is found of a consortium's member is found of its bid.   Source: 《政府采购法》第二十四条.
    """
    law = tendering.law_of(tender.id)
    due = tender.bids_due_at or at
    parties = {bid.bid_id: parties_of(bid) for bid in bids}
    everybody = [one for rows in parties.values() for one in rows]
    taking_on = {row.credit_code for bid in bids for row in bid.subcontracts}
    records = records_of({one.credit_code for one in everybody} | taking_on)
    out = {code: [row for row in records[code] if stands(row, at, law)] for code in taking_on}
    subs = subcontracts.of_bids(tender, bids)
    evidence = held_at({one.supplier_id for one in everybody}, due)
    secured = {row.bid_id: row for row in securities_of(tender.id)} if tender.securities else {}
    links = {lot: _linked(bids, lot, beijing_date(due)) for lot in {bid.lot for bid in bids}}
    answers = newest_answers(purpose_of(tender.id))
    reserved = lots_for_smes(tender)
    found = {}
    for bid in bids:
        findings: list[Finding] = []
        own = {one.name for one in parties[bid.bid_id]}
        for one in parties[bid.bid_id]:
            leads = one.supplier_id == bid.supplier_id
            query = answers.get(one.credit_code)
            case = Case(
                day=beijing_date(due),
                records=tuple(records[one.credit_code]),
                prepared=PART_WORDS.get(tender.prepared_by(one.credit_code), ""),
                links=(
                    *(row for row in links[bid.lot][one.supplier_id] if row.other not in own),
                    *(_same_account(bid, secured) if leads else ()),
                ),
                also_in=_also_in(one, bid, bids),
                security=secured[bid.bid_id].status if leads and bid.bid_id in secured else "",
                consortium=_together(bid, tender) if leads else "",
                declared_size=bid.size if leads and bid.lot in reserved else None,
                listed=query.listed if query else None,
                asked=tender.evidence_asked,
                proofs=tuple(row.proof for row in evidence[one.supplier_id]),
            )
            name = "" if leads else one.name
            findings += (replace(row, member=name) for row in decide(case, at=at, law=law))
        said = subs.get(bid.bid_id)
        findings += subcontracts.findings(bid, tender, said, reserved=bid.lot in reserved, barred=out)
        held = tuple(
            row
            for one in parties[bid.bid_id]
            for row in evidence[one.supplier_id]
            if row.condition in tender.evidence_asked
        )
        findings.sort(key=lambda row: not row.bars)
        found[bid.bid_id] = Standing(bid, tuple(findings), answers.get(bid.credit_code), held)
    return found


def _also_in(party: _Party, bid: OpenedBidFacts, bids: Iterable[OpenedBidFacts]) -> tuple[str, ...]:
    """Give the other bidders of the lot by whose bids the supplier takes part too. Source: 《实施条例》第二十二条."""
    return tuple(
        one.supplier_name
        for one in bids
        if one.lot == bid.lot and one.bid_id != bid.bid_id and party.supplier_id in one.party_ids
    )


def _together(bid: OpenedBidFacts, tender: TenderFacts) -> str:
    if bid.names_agreement and bid.consortium is None:
        return "unsigned"
    return "unwanted" if bid.consortium and not tender.consortia else ""


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
    return links_between({one for bid in bids if bid.lot == lot for one in bid.party_ids}, day)
