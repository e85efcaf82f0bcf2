"""The edge's manners: request ids, refusals rendered once, the language and the demonstration's mark.

A `Refused` becomes RFC 9457 problem details for programs, a fragment for htmx, a page for people.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render, resolve_url
from django.urls import is_valid_path
from django.utils.http import escape_leading_slashes
from django.utils.translation import gettext

from core import clock
from core.errors import Invalid, Refused

log = logging.getLogger(__name__)
PROBLEM_TYPE = "https://mingcai.example/problems/"


def see_other(to: Any, *args: object, **named: object) -> HttpResponseRedirect:
    """Lead from a form to where its work can be looked at (303): a name with its arguments, or an address."""
    return HttpResponseRedirect(resolve_url(to, *args, **named), status=303)


def problem(error: Refused, *, instance: str = "") -> dict[str, Any]:
    """Give the members of RFC 9457 for `error`, in the reader's language, plus its code, rule and facts."""
    body: dict[str, Any] = {
        "type": f"{PROBLEM_TYPE}{error.code}",
        "title": gettext(error.title),
        "status": error.status,
        "detail": said(error),
        "instance": instance,
        "code": error.code,
    }
    if error.rule:
        body["rule"] = error.rule
    for name, value in error.facts.items():
        body.setdefault(
            name, value if isinstance(value, int | bool | list | dict) or value is None else str(value)
        )
    if isinstance(error, Invalid) and error.errors:
        body["errors"] = said_of_fields(error)
    return body


def said(error: Refused) -> str:
    """Give the detail in the reader's language, with its facts filled in."""
    return _filled(error, error.detail) if error.detail else ""


def said_of_fields(error: Refused) -> dict[str, str]:
    """Give what is wrong with each field in the reader's language, with the facts filled in; nothing but for bad input."""
    errors = error.errors if isinstance(error, Invalid) else {}
    return {field: _filled(error, message) for field, message in errors.items()}


def _filled(error: Refused, message: str) -> str:
    text = gettext(message)
    try:
        return text % error.facts if error.facts else text
    except (KeyError, ValueError, TypeError):
        log.exception("what %s says cannot be filled in", error.code)
        return text


def wants_json(request: HttpRequest) -> bool:
    """Tell whether a program asked: the API, open data, tus, or an Accept header that prefers JSON."""
    if request.path.startswith(("/api/", "/open-data/ocds", "/uploads/")):
        return True
    accept = request.headers.get("Accept", "")
    return "json" in accept and "text/html" not in accept


def refusal(request: HttpRequest, error: Refused) -> HttpResponse:
    """Render `error` for whoever asked."""
    incident = getattr(request, "request_id", "")
    body = problem(error, instance=f"urn:request:{incident}")
    if wants_json(request):
        return JsonResponse(
            body,
            status=error.status,
            content_type="application/problem+json",
            json_dumps_params={"ensure_ascii": False},
        )
    template = "components/problem_fragment.html" if request.headers.get("HX-Request") else "problem.html"
    return render(request, template, {"problem": body}, status=error.status)


class RequestIdMiddleware:
    """Give every request an id: in the log, in the answer, and on error pages as the reference to quote."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the id in the header."""
        request.request_id = uuid.uuid4().hex  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.request_id)  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response


def with_camera(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let the page of `view` ask its reader for camera and microphone; no other page may."""

    @wraps(view)
    def wrapped(request: Any, *args: Any, **named: Any) -> HttpResponse:
        response = view(request, *args, **named)
        response["Permissions-Policy"] = "camera=(self), microphone=(self)"
        return response

    return wrapped


class PermissionsMiddleware:
    """Forbid camera and microphone on every page that does not ask for them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the policy in the header."""
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=()")
        return response


class SpareSlashMiddleware:
    """Lead an address with a slash too many to the one without, as Django leads one with a slash too few."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; an address that leads nowhere is tried without its last slash."""
        response = self.get_response(request)
        path = request.path_info
        if response.status_code != 404 or not path.endswith("/") or request.method not in {"GET", "HEAD"}:
            return response
        if is_valid_path(path) or not is_valid_path(path[:-1]):
            return response
        shorter = escape_leading_slashes(request.get_full_path().replace(path, path[:-1], 1))
        return HttpResponsePermanentRedirect(shorter)


class RefusalMiddleware:
    """Render every `Refused` that a view lets through."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn a refusal into its answer; bugs stay bugs."""
        if not isinstance(exception, Refused):
            return None
        return refusal(request, exception)


def page_facts(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: the server's clock, the demonstration's mark, who is acting (None: nobody signed in)."""
    actor = getattr(request, "actor", None)
    return {
        "sandbox": settings.SANDBOX,
        "demonstration": settings.DEMONSTRATION,
        "server_now": clock.now(),
        "actor": actor if actor is not None and actor.is_authenticated else None,
    }
