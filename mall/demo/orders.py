"""Place orders over a stretch of time through the real services; the clock only ever moves forwards."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.errors import Refused
from mall.facts import OfferFacts, ProductFacts
from mall.rules import Line
from mall.selectors import catalogue
from mall.services import fulfilling, ordering
from parties.access import Actor

Act = Callable[[datetime], None]


@dataclass(frozen=True, slots=True)
class Buyer:
    """A purchaser's desk: who orders, who accepts, which budget line pays for `goods` and for `services`."""

    orderer: Actor
    acceptor: Actor
    lines: Mapping[str, UUID]
    address: str


@dataclass(slots=True)
class Tally:
    """How many orders came how far; `refused` by the rules (cap, stock or budget used up)."""

    placed: int = 0
    confirmed: int = 0
    declined: int = 0
    delivered: int = 0
    received: int = 0
    refused: int = 0


def seed_orders(
    *,
    buyers: Sequence[Buyer],
    actor_of: Callable[[UUID], Actor],
    rng: random.Random,
    moments: Iterable[datetime],
    until: datetime,
    move: Callable[[datetime], None],
) -> Tally:
    """Place one order at each of `moments`, have it answered, delivered and accepted as far as `until`.

    `move` sets the clock; it is called with ever later instants, so that publications stand in the order of time.
    `actor_of` gives a person at a supplier's desk. What the rules refuse is counted and left out.
    """
    goods = catalogue.everything()
    tally, serial = Tally(), itertools.count()
    diary: list[tuple[datetime, int, Act]] = []

    def plan(at: datetime, act: Act) -> None:
        if at < until:
            heapq.heappush(diary, (at, next(serial), act))

    def begin(at: datetime) -> None:
        buyer = rng.choice(list(buyers))
        chosen = _choose(goods, buyer, rng)
        try:
            order = ordering.place(
                actor=buyer.orderer,
                key=UUID(int=rng.getrandbits(128), version=4),
                budget_line_id=buyer.lines[chosen[0][0].kind],
                lines=[Line(offer.id, quantity) for _, offer, quantity in chosen],
                deliver_to=buyer.address,
            )
        except Refused:
            tally.refused += 1
            return
        tally.placed += 1
        supplier = actor_of(order.supplier_id)
        if rng.random() < 0.03:
            plan(at + _hours(rng, 2, 20), lambda _: decline(supplier, order.id))
        else:
            plan(at + _hours(rng, 1, 30), lambda now: confirm(now, buyer, supplier, order.id))

    def decline(supplier: Actor, order_id: UUID) -> None:
        fulfilling.decline(actor=supplier, order_id=order_id, reason="型号停产，建议另选")
        tally.declined += 1

    def confirm(now: datetime, buyer: Buyer, supplier: Actor, order_id: UUID) -> None:
        fulfilling.confirm(actor=supplier, order_id=order_id)
        tally.confirmed += 1
        plan(now + _hours(rng, 24, 200), lambda then: deliver(then, buyer, supplier, order_id))

    def deliver(now: datetime, buyer: Buyer, supplier: Actor, order_id: UUID) -> None:
        fulfilling.deliver(actor=supplier, order_id=order_id, note="随货清单与发票")
        tally.delivered += 1
        plan(now + _hours(rng, 4, 90), lambda _: receive(buyer, order_id))

    def receive(buyer: Buyer, order_id: UUID) -> None:
        fulfilling.receive(actor=buyer.acceptor, order_id=order_id)
        tally.received += 1

    for moment in moments:
        plan(moment, begin)
    while diary:
        at, _, act = heapq.heappop(diary)
        move(at)
        act(at)
    return tally


def _hours(rng: random.Random, least: int, most: int) -> timedelta:
    return timedelta(minutes=rng.randint(least * 60, most * 60))


def _choose(
    goods: Sequence[ProductFacts], buyer: Buyer, rng: random.Random
) -> list[tuple[ProductFacts, OfferFacts, int]]:
    """Choose one to three products of one supplier, for which the buyer has a budget line."""
    fitting = [row for row in goods if row.kind in buyer.lines]
    first = rng.choice(fitting)
    offer = rng.choice(first.offers)
    chosen = [(first, offer, _quantity(first, rng))]
    beside = [
        (row, own)
        for row in fitting
        for own in row.offers
        if own.entrant_id == offer.entrant_id and row.id != first.id
    ]
    for row, own in rng.sample(beside, min(len(beside), rng.choice((0, 0, 0, 1, 2)))):
        chosen.append((row, own, _quantity(row, rng)))
    return chosen


def _quantity(product: ProductFacts, rng: random.Random) -> int:
    if product.kind == "services":
        return rng.choice((1, 2, 3, 6))
    if product.best is not None and product.best.price.amount < 200:
        return rng.choice((5, 10, 20, 40))
    return rng.choice((1, 1, 2, 3, 5, 10))
