"""Have the credit registers asked about bidders after the opening, and keep those out who may not bid."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from core import clock
from core.errors import NotFound, Refused, gettext_noop
from evaluation import eligibility
from evaluation.eligibility import Standing, purpose_of
from evaluation.selectors import readable_bids
from parties.access import Actor
from parties.eligibility import Finding
from parties.evidence import EvidenceFacts
from parties.selectors import CreditFacts, newest_answers, organisation_facts
from parties.services import credit
from tendering.facts import TenderFacts


class NotEligible(Refused):
    """Something stands against the bidder that leaves no choice."""

    code = "not-eligible"
    title = gettext_noop("This bidder may not take part")


class SanctionStands(Refused):
    """Something stands against a candidate that excludes it from the award."""

    code = "sanction-stands"
    title = gettext_noop("The candidate may not be awarded")


class NotAsked(Refused):
    """The credit registers have not been asked about a candidate since the opening."""

    code = "credit-not-asked"
    title = gettext_noop("The credit registers have not been asked about a candidate")


def ask_all(*, actor: Actor, tender: TenderFacts, again: bool = True) -> int:
    """Ask the registers about every bidder whose bid was opened; gives for how many there was an answer.

    The caller has checked that `actor` runs the tender. Without `again`, whoever has been asked about is not asked about
    anew. Where no answer comes nothing is kept, and the review says that nobody was asked.
    """
    known = set() if again else set(newest_answers(purpose_of(tender.id)))
    whom = eligibility.names_of(readable_bids(tender.id))
    return sum(_ask(actor, tender, code, name) for code, name in sorted(whom.items()) if code not in known)


def ask_about(*, actor: Actor, tender: TenderFacts, names: Iterable[str]) -> int:
    """Ask about the suppliers of the named bids, before an award is decided; as `ask_all`."""
    chosen = set(names)
    whom = eligibility.names_of(bid for bid in readable_bids(tender.id) if str(bid.bid_id) in chosen)
    return sum(_ask(actor, tender, code, name) for code, name in sorted(whom.items()))


def ask_supplier(*, actor: Actor, tender: TenderFacts) -> bool:
    """Ask about the one supplier of a single-source procedure."""
    if tender.sole is None:
        raise NotFound()
    supplier = organisation_facts(tender.sole.supplier_id)
    return _ask(actor, tender, supplier.credit_code, supplier.name)


def _ask(actor: Actor, tender: TenderFacts, code: str, name: str) -> bool:
    row = credit.ask_if_possible(actor=actor, credit_code=code, name=name, purpose=purpose_of(tender.id))
    return row is not None


def note(*, actor: Actor, tender: TenderFacts, credit_code: str, **found: Any) -> None:
    """Keep what the host found in the registers by hand about one bidder, or a member. Raises NotFound, Invalid."""
    name = eligibility.names_of(readable_bids(tender.id)).get(credit_code)
    if name is None:
        raise NotFound()
    credit.note(actor=actor, credit_code=credit_code, name=name, purpose=purpose_of(tender.id), **found)


def standing_of(tender: TenderFacts, bid_id: uuid.UUID) -> Standing:
    """Give one bidder's standing now. Raises NotFound."""
    bids = [bid for bid in readable_bids(tender.id) if bid.bid_id == bid_id]
    if not bids:
        raise NotFound()
    return eligibility.standings(tender, readable_bids(tender.id), clock.now())[bid_id]


def require(findings: Iterable[Finding], supplier: str) -> None:
    """Pass if a candidate may be awarded. Raises SanctionStands, NotAsked."""
    for row in findings:
        if row.bars:
            raise SanctionStands(
                gettext_noop("It stands against %(supplier)s."),
                rule=row.rule,
                supplier=row.member or supplier,
                finding=row.code,
            )
        if row.code == "not-asked":
            raise NotAsked(
                gettext_noop("Have them asked about %(supplier)s, or enter by hand what they say."),
                rule=row.rule,
                supplier=row.member or supplier,
            )


def require_all(tender: TenderFacts, names: Iterable[str], at: datetime) -> None:
    """Pass if the suppliers of all the named bids may be awarded. Raises SanctionStands, NotAsked."""
    found = eligibility.standings(tender, readable_bids(tender.id), at)
    for name in sorted(names):
        row = found[uuid.UUID(name)]
        require(row.findings, row.bid.supplier_name)


def none_passed_who_may_not_bid(tender: TenderFacts, passed: Mapping[uuid.UUID, bool]) -> None:
    """Refuse where a bid passed its review against which, by now, something stands. Raises NotEligible."""
    for name, row in eligibility.standings(tender, readable_bids(tender.id), clock.now()).items():
        if passed.get(name) and row.barred:
            raise NotEligible(
                gettext_noop("%(supplier)s passed the review, and by now it may not take part."),
                rule=row.barred[0].rule,
                supplier=row.bid.supplier_name,
                finding=row.barred[0].code,
            )


def evidence_to_read(tender: TenderFacts, evidence_id: uuid.UUID) -> EvidenceFacts:
    """Give a piece of evidence that a bid of this tender rests on and that has a document, or raise NotFound."""
    for row in eligibility.standings(tender, readable_bids(tender.id), clock.now()).values():
        for one in row.evidence:
            if one.id == evidence_id and one.stored_as:
                return one
    raise NotFound()


def query_to_read(tender: TenderFacts, query_id: uuid.UUID) -> CreditFacts:
    """Give one credit query of this tender, or raise NotFound."""
    for row in eligibility.queries(tender):
        if row.id == query_id:
            return row
    raise NotFound()
