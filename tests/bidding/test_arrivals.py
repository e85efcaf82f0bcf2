"""What of a supplier has arrived, signed: refused steps and parts of uploads, for its own eyes, verifiable by anyone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding.sealing import arrivals, cli
from bidding.sealing.errors import BadSignature, Malformed
from bidding.services import preparing
from core.ledger import services as ledger
from storage import uploads
from tests.factories import tendering as make
from tests.factories.evaluation import SPRING, client_of
from tests.frontend.test_verify_vectors import judge

PIECE = bytes(range(256)) * 20


def test_what_arrived_is_signed_for_its_owner_and_verified_offline(
    cast: Any, at: Callable[[datetime], None], db: None, tmp_path: Path, capsys: Any, settings: Any
) -> None:
    settings.UPLOADS_DIR = tmp_path / "uploads"
    at(SPRING)
    tender = make.published(cast.purchaser)
    bid = preparing.begin(actor=cast.supplier_a, tender_id=tender.id, lot="1").bid_id
    owner, purpose = f"organisation.{cast.supplier_a.org_id}", f"tender.{tender.id}"
    begun = uploads.create(owner=owner, purpose=purpose, length=9000)
    assert uploads.arrived(owner, purpose) == [], "nothing has arrived yet"
    at(SPRING + timedelta(minutes=5))
    uploads.append(upload_id=begun.id, owner=owner, offset=0, parts=[PIECE])
    at(SPRING + timedelta(minutes=20))
    supplier = client_of(cast.supplier_a)
    refused = supplier.post(f"/bids/{bid}/check", "{}", content_type="application/json")
    assert refused.status_code == 422

    path = f"/tenders/{tender.id}/bid/arrivals.json"
    answer = supplier.get(path)
    file = json.loads(answer.content)
    found = arrivals.verify(file, platform_vkey=ledger.log_vkey())
    assert [(row.step, row.code) for row in found.attempts] == [("check", "invalid")]
    (part,) = found.parts
    assert (part.received, part.length, part.sha256) == (5120, 9000, hashlib.sha256(PIECE).hexdigest())
    assert abs(part.at - (SPRING + timedelta(minutes=5))) < timedelta(seconds=30)
    assert abs(found.as_of - (SPRING + timedelta(minutes=20))) < timedelta(seconds=30)
    page = supplier.get(f"/tenders/{tender.id}/bid/arrivals/", headers={"accept-language": "en"})
    assert "5120" in page.content.decode()
    assert (
        f"/tenders/{tender.id}/bid/arrivals/" in supplier.get(f"/tenders/{tender.id}/bid/").content.decode()
    )

    other = arrivals.verify(json.loads(client_of(cast.supplier_b).get(path).content))
    assert (other.attempts, other.parts) == ((), ()), "another supplier sees its own, which is nothing"

    saved = tmp_path / "arrivals.json"
    saved.write_bytes(answer.content)
    assert cli.main(["verify-arrivals", str(saved), "--key", ledger.log_vkey()]) == 0
    assert "5120 of 9000 bytes" in capsys.readouterr().out
    changed = json.loads(answer.content)
    changed["arrivals"]["body"]["parts"][0]["received"] = 9000
    longer = json.loads(answer.content)
    longer["more"] = 1
    for wrong, raised in ((changed, BadSignature), (longer, Malformed)):
        with pytest.raises(raised):
            arrivals.verify(wrong)
    texts = [answer.content.decode(), json.dumps(changed), json.dumps(longer), answer.content.decode()]
    keys = ["", "", "", "other+00000000+AQ=="]
    said = judge("arrivals", [{"text": t, "trusting": k} for t, k in zip(texts, keys, strict=True)])
    assert [one["outcome"] for one in said] == ["valid", "bad-signature", "malformed", "bad-signature"]
