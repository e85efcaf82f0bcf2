"""The opening hall: public, live, and empty of names and numbers before the close."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.files.storage import storages
from django.http import FileResponse, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from bidding import access, keepers, notices, selectors
from bidding.models import OpenedFile
from core.errors import NotFound
from parties.access import Request
from realtime.selectors import last_seq


@require_GET
def hall(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """Before: the countdown and what will happen. During: one row per bid. After: sheet, minutes, transcript."""
    tender = access.opening_to_view(request.actor, tender_id)
    stream = f"opening.{tender_id}"
    context = {
        "tender": tender,
        "stream": stream,
        "after": last_seq(stream),
        "lots": selectors.hall(tender_id),
        "closes": selectors.close_lists(tender_id),
        "keepers": keepers.described(tender),
        "needed": tender.sealing.get("k"),
        "verdicts": notices.VERDICTS,
        "same_machine": not settings.INDEPENDENT_KEEPERS,
    }
    template = "bidding/_hall_rows.html" if request.headers.get("HX-Request") else "bidding/hall.html"
    return render(request, template, context)


@require_GET
def transcript(request: Request, tender_id: uuid.UUID, lot: str) -> HttpResponse:
    """The public transcript of one lot, which `python -m bidding.sealing replay` reads (R12)."""
    access.opening_to_view(request.actor, tender_id)
    found = selectors.transcript(tender_id, lot)
    if found is None:
        raise NotFound()
    return JsonResponse(found)


@require_GET
def file(request: Request, file_id: uuid.UUID) -> HttpResponseBase:
    """An attachment of an opened bid, as a download."""
    row = access.opened_file_to_read(request.actor, file_id)
    return download(row)


def download(row: OpenedFile) -> FileResponse:
    """Serve an opened file as an attachment that no browser runs."""
    stored = storages["opened"].open(row.stored_as, "rb")
    response = FileResponse(
        stored, as_attachment=True, filename=row.name, content_type="application/octet-stream"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox"
    return response
