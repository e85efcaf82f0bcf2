"""Answer, deliver and accept an order; a concluded order is public within the same transaction."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.db.models import F
from django.urls import reverse

from contracting.services import caps
from contracting.states import Selection
from core import clock
from core.audit.services import record
from core.errors import Forbidden, Invalid, NotFound, Refused, gettext_noop
from core.money import Yuan
from core.transitions import Step, follow
from disclosure.services import publish as publish_notice
from disclosure.services import record_transaction
from disclosure.states import CONTRACT_MARKETS, Mode
from mall import rules
from mall.contract_notice import order_contract
from mall.deal_notice import deal_notice
from mall.facts import OrderFacts
from mall.models import Offer, Order
from mall.selectors.orders import order_facts, overdue
from mall.services.ordering import ExcludedSupplier, lock_offers, per_offer
from mall.states import STEPS, OrderStatus
from parties.access import CLOCK, Actor
from parties.selectors import organisation_facts, people_of, standing
from parties.services import inbox
from parties.states import Kind, Role
from planning import services as planning
from planning.notices import as_party
from realtime.services import push


class AnswerOver(Refused):
    """The time in which the supplier could answer is over (half-open: its end is the first such instant)."""

    code = "answer-over"
    title = gettext_noop("The time to answer this order is over")


class SamePerson(Forbidden):
    """One person does not act for both sides, nor accept what they ordered where others can."""

    code = "posts-not-separated"
    title = gettext_noop("Somebody else has to do this")


@transaction.atomic
def confirm(*, actor: Actor, order_id: uuid.UUID) -> OrderFacts:
    """Confirm an order, by its supplier: it is concluded (成交) and its public record is written at once.

    Where the agreement gives orders in turn, the deal has a notice of its own as well (rule F-12); in the markets that
    have one, a contract notice of their type (rule L-20).

    The budget is bound by it; record and open data become public with this commit. Raises NotFound, WrongState,
    AnswerOver, SamePerson, ExcludedSupplier, RecordIncomplete.   Source: 财库〔2017〕86号第二条第（三）项.
    """
    now = clock.now()
    order, step = _begin(actor, order_id, Kind.SUPPLIER, "confirm")
    if now >= order.answer_due_at:
        raise AnswerOver(rule=step.rule, due=order.answer_due_at.isoformat())
    if actor.user_id == order.placed_by_id:
        raise SamePerson(gettext_noop("Who ordered does not confirm for the supplier."), rule="L-02")
    purchaser, supplier = organisation_facts(order.purchaser_id), organisation_facts(order.supplier_id)
    if standing(supplier.credit_code, now):
        raise ExcludedSupplier(rule="L-01", supplier=supplier.name)
    facts = order_facts(order_id)

    in_turn = order.agreement.selection == Selection.IN_TURN
    planning.commit(actor_label=actor.label, source=facts.source, amount=facts.amount)
    quantities = _quantities(order)
    lock_offers(list(quantities))
    Offer.objects.filter(pk__in=list(quantities)).update(sold=F("sold") + per_offer(quantities))
    published = record_transaction(
        actor=actor,
        order_no=order.order_no,
        mode=Mode.ROTATION if in_turn else Mode.DIRECT_ORDER,
        market=order.agreement.market,
        purchaser=as_party(purchaser),
        supplier=as_party(supplier),
        amount=facts.amount,
        items=[_public_item(item) for item in order.items],
        agreement={
            "id": str(order.agreement_id),
            "no": order.agreement.agreement_no,
            "title": order.agreement.title,
        },
        ordered_at=order.placed_at,
        source=facts.source,
        ocid=order.ocid,
        framework_ocid=order.agreement.ocid,
        region=order.region,
    )
    if in_turn:
        publish_notice(actor=CLOCK, **deal_notice(facts, order.agreement, purchaser, supplier))
    if order.agreement.market in CONTRACT_MARKETS:
        publish_notice(actor=CLOCK, **order_contract(facts, order.agreement, purchaser, supplier, at=now))
    order.transaction_id, order.confirmed_at, order.confirmed_by = published.id, now, actor.label
    _move(order, step, actor, record=str(published.id))
    inbox.finish(f"{facts.source}.answer")
    _tell(order, Kind.PURCHASER, gettext_noop("%(supplier)s has confirmed order %(order)s"), supplier.name)
    inbox.assign(
        key=f"{facts.source}.deliver",
        title=gettext_noop("Deliver order %(order)s"),
        url=_url(order),
        org_id=order.supplier_id,
        kind=Kind.SUPPLIER,
        order=order.order_no,
    )
    return order_facts(order_id)


@transaction.atomic
def decline(*, actor: Actor, order_id: uuid.UUID, reason: str) -> OrderFacts:
    """Decline an order, by its supplier, with a reason: cap, stock and budget are free again.

    Raises NotFound, WrongState, Invalid.
    """
    order, step = _begin(actor, order_id, Kind.SUPPLIER, "decline")
    _need(reason)
    order.reason = reason.strip()
    _give_back(order, actor)
    _move(order, step, actor, reason=order.reason)
    _tell(order, Kind.PURCHASER, gettext_noop("%(supplier)s has declined order %(order)s"), _supplier(order))
    return order_facts(order_id)


@transaction.atomic
def withdraw(*, actor: Actor, order_id: uuid.UUID, reason: str) -> OrderFacts:
    """Withdraw an order that the supplier has not answered yet, by its purchaser; needs a reason.

    Raises NotFound, WrongState, Invalid.
    """
    order, step = _begin(actor, order_id, Kind.PURCHASER, "withdraw")
    _need(reason)
    order.reason = reason.strip()
    _give_back(order, actor)
    _move(order, step, actor, reason=order.reason)
    _tell(order, Kind.SUPPLIER, gettext_noop("%(purchaser)s has withdrawn order %(order)s"), "")
    return order_facts(order_id)


def lapse_overdue(limit: int = 200) -> int:
    """Let lapse every order whose supplier has not answered in time; gives how many. For the clock."""
    done = 0
    for order_id in overdue(clock.stamp(), limit):
        done += _lapse(order_id)
    return done


@transaction.atomic
def _lapse(order_id: uuid.UUID) -> int:
    order = _locked(order_id)
    if order.status != OrderStatus.PLACED or clock.stamp() < order.answer_due_at:
        return 0
    step = follow(STEPS, order.status, "lapse")
    _give_back(order, CLOCK)
    _move(order, step, CLOCK)
    for kind in (Kind.PURCHASER, Kind.SUPPLIER):
        _tell(order, kind, gettext_noop("Order %(order)s was not answered in time and has lapsed"), "")
    return 1


@transaction.atomic
def deliver(*, actor: Actor, order_id: uuid.UUID, note: str = "") -> OrderFacts:
    """Report that the order was delivered, by its supplier; `note` may name a way-bill. NotFound, WrongState."""
    order, step = _begin(actor, order_id, Kind.SUPPLIER, "deliver")
    order.delivered_at, order.reason = clock.now(), note.strip()[:500]
    _move(order, step, actor, note=order.reason)
    inbox.finish(f"order.{order.pk}.deliver")
    inbox.assign(
        key=f"order.{order.pk}.receive",
        title=gettext_noop("Accept the delivery of order %(order)s"),
        url=_url(order),
        org_id=order.purchaser_id,
        kind=Kind.PURCHASER,
        why=gettext_noop("Check it against the order; acceptance pays for it."),
        order=order.order_no,
    )
    return order_facts(order_id)


@transaction.atomic
def receive(*, actor: Actor, order_id: uuid.UUID) -> OrderFacts:
    """Accept what was delivered (履约验收), by the purchaser: the budget is spent.

    Who ordered does not accept where the desk has somebody else (L-31); where it has not, the order says so.
    Raises NotFound, WrongState, SamePerson.   Source: 《政府采购法》第六十一条.
    """
    order, step = _begin(actor, order_id, Kind.PURCHASER, "receive")
    person = actor.require_user()
    desk = [row.user_id for row in people_of(order.purchaser_id) if row.role != Role.VIEWER]
    if rules.must_be_another(person, order.placed_by_id, desk):
        raise SamePerson(gettext_noop("Who ordered does not accept; a colleague has to."), rule="L-31")

    planning.spend(
        actor_label=actor.label, source=f"order.{order.pk}", amount=Yuan.from_fen(order.amount_fen)
    )
    order.received_at, order.received_by = clock.now(), actor.label
    order.separated = person != order.placed_by_id
    _move(order, step, actor, separated=order.separated)
    inbox.finish(f"order.{order.pk}.receive")
    _tell(order, Kind.SUPPLIER, gettext_noop("Order %(order)s was accepted"), "")
    return order_facts(order_id)


@transaction.atomic
def send_back(*, actor: Actor, order_id: uuid.UUID, reason: str) -> OrderFacts:
    """Refuse a delivery that does not meet the order; the supplier delivers again. Needs a reason.

    Raises NotFound, WrongState, Invalid.
    """
    order, step = _begin(actor, order_id, Kind.PURCHASER, "send_back")
    _need(reason)
    order.reason, order.delivered_at = reason.strip(), None
    _move(order, step, actor, reason=order.reason)
    inbox.finish(f"order.{order.pk}.receive")
    _tell(
        order, Kind.SUPPLIER, gettext_noop("The delivery of order %(order)s was sent back"), "", order.reason
    )
    return order_facts(order_id)


def _begin(actor: Actor, order_id: uuid.UUID, kind: Kind, verb: str) -> tuple[Order, Step]:
    """Lock the order for the side that acts, and find its step."""
    org_id = actor.require_kind(kind)
    order = _locked(order_id)
    if org_id != (order.supplier_id if kind == Kind.SUPPLIER else order.purchaser_id):
        raise NotFound()
    return order, follow(STEPS, order.status, verb)


def _locked(order_id: uuid.UUID) -> Order:
    order = (
        Order.objects.select_for_update(of=("self",))
        .select_related("agreement", "purchaser", "supplier")
        .filter(pk=order_id)
        .first()
    )
    if order is None:
        raise NotFound()
    return order


def _move(order: Order, step: Step, actor: Actor, **facts: Any) -> None:
    before, order.status = order.status, OrderStatus(follow(STEPS, order.status, step.verb).target)
    if order.status in {
        OrderStatus.DECLINED,
        OrderStatus.LAPSED,
        OrderStatus.WITHDRAWN,
        OrderStatus.RECEIVED,
    }:
        order.ended_at = clock.now()
    order.save()
    record(
        actor=actor.label,
        verb=f"{step.verb}_order",
        subject=f"order.{order.pk}",
        rule=step.rule,
        **{"from": before, "to": str(step.target), **facts},
    )
    push(f"order.{order.pk}", f"order.{step.target}", order_no=order.order_no)


def _give_back(order: Order, actor: Actor) -> None:
    """Free what the order holds, in the order of locks: budget, stock, caps."""
    source = f"order.{order.pk}"
    planning.release(actor_label=actor.label, source=source)
    quantities = _quantities(order)
    lock_offers(list(quantities))
    Offer.objects.filter(pk__in=list(quantities)).update(stock=F("stock") + per_offer(quantities))
    caps.release_cap(
        actor_label=actor.label,
        entrant_id=order.entrant_id,
        agreement_id=order.agreement_id,
        amount=Yuan.from_fen(order.amount_fen),
        source=source,
    )
    inbox.finish(f"{source}.answer")


def _quantities(order: Order) -> dict[uuid.UUID, int]:
    return {uuid.UUID(item["offer"]): int(item["quantity"]) for item in order.items}


def _public_item(item: dict[str, Any]) -> dict[str, Any]:
    names = ("name", "name_en", "category", "brand", "model", "spec", "quantity", "unit", "unit_price")
    return {name: item[name] for name in names}


def _need(reason: str) -> None:
    if not reason.strip():
        raise Invalid(errors={"reason": gettext_noop("Say why.")})


def _supplier(order: Order) -> str:
    return str(order.supplier.name)


def _url(order: Order) -> str:
    return reverse("mall:order", args=[order.pk])


def _tell(order: Order, kind: Kind, title: str, supplier: str, why: str = "") -> None:
    inbox.tell(
        key=f"order.{order.pk}.{order.status}.{kind}.{clock.now().timestamp():.0f}",
        title=title,
        url=_url(order),
        org_id=order.supplier_id if kind == Kind.SUPPLIER else order.purchaser_id,
        kind=kind,
        why=why,
        order=order.order_no,
        purchaser=order.purchaser.name,
        supplier=supplier or order.supplier.name,
    )
