"""Reads of orders."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db.models import QuerySet

from core import regions
from core.errors import NotFound
from core.money import Yuan
from mall.facts import OrderFacts
from mall.models import Order
from mall.states import OrderStatus

MOST = 200


def _orders() -> QuerySet[Order]:
    return Order.objects.select_related("purchaser", "supplier", "agreement")


def order_facts(order_id: uuid.UUID) -> OrderFacts:
    """Give one order, or raise NotFound."""
    row = _orders().filter(pk=order_id).first()
    if row is None:
        raise NotFound()
    return facts_of(row)


def order_of_key(org_id: uuid.UUID | None, key: uuid.UUID) -> OrderFacts | None:
    """Give the order that a purchaser placed with this key, or None."""
    row = _orders().filter(purchaser_id=org_id, key=key).first()
    return facts_of(row) if row else None


def orders_of(org_id: uuid.UUID, *, side: str, status: str = "", limit: int = MOST) -> list[OrderFacts]:
    """Give the orders of an organisation as `purchaser` or as `supplier`, newest first."""
    rows = _orders().filter(**{f"{side}_id": org_id})
    if status:
        rows = rows.filter(status=status)
    return [facts_of(row) for row in rows[:limit]]


def supervised_orders(region: str, status: str = "", limit: int = MOST) -> list[OrderFacts]:
    """Give the orders of a region and of all below it, newest first, for its supervisor."""
    rows = _orders().filter(region__startswith=regions.stem(region))
    if status:
        rows = rows.filter(status=status)
    return [facts_of(row) for row in rows[:limit]]


def overdue(now: datetime, limit: int) -> list[uuid.UUID]:
    """Give the orders whose time to be answered is over, oldest first."""
    rows = Order.objects.filter(status=OrderStatus.PLACED, answer_due_at__lte=now)
    return list(rows.order_by("answer_due_at").values_list("pk", flat=True)[:limit])


def facts_of(
    row: Order,
    *,
    purchaser_name: str = "",
    supplier_name: str = "",
    agreement_no: str = "",
    agreement_title: str = "",
) -> OrderFacts:
    """Describe an order; names that the caller knows spare the rows they stand in."""
    return OrderFacts(
        id=row.pk,
        order_no=row.order_no,
        ocid=row.ocid,
        key=row.key,
        status=row.status,
        purchaser_id=row.purchaser_id,
        purchaser_name=purchaser_name or row.purchaser.name,
        supplier_id=row.supplier_id,
        supplier_name=supplier_name or row.supplier.name,
        agreement_id=row.agreement_id,
        agreement_no=agreement_no or row.agreement.agreement_no,
        agreement_title=agreement_title or row.agreement.title,
        entrant_id=row.entrant_id,
        budget_line_id=row.budget_line_id,
        items=tuple(row.items),
        amount=Yuan.from_fen(row.amount_fen),
        region=row.region,
        deliver_to=row.deliver_to,
        reason=row.reason,
        placed_by=row.placed_by,
        placed_by_id=row.placed_by_id,
        placed_at=row.placed_at,
        answer_due_at=row.answer_due_at,
        confirmed_by=row.confirmed_by,
        confirmed_at=row.confirmed_at,
        delivered_at=row.delivered_at,
        received_by=row.received_by,
        received_at=row.received_at,
        separated=row.separated,
        ended_at=row.ended_at,
        transaction_id=row.transaction_id,
    )
