"""Replay of an opening from its published transcript (R12, FORMAT.md 7): anyone, offline, without any key."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bidding.sealing.context import recipient_of
from bidding.sealing.encoding import canonical, h
from bidding.sealing.errors import Malformed, SealingError
from bidding.sealing.kits import BAD_KIT, check_release
from bidding.sealing.objects import (
    Acknowledgement,
    Keeper,
    Policy,
    SealedRecord,
    SignedRecord,
    keeper_list,
    keeper_set_hash,
)
from bidding.sealing.opening import Outcome, Verdict, interpolate, open_sheet, verified_shares
from bidding.sealing.plain import PlainShare, PlainSheet
from bidding.sealing.shape import Members
from bidding.sealing.signatures import check_bidder
from bidding.sealing.statements import CloseList, Statement
from bidding.sealing.terms import SILENCE_WITHDRAWS, WITHDRAWS

MAX_TRANSCRIPT = 1 << 30
_MAX_BIDS = 10_000
_MAX_ACKNOWLEDGED = 100
_BEFORE_OPENING = frozenset({Outcome.NOT_OPENED, Outcome.WAITING_KEEPERS, Outcome.FAULT_KEEPER})
_SHEET_FAULTS = frozenset({Outcome.VOID_BIDDER, Outcome.VOID_LIMITS})


@dataclass(frozen=True, slots=True)
class KitShown:
    """By which recovery kit a bid was completed (R8): the hash that was logged, and the supervisor's word on it."""

    sealed: str
    release: Statement

    @classmethod
    def from_json(cls, value: object) -> KitShown:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "bid.kit")
        read = cls(members.hash("sealed"), Statement.from_json(members.take("release")))
        members.done()
        return read


@dataclass(frozen=True, slots=True)
class TranscriptBid:
    """One bid of a public transcript; the last three are None unless the dealing was sound."""

    signed_record: SignedRecord
    verdict: Verdict
    seed_sheet: bytes | None = None
    sheet_ciphertext: bytes | None = field(default=None, repr=False)
    sheet: PlainSheet | None = None
    acknowledgements: tuple[SignedRecord, ...] = ()
    kit: KitShown | None = None

    @property
    def record(self) -> SealedRecord:
        """Its record; the parser refuses withdrawals here."""
        record = self.signed_record.record
        if not isinstance(record, SealedRecord):
            raise Malformed("a transcript holds sealed records")
        return record

    @classmethod
    def of(cls, signed: SignedRecord, verdict: Verdict, sheet_path: Path | None) -> TranscriptBid:
        """The public account of a verdict of `open_bid`.  Raises OSError."""
        if verdict.secret is None or sheet_path is None or not sheet_path.is_file():
            return cls(signed, verdict, verdict.secret.seed_sheet if verdict.secret else None)
        sheet = verdict.opened.sheet if verdict.opened else None
        return cls(signed, verdict, verdict.secret.seed_sheet, sheet_path.read_bytes(), sheet)

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        sealed = self.sheet_ciphertext
        acknowledged = [one.to_json() for one in self.acknowledgements]
        return {
            "signed_record": self.signed_record.to_json(),
            "verdict": self.verdict.to_json(),
            "seed_sheet": self.seed_sheet.hex() if self.seed_sheet is not None else None,
            "sheet_ciphertext": base64.b64encode(sealed).decode() if sealed is not None else None,
            "sheet": self.sheet.to_json() if self.sheet is not None else None,
            **({"acknowledgements": acknowledged} if acknowledged else {}),
            **(
                {"kit": {"sealed": self.kit.sealed, "release": self.kit.release.to_json()}}
                if self.kit
                else {}
            ),
        }

    @classmethod
    def from_json(cls, value: object) -> TranscriptBid:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "bid")
        bid = cls(
            SignedRecord.from_json(members.take("signed_record")),
            Verdict.from_json(members.take("verdict")),
        )
        envelope = bid.record.ctx.envelope
        seed = None if members.null("seed_sheet") else members.hex("seed_sheet")
        sealed = None if members.null("sheet_ciphertext") else _base64(members.take("sheet_ciphertext"))
        sheet = None if members.null("sheet") else PlainSheet.from_json(members.take("sheet"), envelope)
        acknowledged = (
            members.items("acknowledgements", _MAX_ACKNOWLEDGED, SignedRecord.from_json)
            if members.has("acknowledgements")
            else ()
        )
        kit = KitShown.from_json(members.take("kit")) if members.has("kit") else None
        members.done()
        return cls(bid.signed_record, bid.verdict, seed, sealed, sheet, acknowledged, kit)


