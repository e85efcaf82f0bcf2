"""Reads of bids: own ones before the close, all of them after it, content only when opened."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django.db.models import Count, Q

from bidding import consortia
from bidding.facts import OpenedBidFacts, OpenedFileFacts
from bidding.models import (
    Bid,
    CloseList,
    OpenedBid,
    OpenedFile,
    Opening,
    OpeningRecord,
    Receipt,
    Rehearsal,
    Resolution,
    Ticket,
)
from bidding.states import HELD, BidStatus, OpeningStatus
from core.money import Yuan
from parties.selectors import organisations_by_id
from storage import scanning

REHEARSALS_SHOWN = 10
AFTER_CLOSE = (
    BidStatus.LISTED,
    BidStatus.GATHERED,
    BidStatus.WAITING,
    BidStatus.OPENED,
    BidStatus.VOID,
    BidStatus.UNREADABLE,
    BidStatus.SET_ASIDE,
    BidStatus.NOT_OPENED,
)


def own_bids(supplier_id: uuid.UUID, tender_id: uuid.UUID) -> list[Bid]:
    """Give a supplier's sealings for a tender that went as far as a ticket, newest first."""
    return list(
        Bid.objects.filter(supplier_id=supplier_id, tender_id=tender_id)
        .exclude(status__in=[BidStatus.PREPARING, BidStatus.CHECKED])
        .order_by("-created_at")
    )


def quoted(supplier_id: uuid.UUID, tender_id: uuid.UUID, lot: str, policy_hash: str) -> bool:
    """Tell whether a supplier has quoted for a lot under this version of the request, whether withdrawn since or not.

    An amendment makes another version, for which another quote may be given.   Source: 《实施条例》第三十六条.
    """
    accepted = Ticket.objects.filter(
        tender_id=tender_id, lot=lot, kind=Ticket.SUBMIT, accepted=True, newest_policy=policy_hash
    )
    return accepted.filter(bid__supplier_id=supplier_id).exists()


def rehearsals(supplier_id: uuid.UUID, tender_id: uuid.UUID) -> list[Rehearsal]:
    """Give a supplier's rehearsals for a tender, newest first: those that it can go on with, and the last finished ones."""
    rows = Rehearsal.objects.filter(supplier_id=supplier_id, tender_id=tender_id).select_related("policy")
    return list(rows.order_by("-created_at")[:REHEARSALS_SHOWN])


def receipts_of(bids: list[Bid]) -> dict[uuid.UUID, uuid.UUID]:
    """Give the receipt of each bid's submission."""
    rows = Receipt.objects.filter(ticket__bid__in=bids, ticket__kind="submit")
    return {bid: receipt for receipt, bid in rows.values_list("pk", "ticket__bid_id")}


def all_receipts_of(bids: list[Bid]) -> dict[uuid.UUID, list[tuple[uuid.UUID, str]]]:
    """Give every receipt of each bid, oldest first, with what it is for: `submit`, `acknowledge` or `withdraw`."""
    rows = Receipt.objects.filter(ticket__bid__in=bids).order_by("ticket__arrival")
    found: dict[uuid.UUID, list[tuple[uuid.UUID, str]]] = {}
    for receipt, bid, kind in rows.values_list("pk", "ticket__bid_id", "ticket__kind"):
        found.setdefault(bid, []).append((receipt, kind))
    return found


def bidder_ids(tender_id: uuid.UUID) -> set[uuid.UUID]:
    """Give the suppliers with an effective bid; empty before the close, when nobody may know."""
    return set(
        Bid.objects.filter(tender_id=tender_id, status__in=AFTER_CLOSE).values_list("supplier_id", flat=True)
    )


def _file(file: OpenedFile, scan: scanning.ScanFacts | None) -> OpenedFileFacts:
    said = scan or scanning.ScanFacts()
    return OpenedFileFacts(file.pk, file.name, file.size, file.sha256, str(said.word), said.found)


