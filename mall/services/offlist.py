"""Buy off the list of a framework agreement (rule F-13): provably cheaper outside, and nobody inside goes as low.

Source: 财政部令第110号, as marked there. That every supplier of the item is asked, and for how long, are rules of this platform
(X-22). Lock order: the purchase, the budget line, the entrant, the agreement.
"""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from contracting.facts import AgreementFacts, ContractTerms, TermItem
from contracting.selectors import agreement_facts, contract_facts
from contracting.services import caps, contracts, entering
from contracting.states import AgreementStatus, ContractStatus, EntrantStatus
from core import clock
from core.audit.services import record
from core.clock import BEIJING
from core.enacted.selectors import law as enacted
from core.errors import Invalid, NotFound, Refused, gettext_noop
from core.law.book import Law
from core.money import UnitPrice
from core.transitions import follow
from core.workdays import beijing_date
from disclosure.services import new_ocid, record_transaction
from disclosure.services import publish as publish_notice
from disclosure.states import Mode
from mall import offlist_rules as rules
from mall.models import OffListAnswer, OffListPurchase
from mall.offlist_facts import OffListFacts
from mall.offlist_notice import off_list_notice
from mall.selectors.offlist import off_list_facts, off_lists_due
from mall.services.ordering import ExcludedSupplier, KeyUsed
from mall.states import OFF_LIST_STEPS, OffListStatus
from parties.access import CLOCK, Actor
from parties.selectors import organisation_by_credit_code, organisation_facts, standing
from parties.services import inbox
from parties.states import Kind
from planning import services as planning
from planning.notices import as_party
from planning.selectors import budget_facts
from storage.papers import Upload, keep

SIGNED = "mall.off_list_signed"


class AnswersOver(Refused):
    """The time in which suppliers could answer is over (half-open: its end is the first such instant)."""

    code = "answers-over"
    title = gettext_noop("The time to answer is over")


