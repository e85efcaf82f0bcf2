"""Place a direct order (直接订购): cap, stock, budget and price are settled in one transaction.

Lock order, the same wherever the mall takes several locks: the order (when there is one), the budget line, offers
by their id, the entrant, the agreement, at last the counter of publications. The rows that many want at once
come last, so that they are held shortest. Each scarce thing is taken by a conditional UPDATE, so that two who
ask at once cannot both get the last of it; its check constraint stands behind that.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case, Count, Exists, F, IntegerField, Min, OuterRef, Subquery, Value, When
from django.urls import reverse

from contracting.selectors import agreement_facts
from contracting.services import caps
from contracting.states import EntrantStatus, Selection
from core import clock
from core.audit.services import record
from core.clock import BEIJING
from core.errors import Conflict, Forbidden, Invalid, NotFound, Refused, gettext_noop
from core.money import UnitPrice, Yuan
from disclosure.services import new_ocid
from mall import rules
from mall.facts import OrderFacts
from mall.models import CartLine, Offer, Order
from mall.rules import Line
from mall.selectors.orders import facts_of, order_of_key
from mall.states import OrderStatus
from parties.access import Actor
from parties.selectors import standing
from parties.services import inbox
from parties.states import Kind
from planning import services as planning
from planning.selectors import budget_facts


class OutOfStock(Refused):
    """An offer has not that many units left, or is no longer made."""

    code = "out-of-stock"
    title = gettext_noop("Not enough is left in stock")


class PriceChanged(Conflict):
    """The total is not the one that the orderer saw."""

    code = "price-changed"
    title = gettext_noop("A price has changed since you looked")


class KeyUsed(Conflict):
    """The key of this order was used for another one."""

    code = "key-used"
    title = gettext_noop("This order form was used for another order")


class OwnOffer(Forbidden):
    """A purchaser does not order from itself."""

    code = "own-offer"
    title = gettext_noop("Your own organisation cannot supply you")


class NotInTurn(Refused):
    """The agreement gives orders in turn, and another supplier is next."""

    code = "not-in-turn"
    title = gettext_noop("Another supplier is next")


class ByCompetition(Refused):
    """The agreement gives orders by second competition: none is placed directly."""

    code = "by-competition"
    title = gettext_noop("Suppliers compete again for each order under this agreement")


class ExcludedSupplier(Forbidden):
    """A bad record is in force: the supplier may not take part in government procurement."""

    code = "excluded-supplier"
    title = gettext_noop("A sanction in force excludes this supplier")


def place(
    *,
    actor: Actor,
    key: uuid.UUID,
    budget_line_id: uuid.UUID,
    lines: Sequence[Line],
    deliver_to: str = "",
    expected: Yuan | None = None,
) -> OrderFacts:
    """Order these lines, all of one supplier under one agreement, and pay them from one budget line.

    The prices of this moment are frozen into the order; budget, stock and both caps are taken, or nothing is.
    `key` is chosen by whoever asks: the same key with the same lines gives the order that was placed, however
    often and at whatever time it is sent. `expected` is the total that the orderer saw.

    Raises NotFound, Invalid, OwnOffer, ExcludedSupplier, PriceChanged, OverBudget, OutOfStock, NotInForce,
    OverCap, NotInTurn, ByCompetition, KeyUsed; then nothing is left behind.   Source: 财政部令第110号 (直接选定).
    """
    org_id = actor.require_kind(Kind.PURCHASER)
    errors = rules.wrong_with_lines(lines)
    if errors:
        raise Invalid(errors=errors)
    try:
        return _place(actor, org_id, key, budget_line_id, lines, deliver_to.strip(), expected)
    except (IntegrityError, Refused) as error:
        made = order_of_key(org_id, key)
        if made is None or isinstance(error, KeyUsed):
            raise
        return _same(made, lines)


@transaction.atomic
def _place(
    actor: Actor,
    org_id: uuid.UUID,
    key: uuid.UUID,
    budget_line_id: uuid.UUID,
    lines: Sequence[Line],
    deliver_to: str,
    expected: Yuan | None,
) -> OrderFacts:
    now = clock.now()
    offers = _offers(org_id, key, [line.offer_id for line in lines])
    if any(offer.placed for offer in offers.values()):
        return _same(order_of_key(org_id, key), lines)
    if len(offers) != len(lines):
        raise NotFound()
    entrants = {offer.entrant_id for offer in offers.values()}
    if len(entrants) != 1:
        raise Invalid(errors={"lines": gettext_noop("One order goes to one supplier under one agreement.")})
    entrant = next(iter(offers.values())).entrant
    agreement, supplier = entrant.agreement, entrant.supplier
    if supplier.pk == org_id:
        raise OwnOffer(rule="L-02")
    if agreement.selection == Selection.COMPETITION:
        raise ByCompetition(
            gettext_noop(
                "Under this agreement the lowest of sealed quotes wins: file a plan for a second competition."
            ),
            rule="F-11",
        )
    if standing(supplier.credit_code, now):
        raise ExcludedSupplier(rule="L-01", supplier=supplier.name)
    budget = budget_facts(budget_line_id)
    if budget.org_id != org_id:
        raise NotFound()
    if budget.category != agreement.category:
        raise Invalid(errors={"budget_line": gettext_noop("This budget line is for another kind of thing.")})
    items = [_frozen(offers[line.offer_id], line.quantity) for line in lines]
    amount = Yuan.total(Yuan(item["amount"]) for item in items)
    if expected is not None and amount != expected:
        raise PriceChanged(
            gettext_noop("The order now costs %(amount)s, not %(expected)s. Look again before ordering."),
            amount=str(amount),
            expected=str(expected),
        )
    order = Order(
        id=uuid.uuid5(org_id, str(key)),
        order_no=f"DG{now.astimezone(BEIJING):%Y%m%d}{secrets.token_hex(4).upper()}",
        ocid=new_ocid(),
        key=key,
        purchaser_id=org_id,
        supplier_id=supplier.pk,
        agreement_id=agreement.pk,
        entrant_id=entrant.pk,
        budget_line_id=budget_line_id,
        items=items,
        amount_fen=amount.fen,
        region=actor.region,
        deliver_to=deliver_to,
        placed_by=actor.label,
        placed_by_id=actor.require_user(),
        placed_at=now,
        answer_due_at=now + timedelta(hours=agreement.answer_hours),
    )
    source = f"order.{order.pk}"

    planning.reserve(
        actor_label=actor.label,
        budget_line_id=budget_line_id,
        amount=amount,
        source=source,
        name=order.order_no,
    )
    _take_stock(lines, offers)
    caps.draw_cap(
        actor_label=actor.label,
        entrant_id=entrant.pk,
        agreement_id=agreement.pk,
        amount=amount,
        source=source,
    )
    if agreement.selection == Selection.IN_TURN:
        _keep_turn(entrant)
    order.save(force_insert=True)
    CartLine.objects.filter(organisation_id=org_id, offer_id__in=list(offers)).delete()
    record(
        actor=actor.label,
        verb="place_order",
        subject=source,
        rule=rules.TERM,
        order_no=order.order_no,
        amount=str(amount),
        supplier=supplier.name,
        agreement=agreement.agreement_no,
        budget_line=str(budget_line_id),
    )
    inbox.assign(
        key=f"{source}.answer",
        title=gettext_noop("Answer order %(order)s of %(purchaser)s"),
        url=reverse("mall:order", args=[order.pk]),
        org_id=supplier.pk,
        kind=Kind.SUPPLIER,
        why=gettext_noop(
            "You promised under the framework agreement to answer in time; else the order lapses."
        ),
        due_at=order.answer_due_at,
        order=order.order_no,
        purchaser=actor.org_name,
    )
    return _facts(order, actor, supplier.name, agreement)


def _keep_turn(entrant: Any) -> None:
    """Refuse an order to whoever is not next; the agreement's row is locked by the draw on its cap."""
    admitted = agreement_facts(entrant.agreement_id).entrants
    order = [row.id for row in admitted if row.status == EntrantStatus.ADMITTED]
    rows = Order.objects.filter(agreement_id=entrant.agreement_id).exclude(status=OrderStatus.WITHDRAWN)
    served = dict(rows.order_by().values_list("entrant").annotate(times=Count("pk")))
    turn = rules.next_in_turn(order, served)
    if turn != entrant.pk:
        name = next((row.supplier_name for row in admitted if row.id == turn), "")
        raise NotInTurn(
            gettext_noop("Under this agreement suppliers take turns; %(supplier)s is next."),
            rule="F-11",
            supplier=name,
        )


