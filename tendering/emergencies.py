"""Emergency purchases (紧急采购): what one rests on, and what is said of it in public afterwards.

Source: 财库〔2026〕12号 (rule G-08, seen through secondary sources only); 《政府采购法》第八十五条.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.errors import gettext_noop
from core.law.duties import duty
from tendering.facts import EmergencyFacts, TenderFacts
from tendering.models import Emergency

MIN, ADDON = "G-08.emergency_suppliers_min", "G-08.emergency_addon_max"
RULE, OUTSIDE = "G-08", "L-37"
LEFT_OPEN = (
    gettext_noop(
        "Who decides that there is an emergency, and for how long, is not in the text that is at hand."
    ),
    gettext_noop(
        "By when the purchase must be made public afterwards is not in it either: here it is at the award."
    ),
    gettext_noop("Until when the rule holds is not known; its end will be entered when it is published."),
)
"""What the rule leaves open as far as its text is known."""


def of_tender(tender_id: UUID) -> EmergencyFacts | None:
    """Give what an emergency purchase rests on, or None where nothing is stated yet."""
    row = Emergency.objects.filter(tender_id=tender_id).first()
    if row is None:
        return None
    names = (
        "event",
        "authority",
        "number",
        "decided_on",
        "begins_on",
        "ends_on",
        "sha256",
        "stored_as",
        "media_type",
    )
    return EmergencyFacts(
        **{name: getattr(row, name) for name in names},
        file=row.name,
        asked=tuple((one["name"], one["said"]) for one in row.asked),
    )


def sections(tender: TenderFacts) -> list[dict[str, Any]]:
    """Give the sections that publish what an emergency purchase rested on; none for another purchase."""
    found, sole = tender.emergency, tender.sole
    if found is None or sole is None:
        return []
    known = duty(RULE)
    others = [[name, said] for name, said in found.asked]
    return [
        {
            "title": gettext_noop("Emergency purchase"),
            "rows": [
                [gettext_noop("Emergency"), found.event],
                [gettext_noop("Decided by"), found.authority],
                [gettext_noop("Number of the decision"), found.number],
                [gettext_noop("Decided on"), found.decided_on.isoformat()],
                [gettext_noop("From"), found.begins_on.isoformat()],
                [gettext_noop("Last day"), found.ends_on.isoformat()],
                [gettext_noop("The decision (SHA-256)"), found.sha256],
                [gettext_noop("Why this supplier"), sole.reason],
                [gettext_noop("Legal basis"), f"{known.citation}；{duty(OUTSIDE).citation}"],
                [gettext_noop("Certainty"), {"msg": str(known.certainty)}],
            ],
        },
        {
            "title": gettext_noop("Suppliers that were asked besides"),
            "table": {"head": [gettext_noop("Supplier"), gettext_noop("What it answered")], "rows": others},
        }
        if others
        else {
            "title": gettext_noop("Suppliers that were asked besides"),
            "text": {"msg": gettext_noop("None: the reason is given above.")},
        },
    ]
