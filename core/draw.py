"""Draws that anybody can repeat: names in the order of a hash, and a seed that nobody could choose. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def order_drawn(names: Iterable[str], seed: str) -> list[str]:
    """Give `names` in the order of SHA-256 over "seed:name": whoever has the seed can repeat the draw with any tool."""
    return sorted(names, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).hexdigest())


def commitment(seed: str) -> str:
    """Give what is published of a seed before it is used: SHA-256 over its text, in hex."""
    return hashlib.sha256(seed.encode()).hexdigest()


def mixed(seed: str, root: str) -> str:
    """Give the seed of a draw: SHA-256 over "seed:root".

    `seed` was committed to before the names were known, `root` is that of the log's first checkpoint after they were
    fixed: whoever made the one could not know the other.
    """
    return hashlib.sha256(f"{seed}:{root}".encode()).hexdigest()
