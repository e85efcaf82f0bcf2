"""SHA-256 beside other work: one thread hashes what the other decrypts and writes (hashing needs no interpreter lock)."""

from __future__ import annotations

import hashlib
from queue import Queue
from threading import Thread
from types import TracebackType
from typing import BinaryIO, Protocol

_WAITING = 8
_INLINE = 1 << 16


class Hash(Protocol):
    """A running hash."""

    def update(self, data: bytes, /) -> None:
        """Take more bytes."""

    def hexdigest(self) -> str:
        """The hash so far."""


class HashThread:
    """Feeds hashes on a thread of its own; at most 8 blocks wait, so memory is bounded."""

    def __init__(self) -> None:
        self._jobs: Queue[tuple[Hash, bytes] | None] = Queue(_WAITING)
        self._thread = Thread(target=self._run, name="hashing", daemon=True)

    def __enter__(self) -> HashThread:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._jobs.put(None)
        self._thread.join()

    def update(self, running: Hash, data: memoryview) -> None:
        """Hash a copy of `data` in turn."""
        self._jobs.put((running, bytes(data)))

    def digest(self, running: Hash) -> str:
        """The hash over everything handed in for it, as hexadecimal."""
        self._jobs.join()
        return running.hexdigest()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            running, data = job
            running.update(data)
            self._jobs.task_done()


class HashedFile:
    """Hashes one file of known size: small ones at once, large ones beside."""

    def __init__(self, thread: HashThread | None, size: int) -> None:
        self._thread = thread if size >= _INLINE else None
        self._hash = hashlib.sha256()

    def update(self, data: memoryview) -> None:
        """Take more bytes."""
        if self._thread is None:
            self._hash.update(data)
        else:
            self._thread.update(self._hash, data)

    def hexdigest(self) -> str:
        """The hash of all of it."""
        return self._hash.hexdigest() if self._thread is None else self._thread.digest(self._hash)


class HashingSource:
    """Reads a file for someone else and hashes every byte of it; `finish` reads what nobody asked for."""

    def __init__(self, source: BinaryIO, thread: HashThread) -> None:
        self._source, self._thread = source, thread
        self._hash = hashlib.sha256()

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill `buffer`; 0 at the end."""
        count = self._source.readinto(buffer) or 0  # type: ignore[attr-defined]
        if count:
            self._thread.update(self._hash, buffer[:count])
        return count

    def readline(self, limit: int = -1, /) -> bytes:
        """One line."""
        return self._passed(self._source.readline(limit))

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes."""
        return self._passed(self._source.read(size))

    def finish(self) -> str:
        """The hash of the whole file, as hexadecimal."""
        buffer = memoryview(bytearray(1 << 18))
        while self.readinto(buffer):
            pass
        return self._thread.digest(self._hash)

    def _passed(self, data: bytes) -> bytes:
        self._thread.update(self._hash, memoryview(data))
        return data
