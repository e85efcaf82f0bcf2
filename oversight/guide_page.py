"""What the public page of a guiding catalogue shows: one edition, what it altered, and the others."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.errors import NotFound
from core.law.rule import Certainty
from oversight import words
from oversight.changes_page import leaf_rows
from planning.guide import Edition, difference, in_force
from planning.guides import editions


def shown(place: str, since: date | None, today: date) -> dict[str, Any]:
    """Give an edition of a place: the one that began on `since`, else the one in force, else the last. Raises NotFound."""
    known = editions(place)
    if not known:
        return {}
    holds = in_force(known, today)
    found = (
        next((one for one in reversed(known) if one.since == since), None) if since else holds or known[-1]
    )
    if found is None:
        raise NotFound()
    before = known[known.index(found) - 1] if known.index(found) else None
    return {
        "place": words.place(place),
        "region": place,
        "edition": found,
        "certainty": _(words.CERTAINTIES[Certainty(found.certainty)]),
        "standing": _standing(found, holds, today),
        "altered": leaf_rows(difference(before, found)) if before else [],
        "editions": [
            {"since": one.since, "until": _until(one, known), "document": one.document, "here": one == found}
            for one in reversed(known)
        ],
    }


def _until(one: Edition, known: list[Edition]) -> date | None:
    later = [other.since for other in known if other.since > one.since]
    return min((day for day in (one.until, *later) if day), default=None)


def _standing(found: Edition, holds: Edition | None, today: date) -> dict[str, str]:
    if found == holds:
        return {"word": _("In force"), "glyph": "done"}
    if found.since > today:
        return {"word": _("Not yet in force"), "glyph": "waiting"}
    return {"word": _("No longer in force"), "glyph": "held"}
