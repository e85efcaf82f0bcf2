"""The platform's side of the keepers: ask for acks and shares, have checkpoints witnessed, make transcripts."""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from bidding.keeper.client import CloseProof, KeeperAway, KeeperClient, KeeperRefused
from bidding.models import Bid, CloseList, OpenedBid, Opening, RecoveryKit, Ticket
from bidding.sealing.encoding import canonical
from bidding.sealing.errors import SealingError
from bidding.sealing.objects import Keeper, SealedRecord
from bidding.sealing.plain import PlainShare
from bidding.sealing.statements import sign_statement as _sign_statement
from core import clock
from core.errors import NotFound
from core.ledger import selectors as log
from core.ledger import services as ledger
from core.ledger import tlog, wire
from core.ledger.note import Signer
from storage import uploads
from tendering.facts import BidTerms, TenderFacts

logger = logging.getLogger(__name__)
KEEPER_SECONDS = 10.0


@dataclass(frozen=True)
class Ack:
    """One keeper's verified ack or stamp; `received` is this host's clock when it came."""

    keeper: str
    time: datetime
    statement: dict[str, Any]
    received: datetime


@dataclass(frozen=True)
class Released:
    """One keeper's answer at the opening: a verified share, or the code that says why there is none."""

    share: PlainShare | None
    code: str = ""


def keepers_of(tender: TenderFacts | BidTerms) -> list[Keeper]:
    """Give the keepers of a tender in the order of its policy."""
    return [Keeper.from_json(row) for row in tender.sealing["keepers"]]


def described(tender: TenderFacts) -> list[dict[str, str]]:
    """Give what pages show of the keepers: id, name, address, fingerprint in groups of four."""
    if not tender.sealing:
        return []
    rows = []
    for keeper in keepers_of(tender):
        digits = keeper.fingerprint()[:20]
        rows.append(
            {
                "id": keeper.id,
                "name": keeper.name or keeper.id,
                "url": keeper.url,
                "fingerprint": " ".join(digits[at : at + 4] for at in range(0, 20, 4)),
            }
        )
    return rows


@lru_cache(maxsize=64)
def client(url: str, vkey: str) -> KeeperClient:
    """Give the connection to one keeper, kept open."""
    return KeeperClient(url, vkey, http=wire.client(KEEPER_SECONDS))


def ask_for_ack(keeper: Keeper, record: SealedRecord, envelope: bytes, index: int) -> Ack | str:
    """Give the keeper's ack, or the reason why there is none."""
    try:
        said = client(keeper.url, keeper.vkey).ack(record, envelope, index)
    except KeeperRefused as error:
        return error.code
    except (KeeperAway, SealingError) as error:
        logger.warning("no ack from keeper %s: %s", keeper.id, error)
        return "away" if isinstance(error, KeeperAway) else error.code
    return Ack(keeper.id, said.time, said.statement, clock.now())


def ask_for_stamp(keeper: Keeper, hashed: bytes) -> Ack | None:
    """Have a keeper say what time it is, on a random hash; None when it gives no sound answer."""
    try:
        said = client(keeper.url, keeper.vkey).stamp(hashed)
    except (KeeperRefused, KeeperAway, SealingError) as error:
        logger.warning("no stamp from keeper %s: %s", keeper.id, error)
        return None
    return Ack(keeper.id, said.time, said.statement, clock.now())


def origins(tender: TenderFacts) -> list[str]:
    """Give the web origins at which this tender's keepers answer."""
    parts = (urlsplit(str(keeper["url"])) for keeper in tender.sealing["keepers"])
    return sorted({f"{part.scheme}://{part.netloc}" for part in parts})


def acked(bid: Bid) -> list[int]:
    """Give the numbers of the keepers that confirmed this bid: they answer for bad shares, the others never said so."""
    return sorted(int(statement["body"]["i"]) for statement in bid.acks)


def time_of(statement: dict[str, Any]) -> datetime:
    """Give the instant that a keeper's statement names."""
    return datetime.fromisoformat(statement["body"]["time"])


def in_time(statements: Iterable[dict[str, Any]], k: int, deadline: datetime) -> bool:
    """Tell whether the k-th earliest ack was given before the deadline (R1)."""
    times = sorted(time_of(statement) for statement in statements)
    return len(times) >= k and times[k - 1] < deadline


def witnessed_checkpoint(keepers: Iterable[Keeper]) -> str:
    """Have the newest checkpoint cosigned afresh by all keepers that answer, and give the note with their lines."""
    ledger.collect_cosignatures({keeper.url: keeper.vkey for keeper in keepers})
    return log.note_with_cosignatures(ledger.current_checkpoint())


def close_root(entries: list[dict[str, Any]]) -> bytes:
    """Give the RFC 6962 root over the canonical entries of a close list."""
    return tlog.tree_root(len(entries), _reader(entries))


def _reader(entries: list[dict[str, Any]]) -> tlog.HashReader:
    return _over([tlog.leaf_hash(canonical(entry)) for entry in entries])


