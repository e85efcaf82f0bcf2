"""The law book: packs are read once, contradictions refuse to load, and one `Law` is what held on one day.

A rule is found by date, region, budget level, category and method. A pack of a region overrides those of
the regions above it and the national one; within one jurisdiction no two rows may say different things
about the same case. A blank scope means every value of it; a question that leaves a scope open gets only
the rules that hold for every value.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property, lru_cache
from itertools import combinations
from pathlib import Path
from types import MappingProxyType

from core import regions
from core.errors import Refused, gettext_noop
from core.law.rule import BadPack, Certainty, Range, Rule, Value, parse_rule, rule_from_snapshot
from core.money import Exact, Yuan
from core.workdays import Calendar, Unit, beijing_date, day_begins, national

NATIONAL = "CN"
SANDBOX = "sandbox"
SCOPES = Path(__file__).parent / "data" / "scopes.csv"

_SECONDS = {"second": 1, "minute": 60, "hour": 3600}


class NoSuchRule(Refused):
    """The law of that day and place has no value under this name."""

    code = "no-such-rule"
    title = gettext_noop("The law packs have no value for this")

    def __init__(self, rule_id: str) -> None:
        super().__init__(gettext_noop("No value for %(missing)s is in force"), rule=rule_id, missing=rule_id)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The end of a period. On time while `now < ends_at`: Beijing's midnight after `last_day`, in UTC."""

    rule: Rule
    last_day: date
    ends_at: datetime
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back a period reaches from a later instant: from `begins_at` (in UTC), the start of `day`.

    What must happen at least so long before is in time while `now < ends_at`, the end of that day; what may
    happen at most so long before is allowed from `begins_at` on.
    """

    rule: Rule
    day: date
    begins_at: datetime
    ends_at: datetime
    provisional: bool = False


@dataclass(frozen=True)
class Law:
    """The values in force for one kind of procedure on one day: frozen, and known by its digest."""

    rules: Mapping[str, Rule]
    as_of: date
    region: str | None = None
    level: str | None = None
    category: str | None = None
    method: str | None = None
    sandbox: bool = False
    calendar: Callable[[], Calendar] = field(default=national, repr=False, compare=False)
    """Where its working days are asked for, when a period is counted: not part of what is frozen."""

    def counting_by(self, calendar: Callable[[], Calendar]) -> Law:
        """Give the same law with the working days of another calendar, asked for only when needed."""
        return replace(self, calendar=calendar)

    def snapshot(self) -> str:
        """Give the values as canonical JSON: what the digest is of, and what `from_snapshot` reads back."""
        rows = [self.rules[rule_id].snapshot() for rule_id in sorted(self.rules)]
        return json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hex, of the snapshot: equal exactly where all values and citations are equal."""
        return hashlib.sha256(self.snapshot().encode()).hexdigest()

    @classmethod
    def from_snapshot(cls, text: str, as_of: date) -> Law:
        """Restore the law a procedure began under, whatever the packs have become since. Raises BadPack."""
        return _restored(text, as_of)

    def has(self, rule_id: str) -> bool:
        """Tell whether a value is in force under this name."""
        return rule_id in self.rules

    def cite(self, rule_id: str) -> Rule:
        """Give the rule with its value, unit, citation and certainty. Raises NoSuchRule."""
        try:
            return self.rules[rule_id]
        except KeyError:
            raise NoSuchRule(rule_id) from None

    def value(self, rule_id: str) -> Value:
        """Give the value; its unit stands in `cite(rule_id).unit`. Raises NoSuchRule."""
        return self.cite(rule_id).value

    def count(self, rule_id: str) -> int:
        """Give a value that is a whole number. Raises NoSuchRule, and TypeError if it is not one."""
        value = self.value(rule_id)
        if not isinstance(value, int):
            raise TypeError(f"{rule_id} is no whole number")
        return value

    def rate(self, rule_id: str) -> Exact:
        """Give a value that is one exact number. Raises NoSuchRule, and TypeError for a range or a date."""
        value = self.value(rule_id)
        if isinstance(value, (Range, date)):
            raise TypeError(f"{rule_id} is no single number")
        return value

    def span(self, rule_id: str) -> Range:
        """Give a value that is a range, both ends included. Raises NoSuchRule and TypeError."""
        value = self.value(rule_id)
        if not isinstance(value, Range):
            raise TypeError(f"{rule_id} is no range")
        return value

    def yuan(self, rule_id: str) -> Yuan:
        """Give a value that is an amount of money. Raises NoSuchRule, and TypeError for another unit."""
        rule = self.cite(rule_id)
        if rule.unit != "yuan" or not isinstance(rule.value, int):
            raise TypeError(f"{rule_id} is no amount of money")
        return Yuan(rule.value)

    def cap(self, rule_id: str, base: Yuan) -> Yuan:
        """Give the most that a rate allows of `base`, rounded down to the fen: securities, supplements."""
        return base.capped(self.rate(rule_id))

    def end_of(
        self, rule_id: str, start: datetime | date, *, binding: bool = True, calendar: Calendar | None = None
    ) -> Deadline:
        """Give the end of the period `rule_id` that begins at `start`, the day of which is not counted.

        `start` is an aware instant, or a civil date of Beijing. Units of seconds, minutes and hours run
        from the instant itself and need one. Raises NoSuchRule, TypeError for a rule that is no period, and
        UnknownYear unless `binding` is False.
        """
        rule, length = self._period(rule_id)
        if rule.unit in _SECONDS:
            ends_at = _instant(start) + timedelta(seconds=length * _SECONDS[rule.unit])
            return Deadline(rule, beijing_date(ends_at), ends_at)
        day = beijing_date(start) if isinstance(start, datetime) else start
        end = (calendar or self.calendar()).end_of_period(day, length, rule.unit, rule.roll, binding=binding)
        return Deadline(rule, end.last_day, day_begins(end.last_day + timedelta(days=1)), end.provisional)

    def back_from(
        self, rule_id: str, end: datetime | date, *, binding: bool = True, calendar: Calendar | None = None
    ) -> Reach:
        """Give how far the period `rule_id` reaches back from `end`, the day of which is not counted.

        For what has to happen so long before something else: amendments, publication of intent, the draw of
        experts. Raises like `end_of`.
        """
        rule, length = self._period(rule_id)
        if rule.unit in _SECONDS:
            at = _instant(end) - timedelta(seconds=length * _SECONDS[rule.unit])
            return Reach(rule, beijing_date(at), at, at)
        day = beijing_date(end) if isinstance(end, datetime) else end
        begin = (calendar or self.calendar()).start_of_period(day, length, rule.unit, binding=binding)
        after = begin.last_day + timedelta(days=1)
        return Reach(rule, begin.last_day, day_begins(begin.last_day), day_begins(after), begin.provisional)

    def _period(self, rule_id: str) -> tuple[Rule, int]:
        rule = self.cite(rule_id)
        if rule.unit not in {*_SECONDS, *Unit} or not isinstance(rule.value, int):
            raise TypeError(f"{rule_id} is no period of time")
        return rule, rule.value