@dataclass(frozen=True, slots=True)
class Transcript:
    """The public transcript of one lot and envelope."""

    policy: Policy
    keepers: tuple[Keeper, ...]
    close: CloseList
    bids: tuple[TranscriptBid, ...]

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        return {
            "type": "mingcai/v1/transcript",
            "policy": self.policy.to_json(),
            "keepers": [keeper.to_json() for keeper in self.keepers],
            "close": self.close.to_json(),
            "bids": [bid.to_json() for bid in self.bids],
        }

    @classmethod
    def from_json(cls, value: object) -> Transcript:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "transcript", "transcript")
        transcript = cls(
            Policy.from_json(members.take("policy")),
            keeper_list(members),
            CloseList.from_json(members.take("close")),
            members.items("bids", _MAX_BIDS, TranscriptBid.from_json),
        )
        members.done()
        return transcript

    @property
    def hash(self) -> str:
        """What the restricted transcript refers to."""
        return h(canonical(self.to_json())).hex()


@dataclass(frozen=True, slots=True)
class RestrictedBid:
    """What only bidder, panel, supervisor and court see of one bid."""

    record_hash: str
    shares: tuple[PlainShare, ...]
    seed_files: bytes | None = field(repr=False)

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` needs the record to read it back."""
        shares = [
            {"i": s.i, "keeper": s.keeper, "share": s.share.hex(), "salt": s.salt.hex()} for s in self.shares
        ]
        seed = self.seed_files.hex() if self.seed_files is not None else None
        return {"record_hash": self.record_hash, "shares": shares, "seed_files": seed}


def restricted_to_json(transcript: Transcript, bids: Sequence[RestrictedBid]) -> dict[str, object]:
    """The restricted transcript."""
    return {
        "type": "mingcai/v1/restricted-transcript",
        "transcript_hash": transcript.hash,
        "bids": [bid.to_json() for bid in bids],
    }


@dataclass(frozen=True, slots=True)
class ReplayedBid:
    """One bid replayed: `replayed` is False where the public data cannot decide the verdict."""

    bid_id: str
    record_hash: str
    verdict: str
    total_fen: int | None
    replayed: bool
    problem: str = ""

    def to_json(self) -> dict[str, object]:
        """The object for `--json`."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Replay:
    """The outcome of a replay: `ok` when nothing contradicts the transcript."""

    bids: tuple[ReplayedBid, ...]
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether the transcript stands."""
        return not self.problems and not any(bid.problem for bid in self.bids)

    def to_json(self) -> dict[str, object]:
        """The object for `--json`."""
        bids = [bid.to_json() for bid in self.bids]
        return {"ok": self.ok, "problems": list(self.problems), "bids": bids}


def replay(transcript: object, restricted: object | None = None) -> Replay:
    """Repeat an opening from its public transcript (parsed JSON), and from the restricted one if given.

    Raises Malformed when there is nothing to replay; every contradiction is a problem of the result.
    """
    public = Transcript.from_json(transcript)
    secret = {} if restricted is None else _restricted(restricted, public)
    bids = tuple(_replay_bid(public.policy, bid, secret.get(bid.record.hash)) for bid in public.bids)
    return Replay(bids, tuple(_frame(public)))


def _frame(public: Transcript) -> Iterator[str]:
    policy, close = public.policy, public.close
    if close.policy_hash != policy.hash:
        yield "the close list is of another policy"
    for name in ("log_origin", "tender", "lot", "envelope", "deadline_at"):
        if getattr(close, name) != getattr(policy, name):
            yield f"close list and policy differ in {name}"
    if (policy.keeper_set_hash, policy.n) != (keeper_set_hash(public.keepers), len(public.keepers)):
        yield "the keepers are not those of the policy"
    wanted = [entry.record_hash for entry in close.effective() if entry.kind == "receipt"]
    if wanted != [bid.record.hash for bid in public.bids]:
        yield "the bids are not the effective entries of the close list"
    for bid in public.bids:
        ctx = bid.record.ctx
        if any(
            getattr(ctx, name) != getattr(policy, name)
            for name in ("log_origin", "tender", "lot", "envelope", "k", "n", "keeper_set_hash")
        ):
            yield f"bid {ctx.bid_id} was sealed for another tender, lot, envelope or keeper set"
    yield from _silence(public)


def _silence(public: Transcript) -> Iterator[str]:
    """What R6 says of bids sealed before an amendment, from the policy and the acknowledgements shown."""
    rule, bids = public.policy.acknowledge, {bid.record.hash: bid for bid in public.bids}
    for entry in public.close.entries:
        bid = bids.get(entry.record_hash) if entry.state == "effective" else None
        if bid is not None:
            versions = []
            for signed in bid.acknowledgements:
                said = signed.record
                if not isinstance(said, Acknowledgement) or said.record_hash != entry.record_hash:
                    yield f"bid {entry.bid_id} shows an acknowledgement of another record"
                    continue
                versions.append(said.notice_version)
            if tuple(signed.record.hash for signed in bid.acknowledgements) != entry.acknowledged:
                yield f"bid {entry.bid_id} does not show the acknowledgements that the close list names"
            version = bid.record.ctx.notice_version
            right = rule.standing(version, versions) if rule is not None else ("effective", None)
            if (entry.state, entry.code) != right:
                yield f"bid {entry.bid_id}: silence is {right[1] or 'no matter'} here, not {entry.code or 'no matter'}"
        elif entry.code == SILENCE_WITHDRAWS and (rule is None or rule.silence != WITHDRAWS):
            yield f"bid {entry.bid_id} is withdrawn by silence, which the policy does not say"


def _check_kit(policy: Policy, bid: TranscriptBid) -> None:
    """A bid completed by a kit shows the supervisor's word on it; no other is void for one.  Raises SealingError."""
    if bid.kit is not None:
        check_release(policy, bid.record.hash, bid.kit.sealed, bid.kit.release)
        if bid.verdict.verdict in (Outcome.WAITING_KEEPERS, Outcome.FAULT_KEEPER):
            raise SealingError("replay", "a bid that a kit completed does not wait for keepers")
    elif bid.verdict.code == BAD_KIT:
        raise SealingError("replay", "a bid is void for a kit that is not shown")


def _replay_bid(policy: Policy, bid: TranscriptBid, released: tuple[PlainShare, ...] | None) -> ReplayedBid:
    problem, replayed = "", False
    try:
        _check_kit(policy, bid)
        replayed = _check_public(bid)
        if released is not None:
            replayed = _check_released(bid, released) or replayed
    except SealingError as error:
        problem = str(error)
    total = bid.sheet.total_fen if bid.sheet is not None else None
    ctx = bid.record.ctx
    return ReplayedBid(ctx.bid_id, bid.record.hash, str(bid.verdict.verdict), total, replayed, problem)


def _check_public(bid: TranscriptBid) -> bool:
    """Whether the public data alone gives the verdict.  Raises SealingError for a contradiction."""
    record, verdict = bid.record, bid.verdict
    opened = verdict.verdict == Outcome.OPENED
    for signed in (bid.signed_record, *bid.acknowledgements):
        check_bidder(signed)
    if opened != (bid.sheet is not None):
        raise SealingError("replay", "a sheet is shown for an unopened bid, or none for an opened one")
    if bid.seed_sheet is None:
        if opened or verdict.verdict not in _BEFORE_OPENING | _SHEET_FAULTS | {Outcome.FAULT_PLATFORM}:
            raise SealingError("replay", "the seed of the sheet is missing")
        return False
    if h(bid.seed_sheet).hex() != record.sheet_seed_hash:
        raise SealingError("replay", "the seed is not the one that was committed")
    if str(recipient_of(record.ctx.suite, bid.seed_sheet)) != record.sheet_recipient:
        raise SealingError("replay", "the seed does not give the sheet's public key")
    sealed = bid.sheet_ciphertext
    if sealed is None or (h(sealed).hex(), len(sealed)) != (record.sheet.sha256, record.sheet.length):
        if verdict.verdict == Outcome.FAULT_STORAGE:
            return False
        raise SealingError("replay", "the sealed sheet is not the one of the record")
    found, code = _sheet(bid, sealed)
    if verdict.part == "sheet" and verdict.verdict in _SHEET_FAULTS and verdict.code != "too-large":
        if code != verdict.code:
            raise SealingError("replay", f"the sheet gives {code or 'no fault'} instead of {verdict.code}")
        return True
    if found is None and (opened or verdict.part == "files"):
        raise SealingError("replay", f"the sheet does not open: {code}")
    if opened and found != bid.sheet:
        raise SealingError("replay", "the sheet shown is not the sheet that was sealed")
    return opened


def _sheet(bid: TranscriptBid, sealed: bytes) -> tuple[PlainSheet | None, str]:
    try:
        return open_sheet(bid.record, bid.seed_sheet or b"", io.BytesIO(sealed)), ""
    except SealingError as error:
        return None, error.code


def _check_released(bid: TranscriptBid, released: tuple[PlainShare, ...]) -> bool:
    """Whether the released shares give the verdict.  Raises SealingError for a contradiction."""
    good, _ = verified_shares(bid.record, released)
    verdict = bid.verdict
    if len(good) < bid.record.ctx.k:
        if verdict.verdict not in _BEFORE_OPENING:
            raise SealingError("replay", f"{len(good)} good shares cannot give {verdict.verdict}")
        return True
    try:
        secret = interpolate(bid.record, good)
    except SealingError as error:
        if (verdict.verdict, verdict.code) != (Outcome.VOID_BIDDER, error.code):
            raise SealingError("replay", f"the shares give {error.code}") from error
        return True
    if verdict.code in ("bad-dealing", BAD_KIT) or verdict.verdict in _BEFORE_OPENING - {Outcome.NOT_OPENED}:
        raise SealingError("replay", "the shares are sound")
    if bid.seed_sheet is not None and bid.seed_sheet != secret.seed_sheet:
        raise SealingError("replay", "the seed shown is not the one of the shares")
    return verdict.verdict == Outcome.OPENED


def _restricted(value: object, public: Transcript) -> dict[str, tuple[PlainShare, ...]]:
    records = {bid.record.hash: bid.record for bid in public.bids}
    members = Members(value, "restricted", "restricted-transcript")
    if members.hash("transcript_hash") != public.hash:
        raise Malformed("the restricted transcript is of another public one")
    bids = dict(members.items("bids", _MAX_BIDS, lambda item: _restricted_bid(item, records)))
    members.done()
    return bids


def _restricted_bid(value: object, records: dict[str, SealedRecord]) -> tuple[str, tuple[PlainShare, ...]]:
    members = Members(value, "restricted bid")
    record = records.get(members.hash("record_hash"))
    if record is None:
        raise Malformed("a restricted bid is not in the public transcript")
    shares = members.items("shares", 255, lambda item: _released(item, record))
    if not members.null("seed_files"):
        members.hex("seed_files")
    members.done()
    return record.hash, shares


def _released(value: object, record: SealedRecord) -> PlainShare:
    if not isinstance(value, dict):
        raise Malformed("a share is not an object")
    return PlainShare.from_json({"type": "mingcai/v1/envelope", "ctx": record.ctx.to_json(), **value})


def _base64(value: object) -> bytes:
    try:
        return base64.b64decode(value if isinstance(value, str) else "?", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("sheet_ciphertext is not base64") from error