def _offers(org_id: uuid.UUID, key: uuid.UUID, ids: list[uuid.UUID]) -> dict[uuid.UUID, Any]:
    """Give the offers with all that an order needs to know, in one query; `placed`: the key is used."""
    beside = Offer.objects.filter(product=OuterRef("product"), listed=True).order_by()
    rows = (
        Offer.objects.filter(pk__in=ids)
        .select_related("product__category", "agreed__item", "entrant__agreement", "entrant__supplier")
        .annotate(
            placed=Exists(Order.objects.filter(purchaser_id=org_id, key=key)),
            lowest=Subquery(beside.values("product").annotate(least=Min("price")).values("least")),
        )
    )
    return {row.pk: row for row in rows}


def _frozen(offer: Any, quantity: int) -> dict[str, Any]:
    """Give a line as it stays, with what the orderer could compare with."""
    product, price = offer.product, UnitPrice(offer.price)
    reference = UnitPrice(product.reference_price) if product.reference_price is not None else None
    return {
        "offer": str(offer.pk),
        "product": str(product.pk),
        "name": product.name,
        "name_en": product.name_en,
        "category": product.category.code,
        "brand": product.brand,
        "model": product.model,
        "spec": product.spec,
        "quantity": quantity,
        "unit": product.unit,
        "unit_price": str(price),
        "amount": str(price.times(quantity)),
        "ceiling": str(UnitPrice(offer.agreed.item.ceiling)),
        "reference": str(reference) if reference else "",
        "lowest": str(UnitPrice(offer.lowest)) if offer.lowest is not None else "",
    }