@dataclass(frozen=True)
class LawBook:
    """All rules that are loaded, of every date and place. Build it with `load_packs` or `LawBook.of`."""

    rules: tuple[Rule, ...]
    sandbox: bool = False

    @classmethod
    def of(cls, rules: Iterable[Rule], *, sandbox: bool = False) -> LawBook:
        """Make a book of rules.

        Raises BadPack for an overlap, an unknown scope, or demonstration rules unasked; `sandbox` allows
        those that only hold in a demonstration.
        """
        book = cls(tuple(rules), sandbox)
        groups: defaultdict[tuple[str, str], list[Rule]] = defaultdict(list)
        for rule in book.rules:
            book._check_scopes(rule)
            groups[rule.id, rule.jurisdiction].append(rule)
        for group in groups.values():
            for one, other in combinations(group, 2):
                if one.overlaps(other):
                    raise BadPack(f"{one.id} says two things for the same case in {one.jurisdiction}")
        return book

    def extended(self, rules: Iterable[Rule]) -> LawBook:
        """Make a book with further rules, such as those a regulator has added. Raises BadPack like `of`."""
        return LawBook.of((*self.rules, *rules), sandbox=self.sandbox)

    def _check_scopes(self, rule: Rule) -> None:
        if not self.sandbox and (rule.jurisdiction == SANDBOX or rule.certainty is Certainty.DEMONSTRATION):
            raise BadPack(f"{rule.id} holds in a demonstration only and was not asked for")
        if rule.jurisdiction not in {NATIONAL, SANDBOX}:
            regions.get(rule.jurisdiction)
        known = scopes()
        for dimension, codes in (("level", rule.level), ("category", rule.category), ("method", rule.method)):
            for code in codes:
                if code not in known[dimension]:
                    raise BadPack(f"{rule.id} has an unknown {dimension}, {code}")

    def law(
        self,
        as_of: date,
        region: str | None = None,
        level: str | None = None,
        category: str | None = None,
        method: str | None = None,
        *,
        sandbox: bool = False,
    ) -> Law:
        """Give the values in force on `as_of` (a civil date, or an aware instant) for one kind of procedure.

        `region` is a GB/T 2260 code; `sandbox` puts the short periods of the demonstration over all others.
        Raises ValueError for a level, category or method that no table knows and for a sandbox that is not
        loaded, UnknownRegion for a region.
        """
        day = beijing_date(as_of) if isinstance(as_of, datetime) else as_of
        if sandbox and not self.sandbox:
            raise ValueError("the sandbox packs are not loaded")
        level, category, method = (
            scope_code("level", level),
            scope_code("category", category),
            scope_code("method", method),
        )
        chain = jurisdictions(region)
        if sandbox:
            chain.append(SANDBOX)
        found: dict[str, Rule] = {}
        for jurisdiction in chain:
            for rule in self.rules:
                if rule.jurisdiction == jurisdiction and rule.holds(day, level, category, method):
                    found[rule.id] = rule
        return Law(MappingProxyType(found), day, region, level, category, method, sandbox)

    def earliest(self, rule_id: str) -> Rule:
        """Give the oldest national rule of this name, for days before all packs. Raises NoSuchRule."""
        candidates = [rule for rule in self.rules if rule.id == rule_id and rule.jurisdiction == NATIONAL]
        if not candidates:
            raise NoSuchRule(rule_id)
        return min(candidates, key=lambda rule: rule.since)