@transaction.atomic
def ask(
    *,
    actor: Actor,
    agreement_id: uuid.UUID,
    key: uuid.UUID,
    item_no: str,
    brand: str,
    model: str,
    spec: str,
    quantity: int,
    credit_code: str,
    price: UnitPrice,
    reason: str,
    file: Upload,
    budget_line_id: uuid.UUID,
) -> OffListFacts:
    """Show that a supplier outside sells the same for less, and ask every supplier of the item whether it goes as low.

    The budget is reserved, and the evidence kept. The same `key` gives the purchase that was begun. Raises NotFound,
    Invalid, ExcludedSupplier, OverBudget, KeyUsed (for another purchase); then nothing is left behind.
    """
    now = clock.now()
    org_id = actor.require_kind(Kind.PURCHASER)
    said = (agreement_id, item_no, brand.strip(), model.strip(), quantity, price, budget_line_id)
    begun = _begun(org_id, key, said)
    if begun is not None:
        return begun
    agreement = agreement_facts(agreement_id)
    item = next((row for row in agreement.items if row.no == item_no), None)
    supplier = organisation_by_credit_code(credit_code.strip().upper())
    inside = rules.selling(agreement, item_no)
    errors = rules.wrong_with(
        texts={"brand": brand, "model": model, "spec": spec, "reason": reason},
        quantity=quantity,
        price=price,
        inside=inside,
    )
    if item is None or not _runs(agreement, now):
        errors["item_no"] = gettext_noop("Choose an item of a framework agreement in force.")
    if supplier is None or Kind.SUPPLIER not in supplier.kinds or supplier.id == org_id:
        errors["credit_code"] = gettext_noop("Give the credit code of a supplier that is registered here.")
    elif (entry := agreement.entrant_of(supplier.id)) is not None and entry.status == EntrantStatus.ADMITTED:
        errors["credit_code"] = gettext_noop(
            "This supplier is on the list: order from it under the agreement."
        )
    budget = budget_facts(budget_line_id)
    if budget.org_id != org_id:
        raise NotFound()
    if budget.category != agreement.category:
        errors["budget_line_id"] = gettext_noop("This budget line is for another kind of thing.")
    if errors or item is None or supplier is None:
        raise Invalid(errors=errors)
    if standing(supplier.credit_code, now):
        raise ExcludedSupplier(rule="L-01", supplier=supplier.name)

    row = OffListPurchase(
        purchase_no=f"MW{now.astimezone(BEIJING):%Y%m%d}{secrets.token_hex(4).upper()}",
        ocid=new_ocid(),
        key=key,
        purchaser_id=org_id,
        supplier_id=supplier.id,
        agreement_id=agreement.id,
        item={"no": item.no, "name": item.name, "code": item.code, "unit": item.unit},
        brand=brand.strip(),
        model=model.strip(),
        spec=spec.strip(),
        quantity=quantity,
        price=price.amount,
        reason=reason.strip(),
        budget_line_id=budget_line_id,
        region=actor.region,
        asked_by=actor.label,
        asked_by_id=actor.require_user(),
        asked_at=now,
        answers_due_at=_law(agreement, now).end_of(rules.ANSWER, now, binding=False).ends_at,
        **keep("off-list", file),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        begun = _begun(org_id, key, said)
        if begun is None:
            raise
        return begun  # the second of two clicks
    source = f"offlist.{row.pk}"
    planning.reserve(
        actor_label=actor.label,
        budget_line_id=budget_line_id,
        amount=price.times(quantity),
        source=source,
        name=row.purchase_no,
    )
    for entrant, agreed in inside:
        OffListAnswer.objects.create(purchase=row, entrant_id=entrant.id, agreed=agreed.amount)
        inbox.assign(
            key=f"{source}.answer.{entrant.id}",
            title=gettext_noop("Do you go as low? %(purchaser)s has found %(item)s cheaper"),
            url=_url(row),
            org_id=entrant.supplier_id,
            kind=Kind.SUPPLIER,
            why=gettext_noop(
                "If no supplier of the framework agreement goes as low, it may be bought outside."
            ),
            due_at=row.answers_due_at,
            rule=rules.RULE,
            purchaser=actor.org_name,
            item=item.name,
        )
    _note(row, actor, "ask_off_list", supplier=supplier.credit_code, price=str(price), evidence=row.sha256)
    return off_list_facts(row.pk)


def _begun(org_id: uuid.UUID, key: uuid.UUID, said: tuple[Any, ...]) -> OffListFacts | None:
    """Give the purchase that the key has begun, if any and if it is this one. Raises KeyUsed."""
    row = OffListPurchase.objects.filter(purchaser_id=org_id, key=key).first()
    if row is None:
        return None
    found = off_list_facts(row.pk)
    about = (found.agreement_id, found.item["no"], found.brand, found.model, found.quantity, found.price)
    if (*about, found.budget_line_id) != said:
        raise KeyUsed(
            gettext_noop("Open the form again: purchase %(order)s was asked for with this one."),
            order=found.purchase_no,
        )
    return found


@transaction.atomic
def answer(*, actor: Actor, purchase_id: uuid.UUID, price: UnitPrice | None) -> OffListFacts:
    """Answer for a supplier of the agreement: the unit price to which it goes down for this purchase, or none; once.

    Raises NotFound (not asked, answered), WrongState, AnswersOver, Invalid (above the price outside).
    """
    now = clock.now()
    org_id = actor.require_kind(Kind.SUPPLIER)
    row = _lock(purchase_id)
    mine = row.answers.select_for_update().filter(entrant__supplier_id=org_id, answered_at=None).first()
    if mine is None:
        raise NotFound()
    step = follow(OFF_LIST_STEPS, row.status, "answer")
    if now >= row.answers_due_at:
        raise AnswersOver(rule=step.rule)
    if price is not None and not (price.amount <= row.price and price.times(row.quantity).fen):
        raise Invalid(errors={"price": gettext_noop("Give a price above zero, and at most that outside.")})

    mine.price = price.amount if price is not None else None
    mine.answered_at, mine.answered_by = now, actor.label
    mine.save()
    _note(row, actor, "answer_off_list", price=str(price) if price is not None else "")
    inbox.finish(f"offlist.{row.pk}.answer.{mine.entrant_id}")
    if not row.answers.filter(answered_at=None).exists():
        _settle(row, actor)
    return off_list_facts(row.pk)


def settle_due() -> int:
    """Settle the purchases whose time for answers is over; gives how many. For the clock; may be repeated."""
    return sum(_settle_one(purchase_id) for purchase_id in off_lists_due(clock.stamp()))


@transaction.atomic
def _settle_one(purchase_id: uuid.UUID) -> int:
    row = _lock(purchase_id)
    if row.status != OffListStatus.ASKED or clock.stamp() < row.answers_due_at:
        return 0
    _settle(row, CLOCK)
    return 1


def _settle(row: OffListPurchase, actor: Actor) -> None:
    """Say who may be bought from: the supplier still on the list that goes lowest, the first of equals, else the one outside."""
    admitted = row.answers.filter(price__isnull=False, entrant__status=EntrantStatus.ADMITTED)
    best = admitted.order_by("price", "answered_at", "pk").first()
    verb = "match" if best is not None else "exhaust"
    row.winner = best.entrant if best is not None else None
    row.status = OffListStatus(follow(OFF_LIST_STEPS, row.status, verb).target)
    row.save(update_fields=["winner", "status"])
    _note(row, actor, f"{verb}_off_list", price=str(best.price) if best else "")
    inbox.finish_all(f"offlist.{row.pk}.answer.")
    inbox.assign(
        key=f"offlist.{row.pk}.conclude",
        title=gettext_noop("Conclude the purchase %(purchase)s"),
        url=_url(row),
        org_id=row.purchaser_id,
        kind=Kind.PURCHASER,
        why=gettext_noop("A supplier of the framework agreement goes as low: it gets the order.")
        if best is not None
        else gettext_noop("No supplier of the framework agreement goes as low: you may buy outside."),
        rule=rules.RULE,
        purchase=row.purchase_no,
    )


@transaction.atomic
def conclude(*, actor: Actor, purchase_id: uuid.UUID) -> OffListFacts:
    """Conclude: form the contract with whoever may be bought from, publish the deal, tell organiser and suppliers.

    Where a supplier of the agreement matched, the caps of the agreement are drawn on. Raises NotFound, WrongState,
    ExcludedSupplier, NotInForce, OverCap, NoticeIncomplete.
    """
    now = clock.now()
    row = _own(actor, purchase_id)
    step = follow(OFF_LIST_STEPS, row.status, "conclude")
    agreement = agreement_facts(row.agreement_id)
    if not _runs(agreement, now):
        raise caps.NotInForce(rule="F-05", agreement=agreement.agreement_no)
    facts = off_list_facts(row.pk)
    supplier = organisation_facts(facts.sells_id)
    if standing(supplier.credit_code, now):
        raise ExcludedSupplier(rule="L-01", supplier=supplier.name)
    if row.winner is not None:
        caps.draw_cap(
            actor_label=actor.label,
            entrant_id=row.winner.pk,
            agreement_id=row.agreement_id,
            amount=facts.amount,
            source=facts.source,
        )
    law = _law(agreement, now)
    contract = contracts.form(
        actor=actor, terms=_terms(actor, facts, agreement, law, now), source=facts.source
    )
    notice = publish_notice(
        actor=actor,
        **off_list_notice(facts, agreement, organisation_facts(row.purchaser_id), supplier, law=law, at=now),
    )
    row.status, row.contract_id, row.notice_id = OffListStatus(step.target), contract.id, notice.id
    row.save(update_fields=["status", "contract_id", "notice_id"])
    _note(row, actor, "conclude_off_list", supplier=supplier.credit_code, notice=str(notice.id))
    inbox.finish(f"{facts.source}.conclude")
    inbox.tell(
        key=f"{facts.source}.copy",
        title=gettext_noop("%(purchaser)s has bought off the list of “%(agreement)s”")
        if row.winner is None
        else gettext_noop("%(purchaser)s has bought under “%(agreement)s” at a price that was matched"),
        url=_url(row),
        org_id=agreement.organiser_id,
        kind=entering.organiser_kind(agreement.organiser_id),
        rule=rules.RULE,
        purchaser=facts.purchaser_name,
        agreement=agreement.title,
    )
    return off_list_facts(row.pk)


@transaction.atomic
def withdraw(*, actor: Actor, purchase_id: uuid.UUID, reason: str) -> OffListFacts:
    """Give the purchase up before it is concluded, with a reason; its budget is free again.

    Raises NotFound, WrongState, Invalid.
    """
    row = _own(actor, purchase_id)
    step = follow(OFF_LIST_STEPS, row.status, "withdraw")
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})
    _end(row, actor, step.verb, reason.strip())
    return off_list_facts(row.pk)


