"""Draws of experts that anybody can repeat from the public log, where codes stand for names. Pure.

Before the draw the log fixes the pool and the hash of a seed; the root of its next checkpoint is mixed into the seed, so
that nobody could choose what comes out. The code of an expert is a salted hash: it tells nobody who it is.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from core.canonical import NotJson, NotStrict, digest, read_json
from core.draw import commitment, mixed, order_drawn
from core.ledger import tlog

POOL, DRAWN = "mingcai/v1/expert-pool-entry", "mingcai/v1/draw-entry"
CODE_LENGTH = 32


def code(salt: str, number: str) -> str:
    """Give what stands for an expert in public: the first 32 hex digits of SHA-256 over "salt:number"."""
    return hashlib.sha256(f"{salt}:{number}".encode()).hexdigest()[:CODE_LENGTH]


def turn_of(seed: str, root: str, turn: int) -> str:
    """Give the seed of the first draw, or of a later one (`turn` 2 …) for a seat that became free."""
    first = mixed(seed, root)
    return first if turn == 1 else f"{first}.{turn}"


def outcome(codes: Iterable[str], wanted: int, seed: str, *, struck: Iterable[str] = ()) -> list[str]:
    """Give who is drawn: the codes that come first by SHA-256 of "seed:code", without those struck out."""
    out = set(struck)
    return [one for one in order_drawn(codes, seed) if one not in out][:wanted]


def pool_entry(tender: str, codes: Iterable[str], wanted: int, seed: str) -> dict[str, Any]:
    """Give what the log fixes before the draw."""
    return {
        "type": POOL,
        "tender": tender,
        "sha256": commitment(seed),
        "pool": digest(sorted(codes)).hex(),
        "wanted": wanted,
    }


def problems(entries: Sequence[bytes], tender: str) -> list[str]:
    """Repeat every draw of a tender that the log holds, and say in one line each what does not fit; none for sound draws.

    `entries` is the whole log. A pool that was fixed and never drawn from is named too: a seed may not be thrown away.
    """
    rows = [(index, row) for index, row in enumerate(map(_read, entries)) if row.get("tender") == tender]
    draws = [(index, row["draw"]) for index, row in rows if row.get("type") == DRAWN and "draw" in row]
    found = []
    for index, row in rows:
        if row.get("type") == POOL and not any(_first_of(draw, index) for _, draw in draws):
            found.append(f"entry {index}: this pool was never drawn from")
    turns: dict[int, int] = defaultdict(int)
    sitting: dict[int, set[str]] = defaultdict(set)
    for index, draw in draws:
        try:
            found += [f"entry {index}: {problem}" for problem in _wrong(entries, tender, index, draw)]
            pool, turn = int(draw["index"]), int(draw["turn"])
            if turn <= turns[pool]:
                found.append(f"entry {index}: drawn a second time")
            elif turn > turns[pool] + 1:
                found.append(f"entry {index}: a turn before it is missing")
            elif turn > 1 and draw.get("freed") not in sitting[pool]:
                found.append(f"entry {index}: it fills the seat of nobody who was drawn and left")
            turns[pool] = max(turn, turns[pool])
            sitting[pool] = sitting[pool] - {draw.get("freed")} | set(draw["drawn"])
        except (KeyError, TypeError, ValueError, IndexError):
            found.append(f"entry {index}: the draw cannot be read")
    return found


def _first_of(draw: Any, index: int) -> bool:
    return isinstance(draw, dict) and draw.get("index") == index and draw.get("turn") == 1


def _wrong(entries: Sequence[bytes], tender: str, index: int, draw: dict[str, Any]) -> list[str]:
    fixed = _read(entries[draw["index"]])
    codes, turn = list(draw["pool"]), int(draw["turn"])
    checks = {
        "its pool was not fixed before": fixed.get("type") == POOL and fixed.get("tender") == tender,
        "the checkpoint is not between pool and draw": 0 <= draw["index"] < draw["size"] <= index,
        "the seed is not the one committed to": commitment(draw["seed"]) == fixed.get("sha256"),
        "the pool is not the one fixed": digest(sorted(codes)).hex() == fixed.get("pool"),
        "the root is not that of the checkpoint": _root(entries[: draw["size"]]) == draw["root"],
        "other experts follow from the seed": draw["drawn"]
        == outcome(
            codes,
            fixed.get("wanted", 0) if turn == 1 else 1,
            turn_of(draw["seed"], draw["root"], turn),
            struck=draw["struck"],
        ),
    }
    return [problem for problem, holds in checks.items() if not holds]


def _root(entries: Sequence[bytes]) -> str:
    frontier = tlog.Frontier()
    for entry in entries:
        frontier.append(tlog.leaf_hash(entry))
    return frontier.root().hex()


def _read(entry: bytes) -> dict[str, Any]:
    try:
        row = read_json(entry)
    except (NotJson, NotStrict):
        return {}
    return row if isinstance(row, dict) else {}
