"""People of an opening who sign: a supervisor, a host; with passkeys in software."""

from __future__ import annotations

from typing import Any

from config.softkey import SoftKey
from core.canonical import digest
from parties.services import passkeys, signing

ORIGIN = "http://localhost:8000"


class Hand:
    """A person's passkey: `touch` signs one body for one purpose."""

    def __init__(self, actor: Any) -> None:
        self.actor = actor
        self.key = SoftKey("localhost", ORIGIN)
        passkeys.add(actor.user_id, "test", self.key.create(passkeys.creation_options(actor.user_id)))

    def touch(self, body: Any, purpose: str) -> dict[str, Any]:
        return self.key.get(signing.begin(self.actor.user_id, digest(body), purpose))
