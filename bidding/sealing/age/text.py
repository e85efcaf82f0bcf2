"""Text encodings of age: unpadded canonical base64, and Bech32 without a length limit."""

from __future__ import annotations

import binascii

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {char: value for value, char in enumerate(_ALPHABET)}
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM = 6


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
    words = _regroup(data, 8, 5, pad=True)
    polynomial = _polymod(_expanded(prefix) + words + [0] * _CHECKSUM) ^ 1
    checksum = [polynomial >> 5 * (_CHECKSUM - 1 - place) & 31 for place in range(_CHECKSUM)]
    return prefix + "1" + "".join(_ALPHABET[word] for word in words + checksum)


def decode_bech32(text: str) -> tuple[str, bytes]:
    """The prefix in lower case and the bytes.  Raises ValueError for mixed case, a bad checksum or stray bits."""
    if text not in (text.lower(), text.upper()):
        raise ValueError("mixed case")
    prefix, mark, rest = text.lower().rpartition("1")
    if not mark or not prefix or len(rest) < _CHECKSUM or any(not "!" <= char <= "~" for char in prefix):
        raise ValueError("not Bech32")
    try:
        words = [_VALUES[char] for char in rest]
    except KeyError as error:
        raise ValueError("not a Bech32 character") from error
    if _polymod(_expanded(prefix) + words) != 1:
        raise ValueError("wrong checksum")
    return prefix, bytes(_regroup(words[:-_CHECKSUM], 5, 8, pad=False))


def _expanded(prefix: str) -> list[int]:
    return [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATORS):
            if top >> place & 1:
                check ^= generator
    return check


def _regroup(values: bytes | list[int], source: int, target: int, *, pad: bool) -> list[int]:
    accumulator = bits = 0
    groups = []
    for value in values:
        accumulator = (accumulator << source | value) & (1 << source + target - 1) - 1
        bits += source
        while bits >= target:
            bits -= target
            groups.append(accumulator >> bits & (1 << target) - 1)
    left = accumulator & (1 << bits) - 1
    if pad and bits:
        groups.append(left << target - bits)
    elif not pad and (bits >= source or left):
        raise ValueError("stray bits")
    return groups
