"""A purchaser orders directly: everything is taken, or nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracting.models import Entrant, FrameworkAgreement
from contracting.services import agreements
from contracting.services.caps import NotInForce, OverCap
from core import clock
from core.audit.models import Entry
from core.errors import Invalid, NotFound, Refused
from core.money import Yuan
from mall.models import CartLine, Offer, Order
from mall.rules import Line
from mall.services import carting, ordering
from mall.services.ordering import ExcludedSupplier, KeyUsed, OutOfStock, OwnOffer, PriceChanged
from mall.states import OrderStatus
from parties.models import Capacity, InboxItem, Sanction
from parties.states import CapacityStatus
from planning.selectors import budget_facts
from planning.services import OverBudget
from tests.factories import mall as make

pytestmark = pytest.mark.django_db
CONTROL = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


def test_an_order_takes_budget_stock_and_both_caps_at_the_price_of_the_moment(shop: Any) -> None:
    carting.put(actor=shop.buyer, offer_id=shop.offer.id, quantity=3)
    order = make.order(shop.buyer, shop.line, shop.offer, quantity=3, expected=Yuan("15600"))
    assert order.status == OrderStatus.PLACED
    assert order.amount == Yuan("15600.00")
    assert order.items[0]["unit_price"] == "5200.00"
    assert order.items[0]["reference"] == "5800.00"
    assert order.items[0]["lowest"] == "5200.00"
    assert Offer.objects.get().stock == 97
    assert budget_facts(shop.line.id).reserved == Yuan("15600")
    assert FrameworkAgreement.objects.get().drawn_fen == 1_560_000
    assert Entrant.objects.get(supplier_id=shop.supplier.org_id).drawn_fen == 1_560_000
    assert not CartLine.objects.exists()
    told = InboxItem.objects.get(key=f"order.{order.id}.answer")
    assert (told.organisation_id, told.due_at) == (shop.supplier.org_id, order.answer_due_at)
    make.offer(shop.supplier, shop.agreement, shop.product, price="5000.00", stock=97)
    assert Order.objects.get().items[0]["unit_price"] == "5200.00"


def test_a_repeated_click_makes_one_order_and_gives_the_same_answer(shop: Any, traces: Any) -> None:
    key = uuid4()
    first = make.order(shop.buyer, shop.line, shop.offer, quantity=2, key=key)
    before = traces()
    again = make.order(shop.buyer, shop.line, shop.offer, quantity=2, key=key)
    assert (again.id, again.order_no, again.amount) == (first.id, first.order_no, first.amount)
    assert traces() == before
    with pytest.raises(KeyUsed):
        make.order(shop.buyer, shop.line, shop.offer, quantity=3, key=key)
    assert traces() == before


def test_a_repeated_click_is_answered_even_when_nothing_is_left(shop: Any) -> None:
    key = uuid4()
    line = make.budget_line(shop.buyer, "5200.00")
    first = make.order(shop.buyer, line, shop.offer, key=key)
    Offer.objects.update(stock=0)
    assert make.order(shop.buyer, line, shop.offer, key=key).id == first.id


def test_another_purchaser_may_use_the_same_key(shop: Any) -> None:
    from tests.factories import parties

    other = parties.desk("purchaser", "宁波市示例小学", "330200")
    key = uuid4()
    first = make.order(shop.buyer, shop.line, shop.offer, key=key)
    second = make.order(other, make.budget_line(other), shop.offer, key=key)
    assert first.id != second.id


def _over_budget(shop: Any) -> None:
    shop.line = make.budget_line(shop.buyer, "10399.99")


def _over_stock(shop: Any) -> None:
    Offer.objects.update(stock=1)


def _withdrawn(shop: Any) -> None:
    make.offer(shop.supplier, shop.agreement, shop.product, listed=False)


def _over_entrant_cap(shop: Any) -> None:
    Entrant.objects.update(cap_fen=1_039_999)


def _over_agreement_cap(shop: Any) -> None:
    FrameworkAgreement.objects.update(cap_fen=1_039_999)


def _term_over(shop: Any) -> None:
    now = clock.now()
    FrameworkAgreement.objects.update(starts_at=now - timedelta(days=9), ends_at=now)


def _term_not_begun(shop: Any) -> None:
    FrameworkAgreement.objects.update(starts_at=clock.now() + timedelta(hours=1))


def _expelled(shop: Any) -> None:
    entrant = shop.agreement.entrant_of(shop.supplier.org_id)
    agreements.expel(actor=shop.cast.agency, entrant_id=entrant.id, reason="清退")


def _banned(shop: Any) -> None:
    Sanction.objects.create(
        credit_code=shop.supplier.credit_code,
        name="甲方",
        kind="serious_dishonesty",
        since=clock.now() - timedelta(days=1),
    )


def _price_changed(shop: Any) -> None:
    make.offer(shop.supplier, shop.agreement, shop.product, price="5300.00")


def _services_line(shop: Any) -> None:
    shop.line = make.budget_line(shop.buyer, category="services")


def _foreign_line(shop: Any) -> None:
    from tests.factories import parties

    shop.line = make.budget_line(parties.desk("purchaser", "宁波市示例小学", "330200"))


@pytest.mark.parametrize(
    ("spoil", "refusal", "code"),
    [
        (_over_budget, OverBudget, "over-budget"),
        (_over_stock, OutOfStock, "out-of-stock"),
        (_withdrawn, OutOfStock, "out-of-stock"),
        (_over_entrant_cap, OverCap, "over-cap"),
        (_over_agreement_cap, OverCap, "over-cap"),
        (_term_over, NotInForce, "agreement-not-in-force"),
        (_term_not_begun, NotInForce, "agreement-not-in-force"),
        (_expelled, NotInForce, "agreement-not-in-force"),
        (_banned, ExcludedSupplier, "excluded-supplier"),
        (_price_changed, PriceChanged, "price-changed"),
        (_services_line, Invalid, "invalid"),
        (_foreign_line, NotFound, "not-found"),
        (None, None, ""),
    ],
)
def test_what_the_rules_do_not_allow_is_refused_and_leaves_nothing(
    shop: Any, traces: Any, commits: Any, spoil: Any, refusal: Any, code: str
) -> None:
    if spoil is not None:
        spoil(shop)
    before = traces()

    def place() -> Any:
        return make.order(shop.buyer, shop.line, shop.offer, quantity=2, expected=Yuan("10400"))

    if refusal is None:
        assert place().amount == Yuan("10400")
        assert traces()["orders"] == before["orders"] + 1
        return
    with commits() as sent, pytest.raises(refusal) as refused:
        place()
    assert refused.value.code == code
    assert traces() == before
    assert sent == []


def test_an_organisation_does_not_supply_itself(shop: Any, traces: Any) -> None:
    Capacity.objects.create(
        organisation_id=shop.supplier.org_id, kind="purchaser", status=CapacityStatus.VERIFIED
    )
    both = make.colleague(shop.supplier)
    line = make.budget_line(both)
    before = traces()
    with pytest.raises(OwnOffer):
        make.order(both, line, shop.offer)
    assert traces() == before


def test_one_order_goes_to_one_supplier(shop: Any, traces: Any) -> None:
    other = make.offer(shop.cast.supplier_b, shop.agreement, shop.product)
    before = traces()
    with pytest.raises(Invalid):
        make.order(shop.buyer, shop.line, shop.offer, other)
    assert traces() == before


@pytest.mark.parametrize("quantity", [0, -1, 100_001])
def test_quantities_are_whole_units_above_zero(shop: Any, traces: Any, quantity: int) -> None:
    before = traces()
    with pytest.raises(Invalid):
        make.order(shop.buyer, shop.line, shop.offer, quantity=quantity)
    assert traces() == before


def test_several_lines_are_taken_or_refused_together(shop: Any, traces: Any) -> None:
    second = make.offer(shop.supplier, shop.agreement, make.product(), stock=1)
    before = traces()
    with pytest.raises(OutOfStock) as refused:
        make.order(shop.buyer, shop.line, shop.offer, second, quantity=2)
    assert refused.value.facts["left"] == "1"
    assert traces() == before
    make.order(shop.buyer, shop.line, shop.offer, second, quantity=1)
    assert sorted(Offer.objects.values_list("stock", flat=True)) == [0, 99]


@pytest.mark.parametrize("lines", [1, 5])
def test_an_order_needs_at_most_twenty_statements(shop: Any, lines: int) -> None:
    offers = [shop.offer]
    offers += [make.offer(shop.supplier, shop.agreement, make.product()) for _ in range(lines - 1)]
    with CaptureQueriesContext(
        connection,
    ) as seen:
        make.order(shop.buyer, shop.line, *offers)
    said = [q["sql"] for q in seen if not q["sql"].startswith(CONTROL)]
    assert len(said) <= 20, "\n".join(text[:110] for text in said)
    assert len(seen) <= 24


def test_every_order_is_recorded_with_who_and_how_much(shop: Any) -> None:
    order = make.order(shop.buyer, shop.line, shop.offer)
    entry = Entry.objects.get(subject=f"order.{order.id}")
    assert entry.actor == shop.buyer.label
    assert entry.facts["amount"] == "5200.00"


def test_a_supplier_or_a_stranger_cannot_order(shop: Any, traces: Any) -> None:
    before = traces()
    for actor in (shop.supplier, shop.cast.agency, shop.cast.experts[0]):
        with pytest.raises(Refused):
            ordering.place(
                actor=actor,
                key=uuid4(),
                budget_line_id=shop.line.id,
                lines=[Line(shop.offer.id, 1)],
            )
    assert traces() == before
