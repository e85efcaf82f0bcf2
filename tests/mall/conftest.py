"""What the tests of the mall start from: an agreement, an offer, a budget line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from contracting.models import Entrant, FrameworkAgreement
from core.audit.models import Entry
from disclosure.models import Transaction
from mall.models import Offer, Order
from parties.models import InboxItem
from planning.models import BudgetLine, Reservation
from tests.factories import mall as make


@pytest.fixture
def shop(cast: Any) -> SimpleNamespace:
    """One supplier with 100 laptops at 5,200 under a cap of 500,000, and a purchaser with a million."""
    agreement = make.agreement(cast.agency, cast.supplier_a, cast.supplier_b)
    goods = make.product()
    return SimpleNamespace(
        cast=cast,
        buyer=cast.purchaser,
        supplier=cast.supplier_a,
        agreement=agreement,
        product=goods,
        offer=make.offer(cast.supplier_a, agreement, goods),
        line=make.budget_line(cast.purchaser),
    )


@pytest.fixture
def traces() -> Any:
    """Give what an order leaves behind, to compare before and after a refusal."""

    def look() -> dict[str, Any]:
        return {
            "orders": Order.objects.count(),
            "stock": list(Offer.objects.order_by("pk").values_list("stock", flat=True)),
            "agreements": list(FrameworkAgreement.objects.order_by("pk").values_list("drawn_fen", flat=True)),
            "entrants": list(Entrant.objects.order_by("pk").values_list("drawn_fen", flat=True)),
            "budget": list(BudgetLine.objects.order_by("pk").values_list("reserved_fen", flat=True)),
            "reservations": Reservation.objects.count(),
            "audit": Entry.objects.count(),
            "inbox": InboxItem.objects.count(),
            "records": Transaction.objects.count(),
        }

    return look