@transaction.atomic
def signed(*, purchase_id: uuid.UUID) -> bool:
    """Publish the transaction record once the contract is signed; where it is not concluded, free budget and caps.

    Called by the clock; may be repeated.   Source: 财库〔2017〕86号第二条第（三）项.
    """
    row = _lock(purchase_id)
    if row.status != OffListStatus.CONCLUDED or row.contract_id is None or row.transaction_id is not None:
        return False
    contract, facts = contract_facts(row.contract_id), off_list_facts(row.pk)
    if contract.status == ContractStatus.VOID:
        if row.winner is not None:
            caps.release_cap(
                actor_label=CLOCK.label,
                entrant_id=row.winner.pk,
                agreement_id=row.agreement_id,
                amount=facts.amount,
                source=facts.source,
            )
        _end(row, CLOCK, "fall", gettext_noop("The contract was not concluded."))
        return True
    if contract.signed_at is None:
        return False
    inside = row.winner is not None
    agreement = agreement_facts(row.agreement_id)
    made = record_transaction(
        actor=CLOCK,
        order_no=contract.contract_no,
        mode=Mode.DIRECT_ORDER,
        market=agreement.market,
        purchaser=as_party(organisation_facts(row.purchaser_id)),
        supplier=as_party(organisation_facts(facts.sells_id)),
        amount=facts.amount,
        items=[rules.public_item(facts)],
        agreement={"id": str(agreement.id), "no": agreement.agreement_no, "title": agreement.title}
        if inside
        else {},
        ordered_at=contract.signed_at,
        source=facts.source,
        ocid=row.ocid,
        framework_ocid=agreement.ocid if inside else "",
        region=row.region,
        released=True,
    )
    row.transaction_id = made.id
    row.save(update_fields=["transaction_id"])
    _note(row, CLOCK, "record_off_list", transaction=str(made.id))
    return True