def _over(leaves: list[bytes]) -> tlog.HashReader:
    def read(level: int, index: int) -> bytes:
        if level == 0:
            return leaves[index]
        return tlog.node_hash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1))

    return read


def ask_for_release(keeper: Keeper, bid: Bid, index: int, checkpoint: str, close_list: CloseList) -> Released:
    """Ask one keeper for its share of one bid; what it gives has been checked against the bid's commitment."""
    entries = close_list.body["entries"]
    place = next(number for number, entry in enumerate(entries) if entry["record_hash"] == bid.record_hash)
    proof = CloseProof(
        entries[place], place, tlog.inclusion_proof(place, len(entries), _over(close_list.leaves))
    )
    record = SealedRecord.from_json(bid.record)
    envelope = base64.b64decode(bid.envelopes[index - 1])
    try:
        answer = client(keeper.url, keeper.vkey).release(
            record, envelope, index, checkpoint=checkpoint, close=proof
        )
    except KeeperRefused as error:
        logger.warning(
            "keeper %s does not release bid %s: %s %s", keeper.id, bid.pk, error.code, error.reason
        )
        return Released(None, error.code)
    except KeeperAway as error:
        logger.warning("keeper %s is away: %s", keeper.id, error)
        return Released(None, "away")
    except SealingError as error:
        logger.warning("keeper %s gave a bad share for bid %s: %s", keeper.id, bid.pk, error)
        return Released(None, error.code)
    return Released(answer.share)


def sign_statement(body: dict[str, Any], signer: Signer) -> dict[str, Any]:
    """Sign a statement with the platform's key."""
    return _sign_statement(signer, body).to_json()


def sha256(data: bytes) -> str:
    """Give the SHA-256 as hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def transcript(tender: TenderFacts, opening: Opening) -> dict[str, Any]:
    """Give the public transcript of one lot (FORMAT.md 7): all that a replay needs, nothing of the attachments."""
    close_list = CloseList.objects.get(tender_id=tender.id, lot=opening.lot, envelope=opening.envelope)
    bids = []
    for entry in close_list.body["entries"]:
        if entry["state"] != "effective":
            continue
        bid = Bid.objects.get(pk=entry["bid_id"])
        ticket = Ticket.objects.get(bid=bid, kind=Ticket.SUBMIT, accepted=True)
        opened = OpenedBid.objects.filter(bid=bid).first()
        sound = opened is not None and bool(opened.seed_sheet)
        bids.append(
            {
                "signed_record": ticket.signed_record,
                "verdict": opened.verdict if opened else _waiting(),
                "seed_sheet": opened.seed_sheet if opened and sound else None,
                "sheet_ciphertext": _ciphertext(bid) if sound else None,
                "sheet": opened.sheet if opened and sound else None,
                **_acknowledged(entry),
                **_kit(bid),
            }
        )
    return {
        "type": "mingcai/v1/transcript",
        "policy": tender.sealing["lots"][opening.lot][opening.envelope]["policy"],
        "keepers": tender.sealing["keepers"],
        "close": close_list.body,
        "bids": bids,
    }


def _acknowledged(entry: dict[str, Any]) -> dict[str, Any]:
    """The bidder's signed acknowledgements that an entry of the close list names, in its order (R6)."""
    named = entry.get("acknowledged", ())
    if not named:
        return {}
    rows = Ticket.objects.filter(record_hash__in=named, kind=Ticket.ACKNOWLEDGE, accepted=True)
    signed = dict(rows.values_list("record_hash", "signed_record"))
    return {"acknowledgements": [signed[one] for one in named]}


def _kit(bid: Bid) -> dict[str, Any]:
    """By which recovery kit the bid was completed (R8): the hash that was logged, and the supervisor's signed word."""
    row = RecoveryKit.objects.filter(bid=bid).exclude(released_at=None).first()
    return {"kit": {"sealed": row.sha256, "release": row.release}} if row is not None else {}


def _waiting() -> dict[str, Any]:
    return {"verdict": "waiting_keepers", "code": "too-few-shares", "part": "", "keepers": []}


def _ciphertext(bid: Bid) -> str | None:
    """Give the sealed sheet as it lies in the store now; None when it is not there (then the verdict says so)."""
    from django.core.files.storage import storages

    if bid.sheet_upload is None:
        return None
    try:
        facts = uploads.facts_of(bid.sheet_upload)
    except NotFound:
        return None
    if not storages[facts.store].exists(facts.stored_as):
        return None
    with storages[facts.store].open(facts.stored_as, "rb") as file:
        return base64.b64encode(file.read()).decode()


def qr(address: str, record_hash: str) -> str:
    """Give a QR code of the receipt's address and hash as a data address for an image."""
    import segno

    code = segno.make(f"{address}#{record_hash}", error="m")
    return str(code.svg_data_uri(scale=3, border=2, dark="#1b1e23"))
