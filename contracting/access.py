"""Who may reach contracts and agreements. Absent and forbidden look the same."""

from __future__ import annotations

from uuid import UUID

from contracting.facts import AgreementFacts, ContractFacts, EntrantFacts
from contracting.selectors import agreement_facts, contract_facts
from contracting.states import AgreementStatus, Party
from core.errors import NotFound
from parties.access import Actor
from parties.states import Kind
from planning.selectors import publishing_desk


def side_of(actor: Actor, contract: ContractFacts) -> Party | None:
    """Give the side for which this person may act, or None."""
    if actor.org_id == contract.purchaser_id and actor.acts_as(Kind.PURCHASER):
        return Party.PURCHASER
    if actor.org_id == contract.supplier_id and actor.acts_as(Kind.SUPPLIER):
        return Party.SUPPLIER
    return None


def partner_of(actor: Actor, contract: ContractFacts) -> str:
    """Give the credit code of the consortium's partner for which this person may act; empty for anybody else."""
    partners = contract.consortium.partners if contract.consortium and actor.acts_as(Kind.SUPPLIER) else ()
    return next((one.credit_code for one in partners if one.supplier_id == actor.org_id), "")


def contract_to_sign(actor: Actor, contract_id: UUID) -> ContractFacts:
    """Give a contract to whoever may act for a side of it or for a consortium's partner; else NotFound, SignInFirst."""
    actor.require_user()
    contract = contract_facts(contract_id)
    if side_of(actor, contract) is None and not partner_of(actor, contract):
        raise NotFound()
    return contract


def contract_to_view(actor: Actor, contract_id: UUID) -> ContractFacts:
    """Give a contract to its two sides with every member of a consortium, its agency and its region's supervisor.

    Else NotFound, SignInFirst.
    """
    actor.require_user()
    contract = contract_facts(contract_id)
    sides = {contract.purchaser_id, *contract.supplier_ids, contract.agency_id} - {None}
    if actor.org_id not in sides and not actor.oversees(contract.region):
        raise NotFound()
    return contract


def may_publish(actor: Actor, contract: ContractFacts) -> bool:
    """Tell whether this person may publish the contract: for its purchaser, or for the agency that its agreement names."""
    if side_of(actor, contract) == Party.PURCHASER:
        return True
    agency = contract.agency_id if actor.acts_as(Kind.AGENCY) and actor.org_id == contract.agency_id else None
    return agency is not None and publishing_desk(contract.budget_source, "contract") == agency


def contract_to_publish(actor: Actor, contract_id: UUID) -> ContractFacts:
    """Give a contract to whoever may publish it; else NotFound, SignInFirst."""
    actor.require_user()
    contract = contract_facts(contract_id)
    if not may_publish(actor, contract):
        raise NotFound()
    return contract


def contract_of_side(actor: Actor, contract_id: UUID, *sides: Party) -> ContractFacts:
    """Give a contract to whoever may act for one of `sides` (either by default); else NotFound, SignInFirst."""
    actor.require_user()
    contract = contract_facts(contract_id)
    if side_of(actor, contract) not in (sides or tuple(Party)):
        raise NotFound()
    return contract


def organises(actor: Actor) -> bool:
    """Tell whether this person's desk may organise a framework: a purchaser's or an agency's."""
    return actor.acts_as(Kind.PURCHASER) or actor.acts_as(Kind.AGENCY)


def entry_side_of(actor: Actor, agreement: AgreementFacts, entrant: EntrantFacts) -> Party | None:
    """Give the side of an entry for which this person may act (the organiser's is the purchaser's), or None."""
    if actor.org_id == agreement.organiser_id and organises(actor):
        return Party.PURCHASER
    if actor.org_id == entrant.supplier_id and actor.acts_as(Kind.SUPPLIER):
        return Party.SUPPLIER
    return None


def entry_of_side(actor: Actor, agreement_id: UUID, entrant_id: UUID) -> EntrantFacts:
    """Give an entry of an agreement to whoever may act for a side of it; else NotFound, SignInFirst."""
    actor.require_user()
    agreement = agreement_facts(agreement_id)
    entrant = next((row for row in agreement.entrants if row.id == entrant_id), None)
    if entrant is None or entry_side_of(actor, agreement, entrant) is None:
        raise NotFound()
    return entrant


def agreement_of_organiser(actor: Actor, agreement_id: UUID) -> AgreementFacts:
    """Give an agreement to its organiser alone; else NotFound, SignInFirst."""
    actor.require_user()
    agreement = agreement_facts(agreement_id)
    if agreement.organiser_id != actor.org_id or not organises(actor):
        raise NotFound()
    return agreement


def agreement_to_view(actor: Actor, agreement_id: UUID) -> AgreementFacts:
    """Give a published agreement to anyone; before that to its organiser and its region's supervisor."""
    agreement = agreement_facts(agreement_id)
    if agreement.status == AgreementStatus.DRAFT:
        actor.require_user()
        if actor.org_id != agreement.organiser_id and not actor.oversees(agreement.region):
            raise NotFound()
    return agreement
