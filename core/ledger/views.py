"""The log over HTTP, as C2SP tlog-tiles has it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from core.ledger import selectors, services


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    note = selectors.note_with_cosignatures(services.current_checkpoint())
    response = HttpResponse(note, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def tile(request: HttpRequest, path: str) -> HttpResponse:
    response = HttpResponse(selectors.published_tile(path), content_type="application/octet-stream")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
