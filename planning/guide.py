"""The guiding catalogue of a place (政府购买服务指导性目录): what may be bought there as a public service, by dated editions.

Pure. The first editions stand in the table beside it; regulators publish those that follow.
Source: 财政部令第102号 (certainty: general knowledge); 《渝北区政府购买信息服务实施办法（试行）》.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import gettext_noop
from planning.catalogue import UnknownItemCode, parse_key

TABLE = Path(__file__).parent / "data" / "guiding.csv"
FIELDS = ("code", "kind", "nature", "content", "item", "barred")
_ASKED = ("code", "kind", "nature", "content")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry: kind, nature and content of the service; `item` is `edition:code` of the national catalogue, or empty.

    `barred`: it may not be bought from others at all.
    """

    code: str
    kind: str
    nature: str
    content: str
    item: str = ""
    barred: bool = False


@dataclass(frozen=True, slots=True)
class Edition:
    """What a place's catalogue says from `since` until the next edition or the day `until`, which is not included."""

    jurisdiction: str
    since: date
    until: date | None
    document: str
    certainty: str
    leaves: tuple[Leaf, ...]

    def leaf(self, code: str) -> Leaf | None:
        """Give the entry with a code."""
        return next((leaf for leaf in self.leaves if leaf.code == code), None)

    def barring(self, item: str) -> Leaf | None:
        """Give the entry that says that an item (`edition:code`), or what it belongs to, may not be bought."""
        return next(
            (one for one in self.leaves if one.barred and one.item and item.startswith(one.item)), None
        )

    def kept(self, leaf: Leaf) -> dict[str, Any]:
        """Give what a plan keeps of the edition and the entry it was filed under."""
        return {
            "jurisdiction": self.jurisdiction,
            "since": self.since.isoformat(),
            "document": self.document,
            **{name: getattr(leaf, name) for name in FIELDS},
        }


def leaves_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Leaf, ...]:
    """Read entries as an enactment, or a draft of one, holds them."""
    found = []
    for row in rows:
        said = {name: str(row.get(name, "")).strip() for name in FIELDS[:-1]}
        found.append(Leaf(**said, barred=bool(row.get("barred"))))
    return tuple(found)


@cache
def first_editions() -> tuple[Edition, ...]:
    """Give the editions of the table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    heads = dict.fromkeys(
        (r["jurisdiction"], r["since"], r["effective_to"], r["document"], r["certainty"]) for r in rows
    )
    return tuple(
        Edition(
            place,
            date.fromisoformat(since),
            date.fromisoformat(until) if until else None,
            document,
            certainty,
            leaves_of(r for r in rows if (r["jurisdiction"], r["since"]) == (place, since)),
        )
        for place, since, until, document, certainty in heads
    )


def in_force(editions: Iterable[Edition], on: date) -> Edition | None:
    """Give the edition that holds on a day, of the editions of one place in their order: the latest that has begun."""
    begun = [one for one in editions if one.since <= on]
    last = max(begun, key=lambda one: one.since, default=None)
    # Of two editions with one first day the later one holds: `max` gives the first it meets.
    same = [one for one in begun if last is not None and one.since == last.since]
    found = same[-1] if same else None
    return found if found is not None and (found.until is None or on < found.until) else None


def difference(old: Edition | None, new: Edition) -> list[tuple[str, Leaf | None, Leaf | None]]:
    """Give what a later edition alters: (code, before, after), in the order of the new one, what was left out last."""
    before = {leaf.code: leaf for leaf in old.leaves} if old else {}
    after = {leaf.code: leaf for leaf in new.leaves}
    codes = [*after, *(code for code in before if code not in after)]
    return [
        (code, before.get(code), after.get(code)) for code in codes if before.get(code) != after.get(code)
    ]


def wrong_with(new: Edition, old: Edition | None, today: date) -> dict[str, str]:
    """Name what is wrong with an edition that follows another one, by field."""
    errors: dict[str, str] = {}
    if not new.document:
        errors["document"] = gettext_noop("Name the document that fixes this catalogue.")
    if new.since <= today:
        errors["since"] = gettext_noop(
            "The first day lies after today: plans were filed under what holds now."
        )
    if not new.leaves:
        errors["items"] = gettext_noop("A catalogue has at least one entry.")
    elif any(not getattr(leaf, name) for leaf in new.leaves for name in _ASKED):
        errors["items"] = gettext_noop("Give every entry a code, its kind, nature and content.")
    elif len({leaf.code for leaf in new.leaves}) < len(new.leaves):
        errors["items"] = gettext_noop("Two entries have the same code.")
    elif not all(_service(leaf.item) for leaf in new.leaves):
        errors["items"] = gettext_noop("An entry names an item that is no service of the national catalogue.")
    elif old is not None and new.leaves == old.leaves:
        errors["items"] = gettext_noop("Nothing would change.")
    return errors


def _service(item: str) -> bool:
    try:
        return not item or parse_key(item).category == "services"
    except UnknownItemCode:
        return False
