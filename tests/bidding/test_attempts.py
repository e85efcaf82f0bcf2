"""Who tried to bid is told after the close, to those who run the tender: code and time, never content (R11)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from bidding.models import Attempt, Bid
from bidding.services import attempts, preparing
from parties.access import CLOCK
from tendering.services import progress
from tests.factories import tendering as make
from tests.factories.evaluation import SPRING, client_of

At = Callable[[datetime], None]


def test_refusals_are_told_after_the_close_and_nothing_before(cast: Any, at: At, db: None) -> None:
    at(SPRING)
    tender = make.published(cast.purchaser)
    host = client_of(cast.purchaser)
    path = f"/opening/{tender.id}/attempts/"
    before = host.get(path).content.decode()
    bid = preparing.begin(actor=cast.supplier_a, tender_id=tender.id, lot="1").bid_id
    body = json.dumps({"record": {"secret": "机密报价"}, "uploads": {}, "envelopes": []})
    supplier = client_of(cast.supplier_a)
    refused = supplier.post(f"/bids/{bid}/check", body, content_type="application/json")
    assert refused.status_code == 422
    assert [(row.step, row.code) for row in Attempt.objects.all()] == [("check", "invalid")]
    # a stranger's request for that bid is nobody's attempt
    assert (
        client_of(cast.supplier_b)
        .post(f"/bids/{bid}/check", body, content_type="application/json")
        .status_code
        == 404
    )
    assert Attempt.objects.count() == 1

    with pytest.raises(attempts.BeforeTheClose):
        attempts.of(tender)
    after = host.get(path).content.decode()
    assert cast.supplier_a.org_name not in after
    assert len(after) == len(before)

    at(tender.bids_due_at)
    closed = progress.close(tender_id=tender.id, actor=CLOCK)
    rows = [(row["supplier"], row["step"], row["code"]) for row in attempts.of(closed)]
    assert rows == [
        (cast.supplier_a.org_name, "begin", "not-submitted"),
        (cast.supplier_a.org_name, "check", "invalid"),
    ]
    page = host.get(path).content.decode()
    assert cast.supplier_a.org_name in page
    assert "机密报价" not in page
    assert supplier.get(path).status_code == 404
    assert Bid.objects.get().status == "preparing"


def test_very_many_attempts_keep_their_oldest(cast: Any, at: At, db: None, monkeypatch: Any) -> None:
    at(SPRING)
    tender = make.published(cast.purchaser)
    monkeypatch.setattr(attempts, "KEPT_PER_SUPPLIER", 2)
    for code in ("one", "two", "three", "late"):
        attempts.note(actor=cast.supplier_a, tender_id=tender.id, lot="1", step="check", code=code)
    assert sorted(Attempt.objects.values_list("code", flat=True)) == ["one", "two"]
