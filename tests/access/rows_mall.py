"""Addresses of the mall: the catalogue is anyone's, carts and orders belong to their desks."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile

from core.money import UnitPrice
from mall.services import carting, offlist
from tests.access.matrix import Row
from tests.factories import mall as make


def _shop(cast: Any) -> Any:
    agreement = make.agreement(cast.agency, cast.supplier_a)
    cast.goods = make.product()
    cast.line = make.budget_line(cast.purchaser)
    return make.offer(cast.supplier_a, agreement, cast.goods)


def _product(cast: Any) -> dict[str, Any]:
    _shop(cast)
    return {"product_id": cast.goods.id}


def _picture(cast: Any) -> dict[str, Any]:
    from mall.services import listing

    _shop(cast)
    sha256 = listing.add_picture(
        actor_label="test", product_id=cast.goods.id, data=make.picture(), alt="正面"
    )
    return {"sha256": sha256}


def _entry_item(cast: Any) -> dict[str, Any]:
    made = make.agreement(cast.agency, cast.supplier_a)
    return {"entrant_id": made.entrants[0].id, "item_no": "1"}


def _offer(cast: Any) -> dict[str, Any]:
    return {"offer_id": _shop(cast).id}


def _order(cast: Any) -> dict[str, Any]:
    offer = _shop(cast)
    return {"order_id": make.order(cast.purchaser, cast.line, offer).id}


def _agreement(cast: Any) -> dict[str, Any]:
    return {"agreement_id": make.agreement(cast.agency, cast.supplier_a).id}


def _off_list(cast: Any) -> dict[str, Any]:
    line = make.budget_line(cast.purchaser)
    asked = offlist.ask(
        actor=cast.purchaser, **_agreement(cast), key=uuid4(), item_no="1", brand="示例", model="QZ", spec="14 英寸", quantity=1,
        credit_code=cast.supplier_b.credit_code, price=UnitPrice("5000"), reason="报价单", budget_line_id=line.id,
        file=SimpleUploadedFile("报价单.pdf", b"%PDF-1.7 x"),
    )  # fmt: skip
    return {"purchase_id": asked.id}


def _off_list_act(cast: Any) -> dict[str, Any]:
    return {**_off_list(cast), "verb": "withdraw"}


def _act(verb: str) -> Any:
    return lambda cast: {**_order(cast), "verb": verb}


def _cart(cast: Any) -> dict[str, Any]:
    offer = _shop(cast)
    carting.put(actor=cast.purchaser, offer_id=offer.id, quantity=1)
    return {
        "key": str(uuid4()),
        "budget_line_id": str(cast.line.id),
        "deliver_to": "杭州市示例路1号",
        "expected": str(offer.price),
        "line": f"{offer.id}:1",
    }


OBJECTS = {
    "mall_product": _product,
    "mall_picture": _picture,
    "mall_offer": _offer,
    "mall_order": _order,
    "mall_put": lambda cast: {"offer_id": str(_shop(cast).id), "quantity": "1"},
    "mall_place": _cart,
}
SUPPLIERS = {"supplier", "outsider_supplier"}
ROWS = [
    Row("mall:browse"),
    Row("mall:product", "mall_product"),
    Row("mall:compare"),
    Row("mall:picture", "mall_picture"),
    Row("mall:cart", allowed={"purchaser"}),
    Row("mall:put", method="post", data="mall_put", allowed={"purchaser"}),
    Row("mall:place_order", method="post", data="mall_place", allowed={"purchaser"}),
    Row("mall:orders", allowed={"purchaser", "supervisor", "outsider_supervisor", *SUPPLIERS}),
    Row("mall:order", "mall_order", allowed={"purchaser", "supplier", "supervisor"}),
    Row("mall:act", _act("confirm"), method="post", allowed={"supplier"}),
    Row("mall:act", _act("decline"), method="post", data={"reason": "缺货"}, allowed={"supplier"}),
    Row("mall:act", _act("deliver"), method="post", allowed={"supplier"}, accepts={409}),
    Row("mall:act", _act("withdraw"), method="post", data={"reason": "误订"}, allowed={"purchaser"}),
    Row("mall:act", _act("receive"), method="post", allowed={"purchaser"}, accepts={409}),
    Row("mall:act", _act("send-back"), method="post", allowed={"purchaser"}, accepts={409, 422}),
    Row("mall:off_lists", allowed={"purchaser", "agency", "supervisor", "outsider_supervisor", *SUPPLIERS}),
    Row("mall:off_list_new", _agreement, allowed={"purchaser"}),
    Row("mall:off_list_new", _agreement, method="post", allowed={"purchaser"}, accepts={422}),
    Row("mall:off_list", _off_list, allowed={"purchaser", "agency", "supplier", "supervisor"}),
    Row("mall:off_list_evidence", _off_list, allowed={"purchaser", "agency", "supervisor"}),
    Row("mall:off_list_answer", _off_list, method="post", data={"matches": "0"}, allowed={"supplier"}),
    Row(
        "mall:off_list_act", _off_list_act, method="post", data={"reason": "不再需要"}, allowed={"purchaser"}
    ),
    Row("mall:offers", allowed=SUPPLIERS),
    Row("mall:offer_new", _entry_item, allowed={"supplier"}),
    Row("mall:offer_new", _entry_item, method="post", allowed={"supplier"}, accepts={422}),
    Row(
        "mall:offer",
        "mall_offer",
        method="post",
        data={"price": "5100", "stock": "9", "delivery_days": "3", "warranty_months": "36", "listed": "on"},
        allowed={"supplier"},
    ),
]
