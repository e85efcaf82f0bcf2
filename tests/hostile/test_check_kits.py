"""A recovery kit that the database holds otherwise than log, supervisor and audit trail is found, and named (R8)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bidding import integrity, integrity_hall
from bidding.models import OpenedBid, RecoveryKit
from bidding.services import opening
from core.ledger import selectors as log
from tests.bidding.bidder import Bidder
from tests.bidding.test_check_hall import delete
from tests.bidding.test_check_sealing import different, edit, undone
from tests.hostile.test_blame import pockets
from tests.hostile.test_kits import end, gathering, hand_in, kept, key, opened_by, sealed, tender, three

__all__ = ["gathering", "kept", "key", "pockets", "tender", "three"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_each_column_of_a_kit_edited_by_sql_is_named(
    gathering: Any, three: list[str], kept: list[Any], cast: Any, key: Path, at: Any
) -> None:
    place, bid = gathering, three[0]
    assert hand_in(cast.supplier_a, bid, sealed(kept[0], place)) == (200, "")
    row = RecoveryKit.objects.get()
    assert integrity.check() == []
    with undone():
        edit(row, "released_at", place.bids_due_at)
        assert {one.column for one in integrity.check()} == {"released_at"}
    end(place, at)
    supervisor = Bidder.of(cast.supervisor).client
    released = json.dumps(opened_by(key, supervisor, bid))
    assert supervisor.post(f"/bids/{bid}/kit/release", {"release": released}).status_code == 302
    opening.gather(tender_id=place.id)
    assert OpenedBid.objects.get(bid_id=bid).verdict["verdict"] == "opened"
    assert integrity.check() == []

    row.refresh_from_db()

    def named() -> set[tuple[str, str]]:
        logged = log.entries_about([place.id])[str(place.id)]
        return {(one.table, one.column) for one in integrity_hall.check(place.id, logged, {})}

    for column in sorted(integrity_hall.SEALED[RecoveryKit]):
        with undone():
            edit(row, column, different(row, column))
            assert ("bidding_recoverykit", column) in named(), column
    with undone():
        delete(row)
        assert named() == {("bidding_recoverykit", "bid")}
    with undone():
        edit(OpenedBid.objects.get(bid_id=bid), "quote", "1.00")
        assert {one.column for one in integrity.check()} == {"quote"}
