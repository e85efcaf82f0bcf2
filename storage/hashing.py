"""The SHA-256 of a file that still grows, made beside its upload: so its end need not wait until all is read once more.

Read from the file as it lies there, on a thread of its own. What another process received is read by whoever asks.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BufferedRandom, FileIO
from pathlib import Path

PIECE = 256 * 1024
WORTH = 16 * PIECE
"""What is shorter is read when it is asked for."""
FOLLOWED = 256
"""Files that one process follows at most; the one that has not grown for the longest time is let go."""
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="upload-hash")
_followed: OrderedDict[Path, _Hash] = OrderedDict()
_guard = threading.Lock()


class _Hash:
    """The hash of the first `at` bytes of a file that only grows."""

    def __init__(self) -> None:
        self.sha256, self.at, self.turn = hashlib.sha256(), 0, threading.Lock()

    def read(self, file: BufferedRandom | FileIO, until: int) -> None:
        """Go on to `until`, or to the file's end."""
        piece = memoryview(bytearray(PIECE))
        with self.turn:
            file.seek(self.at)
            while self.at < until and (count := file.readinto(piece[: min(PIECE, until - self.at)])):
                self.sha256.update(piece[:count])
                self.at += count


def follow(path: Path, length: int) -> None:
    """Hash what has arrived of a file, `length` bytes, and come back at once."""
    with _guard:
        found = _followed.get(path)
        if length - (found.at if found else 0) < WORTH:
            return
        found = _followed.setdefault(path, found or _Hash())
        _followed.move_to_end(path)
        if len(_followed) > FOLLOWED:
            _followed.popitem(last=False)
    _thread.submit(_read, path, found, length)


def _read(path: Path, found: _Hash, length: int) -> None:
    with suppress(FileNotFoundError), path.open("rb", buffering=0) as file:  # dropped, or moved to its store
        found.read(file, length)


def digest(path: Path, file: BufferedRandom | FileIO, length: int) -> str:
    """Give the SHA-256 of the whole file of `length` bytes, open in `file`, which nobody writes to now."""
    with _guard:
        found = _followed.pop(path, None)
    if found is None or found.at > length:
        found = _Hash()
    found.read(file, length)
    return found.sha256.hexdigest()
