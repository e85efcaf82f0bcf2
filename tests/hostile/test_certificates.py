"""A bid signed with the organisation's certificate: taken where an authority is trusted, in the receipt, refused otherwise."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bidding import integrity
from bidding.checks import certificates_can_be_checked
from bidding.models import Bid, Receipt, Ticket
from bidding.sealing import cms, receipts
from bidding.sealing.encoding import canonical, h
from bidding.sealing.errors import BadSignature
from bidding.sealing.signatures import message
from bidding.services.receipts import receipt_file
from config.timers import handlers
from core import clock
from parties.models import Organisation
from tests.bidding.bidder import Bidder, sheet
from tests.factories import tendering as make
from tests.frontend.test_verify_vectors import judge
from tests.hostile.pocket import Pocket
from tests.hostile.test_blame import pockets
from tests.hostile.test_submit import withdrawal
from tests.sealing.certificates import Holder, authority

__all__ = ["pockets"]
pytestmark = pytest.mark.django_db(transaction=True)
YEARS = timedelta(days=700)


def by(holder: Holder, record_hash: str) -> dict[str, str]:
    data = holder.sign(message(bytes.fromhex(record_hash)))
    return {"scheme": "cms", "signed_data": base64.urlsafe_b64encode(data).rstrip(b"=").decode()}


def test_a_certificate_of_the_organisation_signs_a_bid(
    pockets: list[Pocket], cast: Any, settings: Any, tmp_path: Path
) -> None:
    root, stranger = authority(), authority("别的认证中心")
    span = {"begin": clock.now() - timedelta(days=30), "end": clock.now() + timedelta(days=300)}
    over = {"begin": clock.now() - YEARS, "end": clock.now() - timedelta(seconds=1)}
    code, other = (
        Organisation.objects.get(pk=one.org_id).credit_code for one in (cast.supplier_a, cast.supplier_b)
    )
    mine = root.issue("甲方示例科技有限公司", code=code, **span)
    lost = root.issue("甲方示例科技有限公司", code=code, **span)
    (tmp_path / "ca.pem").write_bytes(root.pem)
    tender = make.published(cast.purchaser)
    bidder = Bidder.of(cast.supplier_a)
    bid_id = bidder.begin(tender)
    page = f"/bids/{bid_id}/"
    assert "data-certificate-file" not in bidder.client.get(page).content.decode()
    body = bidder.request(tender, bid_id, bidder.seal(bid_id, tmp_path / "bid", sheet(tender)))
    record_hash = Bid.objects.get(pk=bid_id).record_hash or ""
    checked = bidder.post(f"/bids/{bid_id}/check", body)
    record_hash = checked.json()["record_hash"]

    def submitted(signature: dict[str, str]) -> Any:
        return bidder.post(f"/bids/{bid_id}/submit", {"record": body["record"], "signature": signature})

    def refused(signature: dict[str, str]) -> None:
        answer = submitted(signature)
        assert (answer.status_code, answer.json()["reason"]) == (422, "bad-signature"), answer.content
        assert not Ticket.objects.exists()
        assert Bid.objects.get(pk=bid_id).status == "checked"

    refused(by(mine, record_hash))  # no authority is trusted here
    settings.BIDDER_CA_FILE = str(tmp_path / "ca.pem")
    assert "data-certificate-file" in bidder.client.get(page).content.decode()
    refused(by(mine, "00" * 32))
    refused(by(root.issue("乙方", code=other, **span), record_hash))
    refused(by(stranger.issue("甲方示例科技有限公司", code=code, **span), record_hash))
    refused(by(root.issue("甲方示例科技有限公司", code=code, **over), record_hash))
    refused({"scheme": "cms", "signed_data": "x"})
    lists = tmp_path / "lists.pem"
    settings.BIDDER_CRL_FILE = str(lists)
    answer = submitted(by(mine, record_hash))
    assert (answer.status_code, answer.json()["code"]) == (409, "certificates-unavailable")
    assert [one.id for one in certificates_can_be_checked(None)] == ["bidding.E002"]
    lists.write_bytes(root.revokes(lost, at=span["begin"], until=clock.now() - timedelta(seconds=1)))
    refused(by(mine, record_hash))  # the list is out of date
    assert [one.id for one in certificates_can_be_checked(None)] == ["bidding.E003"]
    lists.write_bytes(root.revokes(lost, at=span["begin"], until=span["end"]))
    assert certificates_can_be_checked(None) == []
    refused(by(lost, record_hash))
    answer = submitted(by(mine, record_hash))
    assert answer.status_code == 200, answer.content

    handlers()["bidding.batch"]("log")
    file = receipt_file(Receipt.objects.get())
    assert receipts.verify(file).bidder_signature == "bound"
    trusted, others = (cms.Authorities.from_pem(one.pem) for one in (root, stranger))
    assert receipts.verify(file, bidder_authorities=trusted).bidder_signature == "verified"
    with pytest.raises(BadSignature):
        receipts.verify(file, bidder_authorities=others)
    (said,) = judge("receipt", [{"text": json.dumps(file)}])
    assert said["outcome"] == "valid"
    assert integrity.check(tender.id) == []
    body = withdrawal(bidder, bid_id)
    body["signature"] = by(mine, Ticket.objects.get().record_hash)
    assert bidder.post(f"/bids/{bid_id}/withdraw", body).status_code == 422, "a signature is over one record"
    shown = bidder.client.get(f"/receipts/{Receipt.objects.get().pk}/").content.decode()
    assert "甲方示例科技有限公司" in shown
    assert "示例电子认证中心" in shown
    body["signature"] = by(mine, h(canonical(body["record"])).hex())
    assert bidder.post(f"/bids/{bid_id}/withdraw", body).status_code == 200
    page = bidder.client.get(f"/tenders/{tender.id}/bid/").content.decode()
    for receipt in Receipt.objects.all():
        assert f"/receipts/{receipt.pk}/" in page, "every receipt stays within reach"
