"""Shamir's secret sharing over GF(2^8), FORMAT.md 3.4.

Bytes are multiplied by whole rows (`bytes.translate`) and added as big integers, so no Python runs per
byte.  Table look-ups are not constant-time: split and combine on machines that nobody else observes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from bidding.sealing.errors import BadShares

MAX_SHARES = 255
MIN_NEEDED = 2
_POLYNOMIAL = 0x11B


def _powers() -> tuple[list[int], list[int]]:
    """Powers of the generator 3 (twice over), and logarithms."""
    power, logarithm, value = [], [0] * 256, 1
    for exponent in range(255):
        power.append(value)
        logarithm[value] = exponent
        value ^= value << 1 ^ (_POLYNOMIAL if value & 0x80 else 0)
    return power * 2, logarithm


_POWER, _LOG = _powers()
_ROWS = [bytes(256)] + [
    bytes([0] + [_POWER[_LOG[a] + _LOG[b]] for b in range(1, 256)]) for a in range(1, 256)
]


def split(
    secret: bytes,
    n: int,
    k: int,
    *,
    coefficients: Sequence[bytes] | None = None,
    rng: Callable[[int], bytes] = os.urandom,
) -> list[bytes]:
    """Split `secret` into n shares, any k of which give it back; share i ends in the byte i, counted from 1.

    `coefficients` are the k-1 random strings, lowest power first; else `rng` draws them.  Raises BadShares.
    """
    if not secret:
        raise BadShares("the secret is empty")
    if not MIN_NEEDED <= k <= n <= MAX_SHARES:
        raise BadShares("2 <= k <= n <= 255 does not hold")
    terms = [rng(len(secret)) for _ in range(k - 1)] if coefficients is None else list(coefficients)
    if len(terms) != k - 1 or any(len(term) != len(secret) for term in terms):
        raise BadShares("there are k-1 coefficients, each as long as the secret")
    shares = []
    for x in range(1, n + 1):
        value = bytes(len(secret))
        for term in [*reversed(terms), secret]:
            value = _add(value.translate(_ROWS[x]), term)
        shares.append(value + bytes([x]))
    return shares


def combine(shares: Sequence[bytes], k: int) -> bytes:
    """The secret of k or more shares; those beyond the k-th must fit the others.  Raises BadShares."""
    check(shares, k)
    used = shares[:k]
    if any(at(used, share[-1]) != share[:-1] for share in shares[k:]):
        raise BadShares("the shares are not of one secret")
    return at(used, 0)


def check(shares: Sequence[bytes], k: int) -> None:
    """Refuse what must never be interpolated (x = 0 would silently *be* the secret).  Raises BadShares."""
    if not MIN_NEEDED <= k <= MAX_SHARES:
        raise BadShares("2 <= k <= 255 does not hold")
    if any(len(share) < 2 for share in shares):
        raise BadShares("a share is empty")
    if len({len(share) for share in shares}) > 1:
        raise BadShares("the shares have unequal lengths")
    points = [share[-1] for share in shares]
    if 0 in points:
        raise BadShares("a share has x = 0")
    if len(set(points)) != len(points):
        raise BadShares("two shares have the same x")
    if len(shares) < k:
        raise BadShares(f"too few shares: {len(shares)} of {k}")


def at(shares: Sequence[bytes], x: int) -> bytes:
    """The y bytes at `x` of the polynomial through all `shares`, which `check` has passed."""
    total = bytes(len(shares[0]) - 1)
    for share in shares:
        weight = 1
        for other in shares:
            if other is not share:
                weight = _multiply(weight, _divide(x ^ other[-1], share[-1] ^ other[-1]))
        total = _add(total, share[:-1].translate(_ROWS[weight]))
    return total


def _add(a: bytes, b: bytes) -> bytes:
    return (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).to_bytes(len(a), "big")


def _multiply(a: int, b: int) -> int:
    return _ROWS[a][b]


def _divide(a: int, b: int) -> int:
    return _ROWS[a][_POWER[255 - _LOG[b]]]
