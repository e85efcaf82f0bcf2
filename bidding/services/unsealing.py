"""Open bids beside each other: bytes are fetched and decrypted by threads that touch no database.

Each thread has a process that opens for it (`bidding.sealing.confined`). What became of a bid is kept by who asked.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType

from django.conf import settings

from bidding.sealing.confined import Opened, Opener
from bidding.sealing.objects import SealedRecord
from bidding.sealing.opening import Limits
from bidding.sealing.plain import PlainShare
from core.errors import NotFound
from storage import uploads

AT_MOST = 4
WORTH_ANOTHER = 8
"""Bids for each process beyond the first: starting one takes as long as opening several small bids."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """All that opening one bid reads: its record, the shares released, its bytes where they are, who acked it."""

    bid_id: uuid.UUID
    record: SealedRecord
    shares: Sequence[PlainShare]
    sheet: uploads.UploadFacts | None
    files: uploads.UploadFacts | None
    acked: Sequence[int]

    @property
    def folder(self) -> Path:
        """Where it is opened."""
        return Path(settings.UPLOADS_DIR) / f"opening-{self.bid_id}"

    def forget(self) -> None:
        """Remove what was opened, and what an earlier try that died has left."""
        shutil.rmtree(self.folder, ignore_errors=True)


class Unsealing:
    """Opens bids for one lot; for use in `with`, by one thread. `bids`: how many there are."""

    def __init__(self, bids: int) -> None:
        self.at_once = max(1, min(os.cpu_count() or 1, AT_MOST, bids // WORTH_ANOTHER))
        self._free: SimpleQueue[Opener] = SimpleQueue()

    def __enter__(self) -> Unsealing:
        with ExitStack() as stack:
            limits = Limits(max_files_total=settings.UPLOAD_MAX_BYTES)
            for _ in range(self.at_once):
                self._free.put(stack.enter_context(Opener(limits)))
            self._pool = stack.enter_context(ThreadPoolExecutor(max_workers=self.at_once))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def begin(self, sealed: Sealed) -> Future[Opened]:
        """Open a bid in its folder, which the caller forgets afterwards. Its result raises what `Opener.open_bid` does."""
        return self._pool.submit(self._open, sealed)

    def _open(self, sealed: Sealed) -> Opened:
        sealed.forget()
        folder = sealed.folder
        folder.mkdir(parents=True, mode=0o700)
        opener = self._free.get()
        try:
            return opener.open_bid(
                sealed.record,
                sealed.shares,
                _fetched(sealed.sheet, folder / "sheet.age"),
                _fetched(sealed.files, folder / "files.age"),
                folder / "out",
                acked=sealed.acked,
            )
        finally:
            self._free.put(opener)


def _fetched(facts: uploads.UploadFacts | None, target: Path) -> Path | None:
    """Copy sealed bytes from their store; None where they are not there (then the verdict says so)."""
    if facts is None:
        return None
    try:
        return uploads.copy_to(facts, target)
    except NotFound:
        return None
