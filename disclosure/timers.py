"""What the clock has this package do."""

from __future__ import annotations

from disclosure import bulk as files
from disclosure.services.numbers import bulk_begins


def bulk(subject: str) -> None:
    """Make the bulk files anew; publications from now on ask for the next time."""
    bulk_begins()
    files.make()
