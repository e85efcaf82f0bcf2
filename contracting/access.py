"""Who may reach contracts and agreements. Absent and forbidden look the same."""

from __future__ import annotations

from uuid import UUID

from contracting.facts import AgreementFacts, ContractFacts
from contracting.selectors import agreement_facts, contract_facts
from contracting.states import AgreementStatus, Party
from core.errors import NotFound
from parties.access import Actor
from parties.states import Kind


def side_of(actor: Actor, contract: ContractFacts) -> Party | None:
    """Give the side for which this person may act, or None."""
    if actor.org_id == contract.purchaser_id and actor.acts_as(Kind.PURCHASER):
        return Party.PURCHASER
    if actor.org_id == contract.supplier_id and actor.acts_as(Kind.SUPPLIER):
        return Party.SUPPLIER
    return None


def contract_to_view(actor: Actor, contract_id: UUID) -> ContractFacts:
    """Give a contract to its two sides, its agency and its region's supervisor; else NotFound, SignInFirst."""
    actor.require_user()
    contract = contract_facts(contract_id)
    sides = {contract.purchaser_id, contract.supplier_id, contract.agency_id} - {None}
    if actor.org_id not in sides and not actor.oversees(contract.region):
        raise NotFound()
    return contract


def contract_of_side(actor: Actor, contract_id: UUID, *sides: Party) -> ContractFacts:
    """Give a contract to whoever may act for one of `sides` (either by default); else NotFound, SignInFirst."""
    actor.require_user()
    contract = contract_facts(contract_id)
    if side_of(actor, contract) not in (sides or tuple(Party)):
        raise NotFound()
    return contract


def agreement_to_view(actor: Actor, agreement_id: UUID) -> AgreementFacts:
    """Give a published agreement to anyone; before that to its organiser and its region's supervisor."""
    agreement = agreement_facts(agreement_id)
    if agreement.status == AgreementStatus.DRAFT:
        actor.require_user()
        if actor.org_id != agreement.organiser_id and not actor.oversees(agreement.region):
            raise NotFound()
    return agreement
