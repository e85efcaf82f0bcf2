"""Bytes under every hash and key: labels, joins, hashes, derivations (FORMAT.md 1.1 and 1.2)."""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bidding.sealing.errors import Malformed
from core.canonical import NotCanonical, NotJson, NotStrict, read_json
from core.canonical import canonical as _canonical

PREFIX = "mingcai/v1/"


def label(word: str) -> bytes:
    """The ASCII label of `word`."""
    return (PREFIX + word).encode("ascii")


def join(*parts: bytes) -> bytes:
    """`a | b | …`: every part with its length in front, 4 bytes big-endian."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def h(*parts: bytes) -> bytes:
    """SHA-256 over the parts one after the other: 32 bytes."""
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(part)
    return hashed.digest()


def labelled(word: str, *parts: bytes) -> bytes:
    """H of the join of a label and `parts`."""
    return h(join(label(word), *parts))


def derive(secret: bytes, word: str) -> bytes:
    """HKDF(secret, word): 32 bytes."""
    return HKDF(SHA256(), 32, salt=None, info=label(word)).derive(secret)


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256: 32 bytes."""
    return hmac.digest(key, message, "sha256")


def canonical(value: object) -> bytes:
    """RFC 8785 bytes.  Raises Malformed for what has none."""
    try:
        return _canonical(value)
    except NotCanonical as error:
        raise Malformed(str(error)) from error


def parse(data: bytes, max_bytes: int) -> object:
    """Read one JSON value strictly.  Raises Malformed."""
    if len(data) > max_bytes:
        raise Malformed(f"longer than {max_bytes} bytes")
    try:
        return read_json(data)
    except (NotJson, NotStrict) as error:
        raise Malformed(str(error)) from error
