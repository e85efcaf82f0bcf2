"""Keep who was let in without a passkey in their room, and for their time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from core import clock
from core.errors import NotFound
from core.http import see_other

SESSION = "assisted"
"""In the session: {panel, until}."""


class AssistedSession:
    """Middleware: a session that two people opened for a member reaches its room, and ends with its time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let through what belongs to the room; lead everything else back to it."""
        kept: dict[str, Any] | None = request.session.get(SESSION) if request.session.session_key else None
        if kept is None:
            return self.get_response(request)
        if clock.now() >= datetime.fromisoformat(kept["until"]):
            logout(request)
            return see_other("account_login")
        room = reverse("evaluation:room", args=[kept["panel"]])
        others = (
            reverse("evaluation:reader_worker"),
            reverse("display"),
            reverse("account_logout"),
            reverse("set_language"),
        )
        if request.path.startswith(room) or request.path in others:
            return self.get_response(request)
        return see_other("evaluation:room", kept["panel"])


def check_stream(session: Any, stream: str) -> None:
    """Let a session that two people opened follow its room's stream and no other. Raises NotFound."""
    kept: dict[str, Any] | None = (
        session.get(SESSION) if session is not None and session.session_key else None
    )
    if kept is None:
        return
    if clock.now() >= datetime.fromisoformat(kept["until"]) or stream != f"room.{kept['panel']}":
        raise NotFound()
