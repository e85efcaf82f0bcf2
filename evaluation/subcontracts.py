"""What opened bids subcontract (分包): what counts for a price deduction, and what the law or the documents do not allow.

Source: 《政府采购法》第四十八条; 财政部令第87号第三十五条; 财库〔2020〕46号第八条, 第九条, 第十二条.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bidding.consortia import TIED
from bidding.facts import SMALL, OpenedBidFacts
from bidding.subcontracts import Subcontract
from core import clock
from core.errors import gettext_noop
from core.law.duties import duty
from core.workdays import beijing_date
from parties.eligibility import Finding, SanctionFacts
from parties.evidence import links_between
from parties.selectors import OrganisationFacts, organisations_by_credit_code
from parties.states import Size
from tendering.facts import Subcontracting, TenderFacts

PERMITTED, DECLARED = "L-36", "L-36.declared"
RESERVED, TIES, BAN, SIZE = "S-02.subcontract", "S-04.subcontract", "S-08", "S-09"
ORDER = tuple(Size)
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Declared:
    """What a bid subcontracts. `tied`: codes of subcontractors that hold or manage the bidder, or are held or managed by it."""

    lines: tuple[Subcontract, ...]
    tied: frozenset[str] = frozenset()
    registered: Mapping[str, OrganisationFacts] | None = None

    @property
    def total(self) -> Decimal:
        """The share of the contract that is subcontracted."""
        return sum((row.share for row in self.lines if row.share is not None), NOTHING)

    def share_of(self, sizes: Collection[str]) -> Decimal:
        """Give the share that goes to enterprises of these declared sizes which are not tied to the bidder."""
        return sum(
            (
                row.share
                for row in self.lines
                if row.share is not None and row.size in sizes and row.credit_code not in self.tied
            ),
            NOTHING,
        )


def of_bids(tender: TenderFacts, bids: Sequence[OpenedBidFacts]) -> dict[uuid.UUID, Declared]:
    """Give what each of these bids subcontracts, with ties on the deadline for bids; bids without are left out."""
    lines = {bid.bid_id: bid.subcontracts for bid in bids}
    codes = {row.credit_code for rows in lines.values() for row in rows}
    if not any(lines.values()):
        return {}
    known = organisations_by_credit_code(codes)
    taking_part = {one for bid in bids if lines[bid.bid_id] for one in bid.party_ids}
    day = beijing_date(tender.bids_due_at or clock.now())
    return {
        bid.bid_id: Declared(lines[bid.bid_id], tied, known)
        for bid, tied in zip(bids, _tied(bids, lines, known, taking_part, day), strict=True)
        if lines[bid.bid_id]
    }


def _tied(
    bids: Sequence[OpenedBidFacts],
    lines: Mapping[uuid.UUID, Sequence[Subcontract]],
    known: Mapping[str, OrganisationFacts],
    taking_part: set[uuid.UUID],
    day: date,
) -> Iterable[frozenset[str]]:
    links = links_between({*taking_part, *(org.id for org in known.values())}, day) if known else {}
    for bid in bids:
        own = {bid.supplier_name, *(one.name for one in bid.partners)}
        yield frozenset(
            row.credit_code
            for row in lines[bid.bid_id]
            if row.credit_code in known
            and any(link.other in own and link.hold in TIED for link in links[known[row.credit_code].id])
        )


def favouring_share(bid: OpenedBidFacts, said: Declared | None, terms: Subcontracting | None) -> Decimal:
    """Give the share of small and micro subcontractors that a price deduction looks at (rule S-04).

    Nothing counts where the documents permit no subcontract of the lot, where a line is incomplete, or where more is
    subcontracted than they permit. The sizes are those that the bid declares: what the register says against them is a
    finding of the review.
    """
    if said is None or terms is None or said.total > terms.most:
        return NOTHING
    return said.share_of(SMALL) if all(row.complete for row in said.lines) else NOTHING


def shares_of(tender: TenderFacts, bids: Sequence[OpenedBidFacts]) -> dict[uuid.UUID, Decimal]:
    """Give the share of each of these bids that counts for a deduction; bids of which nothing counts are left out."""
    if not tender.subcontracting:
        return {}
    found = of_bids(tender, bids)
    counted = {
        bid.bid_id: favouring_share(bid, found.get(bid.bid_id), tender.subcontracting.get(bid.lot))
        for bid in bids
    }
    return {name: share for name, share in counted.items() if share}


def favoured(bid: OpenedBidFacts, tender: TenderFacts, *, reserved: bool) -> bool:
    """Tell whether the bidder would win under a policy for SMEs: a lot kept for them, or its price reduced as a small one."""
    if bid.size not in set(Size) or bid.size == Size.LARGE:
        return False
    return reserved or (bid.size in SMALL and Decimal(tender.deductions.get("small_micro", "0")) > 0)


def findings(
    bid: OpenedBidFacts,
    tender: TenderFacts,
    said: Declared | None,
    *,
    reserved: bool,
    barred: Mapping[str, Sequence[SanctionFacts]],
) -> list[Finding]:
    """Give what the review has to answer of a bid's subcontracts; `reserved`: its lot is kept for SMEs.

    `barred` are records that stand, by credit code. The ban of S-08 leaves no choice; the rest is looked at.
    """
    terms = tender.subcontracting.get(bid.lot)
    lines = said.lines if said else ()
    found = []
    if lines and terms is None:
        found.append(
            _finding(
                "unwanted", PERMITTED, gettext_noop("It subcontracts, which the documents do not permit.")
            )
        )
    if any(not row.complete for row in lines):
        text = gettext_noop(
            "A subcontract does not say who takes on what, of which size and for which share."
        )
        found.append(_finding("incomplete", DECLARED, text))
    if said and terms and said.total > terms.most:
        text = gettext_noop("It subcontracts %(share)s %%; the documents permit %(most)s %%.")
        share = f"{(said.total * 100).normalize():f}"
        found.append(_finding("too-much", PERMITTED, text, share=share, most=terms.percent))
    for row in lines:
        found += _of_line(row, bid, said, favoured(bid, tender, reserved=reserved))
        for record in barred.get(row.credit_code, ()):
            text = gettext_noop("A bad record stands against the subcontractor %(name)s (%(decision)s).")
            found.append(_finding("record", DECLARED, text, name=row.name, decision=record.citation))
    if terms is not None and terms.sme and bid.size not in SMES:
        kept = said.share_of(SMES) if said else NOTHING
        if kept < terms.sme:
            text = gettext_noop(
                "%(share)s %% go to small and medium-sized enterprises; the documents ask for %(least)s %%."
            )
            share = f"{(kept * 100).normalize():f}"
            found.append(_finding("too-little", RESERVED, text, share=share, least=terms.sme_percent))
    return found


SMES = frozenset(Size) - {Size.LARGE}


def _of_line(row: Subcontract, bid: OpenedBidFacts, said: Declared | None, favours: bool) -> list[Finding]:
    found = []
    known = (said.registered or {}).get(row.credit_code) if said else None
    size = known.size if known is not None and known.size in set(Size) else row.size
    if (
        favours
        and size in set(Size)
        and ORDER.index(Size(size)) > ORDER.index(Size(bid.size))
        and size not in SMALL
    ):
        text = gettext_noop("Favoured as an SME, it subcontracts to a larger enterprise: %(name)s.")
        found.append(_finding("to-larger", BAN, text, bars=True, name=row.name))
    if known is not None and row.size and known.size and known.size != row.size:
        text = gettext_noop("The register has another size of the subcontractor %(name)s than the bid.")
        found.append(_finding("size", SIZE, text, name=row.name))
    if said and row.credit_code in said.tied:
        text = gettext_noop(
            "It and the subcontractor %(name)s hold or manage one another: that share favours nobody."
        )
        found.append(_finding("tied", TIES, text, name=row.name))
    return found


def _finding(code: str, rule: str, text: str, *, bars: bool = False, **facts: str) -> Finding:
    cited = duty(rule)
    return Finding(f"subcontract-{code}", rule, text, cited.citation, str(cited.certainty), bars, facts)
