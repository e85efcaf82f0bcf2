"""What a keeper reads in the platform's log, and what it makes of it for one place (ENTRIES.md); pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from bidding.sealing.errors import BadSignature, Malformed, SealingError
from bidding.sealing.objects import Keeper, Policy, keeper_set_hash
from bidding.sealing.shape import Members
from bidding.sealing.statements import Statement
from core.canonical import NotCanonical, NotJson, NotStrict, canonical, parse, read_json

PREFIX = "mingcai/v1/"
KINDS = frozenset(
    {f"{PREFIX}{kind}-entry" for kind in ("policy", "cancel", "hold", "close", "result", "resolution")}
)
TECHNICAL_RESULT = "technical_result"
"""The condition under which a price envelope opens (R6)."""
MAX_KEEPERS = 15
_MAX_PASSED = 5000


@dataclass(frozen=True, slots=True)
class PolicyEntry:
    """A policy with its signature and its keepers; whether it is sound is `Place`'s to say."""

    tender: str
    lot: str | None
    envelope: str | None
    policy: Policy
    statement: Statement
    keepers: tuple[Keeper, ...]


@dataclass(frozen=True, slots=True)
class CancelEntry:
    """The procurement of a tender, or of one lot, is cancelled."""

    tender: str
    lot: str | None


@dataclass(frozen=True, slots=True)
class HoldEntry:
    """A suspension begins or is lifted."""

    tender: str
    lot: str | None
    hold: str
    held: bool


@dataclass(frozen=True, slots=True)
class CloseEntry:
    """The root of a place's close list (FORMAT.md 4)."""

    tender: str
    lot: str
    envelope: str
    policy_hash: str
    closed_at: datetime
    root: bytes
    size: int


@dataclass(frozen=True, slots=True)
class ResultEntry:
    """A condition is met for the bids in `passed` and not for those in `failed`; a report says why (its hash)."""

    tender: str
    lot: str
    name: str
    passed: frozenset[str]
    failed: frozenset[str]
    document_hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ResolutionEntry:
    """The supervisor ends a withholding and names the close list that counts."""

    tender: str
    lot: str
    envelope: str
    close_root: bytes
    statement: Statement


@dataclass(frozen=True, slots=True)
class BrokenEntry:
    """An entry of a known type that breaks its shape, in the place it names."""

    tender: str
    lot: str | None
    envelope: str | None
    problem: str


Entry = PolicyEntry | CancelEntry | HoldEntry | CloseEntry | ResultEntry | ResolutionEntry | BrokenEntry


def read_entry(content: bytes, origin: str) -> Entry | None:
    """Read one log entry; None when it is of no kind that keepers keep.

    A BrokenEntry without a tender (empty text) cannot be placed: it only deserves an alarm.
    """
    try:
        value = read_json(content)
    except (NotJson, NotStrict):
        return None
    if not isinstance(value, dict) or value.get("type") not in KINDS:
        return None
    try:
        parse(content)
        return _READERS[value["type"]](value, origin)
    except (SealingError, NotCanonical) as error:
        return _broken(value, str(error))


def statement_body(value: dict[str, object]) -> dict[str, object]:
    """The object that names the place: the body of a signed entry, else the entry itself."""
    statement = value.get("statement")
    body = statement.get("body") if isinstance(statement, dict) else None
    return cast("dict[str, object]", body) if isinstance(body, dict) else value


@dataclass(frozen=True, slots=True)
class LoggedPolicy:
    """A link of the chain: `signed` says that signature, keepers, number and predecessor are right."""

    policy: Policy | None
    keepers: tuple[Keeper, ...]
    signed: bool


