"""What is not a bid sealed for this tender is refused with a stable code in both languages, and nothing is half done."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from bidding.models import Bid, Receipt, Ticket
from bidding.sealing.age.files import encrypt_bytes
from bidding.sealing.age.recipients import HybridIdentity
from bidding.sealing.objects import SealedRecord
from tests.bidding.bidder import TUS, Bidder, sheet
from tests.factories import tendering as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


@pytest.fixture
def ready(cast: Any, tender: Any, tmp_path: Path) -> Any:
    """A supplier whose bid is sealed and would be accepted: (bidder, tender, bid id, sealed bid, request body)."""
    bidder = Bidder.of(cast.supplier_a)
    bid_id = bidder.begin(tender)
    sealed = bidder.seal(bid_id, tmp_path / "bid", sheet(tender))
    return bidder, tender, bid_id, sealed, bidder.request(tender, bid_id, sealed)


def refused(ready: Any, body: dict[str, Any], reason: str) -> None:
    """The request is refused for `reason` in Chinese and English; afterwards the right one is still accepted."""
    bidder, _, bid_id, _, good = ready
    details = set()
    for language in ("zh-hans", "en"):
        answer = bidder.client.post(
            f"/bids/{bid_id}/check",
            json.dumps(body),
            content_type="application/json",
            HTTP_ACCEPT="application/json",
            HTTP_ACCEPT_LANGUAGE=language,
        )
        assert answer.status_code == 422, answer.content
        problem = answer.json()
        assert (problem["code"], problem["reason"]) == ("not-sealed", reason)
        details.add(problem["detail"])
    assert len(details) == 2, f"one language is missing: {details}"
    assert Ticket.objects.count() == Receipt.objects.count() == 0
    assert Bid.objects.get(pk=bid_id).status == "preparing"
    assert bidder.post(f"/bids/{bid_id}/submit", good).status_code == 200
    assert Receipt.objects.count() == 1


def with_sheet(ready: Any, data: bytes, tmp_path: Path) -> dict[str, Any]:
    """The request with another sheet file, its record telling the truth about those bytes."""
    bidder, tender, bid_id, sealed, good = ready
    path = tmp_path / "other.age"
    path.write_bytes(data)
    import hashlib

    record = json.loads(json.dumps(good["record"]))
    record["ciphertexts"][0].update(sha256=hashlib.sha256(data).hexdigest(), length=len(data))
    return {**good, "record": record, "uploads": {**good["uploads"], "sheet": bidder.upload(tender, path)}}


def test_a_file_that_is_not_sealed_is_refused(ready: Any, tmp_path: Path) -> None:
    length = ready[4]["record"]["ciphertexts"][0]["length"]
    refused(ready, with_sheet(ready, b"price: 900000".ljust(length, b" "), tmp_path), "not-age")


def test_a_file_sealed_to_two_recipients_is_refused(ready: Any, tmp_path: Path) -> None:
    sealed = ready[3]
    own = [HybridIdentity(bytes([n]) * 32).recipient() for n in (1, 2)]
    data = encrypt_bytes(b"\0" * sealed.record.sheet.padded, own)
    refused(ready, with_sheet(ready, data, tmp_path), "two-recipients")


def test_a_file_that_is_shorter_than_its_plaintext_is_refused(ready: Any, tmp_path: Path) -> None:
    whole = (ready[3].directory / "sheet.age").read_bytes()
    refused(ready, with_sheet(ready, whole[:-65530], tmp_path), "wrong-padding")


def test_an_upload_that_was_cut_off_is_refused(ready: Any) -> None:
    bidder, tender, bid_id, sealed, good = ready
    data = (sealed.directory / "sheet.age").read_bytes()
    meta = "tender " + base64.b64encode(str(tender.id).encode()).decode()
    made = bidder.client.post(
        "/uploads/", HTTP_UPLOAD_LENGTH=str(len(data)), HTTP_UPLOAD_METADATA=meta, **TUS
    )
    bidder.client.patch(
        made["Location"],
        data[:1000],
        content_type="application/offset+octet-stream",
        HTTP_UPLOAD_OFFSET="0",
        **TUS,
    )
    body = {**good, "uploads": {**good["uploads"], "sheet": made["Location"].split("/")[-1]}}
    refused(ready, body, "truncated")


def test_a_bid_sealed_for_another_tender_is_refused(ready: Any, cast: Any, tmp_path: Path) -> None:
    bidder, _, _, _, good = ready
    other = make.published(cast.purchaser)
    bid_id = bidder.begin(other)
    foreign = bidder.seal(bid_id, tmp_path / "foreign", sheet(other))
    body = {
        **good,
        "record": foreign.record.to_json(),
        "envelopes": [base64.b64encode(e).decode() for e in foreign.envelopes],
    }
    refused(ready, body, "wrong-tender")


def test_a_bid_whose_envelope_does_not_open_is_refused_by_the_keepers(ready: Any, tmp_path: Path) -> None:
    bidder, tender, bid_id, sealed, good = ready
    stranger = HybridIdentity(b"\x07" * 32).recipient()
    import hashlib

    bad = [encrypt_bytes(b"{}", [stranger]) for _ in sealed.envelopes]
    record = json.loads(json.dumps(good["record"]))
    record["envelope_hashes"] = [hashlib.sha256(one).hexdigest() for one in bad]
    body = {**good, "record": record, "envelopes": [base64.b64encode(one).decode() for one in bad]}
    answer = bidder.post(f"/bids/{bid_id}/check", body)
    assert (answer.status_code, answer.json()["code"]) == (503, "too-few-keepers")
    assert set(answer.json()["reasons"].values()) == {"undecryptable"}
    assert Bid.objects.get(pk=bid_id).status == "preparing"


def test_a_bid_with_somebody_elses_signature_is_refused(ready: Any, cast: Any) -> None:
    bidder, _, bid_id, sealed, good = ready
    stranger = Bidder.of(cast.supplier_b)
    record = SealedRecord.from_json(good["record"]).to_json()
    bidder.key, own = stranger.key, bidder.key
    forged = {**good, "signature": {**good["signature"], "signature": good["signature"]["client_data_json"]}}
    bidder.key = own
    answer = bidder.post(f"/bids/{bid_id}/submit", forged)
    assert (answer.status_code, answer.json()["reason"]) == (422, "bad-signature")
    assert Ticket.objects.count() == 0
    assert bidder.post(f"/bids/{bid_id}/submit", {**good, "record": record}).status_code == 200


def test_an_upload_larger_than_the_limit_is_refused_before_a_byte_is_sent(ready: Any, settings: Any) -> None:
    bidder, tender, *_ = ready
    settings.UPLOAD_MAX_BYTES = 1000
    meta = "tender " + base64.b64encode(str(tender.id).encode()).decode()
    answer = bidder.client.post("/uploads/", HTTP_UPLOAD_LENGTH="1001", HTTP_UPLOAD_METADATA=meta, **TUS)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_what_was_sealed_last_is_submitted_and_twice_gives_one_receipt(ready: Any, tmp_path: Path) -> None:
    """Of two tabs that sealed the same bid the one with the older record is told so, and nothing of it is taken."""
    bidder, tender, bid_id, _, older = ready
    good = bidder.request(tender, bid_id, bidder.seal(bid_id, tmp_path / "again", sheet(tender)))
    for body in (older, good):
        assert bidder.post(f"/bids/{bid_id}/check", body).status_code == 200
    answer = bidder.post(f"/bids/{bid_id}/submit", older)
    assert (answer.status_code, answer.json()["reason"]) == (422, "sealed-again")
    assert Ticket.objects.count() == Receipt.objects.count() == 0
    first = bidder.post(f"/bids/{bid_id}/submit", good).json()
    again = bidder.post(f"/bids/{bid_id}/submit", good).json()
    assert first == again
    assert Receipt.objects.count() == Ticket.objects.count() == 1


def test_another_supplier_cannot_see_or_submit_the_bid(ready: Any, cast: Any) -> None:
    _, _, bid_id, _, good = ready
    other = Bidder.of(cast.supplier_b)
    assert other.client.get(f"/bids/{bid_id}/").status_code == 404
    assert other.post(f"/bids/{bid_id}/submit", good).status_code == 404
    assert other.client.head(f"/uploads/{good['uploads']['sheet']}", **TUS).status_code == 404
