"""Addresses of bidding: bids are their bidder's own; the opening hall is public."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bidding.models import (
    Bid,
    BidSecurity,
    OpenedBid,
    OpenedFile,
    Opening,
    OpeningRecord,
    Receipt,
    RecoveryKit,
    Ticket,
)
from bidding.sealing.objects import SignedRecord, Withdrawal
from bidding.services import minutes, preparing
from core import clock
from tendering.selectors import tender_facts
from tests.access.matrix import EVERYONE, Row
from tests.factories import tendering as make

SUPPLIERS = {"supplier", "outsider_supplier"}


def _bid(cast: Any) -> Bid:
    tender = make.published(cast.purchaser)
    prepared = preparing.begin(actor=cast.supplier_a, tender_id=tender.id, lot="1")
    return Bid.objects.get(pk=prepared.bid_id)


def _rehearsal(cast: Any) -> Any:
    from bidding.services import rehearsing

    tender = make.published(cast.purchaser)
    return rehearsing.begin(actor=cast.supplier_a, tender_id=tender.id, lot="1")


def _amended(cast: Any) -> Any:
    from tendering.services import amending

    tender = make.published(cast.purchaser)
    return amending.amend(
        actor=cast.purchaser,
        tender_id=tender.id,
        reason="澄清",
        texts={"payment": "验收后付款。"},
        affects_bids=False,
    )


def _receipt(cast: Any) -> Receipt:
    bid = _bid(cast)
    ticket = Ticket.objects.create(
        tender_id=bid.tender_id,
        lot="1",
        bid=bid,
        kind=Ticket.SUBMIT,
        idempotency_key="row-of-the-matrix",
        record_hash="0" * 64,
        signed_record={},
        actor="test",
        arrival=clock.now(),
        newest_policy="0" * 64,
        accepted=True,
    )
    taken_back = Withdrawal(
        "example.org/log", "0" * 32, "1", "single", "0" * 32, "0" * 64, "row-of-the-matrix"
    )
    signed = SignedRecord(taken_back, {"scheme": "webauthn"}).to_json()
    return Receipt.objects.create(
        ticket=ticket, statement={"body": {"acks": [], "signed_record": signed}}, leaf=b"leaf"
    )


def _file(cast: Any) -> OpenedFile:
    from django.core.files.base import ContentFile
    from django.core.files.storage import storages

    opened = OpenedBid.objects.create(bid=_bid(cast), verdict={}, opened_at=clock.now())
    stored = storages["opened"].save("row/1", ContentFile(b"content"))
    return OpenedFile.objects.create(
        bid=opened, name="技术方案.pdf", size=7, sha256="0" * 64, stored_as=stored
    )


def _transcript(cast: Any) -> dict[str, Any]:
    bid = _bid(cast)
    Opening.objects.create(
        tender_id=bid.tender_id,
        lot="1",
        status="opened",
        gather_until=clock.now() + timedelta(hours=1),
        transcript={"type": "mingcai/v1/transcript"},
    )
    return {"tender_id": bid.tender_id, "lot": "1"}


def _own_line(cast: Any, **over: Any) -> dict[str, Any]:
    bid = _bid(cast)
    Bid.objects.filter(pk=bid.pk).update(status="listed", record_hash="0" * 64, **over)
    return {"bid_id": bid.pk}


def _held_kit(cast: Any) -> dict[str, Any]:
    place = _own_line(cast)
    bid = Bid.objects.get(pk=place["bid_id"])
    Bid.objects.filter(pk=bid.pk).update(status="waiting")
    Opening.objects.create(tender_id=bid.tender_id, lot="1", status="opened", gather_until=clock.now())
    RecoveryKit.objects.create(bid=bid, sealed=b"x", handed_in_at=clock.now(), entry_index=0)
    return place


def _line(cast: Any) -> dict[str, Any]:
    bid = _bid(cast)
    Bid.objects.filter(pk=bid.pk).update(status="opened", record_hash="0" * 64)
    OpenedBid.objects.create(bid=bid, verdict={"verdict": "opened", "code": ""}, opened_at=clock.now())
    Opening.objects.create(tender_id=bid.tender_id, lot="1", status="opened", gather_until=clock.now())
    return {"bid_id": bid.pk}


def _minutes(cast: Any, **signed: Any) -> dict[str, Any]:
    bid = Bid.objects.get(pk=_line(cast)["bid_id"])
    row = OpeningRecord.objects.create(tender_id=bid.tender_id)
    if signed:
        body = minutes.compose(tender_facts(bid.tender_id))
        notice = make.published(cast.purchaser).notice_id
        given = {"body": body, "signed_at": clock.now(), "notice_id": notice, **signed}
        OpeningRecord.objects.filter(pk=row.pk).update(**given)
    return {"tender_id": bid.tender_id}


def _draft(cast: Any) -> dict[str, Any]:
    from bidding.services import drafting

    tender = make.published(cast.purchaser)
    return {"draft_id": drafting.share(actor=cast.supplier_a, tender_id=tender.id, lot="1")}


def _security(cast: Any) -> dict[str, Any]:
    bid = _bid(cast)
    row = BidSecurity.objects.create(
        bid=bid, status="declared", asked="100.00", amount="100.00", payer="甲方"
    )
    return {"tender_id": bid.tender_id, "security_id": row.pk}


def _consortium(cast: Any) -> dict[str, Any]:
    from tests.factories import consortia as together

    tender = make.published(cast.purchaser)
    return {"consortium_id": together.offered(tender, cast.supplier_a, (cast.supplier_b, "40")).id}


OBJECTS = {
    "own_consortium": _consortium,
    "secured": lambda cast: {"tender_id": _security(cast)["tender_id"]},
    "security": _security,
    "own_draft": _draft,
    "own_draft_part": lambda cast: {**_draft(cast), "part": "terms"},
    "own_draft_section": lambda cast: {**_draft(cast), "section": "rest"},
    "own_draft_file": lambda cast: {**_draft(cast), "upload_id": _upload(cast)},
    "line": _line,
    "own_line": _own_line,
    "held_kit": _held_kit,
    "draft_minutes": _minutes,
    "signed_minutes": lambda cast: _minutes(cast, signed_by=cast.purchaser.label),
    "biddable": lambda cast: {"tender_id": make.published(cast.purchaser).id},
    "biddable_lot": lambda cast: {"tender_id": make.published(cast.purchaser).id, "lot": "1"},
    "amended": lambda cast: {"tender_id": _amended(cast).id, "number": 1},
    "own_rehearsal": lambda cast: {"rehearsal_id": _rehearsal(cast)},
    "own_bid": lambda cast: {"bid_id": _bid(cast).pk},
    "own_receipt": lambda cast: {"receipt_id": _receipt(cast).pk},
    "opened_file": lambda cast: {"file_id": _file(cast).pk},
    "transcript": _transcript,
    "own_upload": lambda cast: {"upload_id": _upload(cast)},
}


def _upload(cast: Any) -> Any:
    from storage import uploads

    return uploads.create(owner=f"organisation.{cast.supplier_a.org_id}", purpose="tender.x", length=10).id


ROWS = [
    Row("bidding:securities", "secured", allowed={"purchaser"}),
    Row("bidding:security_check", "security", allowed={"purchaser"}, method="post", data={"received": "1"}),
    Row("bidding:security_return", "security", allowed={"purchaser"}, method="post"),
    Row("bidding:security_keep", "security", allowed={"purchaser"}, method="post"),
    Row("bidding:bid", "biddable", SUPPLIERS),
    Row("bidding:arrivals", "biddable", SUPPLIERS),
    Row("bidding:arrivals_file", "biddable", SUPPLIERS),
    Row("bidding:begin", "biddable", SUPPLIERS, method="post", data={"lot": "1"}),
    Row("bidding:seal", "own_bid", {"supplier"}),
    Row("bidding:state", "own_bid", {"supplier"}),
    Row("bidding:price_list", "biddable_lot", SUPPLIERS),
    Row("bidding:see_amendment", "amended", SUPPLIERS, method="post"),
    Row("bidding:rehearse", "biddable", SUPPLIERS, method="post", data={"lot": "1"}),
    Row("bidding:rehearsal", "own_rehearsal", {"supplier"}),
    Row("bidding:rehearsal_state", "own_rehearsal", {"supplier"}),
    Row("bidding:rehearsal_sign", "own_rehearsal", {"supplier"}, method="post", json=True),
    Row("bidding:rehearsal_check", "own_rehearsal", {"supplier"}, method="post", json=True, accepts={422}),
    Row("bidding:rehearsal_submit", "own_rehearsal", {"supplier"}, method="post", json=True, accepts={422}),
    Row("bidding:share_draft", "biddable", SUPPLIERS, method="post", data={"lot": "1"}),
    Row("bidding:draft_key", {}, SUPPLIERS),
    Row("bidding:draft_key", {}, SUPPLIERS, method="post", json=True, accepts={422}),
    Row("bidding:draft", "own_draft", {"supplier"}),
    Row("bidding:draft_state", "own_draft", {"supplier"}),
    Row("bidding:draft_name", "own_draft", {"supplier"}, method="post", accepts={422}),
    Row("bidding:draft_remove", "own_draft", {"supplier"}, method="post", accepts={422}),
    Row("bidding:draft_hand_over", "own_draft", {"supplier"}, method="post", accepts={422}),
    Row("bidding:draft_delete", "own_draft", {"supplier"}, method="post"),
    Row("bidding:draft_part", "own_draft_part", {"supplier"}, method="post", json=True, accepts={422}),
    Row("bidding:draft_section", "own_draft_section", {"supplier"}, method="post", json=True, accepts={422}),
    # The draft's owner reads a file only once a part names it (tests/bidding/test_share_draft.py).
    Row("bidding:draft_file", "own_draft_file", set()),
    Row("bidding:consortium_new", "biddable", SUPPLIERS),
    Row("bidding:consortium_new", "biddable", SUPPLIERS, method="post", accepts={422}),
    Row("bidding:consortium", "own_consortium", {"supplier"}),
    Row("bidding:consortium_sign", "own_consortium", {"supplier"}, method="post", accepts={403, 409, 422}),
    Row("bidding:consortium_end", "own_consortium", {"supplier"}, method="post", accepts={422}),
    Row("bidding:params", "own_bid", {"supplier"}),
    Row("bidding:sign", "own_bid", {"supplier"}, method="post", json=True),
    Row("bidding:check", "own_bid", {"supplier"}, method="post", json=True, accepts={422}),
    Row("bidding:submit", "own_bid", {"supplier"}, method="post", json=True, accepts={422}),
    Row("bidding:withdraw", "own_bid", {"supplier"}, method="post", json=True, accepts={422}),
    Row("bidding:acknowledgement", "own_bid", {"supplier"}, accepts={409}),
    Row("bidding:acknowledge", "own_bid", {"supplier"}, method="post", json=True, accepts={409}),
    Row("bidding:kit", "own_line", {"supplier"}),
    Row("bidding:kit", "own_line", {"supplier"}, method="post", json=True, accepts={409, 422}),
    Row("bidding:kit_request", "held_kit", {"supervisor"}),
    Row("bidding:kit_release", "held_kit", {"supervisor"}, method="post", accepts={422}),
    Row("bidding:stamps", "biddable", SUPPLIERS, method="post", json=True, accepts={422}, data={"lot": "1"}),
    Row("bidding:receipt", "own_receipt", {"supplier"}),
    Row("bidding:receipt_file", "own_receipt", {"supplier"}),
    Row("bidding:receipt_stamps", "own_receipt", {"supplier"}),
    Row("bidding:receipt_pdf", "own_receipt", {"supplier"}),
    Row("bidding:verify", {}, EVERYONE),
    Row("bidding:verify_saved", {}, EVERYONE),
    Row("bidding:transcript_page", "transcript", EVERYONE),
    Row("bidding:opening", "biddable", EVERYONE),
    Row("bidding:transcript", "transcript", EVERYONE),
    Row("bidding:line", "line", {"supplier", "purchaser", "supervisor"}),
    Row("bidding:line", "line", {"supplier", "purchaser", "supervisor"}, method="post", accepts={422}),
    Row("bidding:resolve", "biddable", {"supervisor"}),
    Row("bidding:resolve", "biddable", {"supervisor"}, method="post", accepts={409}),
    Row("bidding:minutes", "draft_minutes", {"purchaser", "supervisor"}),
    Row("bidding:minutes", "draft_minutes", {"purchaser"}, method="post", accepts={403}),
    Row("bidding:minutes", "signed_minutes", EVERYONE),
    Row("bidding:disputes", "biddable", {"purchaser", "supervisor"}),
    Row("bidding:attempts", "biddable", {"purchaser", "supervisor"}),
    Row("bidding:file", "opened_file", {"supplier", "purchaser"}),
    Row("bidding:uploads", {}, SUPPLIERS, method="post", accepts={412}, refused={412}),
    Row("bidding:upload", "own_upload", {"supplier"}, method="post", accepts={412, 405}, refused={412}),
    Row("bidding:worker", {}, EVERYONE),
]
