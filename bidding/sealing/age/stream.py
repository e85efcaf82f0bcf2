"""The payload of an age file: STREAM over 64 KiB chunks of ChaCha20-Poly1305, several chunks per read.

Memory is one input and one output buffer whatever the size; no Python runs per byte.  A buffer has one
byte more than its whole chunks: when it fills up, none of these chunks is the last.
"""

from __future__ import annotations

from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from bidding.sealing.age.errors import PayloadFailure

CHUNK = 64 * 1024
TAG = 16
SEALED_CHUNK = CHUNK + TAG
_BATCH = 8


class Readable(Protocol):
    """Fills a buffer; 0 means the end."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Bytes read, 0 at the end."""


class Writable(Protocol):
    """Takes bytes.  The buffer is reused after the call, so a writer that keeps it must copy."""

    def write(self, data: memoryview, /) -> object:
        """Write all of `data`, or say how many bytes were taken."""


def sealed_length(plain: int) -> int:
    """Bytes of the chunks for `plain` bytes (without nonce and header)."""
    return plain + TAG * max(1, -(-plain // CHUNK))


def plain_length(sealed: int) -> int:
    """Bytes of plaintext in `sealed` bytes of chunks.  Raises ValueError for a length no plaintext gives."""
    chunks = -(-sealed // SEALED_CHUNK)
    plain = sealed - TAG * chunks
    if plain < 0 or sealed_length(plain) != sealed:
        raise ValueError("not a whole number of chunks")
    return plain


def encrypt(key: bytes, source: Readable, target: Writable) -> None:
    """Encrypt `source` to its end under a fresh 32-byte `key`."""
    aead = ChaCha20Poly1305(key)
    plain, sealed = memoryview(bytearray(_BATCH * CHUNK + 1)), memoryview(bytearray(_BATCH * SEALED_CHUNK))
    counter, have = 0, fill(source, plain, 0)
    while have == len(plain):
        for place in range(_BATCH):
            aead.encrypt_into(
                _nonce(counter, last=False),
                plain[place * CHUNK : (place + 1) * CHUNK],
                None,
                sealed[place * SEALED_CHUNK : (place + 1) * SEALED_CHUNK],
            )
            counter += 1
        drain(target, sealed)
        plain[:1] = plain[-1:]
        have = fill(source, plain, 1)
    written = start = 0
    while True:
        end = min(start + CHUNK, have)
        size = end - start + TAG
        aead.encrypt_into(
            _nonce(counter, last=end == have), plain[start:end], None, sealed[written : written + size]
        )
        counter, start, written = counter + 1, end, written + size
        if end == have:
            break
    drain(target, sealed[:written])


def decrypt(key: bytes, source: Readable, target: Writable) -> None:
    """Decrypt `source` to its end; only authentic chunks reach `target`.

    Raises PayloadFailure when the payload is cut, extended or changed; chunks before the fault were written.
    """
    aead = ChaCha20Poly1305(key)
    sealed, plain = memoryview(bytearray(_BATCH * SEALED_CHUNK + 1)), memoryview(bytearray(_BATCH * CHUNK))
    counter, have = 0, fill(source, sealed, 0)
    while have == len(sealed):
        for place in range(_BATCH):
            chunk = sealed[place * SEALED_CHUNK : (place + 1) * SEALED_CHUNK]
            try:
                aead.decrypt_into(
                    _nonce(counter, last=False), chunk, None, plain[place * CHUNK : (place + 1) * CHUNK]
                )
            except InvalidTag:
                _fail(aead, target, plain[: place * CHUNK], chunk, counter, last=False)
            counter += 1
        drain(target, plain)
        sealed[:1] = sealed[-1:]
        have = fill(source, sealed, 1)
    _decrypt_rest(aead, target, sealed[:have], plain, counter)


def _decrypt_rest(
    aead: ChaCha20Poly1305, target: Writable, sealed: memoryview, plain: memoryview, counter: int
) -> None:
    start = written = 0
    while True:
        chunk = sealed[start : start + SEALED_CHUNK]
        start += len(chunk)
        last, size = start == len(sealed), len(chunk) - TAG
        if size < 0 or (size == 0 and counter):
            drain(target, plain[:written])
            raise PayloadFailure("the payload ends within a chunk, or with an empty one")
        try:
            aead.decrypt_into(_nonce(counter, last=last), chunk, None, plain[written : written + size])
        except InvalidTag:
            _fail(aead, target, plain[:written], chunk, counter, last=last)
        counter, written = counter + 1, written + size
        if last:
            break
    drain(target, plain[:written])


def _fail(
    aead: ChaCha20Poly1305,
    target: Writable,
    before: memoryview,
    chunk: memoryview,
    counter: int,
    *,
    last: bool,
) -> None:
    drain(target, before)
    if len(chunk) == SEALED_CHUNK:
        try:
            plain = aead.decrypt(_nonce(counter, last=not last), chunk, None)
        except InvalidTag:
            raise PayloadFailure("a chunk of the payload was changed") from None
        drain(target, memoryview(plain))
        raise PayloadFailure("the payload goes on after its last chunk, or has none")
    raise PayloadFailure("a chunk of the payload was changed")


def fill(source: Readable, buffer: memoryview, have: int) -> int:
    """Read until `buffer` is full or `source` ends, starting at `have`; return how much it holds."""
    while have < len(buffer):
        count = source.readinto(buffer[have:])
        if not count:
            break
        have += count
    return have


def drain(target: Writable, data: memoryview) -> None:
    """Write all of `data`, also to unbuffered files that take less at a time."""
    while data:
        count = target.write(data)
        if not isinstance(count, int) or count >= len(data):
            return
        data = data[count:]


def _nonce(counter: int, *, last: bool) -> bytes:
    return counter.to_bytes(11, "big") + (b"\x01" if last else b"\x00")