def opened_bids(tender_id: uuid.UUID, lot_no: str | None = None) -> list[OpenedBidFacts]:
    """Give every bid whose opening has a verdict, by lot and supplier name."""
    rows = OpenedBid.objects.filter(bid__tender_id=tender_id).select_related("bid").prefetch_related("files")
    if lot_no is not None:
        rows = rows.filter(bid__lot=lot_no)
    suppliers = organisations_by_id(row.bid.supplier_id for row in rows)
    scans = scanning.results("opened", (file.stored_as for row in rows for file in row.files.all()))
    named = {row.pk: consortia.hash_named(row.sheet or {}) for row in rows}
    agreed = consortia.named_in(tender_id, set(named.values()) - {""})
    found = []
    for row in rows:
        supplier = suppliers[row.bid.supplier_id]
        sheet: dict[str, Any] = row.sheet or {}
        together = agreed.get(named[row.pk])
        if together and (together.lead.supplier_id, together.lot) != (row.bid.supplier_id, row.bid.lot):
            together = None
        found.append(
            OpenedBidFacts(
                bid_id=row.bid_id,
                lot=row.bid.lot,
                supplier_id=row.bid.supplier_id,
                supplier_name=supplier.name,
                credit_code=supplier.credit_code,
                size=together.size if together else str(sheet.get("facts", {}).get("size", supplier.size)),
                record_hash=row.bid.record_hash,
                verdict=row.verdict["verdict"],
                code=row.verdict["code"],
                quote=Yuan(row.quote) if row.quote is not None else None,
                sheet=sheet,
                opened_at=row.opened_at,
                files=tuple(_file(file, scans.get(file.stored_as)) for file in row.files.all()),
                held=row.bid.status in HELD,
                set_aside=row.bid.status == BidStatus.SET_ASIDE,
                envelope=row.bid.envelope,
                consortium=together,
                names_agreement=bool(named[row.pk]),
            )
        )
    return sorted(found, key=_by_line)


def _by_line(bid: OpenedBidFacts) -> tuple[str, bool, str, str]:
    return bid.lot, bid.envelope == "price", bid.supplier_name, str(bid.bid_id)


def bids_to_judge(tender_id: uuid.UUID) -> list[OpenedBidFacts]:
    """Give the bids as evaluation reads them: a technical envelope with its price beside it, once that is open.

    Once prices are listed, a technical envelope without one on the list is no complete bid and not among them. Each bid
    keeps the number of its technical envelope; its quote is None while the price is sealed.
    """
    found = opened_bids(tender_id)
    if not CloseList.objects.filter(tender_id=tender_id, envelope="price").exists():
        return [bid for bid in found if bid.envelope != "price"]
    prices = {(bid.lot, bid.supplier_id): bid for bid in found if bid.envelope == "price"}
    complete = set(
        Bid.objects.filter(tender_id=tender_id, envelope="price", status__in=AFTER_CLOSE).values_list(
            "lot", "supplier_id"
        )
    )
    return [
        _with_price(bid, prices.get((bid.lot, bid.supplier_id))) if bid.envelope == "technical" else bid
        for bid in found
        if bid.envelope == "single"
        or (bid.envelope == "technical" and (bid.lot, bid.supplier_id) in complete)
    ]


def _with_price(bid: OpenedBidFacts, price: OpenedBidFacts | None) -> OpenedBidFacts:
    if price is None or price.quote is None or bid.verdict != "opened":
        return bid
    own = {name: price.sheet[name] for name in ("total_fen", "prices")}
    facts = {**price.sheet.get("facts", {}), **bid.sheet.get("facts", {})}
    sheet = {**bid.sheet, **own, "facts": facts}
    return replace(bid, quote=price.quote, sheet=sheet, files=(*bid.files, *price.files))


def prices_stand(tender_id: uuid.UUID) -> bool:
    """Tell whether the price envelopes of every lot are opened, or stay shut, and none of them is held."""
    rows = Opening.objects.filter(tender_id=tender_id, envelope="price")
    over = [row.status in (OpeningStatus.OPENED, OpeningStatus.NOT_HELD) for row in rows]
    return bool(over) and all(over) and not held_bids(tender_id)


def held_bids(tender_id: uuid.UUID) -> list[Bid]:
    """Give the effective bids that could not be opened and that the supervisor has not decided about (R4)."""
    opened = Opening.objects.filter(tender_id=tender_id).exclude(status=OpeningStatus.NOT_HELD)
    return list(
        Bid.objects.filter(tender_id=tender_id, lot__in=opened.values("lot"), status__in=HELD)
        .select_related("supplier")
        .order_by("lot", "pk")
    )


def lines(tender_id: uuid.UUID) -> list[OpenedBidFacts]:
    """Give every effective bid of the lots that are opened: with its verdict, or as waiting for keepers."""
    found = opened_bids(tender_id)
    known = {bid.bid_id for bid in found}
    until = {(row.lot, row.envelope): row.gather_until for row in Opening.objects.filter(tender_id=tender_id)}
    rows = [
        row
        for row in Bid.objects.filter(
            tender_id=tender_id, status__in=[BidStatus.WAITING, BidStatus.SET_ASIDE]
        ).exclude(pk__in=known)
        if (row.lot, row.envelope) in until
    ]
    suppliers = organisations_by_id(row.supplier_id for row in rows)
    found += [
        OpenedBidFacts(
            bid_id=row.pk,
            lot=row.lot,
            supplier_id=row.supplier_id,
            supplier_name=suppliers[row.supplier_id].name,
            credit_code=suppliers[row.supplier_id].credit_code,
            size=suppliers[row.supplier_id].size,
            record_hash=row.record_hash,
            verdict="waiting_keepers",
            code="too-few-shares",
            quote=None,
            sheet={},
            opened_at=until[row.lot, row.envelope],
            held=row.status in HELD,
            set_aside=row.status == BidStatus.SET_ASIDE,
            envelope=row.envelope,
        )
        for row in rows
    ]
    return sorted(found, key=_by_line)


