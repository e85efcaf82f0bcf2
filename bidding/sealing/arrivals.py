"""The platform's signed word on what of a supplier has arrived for one tender, and its check offline (FORMAT.md 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from bidding.sealing.encoding import PREFIX
from bidding.sealing.errors import Malformed
from bidding.sealing.shape import Members, write_instant
from bidding.sealing.statements import Statement

MAX_ATTEMPTS, MAX_PARTS = 2000, 500
MAX_FILE = 1 << 20


@dataclass(frozen=True, slots=True)
class Try:
    """One step and how it ended: `code` is "accepted" or why it was refused."""

    at: datetime
    lot: str
    step: str
    code: str

    @classmethod
    def from_json(cls, value: object) -> Try:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "attempt")
        found = cls(
            members.instant("at"), members.text("lot", 20), members.text("step", 20), members.text("code", 60)
        )
        members.done()
        return found

    def to_json(self) -> dict[str, object]:
        """The object."""
        return {"at": write_instant(self.at), "lot": self.lot, "step": self.step, "code": self.code}


@dataclass(frozen=True, slots=True)
class Part:
    """`received` of `length` bytes of an upload, the last at `at`; `sha256` is over exactly those received."""

    upload: str
    length: int
    received: int
    sha256: str
    at: datetime

    @classmethod
    def from_json(cls, value: object) -> Part:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "part")
        found = cls(
            members.id("upload"),
            members.integer("length", 1),
            members.integer("received", 1),
            members.hash("sha256"),
            members.instant("at"),
        )
        members.done()
        if found.received > found.length:
            raise Malformed("a part is longer than its whole")
        return found

    def to_json(self) -> dict[str, object]:
        """The object."""
        return {
            "upload": self.upload,
            "length": self.length,
            "received": self.received,
            "sha256": self.sha256,
            "at": write_instant(self.at),
        }


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What had arrived at `as_of`. It is no receipt of a bid: only a bid's own receipt says that it counts."""

    log_origin: str
    tender: str
    supplier: str
    as_of: datetime
    attempts: tuple[Try, ...]
    parts: tuple[Part, ...]

    @classmethod
    def from_json(cls, value: object) -> Arrivals:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "arrivals", "arrivals")
        found = cls(
            members.origin("log_origin"),
            members.id("tender"),
            members.id("supplier"),
            members.instant("as_of"),
            members.items("attempts", MAX_ATTEMPTS, Try.from_json),
            members.items("parts", MAX_PARTS, Part.from_json),
        )
        members.done()
        return found

    def to_json(self) -> dict[str, object]:
        """The body of its statement."""
        return {
            "type": f"{PREFIX}arrivals",
            "log_origin": self.log_origin,
            "tender": self.tender,
            "supplier": self.supplier,
            "as_of": write_instant(self.as_of),
            "attempts": [row.to_json() for row in self.attempts],
            "parts": [row.to_json() for row in self.parts],
        }


def verify(file: object, *, platform_vkey: str | None = None) -> Arrivals:
    """Check a file `{arrivals: signed statement}` and give what it says.  Raises Malformed, BadSignature."""
    members = Members(file, "arrivals file")
    statement = Statement.from_json(members.take("arrivals"))
    members.done()
    statement.verify(platform_vkey)
    return Arrivals.from_json(cast("object", statement.body))
