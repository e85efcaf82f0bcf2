"""The hash chain of a recording: each piece names the one before. Pure; `frontend/video/chain.js` says the same.

A piece that is changed, left out or put elsewhere changes every head after it; the heads stand in the audit trail, whose
seals stand in the public log.
"""

from __future__ import annotations

import hashlib
import uuid

LONGEST_PIECE = 1024 * 1024
"""Bytes in one piece of about a second, at most."""


def start(room: uuid.UUID, sitting: uuid.UUID) -> str:
    """Give what the first piece of a recording follows."""
    return _hash(f"mingcai/v1/recording\n{room}\n{sitting}\n")


def link(previous: str, n: int, part: int, begins_ms: int, sha256: str) -> str:
    """Give the head after piece `n`, whose bytes have this hash, of the `part`-th file, begun at `begins_ms` of the recording."""
    return _hash(f"{previous}\n{n}\n{part}\n{begins_ms}\n{sha256}\n")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()
