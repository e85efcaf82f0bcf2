"""Does a close list account for a receipt, and does the log hold that very list (R3, FORMAT.md 4)?  Offline, without any key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bidding.sealing import receipts
from bidding.sealing.encoding import canonical, h
from bidding.sealing.errors import Malformed, SealingError
from bidding.sealing.objects import Policy
from bidding.sealing.shape import Members
from bidding.sealing.statements import CloseList, Receipt, Statement, wrongly_silent
from core.canonical import NotJson, NotStrict, read_json


@dataclass(frozen=True, slots=True)
class Account:
    """What a close list says of one receipt: its state, and the record or code that goes with it."""

    record_hash: str
    bid_id: str
    state: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class CloseReport:
    """A close list that stands: its root, what it says of the given receipts, and where the log holds it."""

    root: str
    size: int
    effective: int
    accounts: tuple[Account, ...]
    entry_index: int | None
    transcript_index: int | None

    def to_json(self) -> dict[str, object]:
        """The object for `--json`."""
        rows = [{name: getattr(one, name) for name in Account.__slots__} for one in self.accounts]
        kept = ("root", "size", "effective", "entry_index", "transcript_index")
        return {"valid": True, **{name: getattr(self, name) for name in kept}, "accounts": rows}


def verify_close(
    source: object,
    given: Sequence[object] = (),
    entries: Iterable[bytes] | None = None,
    *,
    platform_vkey: str | None = None,
) -> CloseReport:
    """Check a close list, or the one in a public transcript, against receipts and the log's entries in order.

    Raises Malformed, whatever `receipts.verify` raises, and SealingError `not-accounted` (a sound receipt of this place that
    the list leaves out or dates otherwise: the evidence for keepers and supervisor), `wrong-place` (a receipt of another
    tender, lot or envelope), `wrong-silence` (the list calls a bidder silent whose receipts
    show otherwise), `not-logged`, `two-close-entries`, `transcript-not-logged`, `kit-not-logged`.
    """
    whole = isinstance(source, dict) and source.get("type") == "mingcai/v1/transcript"
    close = CloseList.from_json(source["close"] if whole and isinstance(source, dict) else source)
    policy = Policy.from_json(source["policy"]) if whole and isinstance(source, dict) else None
    if policy is not None and policy.hash != close.policy_hash:
        raise SealingError("wrong-place", "the close list is of another policy")
    accounts = tuple(_account(close, policy, one, platform_vkey) for one in given)
    entry_index = transcript_index = None
    if entries is not None:
        wanted = h(canonical(source)).hex() if whole else None
        kits = _kits(source["bids"]) if whole and isinstance(source, dict) else set()
        entries = list(entries) if kits else entries
        entry_index, transcript_index = _in_log(close, wanted, entries)
        _kits_in_log(close, kits, entries)
    return CloseReport(
        close.root(), len(close.entries), len(close.effective()), accounts, entry_index, transcript_index
    )


def _account(close: CloseList, policy: Policy | None, file: object, platform_vkey: str | None) -> Account:
    report = receipts.verify(file, platform_vkey=platform_vkey)
    statement = Statement.from_json(Members(file, "receipt file").take("receipt"))
    body = Receipt.from_json(statement.body)
    if (close.log_origin, close.tender, close.lot, close.envelope) != (
        body.log_origin, report.tender, report.lot, report.envelope,
    ):  # fmt: skip
        raise SealingError(
            "wrong-place", f"the receipt is for {report.tender}, lot {report.lot}, {report.envelope}"
        )
    record = body.signed_record.record
    for entry in close.entries:
        if entry.kind != "receipt":
            continue
        if entry.names(report.record_hash) and wrongly_silent(policy, entry, record):
            raise SealingError("wrong-silence", f"record {entry.record_hash} was not silent")
        if (
            entry.record_hash == report.record_hash
            and entry.arrival == report.arrival
            and entry.bid_id == report.bid_id
        ):
            return Account(entry.record_hash, entry.bid_id, entry.state, entry.by or entry.code or "")
        if entry.by == report.record_hash and entry.state == "withdrawn" and entry.bid_id == report.bid_id:
            return Account(report.record_hash, entry.bid_id, "withdrawn", entry.record_hash)
        if report.record_hash in entry.acknowledged and entry.bid_id == report.bid_id:
            return Account(report.record_hash, entry.bid_id, entry.state, entry.record_hash)
    raise SealingError("not-accounted", f"record {report.record_hash}, accepted at {report.arrival}")


def _in_log(close: CloseList, transcript: str | None, entries: Iterable[bytes]) -> tuple[int, int | None]:
    own, place = close.log_entry(), (close.tender, close.lot, close.envelope)
    found: list[int] = []
    others = 0
    transcript_index = None
    for index, content in enumerate(entries):
        if content == own:
            found.append(index)
            continue
        if b"mingcai/v1/close-entry" not in content and b"mingcai/v1/transcript-entry" not in content:
            continue
        said = _read(content)
        if said.get("type") == "mingcai/v1/close-entry":
            others += (said.get("tender"), said.get("lot"), said.get("envelope")) == place
        elif (
            transcript is not None and said.get("sha256") == transcript and said.get("tender") == close.tender
        ):
            transcript_index = index
    if others or len(found) > 1:
        raise SealingError(
            "two-close-entries", f"the log holds {others + len(found)} close entries of this place"
        )
    if not found:
        raise SealingError("not-logged", "the log does not hold this close list")
    if transcript is not None and transcript_index is None:
        raise SealingError("transcript-not-logged", "the log does not hold the hash of this transcript")
    return found[0], transcript_index


def _kits(bids: object) -> set[tuple[str, str]]:
    """Hash of the kit and of the record, of every bid that a recovery kit completed.  Raises Malformed."""
    return {
        (Members(bid["kit"], "bid.kit").hash("sealed"), h(canonical(bid["signed_record"]["record"])).hex())
        for bid in (bids if isinstance(bids, list) else [])
        if isinstance(bid, dict) and "kit" in bid
    }


def _kits_in_log(close: CloseList, wanted: set[tuple[str, str]], entries: Iterable[bytes]) -> None:
    """Every kit that completed a bid was logged before the first transcript of its place, when no price was known (R8)."""
    if not wanted:
        return
    for content in entries:
        said = _read(content) if b"mingcai/v1/" in content else {}
        if (said.get("tender"), said.get("lot"), said.get("envelope")) != (
            close.tender, close.lot, close.envelope,
        ):  # fmt: skip
            continue
        if said.get("type") == "mingcai/v1/kit-entry":
            wanted.discard((str(said.get("sealed")), str(said.get("record_hash"))))
        elif said.get("type") == "mingcai/v1/transcript-entry":
            break
    if wanted:
        raise SealingError("kit-not-logged", f"{len(wanted)} kits were not logged before the opening")


def _read(content: bytes) -> dict[str, object]:
    try:
        value = read_json(content)
    except (NotJson, NotStrict) as error:
        raise Malformed(f"an entry of the log: {error}") from error
    return value if isinstance(value, dict) else {}
