"""The origin of files."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET

from core.errors import NotFound
from storage import serving


@require_GET
def file(request: HttpRequest, token: str) -> HttpResponseBase:
    """A file by its token, on the origin of files alone."""
    if not serving.is_files_host(request):
        raise NotFound()
    return serving.by_token(token)
