"""Open a bid again from its shares and its sealed bytes, and compare what its rows say with what was sealed."""

from __future__ import annotations

import hashlib
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files.storage import storages

from bidding.models import Bid, OpenedBid, Opening, Share
from bidding.sealing.errors import SealingError
from bidding.sealing.objects import SealedRecord
from bidding.sealing.opening import Limits, Verdict, open_bid
from bidding.sealing.plain import PlainShare
from bidding.services import kits
from core.errors import NotFound
from core.ledger.integrity import Finding, named
from core.money import Yuan
from storage import uploads
from tendering.selectors import tender_facts


def reopened(row: OpenedBid) -> Iterator[Finding]:
    """Open the bid again from its shares, a released kit and its sealed bytes, into a folder that is thrown away."""
    bid = row.bid
    released = []
    try:
        record = SealedRecord.from_json(bid.record)
        for share in Share.objects.filter(bid=bid, verified=True).order_by("index"):
            released.append(PlainShare.from_json(share.payload))
        with suppress(SealingError):  # a bad kit opens nothing, and its verdict stands in the transcript
            released += kits.shares_of(bid, record, tender_facts(bid.tender_id)) or []
    except SealingError:
        return  # named where the record or the share is checked
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        paths = [
            _copied(one, folder / name)
            for one, name in ((bid.sheet_upload, "sheet"), (bid.files_upload, "files"))
        ]
        acked = sorted(int(ack["body"]["i"]) for ack in bid.acks)
        verdict = open_bid(record, released, paths[0], paths[1], folder / "out", Limits(), acked=acked)
        yield from named("bidding_openedbid", row.pk, _said(row, verdict))
        for file in row.files.all():
            yield from named("bidding_openedfile", file.pk, _file(file, verdict))


def _said(row: OpenedBid, verdict: Verdict) -> Iterator[tuple[str, str]]:
    shown = _transcript_bid(row.bid)
    if shown is None and row.verdict["verdict"] == "not_opened" and not row.sheet:
        return  # a lot of which no price is opened has no transcript of prices
    if shown is None:
        yield "bid", "the transcript does not show this bid"
        return
    if row.verdict != shown["verdict"]:
        yield "verdict", f"the transcript says {shown['verdict']['verdict']}"
    if (row.seed_sheet or None) != shown["seed_sheet"]:
        yield "seed_sheet", "the transcript shows another"
    if row.sheet != shown["sheet"]:
        yield "sheet", "the transcript shows another"
    if verdict.opened is None:
        return
    if verdict.opened.organisation != str(row.bid.supplier_id):
        yield "bid", "another organisation sealed it"
    total = verdict.opened.sheet.total_fen
    if (Yuan.from_fen(total).amount if total is not None else None) != row.quote:
        yield "quote", "the sealed sheet says otherwise"


def _file(row: Any, verdict: Verdict) -> Iterator[tuple[str, str]]:
    files = {file.name: file for file in (verdict.opened.files if verdict.opened else ())}
    sealed = files.get(row.name)
    if sealed is None:
        yield "name", "no such file was sealed"
        return
    if sealed.size != row.size:
        yield "size", f"{sealed.size} was sealed"
    if sealed.sha256 != row.sha256:
        yield "sha256", "another was sealed"
    try:
        with storages["opened"].open(row.stored_as, "rb") as source:
            found = hashlib.file_digest(source, "sha256").hexdigest()
    except OSError:
        found = ""
    if found != sealed.sha256:
        yield "stored_as", "its bytes are not those that were sealed, or are gone"


def _transcript_bid(bid: Bid) -> dict[str, Any] | None:
    opening = Opening.objects.filter(tender_id=bid.tender_id, lot=bid.lot, envelope=bid.envelope).first()
    rows = opening.transcript["bids"] if opening is not None and opening.transcript else []
    for row in rows:
        if row["signed_record"]["record"]["ctx"]["bid_id"] == str(bid.pk):
            found: dict[str, Any] = row
            return found
    return None


def _copied(upload_id: uuid.UUID | None, target: Path) -> Path | None:
    if upload_id is None:
        return None
    try:
        return uploads.copy_to(uploads.facts_of(upload_id), target)
    except (NotFound, OSError):
        return None
