"""Reads of intentions to buy (采购意向): what is coming and not announced yet."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from disclosure.models import Notice
from disclosure.states import NoticeType

MOST = 200
EARLY = (NoticeType.INTENTION, NoticeType.REQUIREMENTS, NoticeType.IMPORT_PERMISSION)


def coming() -> list[Notice]:
    """Give the newest version of each intention whose process has no procurement notice yet, soonest expected first."""
    said_more = Notice.objects.filter(ocid=OuterRef("ocid")).exclude(type__in=EARLY)
    newer = Notice.objects.filter(corrects=OuterRef("pk"))
    rows = Notice.objects.filter(~Exists(said_more), ~Exists(newer), type=NoticeType.INTENTION)
    found = list(rows.defer("sections", "search_text").order_by("-position")[:MOST])
    return sorted(found, key=lambda row: (row.facts.get("expected_on") or "9999", row.position))