@cache
def scopes() -> dict[str, dict[str, str]]:
    """Give the known codes of each scope with their Chinese names: level, category, method."""
    table: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in _scope_rows():
        table[row["dimension"]][row["code"]] = row["name"]
    return dict(table)


@cache
def _scope_rows() -> tuple[dict[str, str], ...]:
    with SCOPES.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def jurisdictions(region: str | None) -> list[str]:
    """Give whose rules hold in a region, the furthest first: a later one overrides. Raises UnknownRegion."""
    return [NATIONAL, *(place.code for place in (regions.path(region) if region else ()))]


def scope_code(dimension: str, code: str | None) -> str | None:
    """Give the packs' code for a code or its alias; None stays open. Raises ValueError for one no table knows."""
    if code is None:
        return None
    for row in _scope_rows():
        if code and row["dimension"] == dimension and code in (row["code"], row["alias"]):
            return row["code"]
    raise ValueError(f"{code!r} is no {dimension} that the law packs know")


def _instant(moment: datetime | date) -> datetime:
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise TypeError("a period of seconds, minutes or hours needs an aware instant")
    return moment.astimezone(UTC)


def load_packs(paths: Iterable[Path], *, sandbox: bool = False) -> LawBook:
    """Read packs into one book. Raises BadPack for an unreadable row and for what `LawBook.of` refuses."""
    rules: list[Rule] = []
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), start=2):
                try:
                    rules.append(parse_rule(row))
                except (BadPack, KeyError, ValueError) as error:
                    raise BadPack(f"{path.name}, line {number}: {error}") from error
    return LawBook.of(rules, sandbox=sandbox)


@lru_cache(maxsize=256)
def _restored(text: str, as_of: date) -> Law:
    """Read a snapshot, once for all requests that need it: a law never changes."""
    try:
        rules = [rule_from_snapshot(row) for row in json.loads(text)]
    except (ValueError, KeyError, TypeError) as error:
        raise BadPack(f"this is no snapshot of law values: {error}") from error
    return Law(MappingProxyType({rule.id: rule for rule in rules}), as_of)
