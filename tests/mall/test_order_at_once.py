"""Sixty-four people order at the same moment: never a fen too many, never a fen too few."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections

from contracting.models import Entrant, FrameworkAgreement
from contracting.services.caps import OverCap
from core.audit.services import verify
from core.errors import Refused
from core.money import Yuan
from mall.models import Offer, Order
from mall.services.ordering import OutOfStock
from planning.models import BudgetLine
from planning.services import OverBudget
from tests.factories import mall as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
ATTEMPTS = 64
PRICE = 520_000


def at_once(attempts: int, act: Callable[[int], Any]) -> Counter[str]:
    """Run `act` in that many threads from one start; give how each ended: the code of a refusal, or ok."""
    ends: list[str] = []
    start = threading.Barrier(8)
    turns = iter(range(attempts))
    lock = threading.Lock()

    def run() -> None:
        start.wait()
        while True:
            with lock:
                turn = next(turns, None)
            if turn is None:
                break
            try:
                act(turn)
                end = "ok"
            except Refused as refused:
                end = refused.code
            with lock:
                ends.append(end)
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(240)
    return Counter(ends)


def _sums() -> tuple[int, int, int, int]:
    orders = sum(Order.objects.values_list("amount_fen", flat=True))
    return (
        orders,
        sum(FrameworkAgreement.objects.values_list("drawn_fen", flat=True)),
        sum(Entrant.objects.values_list("drawn_fen", flat=True)),
        sum(BudgetLine.objects.values_list("reserved_fen", flat=True)),
    )


@pytest.mark.parametrize(
    ("scarce", "refusal"),
    [("agreement", OverCap), ("entrant", OverCap), ("stock", OutOfStock), ("budget", OverBudget)],
)
def test_the_last_unit_goes_to_exactly_one(shop: Any, scarce: str, refusal: type[Refused]) -> None:
    fits = 10
    limit = fits * PRICE + PRICE - 1
    line = shop.line
    if scarce == "agreement":
        FrameworkAgreement.objects.update(cap_fen=limit)
    elif scarce == "entrant":
        Entrant.objects.update(cap_fen=limit)
    elif scarce == "stock":
        Offer.objects.update(stock=fits)
    else:
        line = make.budget_line(shop.buyer, str(Yuan.from_fen(limit)))
    ends = at_once(ATTEMPTS, lambda _: make.order(shop.buyer, line, shop.offer))
    assert ends == {"ok": fits, refusal.code: ATTEMPTS - fits}
    assert Order.objects.count() == fits
    assert set(_sums()) == {fits * PRICE}
    assert Offer.objects.get().stock == (0 if scarce == "stock" else 100 - fits)
    entrant = Entrant.objects.get(supplier_id=shop.supplier.org_id)
    assert verify(f"entrant.{entrant.pk}") is None
    assert verify(f"budget.{line.id}") is None


def test_sixty_four_clicks_with_one_key_make_one_order(shop: Any) -> None:
    key = uuid4()
    made: list[Any] = []
    ends = at_once(
        ATTEMPTS, lambda _: made.append(make.order(shop.buyer, shop.line, shop.offer, key=key, quantity=2).id)
    )
    assert ends == {"ok": ATTEMPTS}
    assert len(set(made)) == 1
    assert Order.objects.count() == 1
    assert set(_sums()) == {2 * PRICE}
    assert Offer.objects.get().stock == 98


def test_orders_of_several_lines_in_any_order_do_not_block_each_other(shop: Any) -> None:
    second = make.offer(shop.supplier, shop.agreement, make.product(), stock=12)
    both = [shop.offer, second]
    ends = at_once(
        32, lambda turn: make.order(shop.buyer, shop.line, *(both if turn % 2 else reversed(both)))
    )
    assert ends == {"ok": 12, "out-of-stock": 20}
    assert sorted(Offer.objects.values_list("stock", flat=True)) == [0, 88]
    assert set(_sums()) == {24 * PRICE}


def test_giving_back_and_taking_at_the_same_time_adds_up(shop: Any) -> None:
    from mall.services import fulfilling

    placed = [make.order(shop.buyer, shop.line, shop.offer).id for _ in range(8)]

    def act(turn: int) -> None:
        if turn % 2:
            fulfilling.decline(actor=shop.supplier, order_id=placed[turn // 2], reason="停产")
        else:
            make.order(shop.buyer, shop.line, shop.offer)

    ends = at_once(16, act)
    assert ends == {"ok": 16}
    live = sum(Order.objects.filter(status="placed").values_list("amount_fen", flat=True))
    assert live == 8 * PRICE
    assert set(_sums()[1:]) == {live}
    assert Offer.objects.get().stock == 92
