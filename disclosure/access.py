"""Who may follow what: everything here is public."""

from __future__ import annotations

from core.errors import NotFound
from parties.access import Actor

STREAMS = frozenset({"notices", "transactions"})


def stream_to_view(actor: Actor, key: str) -> None:
    """Let anyone follow `market.notices` and `market.transactions`; raises NotFound for any other key."""
    if key not in STREAMS:
        raise NotFound()
