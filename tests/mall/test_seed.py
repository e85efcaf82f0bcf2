"""The demonstration's mall is filled through the real services."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracting.models import Entrant, FrameworkAgreement
from core.money import Yuan
from disclosure.models import Transaction
from mall.demo.catalogue import seed_agreements, seed_catalogue
from mall.demo.goods import lines
from mall.demo.orders import Buyer, seed_orders
from mall.models import Offer, Order, Picture, Product
from mall.states import RELEASED
from planning.selectors import budget_facts
from tests.factories import mall as make

pytestmark = pytest.mark.django_db
START = datetime(2025, 11, 3, 1, tzinfo=UTC)


def test_a_catalogue_and_a_year_of_orders_follow_every_rule(cast: Any, at: Any) -> None:
    at(START)
    rng = random.Random(7)
    suppliers = {row.org_id: row for row in (cast.supplier_a, cast.supplier_b, cast.supplier_c)}
    agreements = seed_agreements(
        organiser=cast.agency,
        supplier_ids=list(suppliers),
        starts_at=START,
        ends_at=START + timedelta(days=364),
        rng=rng,
    )
    count = seed_catalogue(agreements, rng, actor_of=suppliers.__getitem__, brands=1)
    assert count == Product.objects.count() >= 60
    assert sum(len(line.levels) * len(line.brands) * len(line.versions) for line in lines()) >= 250
    assert Product.objects.values("category").distinct().count() >= 12
    assert Picture.objects.count() == 3 * count
    assert all(brand.startswith("示例") for brand in Product.objects.values_list("brand", flat=True))
    over = [row for row in Offer.objects.select_related("agreed__item") if row.price > row.agreed.price]
    assert over == []

    buyer = Buyer(
        orderer=cast.purchaser,
        acceptor=make.colleague(cast.purchaser),
        lines={
            "goods": make.budget_line(cast.purchaser, "3000000").id,
            "services": make.budget_line(cast.purchaser, "900000", category="services").id,
        },
        address="杭州市示例路1号",
    )
    moments = [START + timedelta(days=12 * n, hours=rng.randint(0, 8)) for n in range(28)]
    tally = seed_orders(
        buyers=[buyer],
        actor_of=suppliers.__getitem__,
        rng=rng,
        moments=moments,
        until=START + timedelta(days=360),
        move=at,
    )
    assert tally.placed + tally.refused == 28
    assert tally.received >= 15
    assert Transaction.objects.count() == tally.confirmed
    live = [row for row in Order.objects.all() if row.status not in RELEASED]
    assert sum(row.amount_fen for row in live) == sum(
        FrameworkAgreement.objects.values_list("drawn_fen", flat=True)
    )
    assert sum(row.amount_fen for row in live) == sum(Entrant.objects.values_list("drawn_fen", flat=True))
    held = [budget_facts(id) for id in buyer.lines.values()]
    assert Yuan.total(row.reserved + row.committed + row.spent for row in held) == Yuan.from_fen(
        sum(row.amount_fen for row in live)
    )
    stamps = list(Transaction.objects.order_by("position").values_list("published_at", flat=True))
    assert stamps == sorted(stamps)