@dataclass(slots=True)
class Place:
    """What the log says about one tender, lot and envelope, in the order of its entries.

    `result_at` is when the newest result was said; `contested` is true while two different close entries stand and no
    resolution names one.
    """

    tender: str
    lot: str
    envelope: str
    policies: list[LoggedPolicy] = field(default_factory=list)
    cancelled: bool = False
    holds: set[str] = field(default_factory=set)
    closes: list[CloseEntry] = field(default_factory=list)
    results: dict[str, frozenset[str]] = field(default_factory=dict)
    result_at: datetime | None = None
    resolved_root: bytes | None = None
    resolutions: int = 0

    def take(self, entry: Entry, *, signers: Collection[str], supervisors: Collection[str]) -> None:
        """Take the next entry of the log, if it concerns this place."""
        if not self._concerned(entry):
            return
        match entry:
            case PolicyEntry():
                self.policies.append(self._linked(entry, signers))
            case BrokenEntry():
                self.policies.append(LoggedPolicy(None, (), False))
            case CancelEntry():
                self.cancelled = True
            case HoldEntry(hold=hold, held=held):
                self.holds = self.holds | {hold} if held else self.holds - {hold}
            case CloseEntry():
                self.closes.append(entry)
            case ResultEntry(name=name, passed=passed, at=at) if self.closes:
                # Nobody can have been judged before the list was fixed; who has once failed stays out.
                self.results[name], self.result_at = self.results.get(name, passed) & passed, at
            case ResolutionEntry(statement=statement, close_root=root):
                if _is_signed(statement, supervisors):
                    self.resolved_root, self.resolutions = root, self.resolutions + 1

    @property
    def close(self) -> CloseEntry | None:
        """The close entry that counts; None before the close, and while it is contested."""
        known = {logged.policy.hash for logged in self.policies if logged.policy is not None}
        distinct = {close.root: close for close in self.closes if close.policy_hash in known}
        if self.resolved_root is not None:
            return distinct.get(self.resolved_root)
        return next(iter(distinct.values())) if len(self._versions()) == 1 and distinct else None

    @property
    def contested(self) -> bool:
        """Whether two close entries contradict each other, unresolved."""
        return self.resolved_root is None and len(self._versions()) > 1

    def fulfilled(self, bid_id: str) -> list[str]:
        """The conditions that are met for this bid."""
        return sorted(name for name, passed in self.results.items() if bid_id in passed)

    @property
    def waits(self) -> bool:
        """Whether listed bids wait for a result that the log does not have yet."""
        newest = self.policies[-1].policy if self.policies else None
        required = newest.requires if newest is not None else ()
        return bool(self.closes) and any(name not in self.results for name in required)

    def sealed_under(self, policy_hash: str) -> LoggedPolicy | None:
        """The signed policy with this hash, if it stands in the chain."""
        for logged in self.policies:
            if logged.signed and logged.policy is not None and logged.policy.hash == policy_hash:
                return logged
        return None

    def _versions(self) -> set[CloseEntry]:
        return set(self.closes)

    def _concerned(self, entry: Entry) -> bool:
        if isinstance(entry, CancelEntry | HoldEntry):
            return entry.tender in (self.tender, base_tender(self.tender)) and entry.lot in (None, self.lot)
        if isinstance(entry, ResultEntry):
            return (entry.tender, entry.lot) == (self.tender, self.lot)
        lot_fits = entry.lot in (None, self.lot)
        return entry.tender == self.tender and lot_fits and entry.envelope in (None, self.envelope)

    def _linked(self, entry: PolicyEntry, signers: Collection[str]) -> LoggedPolicy:
        before = self.policies[-1].policy if self.policies else None
        signed = (
            entry.policy.v == len(self.policies) + 1
            and entry.policy.previous == (before.hash if before else None)
            and (before is None or _keeps_word(before, entry.policy))
            and len(entry.keepers) == entry.policy.n
            and keeper_set_hash(entry.keepers) == entry.policy.keeper_set_hash
            and set(entry.policy.requires) >= _required(entry.policy, before)
            and _is_signed(entry.statement, signers)
        )
        return LoggedPolicy(entry.policy, entry.keepers, signed)


def _required(policy: Policy, before: Policy | None) -> set[str]:
    """What a policy has to require: all that the one before it did, and a price envelope the technical result."""
    own = {TECHNICAL_RESULT} if policy.envelope == "price" else set()
    return own | set(before.requires if before is not None else ())


def _keeps_word(before: Policy, after: Policy) -> bool:
    """What silence about an amendment means, and whose key opens kits, stays as it was published (R6, R8)."""
    if before.supervisor != after.supervisor:
        return False
    was, now = before.acknowledge, after.acknowledge
    if was is None or now is None:
        return was is now
    return was.silence == now.silence and was.since <= now.since


def read_place(
    entries: Iterable[Entry],
    tender: str,
    lot: str,
    envelope: str,
    *,
    signers: Collection[str],
    supervisors: Collection[str],
) -> Place:
    """Everything that `entries`, in the order of the log, say about one place; the keys are trusted vkeys."""
    place = Place(tender, lot, envelope)
    for entry in entries:
        place.take(entry, signers=signers, supervisors=supervisors)
    return place


