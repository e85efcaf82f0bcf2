"""Whole age files: encrypt, decrypt, and look at one without a key."""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from bidding.sealing.age import stream
from bidding.sealing.age.armor import ArmorReader, ArmorWriter, looks_armored
from bidding.sealing.age.errors import HeaderFailure, NoMatch
from bidding.sealing.age.header import (
    FILE_KEY_BYTES,
    NONCE_BYTES,
    Header,
    LineSource,
    Stanza,
    payload_key,
    read_header,
    write_header,
)
from bidding.sealing.age.recipients import HYBRID, SCRYPT, Identity, Recipient, check_stanzas

_SNIFF = 4096
_BUFFER = 1 << 16


class Source(stream.Readable, LineSource, Protocol):
    """What a binary age file is read from."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a binary age file tells without a key: its stanzas, and the bytes of its chunks."""

    stanzas: tuple[Stanza, ...]
    sealed_length: int

    def plain_length(self) -> int:
        """Bytes of plaintext.  Raises ValueError when the payload cannot be whole."""
        return stream.plain_length(self.sealed_length)


def encrypt(
    source: stream.Readable,
    target: stream.Writable,
    recipients: Sequence[Recipient],
    *,
    armored: bool = False,
) -> None:
    """Encrypt `source` to its end for all `recipients`.

    Raises ValueError for no recipient, a passphrase beside others, or a hybrid one beside one that a quantum
    computer breaks; BadKey for a recipient that cannot be written to.
    """
    kinds = [recipient.kind for recipient in recipients]
    if not kinds or (SCRYPT in kinds and len(kinds) > 1) or (HYBRID in kinds and set(kinds) != {HYBRID}):
        raise ValueError("these recipients cannot share a file")
    file_key, nonce = os.urandom(FILE_KEY_BYTES), os.urandom(NONCE_BYTES)
    stanzas = [recipient.wrap(file_key) for recipient in recipients]
    sink = ArmorWriter(target) if armored else target
    stream.drain(sink, memoryview(write_header(stanzas, file_key) + nonce))
    stream.encrypt(payload_key(file_key, nonce), source, sink)
    if isinstance(sink, ArmorWriter):
        sink.close()


def decrypt(source: BinaryIO, target: stream.Writable, identities: Sequence[Identity]) -> None:
    """Decrypt a binary or armored file; `source` supports `peek`, as files opened for reading do.

    Raises an AgeError; its `outcome` is the first that applies: armor, header, no match, HMAC, payload.
    Without identities the file is still parsed.  Throw away what was written before a PayloadFailure.
    """
    decrypt_binary(cast(Source, dearmored(source)), target, identities)


def decrypt_binary(source: Source, target: stream.Writable, identities: Sequence[Identity]) -> None:
    """Decrypt a file that must not be armored.  Raises as `decrypt`."""
    header, nonce = _opening(source)
    file_key = _unwrap(header, identities)
    header.verify(file_key)
    stream.decrypt(payload_key(file_key, nonce), source, target)


def encrypt_file(path: Path, out: Path, recipients: Sequence[Recipient], *, armored: bool = False) -> None:
    """Encrypt a file to a file.  `out` appears whole or not at all.  Raises as `encrypt`, and OSError."""
    with path.open("rb", buffering=0) as source, replacing(path, out) as target:
        encrypt(cast(stream.Readable, source), target, recipients, armored=armored)


def decrypt_file(path: Path, out: Path, identities: Sequence[Identity]) -> None:
    """Decrypt a file to a file.  After a refusal `out` does not exist.  Raises as `decrypt`, and OSError."""
    with path.open("rb", buffering=_BUFFER) as source, replacing(path, out) as target:
        decrypt(source, target, identities)


def encrypt_bytes(plain: bytes, recipients: Sequence[Recipient]) -> bytes:
    """The age file of a short text.  Raises as `encrypt`."""
    target = io.BytesIO()
    encrypt(io.BytesIO(plain), target, recipients)
    return target.getvalue()


def decrypt_bytes(sealed: bytes, identities: Sequence[Identity]) -> bytes:
    """The plaintext of a short age file.  Raises as `decrypt`."""
    target = io.BytesIO()
    decrypt(io.BufferedReader(cast(io.RawIOBase, io.BytesIO(sealed))), target, identities)
    return target.getvalue()


def inspect(path: Path) -> Inspection:
    """Parse a binary file's header without a key.  Raises HeaderFailure (also for armor), OSError."""
    with path.open("rb") as source:
        header = read_header(source)
        check_stanzas(header.stanzas)
        size = os.fstat(source.fileno()).st_size
    return Inspection(header.stanzas, size - header.length - NONCE_BYTES)


def dearmored(source: BinaryIO) -> BinaryIO:
    """`source` itself, or its armor's content.  `source` supports `peek`."""
    start = cast(io.BufferedReader, source).peek(_SNIFF)[:_SNIFF]
    return io.BufferedReader(ArmorReader(source), _BUFFER) if looks_armored(start) else source


@contextmanager
def replacing(path: Path, out: Path) -> Iterator[io.RawIOBase]:
    """Write `out` beside its place and move it there at the end; whatever stood there is gone either way.

    Devices and pipes are written to directly.  Raises OSError, ValueError when `out` is `path` itself.
    """
    if out.exists():
        if out.samefile(path):
            raise ValueError("the output is the input")
        if not out.is_file():
            with out.open("wb", buffering=0) as target:
                yield target
            return
        out.unlink()
    part = out.with_name(f".{out.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb", buffering=0) as target:
            yield target
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _opening(source: Source) -> tuple[Header, bytes]:
    header = read_header(source)
    check_stanzas(header.stanzas)
    nonce = source.read(NONCE_BYTES)
    if len(nonce) != NONCE_BYTES:
        raise HeaderFailure("the file ends before its nonce")
    return header, nonce


def _unwrap(header: Header, identities: Iterable[Identity]) -> bytes:
    for identity in identities:
        for stanza in header.stanzas:
            file_key = identity.unwrap(stanza)
            if file_key is not None:
                return file_key
    raise NoMatch("no identity at hand opens this file")
