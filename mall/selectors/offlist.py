"""Reads of purchases off the list."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db.models import Q, QuerySet

from core import regions
from core.errors import NotFound
from core.money import UnitPrice
from mall.models import OffListPurchase
from mall.offlist_facts import AnswerFacts, OffListFacts
from mall.states import OffListStatus

MOST = 100


def _all() -> QuerySet[OffListPurchase]:
    return OffListPurchase.objects.select_related("purchaser", "supplier", "agreement").prefetch_related(
        "answers__entrant__supplier"
    )


def off_list_facts(purchase_id: uuid.UUID) -> OffListFacts:
    """Give one purchase, or raise NotFound."""
    row = _all().filter(pk=purchase_id).first()
    if row is None:
        raise NotFound()
    return _facts(row)


def off_lists_of(org_id: uuid.UUID) -> list[OffListFacts]:
    """Give the purchases that a desk made, was asked about, or hears of as organiser; newest first."""
    mine = (
        Q(purchaser_id=org_id) | Q(answers__entrant__supplier_id=org_id) | Q(agreement__organiser_id=org_id)
    )
    return [_facts(row) for row in _all().filter(mine).distinct()[:MOST]]


def off_lists_in(region: str) -> list[OffListFacts]:
    """Give the purchases of a region and of all below it, newest first, for its supervisor."""
    return [_facts(row) for row in _all().filter(region__startswith=regions.stem(region))[:MOST]]


def off_lists_due(now: datetime) -> list[uuid.UUID]:
    """Give the purchases whose time for answers is over, oldest first."""
    rows = OffListPurchase.objects.filter(status=OffListStatus.ASKED, answers_due_at__lte=now)
    return list(rows.order_by("answers_due_at").values_list("pk", flat=True)[:MOST])


def _facts(row: OffListPurchase) -> OffListFacts:
    same = (
        "purchase_no", "ocid", "status", "purchaser_id", "supplier_id", "agreement_id", "item", "brand", "model", "spec",
        "quantity", "reason", "media_type", "sha256", "stored_as", "budget_line_id", "region", "asked_at", "answers_due_at",
        "ended_reason", "contract_id", "notice_id", "transaction_id", "winner_id",
    )  # fmt: skip
    return OffListFacts(
        id=row.pk,
        purchaser_name=row.purchaser.name,
        supplier_name=row.supplier.name,
        agreement_no=row.agreement.agreement_no,
        agreement_title=row.agreement.title,
        organiser_id=row.agreement.organiser_id,
        price=UnitPrice(row.price),
        file=row.name,
        answers=tuple(
            AnswerFacts(
                entrant_id=one.entrant_id,
                supplier_id=one.entrant.supplier_id,
                supplier_name=one.entrant.supplier.name,
                agreed=UnitPrice(one.agreed),
                price=UnitPrice(one.price) if one.price is not None else None,
                answered_at=one.answered_at,
            )
            for one in row.answers.all()
        ),
        **{name: getattr(row, name) for name in same},
    )