def opening_record(tender_id: uuid.UUID) -> OpeningRecord | None:
    """Give the opening record of a tender, signed or not; None before anything was opened."""
    return OpeningRecord.objects.filter(tender_id=tender_id).first()


def place_of_own_bid(supplier_id: uuid.UUID | None, bid_id: uuid.UUID) -> tuple[uuid.UUID, str] | None:
    """Give the tender and the lot of a supplier's own bid, or None."""
    row = Bid.objects.filter(pk=bid_id, supplier_id=supplier_id).values_list("tender_id", "lot").first()
    return (row[0], row[1]) if row else None


def resolutions(tender_id: uuid.UUID) -> list[Resolution]:
    """Give what the supervisor has decided about held bids, in order."""
    return list(
        Resolution.objects.filter(opening__tender_id=tender_id).select_related("opening").order_by("number")
    )


def hall(tender_id: uuid.UUID) -> list[dict[str, Any]]:
    """Give what the opening hall shows, lot by lot; nothing before the close.

    Each row: bid, supplier, shares gathered, verdict, quote. While a lot is being opened the rows stay in the order of
    the bids' numbers; sorted by price only when all are open.
    """
    opened = {row.bid_id: row for row in opened_bids(tender_id)}
    bids = list(
        Bid.objects.filter(tender_id=tender_id, status__in=AFTER_CLOSE)
        .annotate(have=Count("shares", filter=Q(shares__verified=True)))
        .order_by("pk")
    )
    suppliers = organisations_by_id(bid.supplier_id for bid in bids)
    lots = []
    for opening in Opening.objects.filter(tender_id=tender_id).order_by("lot", "-envelope"):
        rows: list[dict[str, Any]] = []
        for bid in bids:
            if (bid.lot, bid.envelope) != (opening.lot, opening.envelope):
                continue
            facts = opened.get(bid.pk)
            rows.append(
                {
                    "bid_id": bid.pk,
                    "supplier": facts.party_name if facts else suppliers[bid.supplier_id].name,
                    "record_hash": bid.record_hash,
                    "have": bid.have,
                    "status": bid.status,
                    "quote": facts.quote if facts else None,
                    "sheet": facts.sheet if facts else {},
                    "verdict": facts.verdict if facts else "",
                    "code": facts.code if facts else "",
                }
            )
        if opening.status == OpeningStatus.OPENED:
            rows.sort(key=lambda row: (row["quote"] is None, row["quote"].amount if row["quote"] else 0))
        lots.append({"lot": opening.lot, "envelope": opening.envelope, "opening": opening, "rows": rows})
    return lots


def close_lists(tender_id: uuid.UUID) -> list[dict[str, Any]]:
    """Give the close lists of a tender with their roots; empty before the close."""
    return [
        {
            "lot": row.lot,
            "envelope": row.envelope,
            "root": row.root,
            "closed_at": row.closed_at,
            "entry_index": row.entry_index,
            "body": row.body,
        }
        for row in CloseList.objects.filter(tender_id=tender_id).order_by("lot", "-envelope")
    ]


def opened(tender_id: uuid.UUID, lot: str, envelope: str = "") -> Opening | None:
    """Give the finished opening of one envelope of a lot (the first by default), or None."""
    rows = Opening.objects.filter(tender_id=tender_id, lot=lot, status=OpeningStatus.OPENED)
    rows = rows.filter(envelope=envelope) if envelope else rows.exclude(envelope="price")
    return rows.first()


def transcript(tender_id: uuid.UUID, lot: str, envelope: str = "") -> dict[str, Any] | None:
    """Give the public transcript of one opening (`opened`), or None while there is none."""
    found = opened(tender_id, lot, envelope)
    return found.transcript if found is not None else None


def file_of_tender(tender_id: uuid.UUID, file_id: uuid.UUID) -> OpenedFile | None:
    """Give an attachment if it belongs to an opened bid of this tender: for evaluators of its panel."""
    return OpenedFile.objects.filter(pk=file_id, bid__bid__tender_id=tender_id).first()
