"""Opening one bid from released shares (R4, FORMAT.md 6): every outcome is a verdict that names one party."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from bidding.sealing import shares as shamir
from bidding.sealing.age import files
from bidding.sealing.age.errors import AgeError
from bidding.sealing.container import ContainerSink
from bidding.sealing.context import bidder_tag, identity_of
from bidding.sealing.dealing import PlainDealing, deal
from bidding.sealing.encoding import canonical, parse
from bidding.sealing.errors import Malformed, SealingError
from bidding.sealing.hashing import HashingSource, HashThread
from bidding.sealing.keeperside import verify_share
from bidding.sealing.objects import SealedPart, SealedRecord
from bidding.sealing.plain import FILES, MAX_SHEET, SHEET, PlainFile, PlainManifest, PlainShare, PlainSheet
from bidding.sealing.shape import Members
from bidding.sealing.staging import staged

OpenedSecret = PlainDealing
_BUFFER = 1 << 16


class Outcome(StrEnum):
    """The verdicts; each names who answers for it."""

    OPENED = "opened"
    NOT_OPENED = "not_opened"
    VOID_BIDDER = "void_bidder"
    VOID_LIMITS = "void_limits"
    FAULT_KEEPER = "fault_keeper"
    FAULT_STORAGE = "fault_storage"
    FAULT_PLATFORM = "fault_platform"
    WAITING_KEEPERS = "waiting_keepers"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


_OUTCOME_OF = {
    "bad-dealing": Outcome.VOID_BIDDER,
    "too-few-shares": Outcome.WAITING_KEEPERS,
    "bad-share": Outcome.FAULT_KEEPER,
    "missing": Outcome.FAULT_STORAGE,
    "wrong-bytes": Outcome.FAULT_STORAGE,
    "too-large": Outcome.VOID_LIMITS,
    "too-many-files": Outcome.VOID_LIMITS,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What an opening unpacks at most; bytes are padded plaintext."""

    max_sheet: int = 4 << 20
    max_files_total: int = 4 << 30
    max_files: int = 1000


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """One attachment: its name as the bidder gave it, and where it lies now (under a neutral name)."""

    name: str
    path: Path
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class OpenedBid:
    """An opened bid."""

    organisation: str
    sheet: PlainSheet
    files: tuple[OpenedFile, ...]
    manifest: PlainManifest


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an opening went: `part` is "sheet", "files" or empty, `keepers` gave bad shares (numbers)."""

    verdict: Outcome
    code: str = ""
    part: str = ""
    keepers: tuple[int, ...] = ()
    opened: OpenedBid | None = field(default=None, repr=False, compare=False)
    secret: OpenedSecret | None = field(default=None, repr=False, compare=False)

    def to_json(self) -> dict[str, object]:
        """The public form, without what was opened."""
        return {
            "verdict": str(self.verdict),
            "code": self.code,
            "part": self.part,
            "keepers": list(self.keepers),
        }

    @classmethod
    def from_json(cls, value: object) -> Verdict:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "verdict")
        verdict = cls(
            Outcome(members.choice("verdict", frozenset(Outcome))),
            members.text("code", 64),
            members.choice("part", frozenset({"", "sheet", "files"})),
            members.integers("keepers", 255, 1, 255),
        )
        members.done()
        return verdict


def verified_shares(
    record: SealedRecord, released: Sequence[PlainShare]
) -> tuple[list[PlainShare], tuple[int, ...]]:
    """Phase 1: the good shares, one per number, and the numbers that came only bad."""
    good: dict[int, PlainShare] = {}
    bad = set()
    for share in released:
        try:
            verify_share(record, share)
        except SealingError:
            bad.add(share.i)
        else:
            good.setdefault(share.i, share)
    return [good[i] for i in sorted(good)], tuple(sorted(bad - good.keys()))


def interpolate(record: SealedRecord, shares: Sequence[PlainShare]) -> OpenedSecret:
    """Phase 2: S from any k verified shares, then *everything* recomputed and compared with the record.

    Raises SealingError: `too-few-shares`; `bad-dealing` when commitments, keys or seed do not follow from one
    polynomial, whichever k shares are given; what `verify_share` raises for a share that phase 1 refuses.
    """
    for share in shares:
        verify_share(record, share)
    points = list({share.i: share.share for share in shares}.values())
    ctx = record.ctx
    if len(points) < ctx.k:
        raise SealingError("too-few-shares", f"{len(points)} of {ctx.k}")
    used = points[: ctx.k]
    shamir.check(used, ctx.k)
    every = [shamir.at(used, x) + bytes([x]) for x in range(1, ctx.n + 1)]
    dealing = deal(ctx, shamir.at(used, 0), every)
    if (
        dealing.commitments != record.commitments
        or dealing.sheet_recipient != record.sheet_recipient
        or dealing.files_recipient != record.files_recipient
        or dealing.sheet_seed_hash != record.sheet_seed_hash
    ):
        raise SealingError("bad-dealing", "the record does not follow from one secret")
    return dealing


def open_bid(
    record: SealedRecord,
    shares: Sequence[PlainShare],
    sheet_path: Path | None,
    attachments_path: Path | None,
    out_dir: Path,
    limits: Limits,
    *,
    acked: Collection[int] | None = None,
) -> Verdict:
    """Open one bid and unpack its attachments into `out_dir`; without verdict `opened` nothing is left there.

    `acked` are the numbers of the keepers that acked this record (None: all): they answer for bad shares.
    Whatever is wrong with the bid is a verdict; raises OSError for the disk alone.
    """
    good, bad = verified_shares(record, shares)
    blamed = tuple(i for i in bad if acked is None or i in acked)
    try:
        if len(good) < record.ctx.k:
            raise SealingError("bad-share" if blamed else "too-few-shares", f"{len(good)} of {record.ctx.k}")
        secret = interpolate(record, good)
    except SealingError as error:
        return _refused(error, blamed)
    try:
        with staged(out_dir) as stage:
            opened = _unpack(record, secret, (sheet_path, attachments_path), stage, out_dir, limits)
    except SealingError as error:
        return _refused(error, blamed, secret)
    return Verdict(Outcome.OPENED, keepers=blamed, opened=opened, secret=secret)


def open_sheet(record: SealedRecord, seed_sheet: bytes, source: files.Source) -> PlainSheet:
    """Decrypt and read the sheet alone, whose bytes were checked (also for replay).

    Raises SealingError with a code of FORMAT.md 6.
    """
    held: list[bytes] = []

    @contextmanager
    def hold(_place: int, _file: PlainFile) -> Iterator[BinaryIO]:
        target = io.BytesIO()
        yield target
        held.append(target.getvalue())

    with _about(SHEET):
        _decrypt(record, record.sheet, seed_sheet, source, hold, 1)
        return _read_sheet(held[0], record.ctx.envelope)


class _PartFault(SealingError):
    def __init__(self, fault: SealingError, part: str) -> None:
        super().__init__(fault.code, fault.detail)
        self.part = part


@contextmanager
def _about(part: str) -> Iterator[None]:
    try:
        yield
    except SealingError as fault:
        raise _PartFault(fault, part) from fault


def _refused(fault: SealingError, keepers: tuple[int, ...], secret: OpenedSecret | None = None) -> Verdict:
    outcome = _OUTCOME_OF.get(fault.code, Outcome.VOID_BIDDER)
    part = fault.part if isinstance(fault, _PartFault) else ""
    return Verdict(outcome, fault.code, part, keepers, secret=secret)


def check_stored(part: SealedPart, path: Path | None) -> None:
    """Check that the stored bytes are those of the record.  Raises SealingError `missing`, `wrong-bytes`."""
    _check_length(part, path)
    if path is not None:
        with path.open("rb") as source:
            if hashlib.file_digest(source, "sha256").hexdigest() != part.sha256:
                raise _PartFault(SealingError("wrong-bytes", "the sealed file has another hash"), part.part)


def _check_length(part: SealedPart, path: Path | None) -> None:
    if path is None or not path.is_file():
        raise _PartFault(SealingError("missing", "the sealed file is not there"), part.part)
    if path.stat().st_size != part.length:
        raise _PartFault(SealingError("wrong-bytes", "the sealed file has another length"), part.part)


def _unpack(
    record: SealedRecord,
    secret: OpenedSecret,
    paths: tuple[Path | None, Path | None],
    stage: Path,
    out_dir: Path,
    limits: Limits,
) -> OpenedBid:
    sheet_path, files_path = paths
    check_stored(record.sheet, sheet_path)
    _check_length(record.files, files_path)
    if sheet_path is None or files_path is None:
        raise ValueError("a file that is not there was refused")
    with HashThread() as hashing, files_path.open("rb", buffering=_BUFFER) as stored:
        source = HashingSource(stored, hashing)
        try:
            for part, most in ((record.sheet, limits.max_sheet), (record.files, limits.max_files_total)):
                if part.padded > most:
                    raise _PartFault(
                        SealingError("too-large", f"{part.padded} bytes, at most {most}"), part.part
                    )
            sheet = open_sheet(record, secret.seed_sheet, _read_from(sheet_path))
            with _about(FILES):
                manifest = _decrypt(
                    record,
                    record.files,
                    secret.seed_files,
                    source,
                    lambda place, _file: (stage / stored_name(place)).open("xb", buffering=0),
                    limits.max_files,
                    hashing,
                )
        finally:  # a fault of the storage comes before any fault of the bidder
            if source.finish() != record.files.sha256:
                raise _PartFault(SealingError("wrong-bytes", "the sealed file has another hash"), FILES)
    opened = tuple(
        OpenedFile(file.name, out_dir / stored_name(place), file.sha256, file.size)
        for place, file in enumerate(manifest.files)
    )
    return OpenedBid(manifest.organisation, sheet, opened, manifest)


def _read_from(path: Path) -> io.BytesIO:
    return io.BytesIO(path.read_bytes())


def stored_name(place: int) -> str:
    """Give the neutral name under which the attachment at this place lies in `out_dir`."""
    return f"attachment-{place + 1:04d}"


def _decrypt(
    record: SealedRecord,
    part: SealedPart,
    seed: bytes,
    source: files.Source,
    open_file: Callable[[int, PlainFile], AbstractContextManager[BinaryIO]],
    max_files: int,
    hashing: HashThread | None = None,
) -> PlainManifest:
    ctx = record.ctx

    def accept(manifest: PlainManifest) -> None:
        if len(manifest.files) > max_files:
            raise SealingError("too-many-files", f"{len(manifest.files)} files, at most {max_files}")
        tag = bidder_tag(manifest.nonce, manifest.organisation)
        if (manifest.part, manifest.ctx, tag) != (part.part, ctx, ctx.bidder_tag):
            raise SealingError("wrong-context", "the file was sealed for another bid")

    sink = ContainerSink(part.padded, accept, open_file, hashing)
    try:
        files.decrypt_binary(source, sink, [identity_of(ctx.suite, seed)])
    except AgeError as error:
        raise SealingError("undecryptable", f"{error.outcome}: {error}") from error
    finally:
        sink.abort()
    return sink.finish()


def _read_sheet(encoded: bytes, envelope: str) -> PlainSheet:
    try:
        sheet = PlainSheet.from_json(parse(encoded, MAX_SHEET), envelope)
        if canonical(sheet.to_json()) != encoded:
            raise Malformed("the sheet is not canonical")
    except Malformed as error:
        raise SealingError("malformed-sheet", error.detail) from error
    return sheet
