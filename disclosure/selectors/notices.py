"""Reads of notices."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from core import regions
from core.clock import BEIJING
from core.errors import NotFound
from core.money import Yuan
from disclosure import content, search
from disclosure.models import Notice
from disclosure.ocds import instant, party_id
from disclosure.selectors.filters import NoticeFilters, cursor_text
from disclosure.states import CORRECTABLE, NoticeType, official_code, official_name

HEAVY = ("sections", "facts", "search_text")


def place_of(moment: datetime) -> int:
    """Give the first place in time of an instant."""
    return (int(moment.timestamp()) * 1000 + moment.microsecond // 1000) * 2**20


def matching(filters: NoticeFilters) -> QuerySet[Notice]:
    """Give the notices that match, newest first, without their long texts."""
    rows = search.find(Notice.objects.all(), " ".join([filters.q, filters.purchaser, filters.agency]))
    for name in ("type", "method", "category"):
        if getattr(filters, name):
            rows = rows.filter(**{name: getattr(filters, name)})
    if filters.region:
        prefix = regions.stem(filters.region)
        rows = rows.filter(region=prefix) if len(prefix) == 6 else rows.filter(region__startswith=prefix)
    if filters.min_amount is not None:
        rows = rows.filter(amount__gte=filters.min_amount.amount)
    if filters.max_amount is not None:
        rows = rows.filter(amount__lte=filters.max_amount.amount)
    if filters.since is not None:
        rows = rows.filter(position__gte=place_of(filters.since))
    if filters.until is not None:
        rows = rows.filter(position__lt=place_of(filters.until))
    if filters.due is not None:
        begin = datetime.combine(filters.due, time(), BEIJING)
        newer = Notice.objects.filter(corrects=OuterRef("pk"))
        rows = rows.filter(~Exists(newer), due_at__gte=begin, due_at__lt=begin + timedelta(days=1))
    if filters.purchaser:
        rows = rows.filter(purchaser_name__contains=filters.purchaser)
    if filters.agency:
        rows = rows.filter(agency__name__icontains=filters.agency)
    newer = Notice.objects.filter(corrects=OuterRef("pk"))
    shown: QuerySet[Notice] = rows.annotate(is_corrected=Exists(newer)).defer(*HEAVY)
    return shown


def page(filters: NoticeFilters) -> tuple[list[Notice], str | None]:
    """Give one page of the notices that match, and the cursor of the next page, None at the end."""
    rows = matching(filters)
    if filters.cursor is not None:
        rows = rows.filter(position__lt=filters.cursor)
    found = list(rows[: filters.limit + 1])
    more = len(found) > filters.limit
    found = found[: filters.limit]
    return found, cursor_text(found[-1].position) if more else None


def notice(id: uuid.UUID) -> Notice:
    """Give one notice with all its text, or raise NotFound."""
    row = Notice.objects.filter(pk=id).first()
    if row is None:
        raise NotFound()
    return row


def versions(row: Notice) -> list[Notice]:
    """Give every version of what a notice announces, oldest first, with their texts."""
    return list(Notice.objects.filter(root_id=row.root_id).order_by("version"))


def changes(old: Notice, new: Notice) -> list[dict[str, Any]]:
    """Say what `new` changed: as its facts say, else by comparing the labelled values of both.

    Gives `{"label", "before", "after"}`; a value that one of them lacks is empty. Labels that only the old version
    has count as taken away only if the new one has their section.
    """
    said = new.facts.get("changes")
    if said:
        return [
            {"label": c.get("label", ""), "before": c.get("before", ""), "after": c.get("after", "")}
            for c in said
        ]
    before, after = _labelled(old.sections), _labelled(new.sections)
    kept = {section for section, _ in after}
    rows = []
    for key in {**before, **after}:
        if key not in after and key[0] not in kept:
            continue
        if before.get(key) != after.get(key):
            rows.append({"label": key[1], "before": before.get(key, ""), "after": after.get(key, "")})
    return rows


def _labelled(sections: list[dict[str, Any]]) -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    for section in sections:
        title = str(section.get("title", ""))
        for row in section.get("rows") or []:
            found[(title, str(row[0]))] = row[1]
        if "text" in section:
            found[(title, title)] = section["text"]
    return found


def of_process(ocid: str) -> list[Notice]:
    """Give every notice of a process, oldest first."""
    return list(Notice.objects.filter(ocid=ocid).order_by("position")) if ocid else []


def newest_of_source(source: str) -> Notice | None:
    """Give the newest notice of another kind that was published for `source`, or None."""
    rows = Notice.objects.filter(type=NoticeType.OTHER, source=source).order_by("-position")
    return rows.first() if source else None


def newest_id(ocid: str, types: Sequence[str]) -> uuid.UUID | None:
    """Give the newest version of the newest notice of a process of one of `types`, to be corrected; None without one."""
    rows = Notice.objects.filter(ocid=ocid, type__in=list(types)).order_by("-position")
    root = rows.values_list("root_id", flat=True).first()
    versions = Notice.objects.filter(root_id=root).order_by("-version") if root else Notice.objects.none()
    return versions.values_list("pk", flat=True).first()


def to_correct_by_hand(ocid: str) -> list[Notice]:
    """Give the notices of a process that can be corrected by hand: the newest version of each, oldest first."""
    newer = Notice.objects.filter(corrects=OuterRef("pk"))
    rows = Notice.objects.filter(ocid=ocid, type__in=CORRECTABLE, external={}).defer(*HEAVY)
    return list(rows.filter(~Exists(newer)).order_by("position")) if ocid else []


def procured_again(ended: Notice) -> list[Notice]:
    """Give the procurement notices that follow the process whose end `ended` announced, oldest first."""
    later = Notice.objects.filter(region=ended.region, position__gt=ended.position, type="tender_notice")
    return list(later.filter(facts__follows=ended.ocid).order_by("position"))


def public_party(party: dict[str, Any]) -> dict[str, Any] | None:
    """Give id and name of a party, as lists show it."""
    if not party:
        return None
    code = party.get("credit_code")
    return {"id": party_id(code) if code else None, "name": party.get("name", "")}


def brief(row: Notice) -> dict[str, Any]:
    """Give a notice as lists of the API show it."""
    return {
        "id": str(row.pk),
        "type": row.type,
        "official_type": row.external.get("official_type") or official_name(row.type, row.method),
        "official_code": official_code(row.type, row.method),
        "title": row.title,
        "title_en": row.title_en,
        "region": row.region,
        "region_name": regions.full_name(row.region) if row.region else "",
        "ocid": row.ocid or None,
        "project_no": row.project_no,
        "purchaser": public_party(row.purchaser),
        "agency": public_party(row.agency),
        "category": row.category or None,
        "method": row.method or None,
        "amount": str(Yuan(row.amount)) if row.amount is not None else None,
        "due_at": instant(row.due_at) if row.due_at else None,
        "published_at": instant(row.published_at),
        "version": row.version,
        "corrects": str(row.corrects_id) if row.corrects_id else None,
        "hash": row.hash,
        "url": f"{settings.PUBLIC_URL}{reverse('portal:notice', args=[row.pk])}",
        "external": {k: row.external[k] for k in ("source", "url", "provenance")} if row.external else None,
    }


def full(row: Notice, all_versions: list[Notice]) -> dict[str, Any]:
    """Give a notice with all it says; `content` is what its hash covers (SHA-256 of RFC 8785)."""
    return {
        **brief(row),
        "sections": row.sections,
        "facts": row.facts,
        "law_as_of": row.law_as_of.isoformat() if row.law_as_of else None,
        "publisher": row.publisher,
        "versions": [
            {
                "id": str(v.pk),
                "version": v.version,
                "type": v.type,
                "published_at": instant(v.published_at),
                "hash": v.hash,
            }
            for v in all_versions
        ],
        "content": content.of_notice(row),
    }
