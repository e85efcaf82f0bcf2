"""The same tender, keepers and suppliers as in tests/bidding, for those who want to break them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.bidding.bidder import Bidder
from tests.bidding.conftest import keepers, tender, to_deadline

__all__ = ["bidders", "keepers", "tender", "to_deadline"]


@pytest.fixture
def bidders(cast: Any, tender: Any) -> list[Bidder]:
    """Four suppliers at their desks."""
    return [Bidder.of(actor) for actor in (cast.supplier_a, cast.supplier_b, cast.supplier_c, cast.outsider)]


@pytest.fixture
def opened(to_deadline: Callable[..., None]) -> Callable[..., bool]:
    """Close a tender at its deadline and open it; gives whether the opening is finished."""
    from bidding.services import closing, opening

    def go(tender: Any, wait: timedelta = timedelta(seconds=2)) -> bool:
        to_deadline(tender)
        assert closing.close(tender_id=tender.id)
        to_deadline(tender, wait)
        return opening.gather(tender_id=tender.id)

    return go
