"""What benchmarks publish: organisations as publishers describe them, and records of orders."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from core.money import UnitPrice, Yuan
from disclosure import services


def described(actor: Any, **over: Any) -> dict[str, Any]:
    """Describe an actor's organisation."""
    return {
        "name": actor.org_name,
        "name_en": "",
        "credit_code": actor.credit_code,
        "region": actor.region,
        "address": "示例路1号",
        **over,
    }


def record_order(purchaser: Any, supplier: Any, order_no: str, at: datetime) -> None:
    """Publish the record of one order over one laptop."""
    services.record_transaction(
        actor=purchaser,
        order_no=order_no,
        mode="direct_order",
        purchaser=described(purchaser),
        supplier=described(supplier, size="small"),
        amount=Yuan("5200.00"),
        items=[
            {
                "name": "便携式计算机",
                "category": "A02010108",
                "brand": "示例青竹",
                "model": "QZ-1",
                "spec": "14英寸，16GB内存",
                "quantity": Decimal(1),
                "unit": "台",
                "unit_price": UnitPrice("5200"),
            }
        ],
        agreement={"title": "示例框架协议", "no": "KJ-1"},
        ordered_at=at,
        source=f"bench.{order_no}",
        ocid=services.new_ocid(),
        region="330106",
    )
