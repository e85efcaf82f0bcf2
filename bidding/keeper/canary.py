"""Once a week a keeper proves in public that it still holds its keys (R9).

It seals 32 random bytes to each recipient that it publishes, opens them with the key as it lies on the disk, and
signs what came out together with how far it has read the log: a statement cannot be made in advance.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bidding.keeper.keys import Keys, from_seeds, read_seeds
from bidding.sealing.age.errors import AgeError
from bidding.sealing.age.files import decrypt_bytes, encrypt_bytes
from bidding.sealing.age.recipients import parse_recipient
from bidding.sealing.encoding import h, labelled
from bidding.sealing.errors import Malformed
from bidding.sealing.shape import Members, write_instant
from bidding.sealing.statements import Statement

EVERY = timedelta(days=7)
GRACE = timedelta(days=1)
CHALLENGE_BYTES = 32


class KeyLost(Exception):
    """The keys on the disk do not open what is sealed to the published recipients."""


@dataclass(frozen=True, slots=True)
class Canary:
    """A statement as others read it: `recipients` (their hashes) by key version."""

    keeper: str
    time: datetime
    due: datetime
    recipients: dict[int, str]
    log_size: int
    log_root: str

    def proves(self, key_version: int, recipient: str) -> bool:
        """Whether this key was held."""
        return self.recipients.get(key_version) == recipient_hash(recipient)

    def overdue(self, now: datetime) -> bool:
        """Whether the next one should have come."""
        return now > self.due + GRACE


def make(keys: Keys, folder: Path, now: datetime, log_size: int, log_root: bytes) -> Statement:
    """The statement of this week.  Raises KeyLost, KeysMissing, OSError."""
    on_disk = from_seeds(keys.keeper, *read_seeds(folder))
    proved = []
    for version, recipient in keys.recipients.items():
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        sealed = encrypt_bytes(challenge, [parse_recipient(recipient)])
        try:
            opened = decrypt_bytes(sealed, [on_disk.identities[version]])
        except (AgeError, KeyError) as error:
            raise KeyLost(f"key version {version} does not open what is sealed to it") from error
        if not hmac.compare_digest(opened, challenge):
            raise KeyLost(f"key version {version} gives another text")
        answer = labelled("canary", opened).hex()
        proved.append({"key_version": version, "recipient_hash": recipient_hash(recipient), "hash": answer})
    return keys.sign(
        {
            "type": "mingcai/v1/weekly-canary",
            "keeper": keys.keeper,
            "time": write_instant(now),
            "due": write_instant(now + EVERY),
            "keys": proved,
            "log": {"size": log_size, "root": log_root.hex()},
        }
    )


def read(value: object, vkey: str) -> Canary:
    """Read a keeper's canary and check its signature.  Raises Malformed, BadSignature."""
    statement = Statement.from_json(value)
    statement.verify(vkey)
    members = Members(statement.body, "canary", "weekly-canary")
    keeper, time, due = members.id("keeper"), members.instant("time"), members.instant("due")
    proved = members.items("keys", 1000, _proved)
    log = Members(members.take("log"), "log")
    size, root = log.integer("size", 0), log.hash("root")
    log.done()
    members.done()
    if due - time != EVERY:
        raise Malformed("the next canary is not a week later")
    return Canary(keeper, time, due, dict(proved), size, root)


def recipient_hash(recipient: str) -> str:
    """A recipient in short."""
    return h(recipient.encode("ascii")).hex()


def _proved(value: object) -> tuple[int, str]:
    members = Members(value, "key")
    version, recipient = members.integer("key_version", 1), members.hash("recipient_hash")
    members.hash("hash")
    members.done()
    return version, recipient