def _terms(
    actor: Actor, facts: OffListFacts, agreement: AgreementFacts, law: Law, now: datetime
) -> ContractTerms:
    item = TermItem(
        no="1",
        name=facts.item["name"],
        spec=facts.spec,
        quantity=Decimal(facts.quantity),
        unit=facts.item["unit"],
        unit_price=facts.sells_at,
        category=facts.item["code"],
        brand=facts.brand,
        model=facts.model,
    )
    return ContractTerms(
        contract_no=f"{facts.purchase_no}-HT",
        title=f"{facts.item['name']}（{agreement.agreement_no}）",
        ocid=facts.ocid,
        award_id=str(facts.id),
        project_no=facts.purchase_no,
        project_title=agreement.title,
        purchaser_id=facts.purchaser_id,
        supplier_id=facts.sells_id,
        amount=facts.amount,
        items=(item,),
        law=law,
        letter_at=now,
        region=facts.region,
        method="framework",
        category=agreement.category,
        budget_line_id=facts.budget_line_id,
        budget_source=facts.source,
        handler_id=actor.user_id,
        when_signed=SIGNED,
        sandbox=settings.SANDBOX,
    )


def law_today(agreement_id: uuid.UUID) -> Law:
    """Give today's law of frameworks for an agreement's region and category. Raises NotFound."""
    return _law(agreement_facts(agreement_id), clock.now())


def _law(agreement: AgreementFacts, now: datetime) -> Law:
    """Give today's law of frameworks: a purchase under an agreement begins today."""
    return enacted(
        beijing_date(now),
        agreement.region,
        category=agreement.category,
        method="framework",
        sandbox=settings.SANDBOX,
    )


def _runs(agreement: AgreementFacts, now: datetime) -> bool:
    return agreement.status == AgreementStatus.ACTIVE and agreement.starts_at <= now < agreement.ends_at


def _end(row: OffListPurchase, actor: Actor, verb: str, reason: str) -> None:
    row.status = OffListStatus(follow(OFF_LIST_STEPS, row.status, verb).target)
    row.ended_reason = reason
    row.save(update_fields=["status", "ended_reason"])
    planning.release(actor_label=actor.label, source=f"offlist.{row.pk}")
    inbox.finish_all(f"offlist.{row.pk}.")
    _note(row, actor, f"{verb}_off_list", reason=reason)


def _own(actor: Actor, purchase_id: uuid.UUID) -> OffListPurchase:
    org_id = actor.require_kind(Kind.PURCHASER)
    row = _lock(purchase_id)
    if row.purchaser_id != org_id:
        raise NotFound()
    return row


def _lock(purchase_id: uuid.UUID) -> OffListPurchase:
    row = OffListPurchase.objects.select_for_update(of=("self",)).filter(pk=purchase_id).first()
    if row is None:
        raise NotFound()
    return row


def _note(row: OffListPurchase, actor: Actor, verb: str, **facts: Any) -> None:
    record(
        actor=actor.label,
        verb=verb,
        subject=f"offlist.{row.pk}",
        rule=rules.RULE,
        purchase=row.purchase_no,
        **facts,
    )


def _url(row: OffListPurchase) -> str:
    return reverse("mall:off_list", args=[row.pk])
