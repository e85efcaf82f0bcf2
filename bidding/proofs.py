"""What pages tell of proofs: a receipt's keepers and place in the log, an opening's transcript."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext

from bidding import selectors
from bidding.models import Bid, CloseList, Receipt
from bidding.notices import VERDICTS
from bidding.sealing.cms import named
from bidding.sealing.encoding import canonical, h
from bidding.sealing.objects import Keeper, SignedRecord
from bidding.sealing.signatures import CMS, verify_certificate
from bidding.services import receipts
from core.errors import NotFound
from core.ledger.note import Note, UnverifiedNote
from core.money import Yuan
from parties.selectors import organisations_by_id


@dataclass(frozen=True)
class KeeperSaid:
    """One keeper on a receipt: when it confirmed and when it cosigned, None where it did not."""

    id: str
    name: str
    url: str
    fingerprint: str
    confirmed_at: datetime | None
    cosigned_at: datetime | None


@dataclass(frozen=True)
class ReceiptFacts:
    """A receipt as its page and its PDF tell it; `log` is `batch`, `witnesses` or `logged`.

    `certificate` names whose certificate signed and who issued it; None where a passkey did.
    """

    record_hash: str
    bid_id: str
    envelope: str
    arrival: datetime
    arrival_utc: str
    key: str
    keepers: list[KeeperSaid]
    acks: int
    needed: int
    log: str
    index: int | None
    size: int | None
    cosigned: int
    tokens: list[str]
    certificate: tuple[str, str] | None

    @property
    def missing(self) -> int:
        """Keepers that did not confirm: reduced redundancy."""
        return len(self.keepers) - self.acks

    @property
    def spare(self) -> int:
        """How many of the confirming keepers may be lost before the opening."""
        return max(0, self.acks - self.needed)


def receipt_facts(receipt: Receipt, file: dict[str, Any], needed: int) -> ReceiptFacts:
    """Read a receipt of one's own; what is signed is shown as it is signed."""
    body, proof = receipt.statement["body"], file["proof"]
    acked = {ack["body"]["keeper"]: _instant(ack["body"]["time"]) for ack in body["acks"]}
    note = Note.parse(proof["checkpoint"]) if proof else None
    rows = []
    for source in body.get("keepers", []):
        keeper = Keeper.from_json(source)
        digits = keeper.fingerprint()[:20]
        rows.append(
            KeeperSaid(
                id=keeper.id,
                name=keeper.name or keeper.id,
                url=keeper.url,
                fingerprint=" ".join(digits[at : at + 4] for at in range(0, 20, 4)),
                confirmed_at=acked.get(keeper.id),
                cosigned_at=_cosigned(note, keeper),
            )
        )
    ticket = receipt.ticket
    return ReceiptFacts(
        record_hash=ticket.record_hash,
        bid_id=str(ticket.bid_id),
        envelope=ticket.envelope,
        arrival=ticket.arrival,
        arrival_utc=f"{ticket.arrival.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC",
        key=receipt.statement.get("vkey", ""),
        keepers=rows,
        acks=len(acked),
        needed=needed,
        log="logged" if proof else ("batch" if receipt.leaf_index is None else "witnesses"),
        index=proof["index"] if proof else None,
        size=proof["size"] if proof else None,
        cosigned=sum(row.cosigned_at is not None for row in rows),
        tokens=[token["tsa"] for token in proof["tokens"]] if proof else [],
        certificate=_certificate(body["signed_record"]),
    )


def _certificate(signed_record: Any) -> tuple[str, str] | None:
    signed = SignedRecord.from_json(signed_record)
    if signed.signature.get("scheme") != CMS:
        return None
    found = verify_certificate(signed).certificate
    return named(found.subject), named(found.issuer)


def _cosigned(note: Note | None, keeper: Keeper) -> datetime | None:
    if note is None:
        return None
    try:
        _, signature = note.verified([keeper.witness()])[0]
    except UnverifiedNote:
        return None
    return datetime.fromtimestamp(signature.timestamp, UTC)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def own(actor: Any, receipt_id: uuid.UUID) -> tuple[Receipt, dict[str, Any]]:
    """A receipt of the actor's organisation with its file.  Raises NotFound."""
    receipt = receipts.own_receipt(actor, receipt_id)
    return receipt, receipts.receipt_file(receipt)


def transcript_facts(tender_id: uuid.UUID, lot: str, envelope: str = "") -> dict[str, Any]:
    """What the page of a transcript tells beside it.  Raises NotFound before the opening is over."""
    opening = selectors.opened(tender_id, lot, envelope)
    if opening is None or opening.transcript is None:
        raise NotFound()
    said = opening.transcript
    listed = CloseList.objects.filter(tender_id=tender_id, lot=lot, envelope=opening.envelope).first()
    bids = said.get("bids", [])
    ids = [bid["signed_record"]["record"]["ctx"]["bid_id"] for bid in bids]
    owners = dict(Bid.objects.filter(pk__in=ids).values_list("pk", "supplier_id"))
    names = {row.id: row.name for row in organisations_by_id(owners.values()).values()}
    rows = []
    for bid, bid_id in zip(bids, ids, strict=True):
        total = (bid["sheet"] or {}).get("total_fen")
        rows.append(
            {
                "bid_id": bid_id,
                "supplier": names.get(owners[uuid.UUID(bid_id)], "") if uuid.UUID(bid_id) in owners else "",
                "record_hash": h(canonical(bid["signed_record"]["record"])).hex(),
                "verdict": bid["verdict"]["verdict"],
                "verdict_text": gettext(VERDICTS.get(bid["verdict"]["verdict"], bid["verdict"]["verdict"])),
                "total": Yuan.from_fen(total) if total is not None else None,
            }
        )
    entries = said.get("close", {}).get("entries", [])
    return {
        "opening": opening,
        "envelope": opening.envelope,
        "rows": rows,
        "close": listed,
        "states": {
            state: sum(entry["state"] == state for entry in entries)
            for state in ("effective", "superseded", "withdrawn", "refused")
        },
        "sha256": h(canonical(said)).hex(),
        "keepers": said.get("keepers", []),
    }
