"""Reading the bids: bytes for the page that displays them, the worker that parses them, search, one's own notes."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import NotFound
from core.workers import worker_script
from evaluation import access, blind, page_reading
from evaluation.services import noting
from evaluation.views.manners import back_to, bid_of, for_programs, to, uuid_of
from parties.access import Request
from storage import serving


@require_GET
def content(request: Request, panel_id: uuid.UUID, file_id: uuid.UUID) -> HttpResponseBase:
    """The bytes of an attachment, for the reader of the room."""
    row = access.file_to_read(request.actor, panel_id, file_id)
    return serving.for_script(request, "opened", row.stored_as, row.name)


@require_GET
def worker(request: Request) -> HttpResponse:
    """The script that parses what bidders wrote: it reaches nothing, and what it needs comes by message."""
    return worker_script("pdf-worker.js", "default-src 'none'; script-src 'wasm-unsafe-eval'")


@require_GET
def search(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Where words stand in the bids: `q`; a fragment, or JSON."""
    panel, tender, member = access.bids_to_read(request.actor, panel_id)
    found = page_reading.hits(blind.shown(panel, tender, member), request.GET.get("q", "")[:100])
    if for_programs(request):
        return JsonResponse(
            {
                "words": found["words"],
                "hits": [
                    {
                        "bid": str(row["bid"].bid_id),
                        "file": str(row["hit"].file_id),
                        "name": row["hit"].name,
                        "page": row["hit"].page,
                        "text": row["hit"].before + row["hit"].words + row["hit"].after,
                    }
                    for row in found["hits"]
                ],
                "unsearched": [str(row["file"].id) for row in found["unsearched"]],
            }
        )
    return render(request, "evaluation/_hits.html", {**found, "panel": panel, "tender": tender})


@require_http_methods(["GET", "HEAD", "POST"])
@back_to("evaluation:room")
def note(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """A member's own notes; posted: `bid`, `file` and `page` (both empty: the bid as a whole), `text`, `marked`."""
    panel, tender, member = access.room_to_enter(request.actor, panel_id)
    if member is None or not access.reads_bids(request.actor, tender, member):
        raise NotFound()
    if request.method == "POST":
        page_no = request.POST.get("page", "") or "0"
        noting.keep(
            actor=request.actor,
            panel_id=panel_id,
            bid_id=bid_of(request, panel_id),
            file_id=uuid_of(request, "file") if request.POST.get("file") else None,
            page=int(page_no) if page_no.isdecimal() and len(page_no) < 7 else -1,
            text=request.POST.get("text", ""),
            marked=request.POST.get("marked") == "1",
        )
        if not request.headers.get("HX-Request"):
            return to("evaluation:room", panel_id)
    seen = blind.shown(panel, tender, member)
    return render(
        request, "evaluation/_notes.html", {"panel": panel, "notes": page_reading.notes(member, seen)}
    )