def per_offer(quantities: dict[uuid.UUID, int]) -> Case:
    """Give the quantity of each offer as an expression, so that one UPDATE serves all lines."""
    return Case(
        *(When(pk=offer_id, then=Value(quantity)) for offer_id, quantity in quantities.items()),
        default=Value(0),
        output_field=IntegerField(),
    )


def lock_offers(ids: Sequence[uuid.UUID]) -> None:
    """Lock several offers by their id; one alone is locked by its UPDATE."""
    if len(ids) > 1:
        list(Offer.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))


def _take_stock(lines: Sequence[Line], offers: dict[uuid.UUID, Any]) -> None:
    wanted = {line.offer_id: line.quantity for line in lines}
    lock_offers(list(wanted))
    each = per_offer(wanted)
    left = Offer.objects.filter(pk__in=list(wanted), listed=True, stock__gte=each)
    if left.update(stock=F("stock") - each) == len(wanted):
        return
    now = {row.pk: row for row in Offer.objects.filter(pk__in=list(wanted))}
    short = [
        offer
        for offer in offers.values()
        if not now[offer.pk].listed or now[offer.pk].stock < wanted[offer.pk]
    ]
    name = f"{short[0].product.brand} {short[0].product.model}" if short else ""
    raise OutOfStock(
        gettext_noop("Of %(product)s %(left)s is left; you asked for %(asked)s."),
        product=name,
        left=str(now[short[0].pk].stock if short else 0),
        asked=str(wanted[short[0].pk] if short else 0),
    )


def _same(made: OrderFacts | None, lines: Sequence[Line]) -> OrderFacts:
    """Give the order that the key has placed, if it is this one."""
    if made is None:
        raise NotFound()
    if {(item["offer"], item["quantity"]) for item in made.items} != {
        (str(line.offer_id), line.quantity) for line in lines
    }:
        raise KeyUsed(gettext_noop("Open the cart again and order from there."), order=made.order_no)
    return made


def _facts(order: Order, actor: Actor, supplier_name: str, agreement: Any) -> OrderFacts:
    return facts_of(
        order,
        purchaser_name=actor.org_name,
        supplier_name=supplier_name,
        agreement_no=agreement.agreement_no,
        agreement_title=agreement.title,
    )
