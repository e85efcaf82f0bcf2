"""Orders in turn (顺序轮候), and what a supplier lists under its framework agreement."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from contracting.selectors import agreement_facts
from contracting.services import agreements
from core.errors import Refused
from core.money import UnitPrice
from disclosure.models import Notice, Transaction
from disclosure.states import official_name
from mall.models import Offer, Order, Product
from mall.rules import next_in_turn
from mall.services import fulfilling, listing, summaries
from mall.services.ordering import ByCompetition, NotInTurn
from tests.factories import mall as make

A, B, C = uuid4(), uuid4(), uuid4()


def test_each_is_called_once_in_every_round_also_when_one_is_removed() -> None:
    served: dict[Any, int] = {}
    calls = []
    for _ in range(4):
        turn = next_in_turn([A, B, C], served)
        served[turn] = served.get(turn, 0) + 1
        calls.append(turn)
    assert calls == [A, B, C, A]
    after = {A: 1, B: 1}
    assert next_in_turn([A, B], after) == A
    assert next_in_turn([A, B], {A: 2, B: 1}) == B
    assert next_in_turn([], {}) is None


@pytest.mark.django_db
def test_an_order_out_of_turn_takes_nothing(cast: Any, traces: Any) -> None:
    made = make.agreement(cast.agency, cast.supplier_a, cast.supplier_b, selection="in_turn")
    goods = make.product()
    first, second = (make.offer(who, made, goods) for who in (cast.supplier_a, cast.supplier_b))
    line = make.budget_line(cast.purchaser)
    before = traces()
    with pytest.raises(NotInTurn) as refused:
        make.order(cast.purchaser, line, second)
    assert (refused.value.facts["supplier"], traces()) == (cast.supplier_a.org_name, before)
    placed = make.order(cast.purchaser, line, first)
    fulfilling.confirm(actor=cast.supplier_a, order_id=placed.id)
    deal = Notice.objects.get(type="framework_deal")
    assert (deal.facts["agreement_no"], deal.facts["supplier"]["name"]) == (
        made.agreement_no,
        cast.supplier_a.org_name,
    )
    assert Transaction.objects.get().mode == "rotation"
    with pytest.raises(NotInTurn):
        make.order(cast.purchaser, line, first)
    make.order(cast.purchaser, line, second)
    agreements.expel(actor=cast.agency, entrant_id=made.entrants[0].id, reason="清退")
    make.order(cast.purchaser, line, second)
    assert Order.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("market", "name"),
    [
        ("agreement_supply", "协议供货合同公告"),
        ("designated_supply", "定点服务合同公告"),
        ("online_supermarket", "网上超市合同公告"),
        ("e_mall", ""),
    ],
)
def test_an_order_is_public_under_the_official_type_of_its_market(
    cast: Any, client: Any, market: str, name: str
) -> None:
    made = make.agreement(cast.agency, cast.supplier_a, market=market)
    offer = make.offer(cast.supplier_a, made, make.product())
    order = make.order(cast.purchaser, make.budget_line(cast.purchaser), offer, quantity=2)
    fulfilling.confirm(actor=cast.supplier_a, order_id=order.id)
    notices = Notice.objects.filter(type="contract")
    assert [official_name(row.type, row.method) for row in notices] == ([name] if name else [])
    assert [(row.facts["contract_no"], str(row.amount), row.ocid) for row in notices] == (
        [(order.order_no, "10400.00", order.ocid)] if name else []
    )
    record = client.get(f"/transactions/{Transaction.objects.get().pk}/").content.decode()
    assert ("电子卖场成交公告-采购成功" in record) is not bool(name)
    for row in notices:
        assert name in client.get(f"/notices/{row.pk}/").content.decode()


@pytest.mark.django_db
def test_where_suppliers_compete_again_nothing_is_ordered_directly(cast: Any, traces: Any) -> None:
    line, goods = make.budget_line(cast.purchaser), make.product()
    for selection in ("competition", "direct"):
        made = make.agreement(cast.agency, cast.supplier_a, selection=selection)
        offer = make.offer(cast.supplier_a, made, goods)
        before = traces()
        if selection == "direct":
            make.order(cast.purchaser, line, offer)
            assert traces() != before
            continue
        with pytest.raises(ByCompetition):
            make.order(cast.purchaser, line, offer)
        assert traces() == before


@pytest.mark.django_db
def test_at_the_end_of_its_term_an_agreement_is_closed_and_summed_up_once(cast: Any, at: Any) -> None:
    made = make.agreement(cast.agency, cast.supplier_a, cast.supplier_b, source="tender.x")
    offer = make.offer(cast.supplier_a, made, make.product())
    line = make.budget_line(cast.purchaser)
    first, _open = (make.order(cast.purchaser, line, offer, quantity=2) for _ in range(2))
    fulfilling.confirm(actor=cast.supplier_a, order_id=first.id)
    assert summaries.close_over() == 0
    at(made.ends_at)
    assert (summaries.close_over(), summaries.close_over()) == (1, 0)
    notice = Notice.objects.get(type="framework_summary")
    assert notice.facts["suppliers"] == [
        {"name": cast.supplier_a.org_name, "count": 1, "total": "10400.00"},
        {"name": cast.supplier_b.org_name, "count": 0, "total": "0.00"},
    ]
    assert agreement_facts(made.id).status == "closed"


@pytest.mark.django_db
def test_a_supplier_lists_what_it_delivers_for_its_item_at_most_at_its_price(cast: Any, traces: Any) -> None:
    made = make.agreement(cast.agency, cast.supplier_a, cast.supplier_b)
    given = {
        "item_no": "1", "brand": "示例青竹", "model": "QZ-1", "spec": "14 英寸", "price": UnitPrice("5500"), "stock": 3,
        "delivery_days": 5,
    }  # fmt: skip
    mine, other = made.entrants
    before = traces()
    for actor, entry, over in (
        (cast.supplier_a, mine, {"price": UnitPrice("5500.01")}),
        (cast.supplier_a, other, {}),
        (cast.supplier_c, mine, {}),
        (cast.supplier_a, mine, {"item_no": "2"}),
        (cast.supplier_a, mine, {"brand": " "}),
    ):
        with pytest.raises(Refused):
            listing.offer_item(actor=actor, entrant_id=entry.id, **{**given, **over})
    assert (traces(), Product.objects.count()) == (before, 0)
    one = listing.offer_item(actor=cast.supplier_a, entrant_id=mine.id, **given)
    two = listing.offer_item(
        actor=cast.supplier_b, entrant_id=other.id, **{**given, "price": UnitPrice("5400")}
    )
    assert one.product_id == two.product_id, "the same product has two offers"
    assert Offer.objects.count() == 2
