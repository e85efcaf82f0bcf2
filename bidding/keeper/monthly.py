"""Every month a keeper states what it released and refused: canonical JSON, and a signed note over its hash.

Acks are left out, even their number: before a tender closes nobody may learn how many bids there are.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bidding.keeper.decide import RELEASED
from bidding.keeper.diary import BEIJING
from bidding.keeper.keys import Keys
from bidding.keeper.store import Store
from bidding.sealing.encoding import canonical, h, parse
from bidding.sealing.errors import BadSignature, Malformed
from bidding.sealing.shape import Members, write_instant
from core.ledger.note import MalformedNote, Note, UnverifiedNote, Verifier

KIND = "mingcai/v1/keeper-month"
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
MAX_BYTES = 32 * 1024 * 1024
_PROOFS = ("evidence", "dispute")


@dataclass(frozen=True, slots=True)
class Month:
    """The two files of a month."""

    statement: bytes
    note: str

    def to_json(self) -> dict[str, object]:
        """The answer of `GET /months/<month>`."""
        return {"statement": json.loads(self.statement), "note": self.note}


def bounds(month: str) -> tuple[datetime, datetime]:
    """From when to when a month lasts, in Beijing.  Raises Malformed."""
    if MONTH.fullmatch(month) is None:
        raise Malformed("a month is written YYYY-MM")
    year, number = int(month[:4]), int(month[5:])
    following = (year + number // 12, number % 12 + 1)
    begin, end = (datetime(y, m, 1, tzinfo=BEIJING) for y, m in ((year, number), following))
    return begin.astimezone(UTC), end.astimezone(UTC)


def month_of(instant: datetime) -> str:
    """The month that an instant lies in."""
    return instant.astimezone(BEIJING).strftime("%Y-%m")


def catch_up(store: Store, keys: Keys, now: datetime) -> None:
    """Make the statement of every month that has ended since this keeper began."""
    began = store.began()
    month = month_of(began) if began is not None else month_of(now)
    while month < month_of(now):
        if store.newest_statement(f"month {month}") is None:
            made = make(store, keys, month, now)
            with store.change():
                value: dict[str, object] = {"statement": made.statement.decode(), "note": made.note}
                store.add_statement(f"month {month}", now, value)
        month = month_of(bounds(month)[1])


def kept(store: Store, month: str) -> Month | None:
    """The statement that was made at the end of a month; None when there is none."""
    value = store.newest_statement(f"month {month}")
    return Month(str(value["statement"]).encode(), str(value["note"])) if value is not None else None


def make(store: Store, keys: Keys, month: str, now: datetime) -> Month:
    """State one month as far as it has gone.  Raises Malformed."""
    begin, end = bounds(month)
    before = kept(store, month_of(begin - timedelta(days=1)))
    told = [
        {"at": at, "kind": kind, "subject": subject, "outcome": outcome}
        for at, kind, subject, outcome in store.requests_between(begin, end, ("release", *_PROOFS))
    ]
    asked = [row for row in told if row["kind"] == "release"]
    released = [row for row in asked if row["outcome"] == RELEASED]
    frontier = store.frontier()
    statement = canonical(
        {
            "type": KIND,
            "keeper": keys.keeper,
            "month": month,
            "from": write_instant(begin),
            "until": write_instant(min(end, now)),
            "previous": h(before.statement).hex() if before is not None else None,
            "released": [{"at": row["at"], "record_hash": row["subject"]} for row in released],
            "refused": [row for row in asked if row["outcome"] != RELEASED],
            "proofs": [row for row in told if row["kind"] in _PROOFS],
            "alarms": [{"at": at, "problem": problem} for at, problem in store.alarms_between(begin, end)],
            "canaries": len(store.statements_between("canary", begin, end)),
            "log": {"size": frontier.size, "root": frontier.root().hex()},
        }
    )
    text = f"{KIND}\n{keys.keeper}\n{month}\n{h(statement).hex()}\n"
    return Month(statement, str(Note(text, (keys.signer.sign(text),))))


def verify(statement: bytes, note: str, vkey: str) -> dict[str, object]:
    """The statement, if it is canonical and the keeper signed the note over it.  Raises Malformed, BadSignature."""
    value = parse(statement, MAX_BYTES)
    if canonical(value) != statement:
        raise Malformed("the statement is not canonical JSON")
    members = Members(value, "statement")
    if members.take("type") != KIND:
        raise Malformed("this is no monthly statement of a keeper")
    keeper, month = members.id("keeper"), members.pattern("month", MONTH)
    try:
        read = Note.parse(note)
        read.verified([Verifier.parse(vkey)])
    except (MalformedNote, UnverifiedNote) as error:
        raise BadSignature(f"the note: {error}") from error
    if read.text != f"{KIND}\n{keeper}\n{month}\n{h(statement).hex()}\n":
        raise BadSignature("the note is over another statement")
    assert isinstance(value, dict)  # noqa: S101 - Members refuses what is none
    return value
