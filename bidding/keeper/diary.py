"""Which openings a keeper must serve, from the log entries that its monitor has read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from bidding.keeper.entries import Entry, Place, PolicyEntry, base_tender, read_entry, read_place
from bidding.keeper.store import Store
from bidding.keeper.trust import Trust
from bidding.sealing.objects import Keeper
from bidding.sealing.shape import write_instant

BEIJING = timezone(timedelta(hours=8), "UTC+8")
EVENING_HOUR = 18
KEPT_AFTER = timedelta(days=30)
"""How long after the gathering a key stays needed: a late bid may still wait for its keepers' shares."""


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening; `state` is open, closed, waiting (for a result), held, contested, unsound or cancelled."""

    tender: str
    lot: str
    envelope: str
    at: datetime
    gathered_by: datetime
    key_version: int
    k: int
    n: int
    state: str
    listed: int | None

    @property
    def name(self) -> str:
        """How people call it."""
        return f"{self.tender}/{self.lot}/{self.envelope}"

    def evening_before(self) -> datetime:
        """From when on a keeper must be sound for it."""
        local = self.at.astimezone(BEIJING) - timedelta(days=1)
        return local.replace(hour=EVENING_HOUR, minute=0, second=0, microsecond=0)

    def to_json(self) -> dict[str, object]:
        """One line of the calendar."""
        return {
            "tender": self.tender,
            "lot": self.lot,
            "envelope": self.envelope,
            "at": write_instant(self.at),
            "gathered_by": write_instant(self.gathered_by),
            "key_version": self.key_version,
            "needed": f"{self.k} of {self.n}",
            "state": self.state,
            "bids_listed": self.listed,
        }


class Diary:
    """Every opening whose policy names this keeper; only tenders with new entries are read again."""

    def __init__(self, trust: Trust, is_mine: Callable[[Keeper], bool]) -> None:
        self.trust = trust
        self._is_mine = is_mine
        self._read_to = -1
        self._found: dict[str, list[Opening]] = {}

    def read_on(self, store: Store) -> list[Opening]:
        """All of them, earliest first."""
        tenders, self._read_to = store.tenders_after(self._read_to)
        for base in {base_tender(tender) for tender in tenders}:
            read = (read_entry(content, self.trust.log.name) for content in store.entries_with_rounds(base))
            self._found[base] = self._of([entry for entry in read if entry is not None])
        found = [opening for one in self._found.values() for opening in one]
        return sorted(found, key=lambda opening: (opening.at, opening.name))

    def _of(self, entries: list[Entry]) -> list[Opening]:
        places = {
            (entry.policy.tender, entry.policy.lot, entry.policy.envelope): None
            for entry in entries
            if isinstance(entry, PolicyEntry)
        }
        read = [
            _opening(
                read_place(entries, *where, signers=self.trust.signers, supervisors=self.trust.supervisors),
                self._is_mine,
            )
            for where in places
        ]
        return [opening for opening in read if opening is not None]


def upcoming(found: Iterable[Opening], now: datetime) -> list[Opening]:
    """Those that are still to be served: neither cancelled nor gathered, or waiting for a result."""
    return [
        opening
        for opening in found
        if opening.state == "waiting" or (opening.state != "cancelled" and now < opening.gathered_by)
    ]


def needed_keys(found: Iterable[Opening], now: datetime) -> set[int]:
    """The key versions without which some tender could not be opened."""
    return {
        opening.key_version
        for opening in found
        if opening.state == "waiting"
        or (opening.state != "cancelled" and now < opening.gathered_by + KEPT_AFTER)
    }


def as_ics(found: Iterable[Opening], now: datetime) -> str:
    """The calendar as iCalendar (RFC 5545), for a calendar program."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//mingcai//keeper//EN"]
    for opening in found:
        begin, end = (at.strftime("%Y%m%dT%H%M%SZ") for at in (opening.at, opening.gathered_by))
        lines += [
            "BEGIN:VEVENT",
            f"UID:{opening.name}@keeper",
            f"DTSTAMP:{now.strftime('%Y%m%dT%H%M%SZ')}",
            f"DTSTART:{begin}",
            f"DTEND:{end}",
            f"SUMMARY:Opening {opening.name} ({opening.k} of {opening.n} keepers)",
            f"STATUS:{'CANCELLED' if opening.state == 'cancelled' else 'CONFIRMED'}",
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _opening(place: Place, is_mine: Callable[[Keeper], bool]) -> Opening | None:
    policies = [logged for logged in place.policies if logged.policy is not None]
    own = [keeper for logged in policies for keeper in logged.keepers if is_mine(keeper)]
    if not policies or not own:
        return None
    newest = policies[-1].policy
    assert newest is not None  # noqa: S101 - filtered above
    at = max(logged.policy.open_at for logged in policies if logged.policy is not None)
    if newest.requires and place.result_at is not None:
        at = max(at, place.result_at)
    states = {
        "cancelled": place.cancelled,
        "contested": place.contested,
        "unsound": not all(logged.signed for logged in place.policies),
        "held": bool(place.holds),
        "waiting": place.waits,
        "closed": place.close is not None,
    }
    return Opening(
        place.tender,
        place.lot,
        place.envelope,
        at,
        at + timedelta(seconds=newest.gather_seconds),
        own[-1].key_version,
        newest.k,
        newest.n,
        next((state for state, holds in states.items() if holds), "open"),
        place.close.size if place.close is not None else None,
    )
