"""The e-mall: an order under a framework agreement, confirmed, delivered, accepted, and public at once."""

from __future__ import annotations

import re
import time
from typing import Any

from config.walkthrough.person import Failed, Form, Person, forms_of
from config.walkthrough.walk import Walk, last_id, wait_for

PUBLIC_WITHIN = 5.0


def _form(person: Person, path: str, part: str, **wanted: str) -> Form:
    """Give the form of a page whose action contains `part` and whose fields have these values."""
    for form in forms_of(person.get(path).text):
        if part in form.action and all(form.fields.get(name) == value for name, value in wanted.items()):
            return form
    raise Failed(f"{path}: there is no form for {part}")


def order(walk: Walk) -> tuple[str, dict[str, Any]]:
    """The purchaser finds a product, puts it into the cart and orders it from the budget; the supplier confirms."""
    buyer = walk.person("purchaser")
    page = buyer.get("/mall/")
    found = list(dict.fromkeys(re.findall(r"/mall/products/[0-9a-f-]{36}/", page.text)))
    if not found:
        raise Failed("/mall/ shows no product")
    product = next((path for path in found if "/mall/cart/lines" in buyer.get(path).text), "")
    if not product:
        raise Failed("no product on the first page of the mall can be ordered")
    put = _form(buyer, product, "/mall/cart/lines", add="1")
    buyer.post(put.action, {**put.fields, "quantity": "1"})
    place = next(
        form
        for form in forms_of(buyer.get("/mall/cart/").text)
        if form.action.endswith("/mall/cart/order") and put.fields["offer_id"] in str(form.fields.get("line"))
    )
    values = {
        **place.fields,
        "budget_line_id": walk.made["budget_line"],
        "deliver_to": "杭州市示例路 1 号 教学楼 301",
    }
    page = buyer.post(place.action, values)
    order_id = last_id(page.url.path)
    again = buyer.post(place.action, values)
    if last_id(again.url.path) != order_id:
        raise Failed("a repeated click made a second order")
    path = f"/mall/orders/{order_id}/"
    supplier = _supplier_of(walk, buyer.get(path).text)
    seller = walk.person(supplier)
    confirm = _form(seller, path, "/confirm")
    walk.made["confirmed_at"] = time.time()
    seller.post(confirm.action, confirm.fields)
    return path, {"order": order_id, "seller": supplier, "product": last_id(product)}


def _supplier_of(walk: Walk, page: str) -> str:
    for role, row in walk.accounts.items():
        if role.startswith("supplier") and "colleague" not in role and row["organisation"] in page:
            return role
    raise Failed("the order names no supplier of the demonstration")


def transaction(walk: Walk) -> tuple[str, dict[str, Any]]:
    """The record of the order is public within the second, with every field; delivery and acceptance follow."""
    public = walk.public()
    buyer = walk.accounts["purchaser"]["organisation"]
    record = wait_for(
        "the public record of the order",
        lambda: next(
            (
                row
                for row in public.json("/api/v1/transactions", purchaser=buyer, limit=20)["items"]
                if walk.made["order"] in str(row) or _is_ours(walk, row)
            ),
            None,
        ),
        PUBLIC_WITHIN,
    )
    missing = [
        name
        for name in "id ocid order_no mode purchaser supplier amount items agreement ordered_at published_at".split()
        if not record.get(name)
    ]
    blank = [
        name
        for row in record["items"]
        for name in ("name", "spec", "quantity", "unit_price")
        if not row.get(name)
    ]
    if missing or blank:
        raise Failed(f"the transaction record lacks {missing + blank}")
    path = f"/mall/orders/{walk.made['order']}/"
    seller, purchaser = walk.person(walk.made["seller"]), walk.person("purchaser")
    deliver = _form(seller, path, "/deliver")
    seller.post(deliver.action, {**deliver.fields, "reason": "已送达并安装（示例）"})
    accepter = walk.person("purchaser_colleague") if "purchaser_colleague" in walk.accounts else purchaser
    receive = _form(accepter, path, "/receive")
    accepter.post(receive.action, receive.fields)
    return f"/transactions/{record['id']}/", {
        "transaction": record["id"],
        "order_no": record["order_no"],
        "order_ocid": record["ocid"],
    }


def _is_ours(walk: Walk, row: dict[str, Any]) -> bool:
    page = walk.person("purchaser").get(f"/mall/orders/{walk.made['order']}/").text
    return row["order_no"] in page


def open_data(walk: Walk) -> tuple[str, dict[str, Any]]:
    """Both processes are in the open data: records, feed of releases, and the log's checkpoint."""
    public = walk.public()
    for ocid in (walk.made["ocid"], walk.made["order_ocid"]):
        record = public.json(f"/open-data/ocds/records/{ocid}")
        if ocid not in str(record):
            raise Failed(f"the record of {ocid} does not name it")
    compiled = public.json(f"/open-data/ocds/records/{walk.made['ocid']}")["records"][0]["compiledRelease"]
    for part in ("planning", "tender", "bids", "awards", "contracts"):
        if not compiled.get(part):
            raise Failed(f"the compiled release has no {part}")
    public.get("/log/checkpoint")
    return f"/projects/{walk.made['ocid']}/", {"releases": len(str(compiled))}
