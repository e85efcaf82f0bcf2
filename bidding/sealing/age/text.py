"""Text encodings of age: unpadded canonical base64, and Bech32 without a length limit."""

from __future__ import annotations

import base64
import binascii
from functools import reduce
from operator import xor

_BECH32 = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_WORDS = bytes(range(32))
_BECH32_OF_WORD = bytes.maketrans(_WORDS, _BECH32)
_BASE32_OF_WORD = bytes.maketrans(_WORDS, _BASE32)
_WORD_OF_BASE32 = bytes.maketrans(_BASE32, _WORDS)
_WORD_OF_BECH32 = bytes(_BECH32.find(byte) % 256 for byte in range(256))
_CHECKSUM = 6
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_REMAINDERS = [
    reduce(xor, (generator for place, generator in enumerate(_GENERATORS) if top >> place & 1), 0)
    for top in range(32)
]


def encode_base64(data: bytes) -> str:
    """Standard base64 without padding."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").decode("ascii")


def decode_base64(text: bytes) -> bytes:
    """Decode canonical base64 without padding.  Raises ValueError for anything else."""
    if b"=" in text:
        raise ValueError("base64 is written without padding here")
    data = binascii.a2b_base64(text + b"=" * (-len(text) % 4), strict_mode=True)
    if binascii.b2a_base64(data, newline=False).rstrip(b"=") != text:
        raise ValueError("base64 is not canonical")
    return data


def encode_bech32(prefix: str, data: bytes) -> str:
    """Bech32 (BIP 173), lower case, any length."""
    words = base64.b32encode(data).rstrip(b"=").translate(_WORD_OF_BASE32)
    check = _polymod(_expanded(prefix) + words + bytes(_CHECKSUM)) ^ 1
    words += bytes(check >> 5 * (_CHECKSUM - 1 - place) & 31 for place in range(_CHECKSUM))
    return prefix + "1" + words.translate(_BECH32_OF_WORD).decode("ascii")


def decode_bech32(text: str) -> tuple[str, bytes]:
    """The prefix in lower case, and the bytes.  Raises ValueError: mixed case, bad checksum or stray bits."""
    if text not in (text.lower(), text.upper()) or not text.isascii():
        raise ValueError("mixed case")
    prefix, mark, rest = text.lower().rpartition("1")
    if not mark or not prefix or len(rest) < _CHECKSUM or any(not "!" <= char <= "~" for char in prefix):
        raise ValueError("not Bech32")
    words = rest.encode("ascii").translate(_WORD_OF_BECH32)
    if max(words) > 31:
        raise ValueError("not a Bech32 character")
    if _polymod(_expanded(prefix) + words) != 1:
        raise ValueError("wrong checksum")
    groups = words[:-_CHECKSUM].translate(_BASE32_OF_WORD)
    data = base64.b32decode(groups + b"=" * (-len(groups) % 8))
    if base64.b32encode(data).rstrip(b"=") != groups:
        raise ValueError("stray bits")
    return prefix, data


def _expanded(prefix: str) -> bytes:
    return bytes([ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix])


def _polymod(values: bytes) -> int:
    check = 1
    for value in values:
        check = (check & 0x1FFFFFF) << 5 ^ value ^ _REMAINDERS[check >> 25]
    return check