def base_tender(tender: str) -> str:
    """The tender that a later round `<id>#<round>` belongs to."""
    return tender.partition("#")[0]


def policy_entry(policy: Policy, keepers: Iterable[Keeper], statement: Statement) -> bytes:
    """The bytes of a policy entry, for whoever appends it."""
    return canonical(
        {
            "type": f"{PREFIX}policy-entry",
            "statement": statement.to_json(),
            "keepers": [keeper.to_json() for keeper in keepers],
        }
    )


def _is_signed(statement: Statement, trusted: Collection[str]) -> bool:
    if statement.vkey not in trusted:
        return False
    try:
        statement.verify()
    except BadSignature:
        return False
    return True


def _policy(value: dict[str, object], origin: str) -> Entry:
    members = Members(value, "policy-entry", "policy-entry")
    statement = Statement.from_json(members.take("statement"))
    keepers = members.items("keepers", MAX_KEEPERS, Keeper.from_json)
    members.done()
    policy = Policy.from_json(statement.body)
    _check_origin(policy.log_origin, origin)
    return PolicyEntry(policy.tender, policy.lot, policy.envelope, policy, statement, keepers)


def _cancel(value: dict[str, object], origin: str) -> Entry:
    members = Members(value, "cancel-entry", "cancel-entry")
    _check_origin(members.origin("log_origin"), origin)
    entry = CancelEntry(members.id("tender"), _lot(members))
    members.instant("at")
    members.done()
    return entry


def _hold(value: dict[str, object], origin: str) -> Entry:
    members = Members(value, "hold-entry", "hold-entry")
    _check_origin(members.origin("log_origin"), origin)
    tender, lot, hold, held = members.id("tender"), _lot(members), members.id("hold"), members.take("held")
    if not isinstance(held, bool):
        raise Malformed("hold-entry.held is not true or false")
    members.instant("at")
    members.done()
    return HoldEntry(tender, lot, hold, held)


def _close(value: dict[str, object], origin: str) -> Entry:
    members = Members(value, "close-entry", "close-entry")
    _check_origin(members.origin("log_origin"), origin)
    entry = CloseEntry(
        members.id("tender"),
        members.id("lot"),
        members.id("envelope"),
        members.hash("policy_hash"),
        members.instant("closed_at"),
        members.hex("root"),
        members.integer("size", 0),
    )
    members.done()
    return entry


def _result(value: dict[str, object], origin: str) -> Entry:
    members = Members(value, "result-entry", "result-entry")
    _check_origin(members.origin("log_origin"), origin)
    entry = ResultEntry(
        members.id("tender"),
        members.id("lot"),
        members.id("name"),
        frozenset(members.ids("passed", _MAX_PASSED)),
        frozenset(members.ids("failed", _MAX_PASSED)),
        members.hash("document_hash"),
        members.instant("at"),
    )
    members.done()
    if entry.passed & entry.failed:
        raise Malformed("a bid has both passed and failed")
    return entry


def _resolution(value: dict[str, object], origin: str) -> Entry:
    outer = Members(value, "resolution-entry", "resolution-entry")
    statement = Statement.from_json(outer.take("statement"))
    outer.done()
    members = Members(statement.body, "resolution", "resolution")
    _check_origin(members.origin("log_origin"), origin)
    entry = ResolutionEntry(
        members.id("tender"), members.id("lot"), members.id("envelope"), members.hex("close_root"), statement
    )
    members.hash("document_hash")
    members.instant("at")
    members.done()
    return entry


_READERS = {
    f"{PREFIX}policy-entry": _policy,
    f"{PREFIX}cancel-entry": _cancel,
    f"{PREFIX}hold-entry": _hold,
    f"{PREFIX}close-entry": _close,
    f"{PREFIX}result-entry": _result,
    f"{PREFIX}resolution-entry": _resolution,
}


def _lot(members: Members) -> str | None:
    lot = members.take("lot")
    if lot is None:
        return None
    return Members({"lot": lot}, "entry").id("lot")


def _check_origin(named: str, origin: str) -> None:
    if named != origin:
        raise Malformed("the entry belongs to another log")


def _broken(value: dict[str, object], problem: str) -> BrokenEntry:
    body = statement_body(value)

    def text(name: str) -> str | None:
        found = body.get(name)
        return found if isinstance(found, str) else None

    return BrokenEntry(text("tender") or "", text("lot"), text("envelope"), problem)
