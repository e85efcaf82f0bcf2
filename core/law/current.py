"""The packs of this installation, read once per process. Pure: no Django, no clock.

What regulators have enacted over them is not in it: packages that have a database ask `core.enacted`.
"""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from core.law.book import Law, LawBook, load_packs

PACKS = Path(__file__).parent / "packs"
SANDBOX_PACKS = PACKS / "sandbox"


@cache
def book(sandbox: bool = False) -> LawBook:
    """Give the book of all packs; `sandbox` (SANDBOX=1) adds those that hold in a demonstration only."""
    paths = sorted(PACKS.glob("*.csv"))
    if sandbox:
        paths += sorted(SANDBOX_PACKS.glob("*.csv"))
    return load_packs(paths, sandbox=sandbox)


@lru_cache(maxsize=512)
def law(
    as_of: date,
    region: str | None = None,
    level: str | None = None,
    category: str | None = None,
    method: str | None = None,
    *,
    sandbox: bool = False,
) -> Law:
    """Give the values in force on `as_of` for one kind of procedure; see `LawBook.law`."""
    return book(sandbox).law(as_of, region, level, category, method, sandbox=sandbox)
