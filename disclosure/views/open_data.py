"""Open data: the index, releases, records, bulk files, our extensions, the policy; and the page of the log."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from core.errors import NotFound, gettext_noop
from disclosure import bulk
from disclosure.ocds import instant
from disclosure.ocds.packages import EXTENSIONS, LOCAL, head, stream
from disclosure.selectors import log as log_page
from disclosure.selectors import open_data
from disclosure.selectors.filters import BadQuery, Filters
from disclosure.streaming import of_file, pieces, streamed

MOST_RELEASES, USUAL_RELEASES = 1000, 100
EXTENSION_FILES = Path(__file__).resolve().parents[1] / "data" / "extensions"
JSON = "application/json; charset=utf-8"


def _package(uri: str, published: str) -> dict[str, Any]:
    return head(
        uri=uri,
        site=settings.PUBLIC_URL,
        publisher=getattr(settings, "PUBLISHER_NAME", "明采 Mingcai"),
        licence=settings.OPEN_DATA_LICENCE,
        published=published,
    )


def _open(response: HttpResponseBase, etag: str, request: HttpRequest) -> HttpResponseBase:
    """Let any page read it, and answer 304 to whoever has it."""
    response["ETag"] = etag
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, max-age=0, must-revalidate"
    return get_conditional_response(request, etag=etag, response=response) or response  # type: ignore[arg-type]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show the bulk files with their sizes and SHA-256, the feeds, and how to read them."""
    try:
        files = bulk.index()
    except bulk.NotReady:
        files = None
    return render(request, "portal/open_data.html", {"bulk": files, "licence": settings.OPEN_DATA_LICENCE})


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """Show the publication policy."""
    context = {
        "licence": settings.OPEN_DATA_LICENCE,
        "prefix": settings.OCID_PREFIX,
        "extensions": EXTENSIONS,
        "local": LOCAL,
    }
    return render(request, "portal/policy.html", context)


def _number(request: HttpRequest, name: str, usual: int, low: int, high: int) -> int:
    text = request.GET.get(name, "")
    if not text:
        return usual
    if not text.isascii() or not text.isdigit() or not low <= int(text[:18]) <= high:
        raise BadQuery(errors={name: gettext_noop("This number cannot be used.")})
    return int(text)


@require_safe
def releases(request: HttpRequest) -> HttpResponseBase:
    """Give releases in the order of their publication; `links.next` while there are more, `X-Cursor` to go on later."""
    after = _number(request, "cursor", 0, 0, 2**62)
    limit = _number(request, "limit", USUAL_RELEASES, 1, MOST_RELEASES)
    since = Filters.read({"since": request.GET.get("since", "")}).since
    rows, more = open_data.releases(after=after, since=since, limit=limit)
    last = rows[-1].seq if rows else after
    path = settings.PUBLIC_URL + reverse("portal:releases")
    own = {name: request.GET[name] for name in ("since", "limit") if request.GET.get(name)}
    published = instant(rows[-1].published_at) if rows else "1970-01-01T08:00:00+08:00"
    top = _package(f"{path}?{urlencode({**own, 'cursor': after})}", published)
    top["links"] = {"next": f"{path}?{urlencode({**own, 'cursor': last})}"} if more else {}
    response = streamed(
        request, pieces(stream(top, "releases", (row.body for row in rows))), content_type=JSON
    )
    response["X-Cursor"] = str(last)
    return _open(response, f'"r{after}-{last}-{len(rows)}-{int(more)}"', request)


@require_safe
def release(request: HttpRequest, release_id: str) -> HttpResponseBase:
    """Give one release, in a package of its own; it never changes."""
    row = open_data.release(release_id)
    uri = settings.PUBLIC_URL + reverse("portal:release", args=[row.release_id])
    top = _package(uri, instant(row.published_at))
    response = HttpResponse("".join(stream(top, "releases", [row.body])), content_type=JSON)
    return _open(response, f'"{row.hash}"', request)


@require_safe
def record(request: HttpRequest, ocid: str) -> HttpResponseBase:
    """Give a process's record: its releases, compiled and versioned."""
    row, rows = open_data.record(ocid)
    uri = settings.PUBLIC_URL + reverse("portal:record", args=[row.ocid])
    top = _package(uri, instant(row.changed_at))
    body = "".join(stream(top, "records", [open_data.record_body(row, rows)]))
    return _open(HttpResponse(body, content_type=JSON), f'"{row.ocid}-{row.changed_seq}"', request)


@require_safe
def bulk_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """Give one bulk file as it is, without Content-Encoding; its ETag is its SHA-256."""
    path, row = bulk.file(name)
    response = streamed(request, of_file(path), content_type=row["media_type"])
    response["Content-Length"] = str(row["bytes"])
    response["Content-Disposition"] = f'attachment; filename="{row["name"]}"'
    response["Last-Modified"] = http_date(path.stat().st_mtime)
    return _open(response, f'"{row["sha256"]}"', request)


@require_safe
def checksums(request: HttpRequest) -> HttpResponseBase:
    """Give the SHA-256 of every bulk file, as `sha256sum --check` takes them."""
    files = bulk.index()["files"]
    text = "".join(f"{row['sha256']}  {row['name']}\n" for row in files)
    return _open(
        HttpResponse(text, content_type="text/plain; charset=utf-8"),
        f'"{hashlib.sha256(text.encode()).hexdigest()}"',
        request,
    )


@require_safe
def extension(request: HttpRequest, name: str, path: str) -> HttpResponseBase:
    """Give a file of one of our own OCDS extensions."""
    place = EXTENSION_FILES / name / path
    if name not in LOCAL or not place.is_file() or not place.resolve().is_relative_to(EXTENSION_FILES / name):
        raise NotFound()
    media = mimetypes.guess_type(place.name)[0] or "application/json"
    response = HttpResponse(place.read_bytes(), content_type=media)
    return _open(response, f'"{name}-{path}-{place.stat().st_size}"', request)


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Show the transparency log: its newest head, how fresh its witnesses are, its entries, how to verify it."""
    before = _number(request, "before", 2**62, 0, 2**62)
    context = {
        "log": log_page.log(before),
        "origin": settings.LEDGER_ORIGIN,
        "address": request.build_absolute_uri("/log"),
    }
    return render(request, "portal/log.html", context)
