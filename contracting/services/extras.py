"""What comes beside a contract, within the caps of the law: supplements (补充合同) and the performance bond (履约保证金)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from contracting import rules
from contracting.access import side_of
from contracting.facts import ContractFacts, ContractTerms
from contracting.models import PerformanceBond
from contracting.selectors import contract_facts, law_of, supplements_of
from contracting.services.contracts import form
from contracting.services.duties import lock
from contracting.states import BondForm, ContractStatus, Party
from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, Refused, WrongState, gettext_noop
from core.money import Yuan
from parties.access import Actor
from parties.services import inbox
from parties.states import Kind
from planning import services as planning

PERFORMED = frozenset({ContractStatus.SIGNED, ContractStatus.DELIVERED, ContractStatus.ACCEPTED})


class OverLegalCap(Refused):
    """The law allows no more than a share of the contract's amount."""

    code = "over-legal-cap"
    title = gettext_noop("The law does not allow this much")


def room_for_supplements(contract: ContractFacts) -> Yuan:
    """Give what supplements of a contract may still come to: the cap, down to the fen, less those there are."""
    cap = law_of(contract.id).cap(rules.supplement_rule(contract.method), contract.amount)
    used = Yuan.total(row.amount for row in supplements_of(contract.id) if row.status != ContractStatus.VOID)
    return max(cap - used, Yuan(0))


@transaction.atomic
def supplement(*, actor: Actor, contract_id: UUID, quantities: Mapping[int, Decimal]) -> ContractFacts:
    """Add more of the same items at the same unit prices, by the purchaser; a contract of its own, signed by both sides.

    `quantities` are by the place of the item in the contract, from 0. All supplements together stay within the law's
    share of the original contract; the money is reserved from the same budget line.
    Raises NotFound, WrongState (not being performed, or itself a supplement), Invalid, OverLegalCap, OverBudget.
    Source: 《政府采购法》第四十九条; for emergency purchases 财库〔2026〕12号 (G-08).
    """
    row = lock(contract_id)
    contract = contract_facts(contract_id)
    if side_of(actor, contract) != Party.PURCHASER:
        raise NotFound()
    if row.status not in PERFORMED or row.source.startswith(rules.SUPPLEMENT_SOURCE):
        raise WrongState(
            gettext_noop("A contract is supplemented while it is performed, and a supplement is not."),
            rule=rules.supplement_rule(contract.method),
        )
    more = [
        replace(item, quantity=quantities[place])
        for place, item in enumerate(contract.items)
        if quantities.get(place, Decimal(0)) > 0
    ]
    if not more or any(quantity < 0 for quantity in quantities.values()):
        raise Invalid(errors={"": gettext_noop("Give the quantity that is added to at least one item.")})
    amount = Yuan.total(item.amount for item in more)
    room = room_for_supplements(contract)
    if amount > room:
        raise OverLegalCap(
            gettext_noop("Supplements may come to %(left)s more; this one comes to %(asked)s."),
            rule=rules.supplement_rule(contract.method),
            left=str(room),
            asked=str(amount),
        )

    number = len(supplements_of(contract_id)) + 1
    source = f"{rules.SUPPLEMENT_SOURCE}{contract_id}.{number}"
    contract_no = f"{contract.contract_no}-BC{number}"
    if row.budget_line_id is not None:
        planning.reserve(
            actor_label=actor.label,
            budget_line_id=row.budget_line_id,
            amount=amount,
            source=source,
            name=contract_no,
        )
    terms = ContractTerms(
        contract_no=contract_no,
        title=f"{contract.title}（补充合同{number}）",
        ocid=contract.ocid,
        award_id=contract.award_id,
        purchaser_id=contract.purchaser_id,
        supplier_id=contract.supplier_id,
        amount=amount,
        items=tuple(more),
        law=law_of(contract_id),
        letter_at=clock.now(),
        region=contract.region,
        method=contract.method,
        category=contract.category,
        project_no=contract.project_no,
        project_title=contract.project_title,
        agency_id=contract.agency_id,
        delivery=contract.delivery,
        payment=contract.payment,
        budget_line_id=row.budget_line_id,
        budget_source=source if row.budget_line_id else "",
        handler_id=row.handler_id,
        public_service=row.public_service,
        sandbox=row.sandbox,
    )
    made = form(actor=actor, terms=terms, source=source)
    record(
        actor=actor.label,
        verb="supplement_contract",
        subject=f"contract.{contract_id}",
        rule=rules.supplement_rule(contract.method),
        supplement=str(made.id),
        amount=str(amount),
    )
    return made


@transaction.atomic
def receive_bond(
    *, actor: Actor, contract_id: UUID, amount: Yuan, kind: str, reference: str
) -> ContractFacts:
    """Record the performance bond that the supplier has given, by the purchaser: never cash, within the law's share.

    Raises NotFound, WrongState (there is one, or nothing to secure), Invalid, OverLegalCap.
    Source: 《政府采购法实施条例》第四十八条.
    """
    row = lock(contract_id)
    contract = contract_facts(contract_id)
    if side_of(actor, contract) != Party.PURCHASER:
        raise NotFound()
    if row.status not in PERFORMED | {ContractStatus.FORMED} or contract.bond is not None:
        raise WrongState(gettext_noop("This contract takes no bond now."), rule=rules.BOND)
    errors = {}
    if amount.fen <= 0:
        errors["amount"] = gettext_noop("The amount lies above zero.")
    if kind not in list(BondForm):
        errors["kind"] = gettext_noop("Choose how the bond is given; cash is not allowed.")
    if not reference.strip():
        errors["reference"] = gettext_noop("Give the number of the transfer or of the guarantee.")
    if errors:
        raise Invalid(errors=errors)
    cap = law_of(contract_id).cap(rules.BOND, contract.amount)
    if amount > cap:
        raise OverLegalCap(
            gettext_noop("A performance bond is at most %(left)s here, not %(asked)s."),
            rule=rules.BOND,
            left=str(cap),
            asked=str(amount),
        )

    PerformanceBond.objects.create(
        contract=row,
        amount=amount.amount,
        kind=kind,
        reference=reference.strip(),
        received_at=clock.now(),
        received_by=actor.label,
    )
    record(
        actor=actor.label,
        verb="receive_bond",
        subject=f"contract.{contract_id}",
        rule=rules.BOND,
        amount=str(amount),
        kind=kind,
    )
    return contract_facts(contract_id)


@transaction.atomic
def return_bond(*, actor: Actor, contract_id: UUID) -> ContractFacts:
    """Record that the bond went back to the supplier. Raises NotFound, WrongState (none, or returned)."""
    row = lock(contract_id)
    contract = contract_facts(contract_id)
    if side_of(actor, contract) != Party.PURCHASER:
        raise NotFound()
    if contract.bond is None or contract.bond.returned_at is not None:
        raise WrongState(gettext_noop("There is no bond to return."), rule=rules.BOND)
    PerformanceBond.objects.filter(contract=row).update(returned_at=clock.now(), returned_by=actor.label)
    record(actor=actor.label, verb="return_bond", subject=f"contract.{contract_id}", rule=rules.BOND)
    inbox.finish(f"contract.{contract_id}.bond")
    inbox.tell(
        key=f"contract.{contract_id}.bond.returned",
        title=gettext_noop("The performance bond of “%(contract)s” is returned"),
        url=reverse("contracting:contract", args=[contract_id]),
        org_id=row.supplier_id,
        kind=Kind.SUPPLIER,
        contract=row.title,
    )
    return contract_facts(contract_id)
