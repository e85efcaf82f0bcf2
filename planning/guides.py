"""Reads of guiding catalogues: what regulators have published over the editions of the table."""

from __future__ import annotations

from datetime import date
from typing import Any

from core.enacted import selectors as enacted
from core.errors import gettext_noop
from core.law.book import jurisdictions
from core.law.rule import Certainty
from planning.guide import Edition, first_editions, in_force, leaves_of
from planning.models import Plan
from planning.states import PlanStatus

KIND = "catalogue"
"""How an enactment of an edition is called."""


def _by_place() -> dict[str, list[Edition]]:
    """Give the editions of every place, the oldest first."""
    made = [
        Edition(
            row.jurisdiction,
            row.effective_from,
            None,
            row.content["document"],
            Certainty.SOURCE_DOCUMENT.value,
            leaves_of(row.content["items"]),
        )
        for row in enacted.enactments(KIND)
    ]
    found: dict[str, list[Edition]] = {}
    for one in sorted([*first_editions(), *made], key=lambda one: one.since):
        found.setdefault(one.jurisdiction, []).append(one)
    return found


def editions(jurisdiction: str) -> list[Edition]:
    """Give the editions of a place, the oldest first."""
    return _by_place().get(jurisdiction, [])


def places() -> list[str]:
    """Give the places that have, or had, a guiding catalogue."""
    return sorted(_by_place())


def edition_for(region: str, on: date) -> Edition | None:
    """Give what holds for the purchasers of a region: its own edition, or that of the nearest place above that has one."""
    known = _by_place()
    for place in reversed(jurisdictions(region or None)):
        found = in_force(known.get(place, ()), on)
        if found is not None:
            return found
    return None


def plans_under(jurisdiction: str) -> int:
    """Count the plans that are under way and keep what they were filed under of a place's catalogue."""
    running = (PlanStatus.FILED, PlanStatus.STARTED)
    return Plan.objects.filter(guide__jurisdiction=jurisdiction, status__in=running).count()


def entry_for(
    region: str, today: date, item: str, code: str, public_service: bool, errors: dict[str, str]
) -> dict[str, Any]:
    """Give what a plan keeps of the guiding catalogue: its entry, or the one that says its item may not be bought.

    What is wrong with `code` is put into `errors`.   Source: 财政部令第102号.
    """
    edition = edition_for(region, today)
    if edition is None:
        if code:
            errors["guide_code"] = gettext_noop("No guiding catalogue holds here today.")
        return {}
    found = edition.barring(item)
    if found is None and public_service:
        found = edition.leaf(code)
        if found is None:
            errors["guide_code"] = gettext_noop("Choose an entry of the guiding catalogue that holds today.")
        elif not found.barred and not item.startswith(found.item):
            errors["guide_code"] = gettext_noop("This entry is of another item of the national catalogue.")
    return edition.kept(found) if found else {}
