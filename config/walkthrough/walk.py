"""The walk: who walks, what was made, how long each step took."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from config.walkthrough.person import Failed, Person

WAIT_SECONDS = 120.0


@dataclass
class Step:
    """One step done."""

    name: str
    url: str
    ids: dict[str, Any]
    seconds: float


@dataclass
class Walk:
    """The whole walk: accounts, people who are signed in, and what has been made so far."""

    base: str
    accounts: dict[str, dict[str, Any]]
    tell: Callable[[str], None] = lambda text: None
    steps: list[Step] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)

    def person(self, role: str) -> Person:
        """Give somebody, signed in."""
        if role not in self.people:
            if role not in self.accounts:
                raise Failed(f"there is no account for {role!r}")
            one = Person(self.base, self.accounts[role])
            one.sign_in()
            self.people[role] = one
        return self.people[role]

    def public(self) -> Person:
        """Give somebody who is not signed in."""
        if "public" not in self.people:
            self.people["public"] = Person(self.base)
        return self.people["public"]

    def by_email(self) -> dict[str, str]:
        """Give the role of each address."""
        return {row["email"]: role for role, row in self.accounts.items()}

    def do(self, name: str, work: Callable[[Walk], tuple[str, dict[str, Any]]]) -> None:
        """Do one step and note it."""
        self.tell(f"… {name}")
        began = time.monotonic()
        url, ids = work(self)
        self.made.update(ids)
        self.steps.append(Step(name, url, ids, round(time.monotonic() - began, 2)))

    def close(self) -> None:
        """Close every session."""
        for one in self.people.values():
            one.http.close()


def wait_for(what: str, look: Callable[[], Any], seconds: float = WAIT_SECONDS) -> Any:
    """Look until there is something; raises Failed after `seconds`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.3)
    raise Failed(f"waited {seconds:.0f} s in vain for {what}")


def last_id(path: str) -> str:
    """Give the UUID that stands last in an address."""
    found = re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", path)
    if not found:
        raise Failed(f"no id in the address {path}")
    return str(found[-1])
