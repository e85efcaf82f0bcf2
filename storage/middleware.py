"""Keep the origin of files to its files."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from storage import serving


class FilesOrigin:
    """On the origin of files there is nothing else: no page, no sign-in, no static file."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or say that there is nothing."""
        if serving.is_files_host(request) and not request.path.startswith("/f/"):
            return HttpResponse(status=404)
        return self.get_response(request)
