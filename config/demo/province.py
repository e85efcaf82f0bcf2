"""What every story of the demonstration needs: the people, their passkeys, the clock, the log."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from random import Random
from typing import Any

from config import clockwork
from config.demo import papers
from config.demo.people import Accounts
from config.demo.timeline import Timeline
from config.softkey import SoftKey
from parties import inbox_page
from parties.access import Actor
from parties.services import signing


@dataclass
class Province:
    """The people by role, and what they act with. `workers` are processes for what bidders do on their own machines."""

    actors: dict[str, Actor]
    accounts: Accounts
    time: Timeline
    rng: Random
    workers: Executor
    keys: dict[uuid.UUID, SoftKey] = field(default_factory=dict)
    begun: dict[tuple[Any, ...], Future[bytes]] = field(default_factory=dict)
    plans: dict[tuple[str, str], uuid.UUID] = field(default_factory=dict)
    """The plan that a purchaser has filed for an item."""
    purses: dict[str, dict[tuple[int, str], uuid.UUID]] = field(default_factory=dict)
    """The budget lines for the mall, by purchaser, year and kind."""

    def __post_init__(self) -> None:
        for role, row in self.accounts.items():
            self.keys[self.actors[role].require_user()] = SoftKey.load(json.dumps(row["passkey"]))

    def person(self, user_id: uuid.UUID) -> Actor:
        """Give whoever has this account."""
        return next(actor for actor in self.actors.values() if actor.user_id == user_id)

    def desk(self, org_id: uuid.UUID) -> Actor:
        """Give a person at the desk of an organisation."""
        return next(actor for actor in self.actors.values() if actor.org_id == org_id)

    def colleague(self, role: str) -> Actor:
        """Give the second person of a desk, or the only one."""
        return self.actors.get(f"{role}_colleague") or self.actors[role]

    def touch(self, actor: Actor, payload_hash: bytes, purpose: str) -> dict[str, Any]:
        """Sign an act with the person's passkey: what the browser would send."""
        user_id = actor.require_user()
        return self.keys[user_id].get(signing.begin(user_id, payload_hash, purpose))

    def print(self, title: str, *paragraphs: str) -> Callable[[], bytes]:
        """Have a paper made, once, and give how to get it."""
        return self.soon(papers.pdf, title, paragraphs)

    def soon(self, make: Callable[..., bytes], *given: Any) -> Callable[[], bytes]:
        """Have something made beside everything else, once, and give how to get it."""
        what = (make, *given)
        if what not in self.begun:
            self.begun[what] = self.workers.submit(make, *given)
        return self.begun[what].result

    def witness(self) -> None:
        """Have the clock's checkpoint made: it covers every audit chain, and the keepers cosign it."""
        clockwork.checkpoint("log")

    def accounts_now(self) -> Accounts:
        """Give the accounts with their passkeys after all that was signed, and with what waits for each of them."""
        return {
            role: {
                **row,
                "passkey": json.loads(self.keys[self.actors[role].require_user()].dump()),
                "waiting": [task.title for task in inbox_page.page(self.actors[role]).tasks],
            }
            for role, row in self.accounts.items()
        }
