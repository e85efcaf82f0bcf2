"""Deliver, accept, pay (合同履行、履约验收、资金支付)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from contracting import notices, rules
from contracting.access import side_of
from contracting.facts import ContractFacts
from contracting.models import Acceptance, Contract, Delivery, Payment
from contracting.selectors import contract_facts, law_of
from contracting.services.duties import SEPARATION, PostsNotSeparated, lock, writers
from contracting.states import CONTRACT_STEPS, ContractStatus, Party, Result
from core import clock
from core.audit.services import record
from core.errors import Invalid, NotFound, Refused, gettext_noop
from core.money import Yuan
from core.transitions import Step, follow
from disclosure.services import publish as publish_notice
from parties.access import Actor
from parties.services import inbox
from parties.states import Kind
from planning import services as planning

ACCEPTED_FIRST = "L-25"


class OverPaid(Refused):
    """A payment would exceed the amount of the contract."""

    code = "over-contract-amount"
    title = gettext_noop("This is more than the contract has left to pay")


class NotAccepted(Refused):
    """Money follows acceptance: before it only the agreed advance can be paid."""

    code = "not-accepted"
    title = gettext_noop("The performance is not accepted yet")


@transaction.atomic
def deliver(*, actor: Actor, contract_id: UUID, note: str) -> ContractFacts:
    """Report a delivery, by the supplier; the purchaser is asked to accept it.

    Raises NotFound, WrongState, Invalid without a note.
    """
    now = clock.now()
    row, step = _begin(actor, contract_id, Party.SUPPLIER, "deliver")
    if not note.strip():
        raise Invalid(errors={"note": gettext_noop("Say what was delivered.")})

    number = row.deliveries.count() + 1
    Delivery.objects.create(contract=row, no=number, at=now, note=note.strip(), actor=actor.label)
    _move(row, step, actor, "deliver", note=note.strip())
    inbox.assign(
        key=f"contract.{row.pk}.accept.{number}",
        title=gettext_noop("Accept the delivery under “%(contract)s”"),
        url=reverse("contracting:contract", args=[row.pk]),
        org_id=row.purchaser_id,
        kind=Kind.PURCHASER,
        why=gettext_noop("The supplier has delivered; acceptance follows the contract, clause by clause."),
        contract=row.title,
    )
    return contract_facts(row.pk)


@transaction.atomic
def accept(*, actor: Actor, contract_id: UUID, result: str, opinion: str) -> ContractFacts:
    """Record the acceptance of a delivery (履约验收), by the purchaser, and publish it.

    A result of `failed` sends the supplier back to deliver again. Who signed the contract or ran the
    procurement does not accept, where the desk has somebody else. Raises NotFound, WrongState,
    PostsNotSeparated, Invalid.   Source: 《政府采购法》第四十一条, 第六十一条; 财库〔2015〕135号.
    """
    now = clock.now()
    verb = "reject" if result == Result.FAILED else "accept"
    row, step = _begin(actor, contract_id, Party.PURCHASER, verb)
    errors = {}
    if result not in list(Result):
        errors["result"] = gettext_noop("Choose a result.")
    if not opinion.strip():
        errors["opinion"] = gettext_noop("Say what was checked and what was found.")
    if errors:
        raise Invalid(errors=errors)
    facts = contract_facts(row.pk)
    signed = facts.signature_of(Party.PURCHASER)
    busy = {row.handler_id, signed.user_id if signed else None}
    person = actor.require_user()
    if rules.must_be_another(person, busy, writers(row.purchaser_id)):
        raise PostsNotSeparated(
            gettext_noop("Who signed the contract does not accept its performance."), rule=SEPARATION
        )

    number = len(facts.acceptances) + 1
    acceptance = Acceptance.objects.create(
        contract=row,
        no=number,
        at=now,
        result=result,
        opinion=opinion.strip(),
        actor=actor.label,
        user_id=person,
        separated=person not in busy,
    )
    _move(row, step, actor, "accept", result=result, separated=acceptance.separated)
    completed = verb == "accept" and _completed(row, actor)
    notice = publish_notice(actor=actor, **_acceptance_payload(row.pk, number))
    acceptance.notice_id = notice.id
    acceptance.save(update_fields=["notice_id"])
    inbox.finish_all(f"contract.{row.pk}.accept.")
    inbox.tell(
        key=f"contract.{row.pk}.accepted.{number}",
        title=gettext_noop("The delivery under “%(contract)s” was accepted")
        if verb == "accept"
        else gettext_noop("The delivery under “%(contract)s” was not accepted"),
        url=reverse("contracting:contract", args=[row.pk]),
        org_id=row.supplier_id,
        kind=Kind.SUPPLIER,
        why=opinion.strip(),
        contract=row.title,
    )
    if verb == "accept" and not completed:
        _ask_to_pay(row)
    return contract_facts(row.pk)


@transaction.atomic
def pay(*, actor: Actor, contract_id: UUID, amount: Yuan, reference: str) -> ContractFacts:
    """Record a payment, by the purchaser: spends what the contract has committed, and publishes it.

    Before an acceptance that passed, the agreed advance is the most that can be paid. The last payment completes the
    contract. Raises NotFound, WrongState, OverPaid, NotAccepted, Invalid.
    Source: 《政府采购法》第四十一条; 《保障中小企业款项支付条例》; 财库〔2019〕38号.
    """
    now = clock.now()
    row, step = _begin(actor, contract_id, Party.PURCHASER, "pay")
    if amount.fen <= 0 or not reference.strip():
        raise Invalid(errors={"amount": gettext_noop("Give the amount and the number of the payment.")})
    facts = contract_facts(row.pk)
    left = facts.amount - facts.paid
    if amount > left:
        raise OverPaid(
            gettext_noop("%(left)s is left to pay, not %(asked)s."), left=str(left), asked=str(amount)
        )
    if amount > facts.payable:
        raise NotAccepted(
            gettext_noop(
                "Until the performance is accepted, %(advance)s can be paid: what is left of the advance."
            ),
            rule=ACCEPTED_FIRST,
            advance=str(facts.payable),
            asked=str(amount),
        )

    number = len(facts.payments) + 1
    payment = Payment.objects.create(
        contract=row, no=number, at=now, amount=amount.amount, reference=reference.strip(), actor=actor.label
    )
    if row.budget_source:
        planning.spend(actor_label=actor.label, source=row.budget_source, amount=amount)
    _move(row, step, actor, "pay", amount=str(amount), reference=reference.strip())
    _completed(row, actor)
    facts = contract_facts(row.pk)
    notice = publish_notice(actor=actor, **notices.payment_notice(facts, facts.payments[-1]))
    payment.notice_id = notice.id
    payment.save(update_fields=["notice_id"])
    inbox.tell(
        key=f"contract.{row.pk}.paid.{number}",
        title=gettext_noop("%(amount)s was paid on “%(contract)s”"),
        url=reverse("contracting:contract", args=[row.pk]),
        org_id=row.supplier_id,
        kind=Kind.SUPPLIER,
        contract=row.title,
        amount=str(amount),
    )
    return contract_facts(row.pk)


def _begin(actor: Actor, contract_id: UUID, side: Party, verb: str) -> tuple[Contract, Step]:
    row = lock(contract_id)
    if side_of(actor, contract_facts(contract_id)) != side:
        raise NotFound()
    return row, follow(CONTRACT_STEPS, row.status, verb)


def _move(row: Contract, step: Step, actor: Actor, verb: str, **facts: Any) -> None:
    before, row.status = row.status, follow(CONTRACT_STEPS, row.status, step.verb).target
    row.save(update_fields=["status"])
    record(
        actor=actor.label,
        verb=f"{verb}_contract",
        subject=f"contract.{row.pk}",
        rule=step.rule,
        **{"from": str(before), "to": str(step.target), **facts},
    )


def _completed(row: Contract, actor: Actor) -> bool:
    """Complete an accepted contract that is paid in full; tells whether it did."""
    facts = contract_facts(row.pk)
    if row.status != ContractStatus.ACCEPTED or facts.paid != facts.amount:
        return False
    _move(row, follow(CONTRACT_STEPS, row.status, "complete"), actor, "complete")
    inbox.finish(f"contract.{row.pk}.pay")
    return True


def _acceptance_payload(contract_id: UUID, number: int) -> dict[str, Any]:
    facts = contract_facts(contract_id)
    return notices.acceptance_notice(facts, next(row for row in facts.acceptances if row.no == number))


def _ask_to_pay(row: Contract) -> None:
    law = law_of(row.pk)
    due = law.end_of(rules.PAY, clock.now(), binding=False).ends_at if law.has(rules.PAY) else None
    inbox.assign(
        key=f"contract.{row.pk}.pay",
        title=gettext_noop("Pay the rest of “%(contract)s”"),
        url=reverse("contracting:contract", args=[row.pk]),
        org_id=row.purchaser_id,
        kind=Kind.PURCHASER,
        why=gettext_noop("The performance is accepted."),
        due_at=due,
        rule=rules.PAY,
        contract=row.title,
    )
