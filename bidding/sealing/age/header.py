"""The textual header of an age file: its grammar, read strictly and written canonically."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bidding.sealing.age.errors import HeaderFailure, HmacFailure
from bidding.sealing.age.text import decode_base64, encode_base64

MAX_HEADER_BYTES = 4 << 20
"""A longer header is refused: some two thousand hybrid recipients fit."""

FILE_KEY_BYTES = 16
NONCE_BYTES = 16
_VERSION = b"age-encryption.org/v1\n"
_COLUMNS = 64
_STANZA = re.compile(rb"->((?: [!-~]+)+)\n")
_BODY = re.compile(rb"[A-Za-z0-9+/]{0,64}\n")
_END = re.compile(rb"--- ([A-Za-z0-9+/]{43})\n")


class LineSource(Protocol):
    """Gives lines."""

    def readline(self, limit: int = -1, /) -> bytes:
        """One line with its end, at most `limit` bytes; empty at the end."""


@dataclass(frozen=True, slots=True)
class Stanza:
    """One wrapped file key: its arguments (the first names the type) and its body."""

    arguments: tuple[str, ...]
    body: bytes

    def encode(self) -> bytes:
        """The stanza's lines."""
        text = encode_base64(self.body)
        lines = [text[start : start + _COLUMNS] for start in range(0, len(text) + 1, _COLUMNS)]
        return "\n".join(["-> " + " ".join(self.arguments), *lines, ""]).encode("ascii")


@dataclass(frozen=True, slots=True)
class Header:
    """A parsed header; `signed` are the bytes under the MAC, `length` counts the whole header."""

    stanzas: tuple[Stanza, ...]
    mac: bytes
    signed: bytes
    length: int

    def verify(self, file_key: bytes) -> None:
        """Check the MAC.  Raises HmacFailure."""
        if not hmac.compare_digest(_mac(file_key, self.signed), self.mac):
            raise HmacFailure("the header was changed")


def read_header(source: LineSource) -> Header:
    """Read one header and leave `source` at the payload.  Raises HeaderFailure."""
    lines = _Lines(source)
    if lines.next() != _VERSION:
        raise HeaderFailure("not an age v1 file")
    stanzas = []
    line = lines.next()
    while (match := _STANZA.fullmatch(line)) is not None:
        stanzas.append(Stanza(tuple(match[1].decode("ascii")[1:].split(" ")), _body(lines)))
        line = lines.next()
    end = _END.fullmatch(line)
    if end is None or not stanzas:
        raise HeaderFailure("a line is neither a stanza nor the end of the header")
    try:
        mac = decode_base64(end[1])
    except ValueError as error:
        raise HeaderFailure("the header's MAC is not canonical base64") from error
    read = bytes(lines.read)
    return Header(tuple(stanzas), mac, read[: len(read) - len(line) + 3], len(read))


def write_header(stanzas: list[Stanza], file_key: bytes) -> bytes:
    """The header's bytes, with its MAC."""
    signed = _VERSION + b"".join(stanza.encode() for stanza in stanzas) + b"---"
    return signed + b" " + encode_base64(_mac(file_key, signed)).encode("ascii") + b"\n"


def payload_key(file_key: bytes, nonce: bytes) -> bytes:
    """The key of the payload's chunks."""
    return HKDF(SHA256(), 32, salt=nonce, info=b"payload").derive(file_key)


def _mac(file_key: bytes, signed: bytes) -> bytes:
    return hmac.digest(HKDF(SHA256(), 32, salt=None, info=b"header").derive(file_key), signed, "sha256")


def _body(lines: _Lines) -> bytes:
    encoded = []
    while True:
        line = lines.next()
        if _BODY.fullmatch(line) is None:
            raise HeaderFailure("a stanza's body is not wrapped base64")
        encoded.append(line[:-1])
        if len(line) <= _COLUMNS:
            break
    try:
        return decode_base64(b"".join(encoded))
    except ValueError as error:
        raise HeaderFailure("a stanza's body is not canonical base64") from error


class _Lines:
    """Reads whole lines and keeps what was read, up to the bound of a header."""

    def __init__(self, source: LineSource) -> None:
        self.source = source
        self.read = bytearray()

    def next(self) -> bytes:
        line = self.source.readline(MAX_HEADER_BYTES - len(self.read))
        if not line.endswith(b"\n"):
            raise HeaderFailure("the header ends early or is too long")
        self.read += line
        return line
