"""Atom feeds of notices."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_safe

from core import clock, regions
from disclosure.selectors import notices
from disclosure.selectors.filters import NoticeFilters
from disclosure.states import official_name

MOST = frozenset({"cursor", "limit"})


@require_safe
def atom(request: HttpRequest) -> HttpResponse:
    """Give the newest fifty notices that match the same filters as the list; raises BadQuery."""
    filters = NoticeFilters.read(request.GET, skip=MOST)
    rows, _ = notices.page(filters)
    own = settings.PUBLIC_URL + request.get_full_path()
    feed = Atom1Feed(
        title="明采 · 采购公告",
        link=settings.PUBLIC_URL + reverse("portal:notices"),
        description="",
        feed_url=own,
        feed_guid=own,
        language="zh-Hans",
    )
    for row in rows:
        kind = row.external.get("official_type") or official_name(row.type, row.method)
        feed.add_item(
            title=f"{kind}：{row.title}",
            link=settings.PUBLIC_URL + reverse("portal:notice", args=[row.pk]),
            description=" · ".join(
                filter(
                    None, [row.region and regions.full_name(row.region), row.purchaser_name, row.project_no]
                )
            ),
            unique_id=f"urn:uuid:{row.pk}",
            pubdate=row.published_at,
            updateddate=row.published_at,
            author_name=row.publisher,
            categories=[row.type],
        )
    if not rows:
        feed.latest_post_date = clock.now  # type: ignore[method-assign]
    response = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    response["Access-Control-Allow-Origin"] = "*"
    return response
