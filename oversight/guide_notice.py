"""Payload of the public notice of a guiding catalogue (政府购买服务指导性目录): its entries, and what they alter."""

from __future__ import annotations

from typing import Any

from core import regions
from core.errors import gettext_noop
from core.law.book import NATIONAL
from disclosure.states import NoticeType
from oversight.models import Change
from oversight.selectors import changes as selected
from parties.selectors import organisation_facts
from planning.guide import Leaf, difference
from planning.notices import as_party

HEAD = [
    gettext_noop("Code"),
    gettext_noop("Service: kind"),
    gettext_noop("Service: nature"),
    gettext_noop("Service: content"),
    gettext_noop("Item of the national catalogue"),
    gettext_noop("May be bought"),
]
YES, NO = gettext_noop("yes"), gettext_noop("no")
TAKEN_IN, CHANGED, LEFT_OUT = gettext_noop("taken in"), gettext_noop("changed"), gettext_noop("left out")


def guide_notice(change: Change) -> dict[str, Any]:
    """Give the arguments of `disclosure.services.publish`, the actor's apart."""
    office = organisation_facts(change.org_id)
    place = "" if change.jurisdiction == NATIONAL else regions.full_name(change.jurisdiction)
    new = selected.edition_of(change.jurisdiction, change.effective_from, change.content)
    altered = difference(selected.edition_before(change.jurisdiction, change.effective_from), new)
    rows: list[list[Any]] = [
        [gettext_noop("Published by"), office.name],
        [gettext_noop("Fixed by"), new.document],
        [gettext_noop("In force from"), new.since],
        [gettext_noop("Reason"), change.reason],
    ]
    return {
        "type": NoticeType.OTHER,
        "title": f"{place}政府购买服务指导性目录（{new.since}起施行）",
        "title_en": f"Guiding catalogue of public services, {place or 'China'}, from {new.since}",
        "region": office.region,
        "source": f"change.{change.pk}",
        "purchaser": as_party(office),
        "sections": [
            {"title": gettext_noop("What is announced"), "rows": rows},
            {
                "title": gettext_noop("What this alters"),
                "table": {
                    "head": [gettext_noop("What"), *HEAD],
                    "rows": [[{"msg": _what(was, now)}, *_cells(now or was)] for _, was, now in altered],
                },
            },
            {
                "title": gettext_noop("All entries"),
                "table": {"head": HEAD, "rows": [_cells(leaf) for leaf in new.leaves]},
            },
        ],
        "facts": {
            "issuer": office.name,
            "matter": new.document,
            "since": new.since,
            "entries": change.content["items"],
            "altered": [code for code, _, _ in altered],
        },
    }


def _what(was: Leaf | None, now: Leaf | None) -> str:
    if was is None:
        return TAKEN_IN
    return CHANGED if now else LEFT_OUT


def _cells(leaf: Leaf | None) -> list[Any]:
    if leaf is None:
        return []
    return [leaf.code, leaf.kind, leaf.nature, leaf.content, leaf.item, {"msg": NO if leaf.barred else YES}]
