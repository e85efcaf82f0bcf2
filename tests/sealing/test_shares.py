"""Splitting and combining: any k give the secret back, fewer or changed ones never silently something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidding.sealing import shares
from bidding.sealing.encoding import h
from bidding.sealing.errors import BadShares
from bidding.sealing.plain import commitment


@st.composite
def dealings(draw):
    secret = draw(st.binary(min_size=1, max_size=48))
    n = draw(st.integers(2, 12))
    k = draw(st.integers(2, n))
    chosen = draw(st.permutations(range(n)))[: draw(st.integers(k, n))]
    return secret, n, k, chosen


@given(dealings())
def test_any_k_shares_give_the_secret_back(dealing):
    secret, n, k, chosen = dealing
    dealt = shares.split(secret, n, k)
    assert [share[-1] for share in dealt] == list(range(1, n + 1))
    assert shares.combine([dealt[place] for place in chosen], k) == secret


@given(dealings(), st.data())
def test_fewer_than_k_shares_fit_every_secret(dealing, data):
    secret, n, k, _ = dealing
    dealt = shares.split(secret, n, k)
    other = data.draw(st.binary(min_size=len(secret), max_size=len(secret)))
    forged = shares.at([other + b"\x00", *dealt[: k - 1]], n) + bytes([n])
    if k - 1 < n:
        assert shares.at([*dealt[: k - 1], forged], 0) == other


@given(st.binary(min_size=32, max_size=32), st.integers(1, 255), st.data())
def test_flipping_any_byte_of_a_share_breaks_its_commitment(secret, i, data):
    share = secret + bytes([i])
    ctx_digest, salt = h(b"ctx"), h(b"salt")
    place = data.draw(st.integers(0, 32))
    mask = data.draw(st.integers(1, 255))
    flipped = share[:place] + bytes([share[place] ^ mask]) + share[place + 1 :]
    assert commitment(ctx_digest, i, flipped, salt) != commitment(ctx_digest, i, share, salt)


@given(dealings(), st.data())
def test_a_changed_share_beyond_the_kth_is_noticed(dealing, data):
    secret, n, k, _ = dealing
    if k == n:
        return
    dealt = shares.split(secret, n, k)
    place = data.draw(st.integers(0, k))
    byte = data.draw(st.integers(0, len(secret) - 1))
    share = dealt[place]
    dealt[place] = share[:byte] + bytes([share[byte] ^ data.draw(st.integers(1, 255))]) + share[byte + 1 :]
    with pytest.raises(BadShares):
        shares.combine(dealt[: k + 1], k)


@pytest.mark.parametrize(
    ("secret", "n", "k"),
    [(b"", 3, 2), (b"s", 3, 1), (b"s", 3, 0), (b"s", 2, 3), (b"s", 256, 2), (b"s", -1, 2)],
)
def test_impossible_splits_are_refused(secret, n, k):
    with pytest.raises(BadShares):
        shares.split(secret, n, k)


def test_coefficients_must_be_k_minus_1_strings_of_the_secrets_length():
    assert shares.split(b"ab", 3, 2, coefficients=[b"cd"])
    for wrong in ([], [b"c"], [b"cd", b"ef"]):
        with pytest.raises(BadShares):
            shares.split(b"ab", 3, 2, coefficients=wrong)


def test_every_field_product_agrees_with_long_multiplication():
    def slow(a, b):
        product = 0
        while b:
            product ^= a if b & 1 else 0
            a = a << 1 ^ (0x11B if a & 0x80 else 0)
            b >>= 1
        return product

    for a in range(256):
        row = (
            shares.split(bytes(256), 255, 2, coefficients=[bytes(range(256))])[a - 1][:-1]
            if a
            else bytes(256)
        )
        assert list(row) == [slow(a, b) for b in range(256)]
