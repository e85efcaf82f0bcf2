"""The plaintext container of both files: written and read as a stream (FORMAT.md 3.5)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import BinaryIO

from bidding.sealing.encoding import canonical, parse
from bidding.sealing.errors import Malformed, SealingError
from bidding.sealing.hashing import HashedFile, HashThread
from bidding.sealing.plain import MAX_MANIFEST, PlainFile, PlainManifest

LEAST = 65_536
_LENGTH_BYTES = 4
_ZEROS = bytes(1 << 20)


def padded(length: int) -> int:
    """The padded length of `length` bytes: Padmé, at least 65536."""
    length = max(length, LEAST)
    e = length.bit_length() - 1
    unit = 1 << e - e.bit_length()
    return -(-length // unit) * unit


class ContainerSource:
    """Reads a container out of a manifest and the files it names, in order; `readinto` feeds the encryption.

    Raises SealingError `changed` when a file is no longer what the manifest says.
    """

    def __init__(self, manifest: PlainManifest, contents: Sequence[Callable[[], BinaryIO]]) -> None:
        encoded = canonical(manifest.to_json())
        if len(encoded) > MAX_MANIFEST:
            raise Malformed("the manifest is too long")
        head = len(encoded).to_bytes(_LENGTH_BYTES, "big") + encoded
        total = len(head) + sum(file.size for file in manifest.files)
        self.padded = padded(total)
        self._blocks = self._stream(
            head, list(zip(manifest.files, contents, strict=True)), self.padded - total
        )
        self._block = memoryview(b"")

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill `buffer` as far as the block at hand goes; 0 at the end."""
        while not self._block:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._block = memoryview(block)
        count = min(len(buffer), len(self._block))
        buffer[:count] = self._block[:count]
        self._block = self._block[count:]
        return count

    def _stream(
        self, head: bytes, files: list[tuple[PlainFile, Callable[[], BinaryIO]]], zeros: int
    ) -> Iterator[bytes]:
        yield head
        for file, content in files:
            size, hashed = 0, hashlib.sha256()
            with content() as source:
                while block := source.read(1 << 20):
                    size += len(block)
                    hashed.update(block)
                    yield block
            if size != file.size or hashed.hexdigest() != file.sha256:
                raise SealingError("changed", f"{file.name} changed while it was sealed")
        while zeros:
            count = min(zeros, len(_ZEROS))
            yield _ZEROS[:count]
            zeros -= count


def describe(name: str, path: Path) -> PlainFile:
    """A file's entry for the manifest.  Raises OSError."""
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256")
        return PlainFile(name, digest.hexdigest(), source.tell())


class ContainerSink:
    """Takes a container's plaintext and hands each file to `open_file(place, file)`.

    It never raises on content: the first fault is kept and the rest is only counted, for a fault of the age
    file comes first.  `finish` raises it as SealingError with a code of FORMAT.md 6.
    """

    def __init__(
        self,
        expected: int,
        accept: Callable[[PlainManifest], None],
        open_file: Callable[[int, PlainFile], AbstractContextManager[BinaryIO]],
        hashing: HashThread | None = None,
    ) -> None:
        """`expected` is the padded length; `accept` raises SealingError for a manifest that is not wanted."""
        self.expected = expected
        self.manifest: PlainManifest | None = None
        self.taken = 0
        self._accept, self._open_file = accept, open_file
        self._head = b""
        self._fault: SealingError | None = None
        self._place, self._left = -1, 0
        self._target: BinaryIO
        self._stack, self._hashing = ExitStack(), hashing

    def write(self, data: memoryview, /) -> int:
        """Take all of `data`."""
        self.taken += len(data)
        if self._fault is None:
            try:
                self._take(data)
            except SealingError as fault:
                self._fault = fault
                self._stack.close()
        return len(data)

    def finish(self) -> PlainManifest:
        """The manifest of a whole and sound container.  Raises SealingError."""
        self._stack.close()
        if self.taken != self.expected:
            raise SealingError("wrong-length", f"{self.taken} bytes instead of {self.expected}")
        if self._fault is not None:
            raise self._fault
        if self.manifest is None:
            raise SealingError("malformed-manifest", "the container ends before its manifest")
        return self.manifest

    def abort(self) -> None:
        """Close what is open."""
        self._stack.close()

    def _take(self, data: memoryview) -> None:
        if self.manifest is None:
            data = self._begin(data)
        while data and self.manifest is not None and self._place < len(self.manifest.files):
            part = data[: self._left]
            self._target.write(part)
            self._hash.update(part)
            self._left -= len(part)
            data = data[len(part) :]
            if not self._left:
                self._end_file()
        if data and bytes(data).strip(b"\0"):
            raise SealingError("wrong-padding", "the padding is not zero")

    def _begin(self, data: memoryview) -> memoryview:
        self._head += bytes(data)
        if len(self._head) < _LENGTH_BYTES:
            return memoryview(b"")
        length = int.from_bytes(self._head[:_LENGTH_BYTES], "big")
        if length > MAX_MANIFEST:
            raise SealingError("malformed-manifest", "the manifest is too long")
        end = _LENGTH_BYTES + length
        if len(self._head) < end:
            return memoryview(b"")
        encoded, rest = self._head[_LENGTH_BYTES:end], self._head[end:]
        self._head = b""
        manifest = _manifest(encoded)
        self._accept(manifest)
        if padded(end + sum(file.size for file in manifest.files)) != self.expected:
            raise SealingError("wrong-padding", "the sizes do not give the padded length")
        self.manifest = manifest
        self._next_file()
        return memoryview(rest)

    def _next_file(self) -> None:
        manifest = self.manifest
        while manifest is not None:
            self._place += 1
            if self._place == len(manifest.files):
                return
            file = manifest.files[self._place]
            self._left, self._hash = file.size, HashedFile(self._hashing, file.size)
            self._target = self._stack.enter_context(self._open_file(self._place, file))
            if file.size:
                return
            self._check_file(file)

    def _end_file(self) -> None:
        if self.manifest is not None:
            self._check_file(self.manifest.files[self._place])
        self._next_file()

    def _check_file(self, file: PlainFile) -> None:
        self._stack.close()
        if self._hash.hexdigest() != file.sha256:
            raise SealingError("wrong-file", f"{file.name} is not what the manifest says")


def _manifest(encoded: bytes) -> PlainManifest:
    try:
        manifest = PlainManifest.from_json(parse(encoded, MAX_MANIFEST))
        if canonical(manifest.to_json()) != encoded:
            raise Malformed("the manifest is not canonical")
    except Malformed as error:
        raise SealingError("malformed-manifest", error.detail) from error
    return manifest
