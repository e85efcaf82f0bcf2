"""Assisted sign-in: the member's own browser asks and waits; two people of the host's side confirm."""

from __future__ import annotations

import uuid
from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.errors import NotFound, WrongState, gettext_noop
from evaluation import access, assists
from evaluation.assisted_session import SESSION
from evaluation.services import assisting
from evaluation.views.manners import back_to, to, uuid_of
from parties.access import Request
from parties.views.recovery import TooMany

ASKED = "assist_asked"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: Request) -> HttpResponse:
    """A member without a working passkey gives their address; the answer is the same whoever they are."""
    if request.method != "POST":
        return render(request, "evaluation/assist_ask.html")
    email = request.POST.get("email", "").strip().lower()[:254]
    if not ratelimit.consume(request, action="reset_password", key=f"assist {email}"):
        raise TooMany(gettext_noop("Please wait a few minutes and try again."))
    asked = assisting.ask(email=email)
    request.session[ASKED] = {"id": str(asked.id), "secret": asked.secret, "code": asked.code}
    return to("evaluation:assist_wait")


@require_http_methods(["GET", "HEAD", "POST"])
def wait(request: Request) -> HttpResponse:
    """The code to show, and where the confirmation stands; posted: sign in."""
    kept: dict[str, Any] | None = request.session.get(ASKED)
    if kept is None:
        return to("evaluation:assist_ask")
    if request.method == "POST":
        return _enter(request, kept)
    row = assists.asked(uuid.UUID(kept["id"]))
    context = {"code": kept["code"], "ready": row is not None and row.second_by_id and assists.is_open(row)}
    context["first"] = row is not None and row.first_by_id is not None
    return render(request, "evaluation/assist_wait.html", context)


def _enter(request: Request, kept: dict[str, Any]) -> HttpResponse:
    try:
        user, panel = assisting.use(request_id=uuid.UUID(kept["id"]), secret=kept["secret"])
    except (NotFound, WrongState):
        messages.warning(request, _("Nobody has let you in yet, or the time is over. Ask again if it is."))
        return to("evaluation:assist_wait")
    login(request, user, backend=BACKEND)
    request.session.pop(ASKED, None)
    until = clock.now() + assists.SESSION_LASTS
    request.session[SESSION] = {"panel": str(panel.pk), "until": until.isoformat()}
    request.session.set_expiry(int(assists.SESSION_LASTS.total_seconds()))
    return to("evaluation:room", panel.pk)


@require_http_methods(["GET", "HEAD"])
def assist(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """The requests of a room, for those who may confirm them; nothing of any sheet."""
    panel, tender = access.assist_to_give(request.actor, panel_id)
    rows = [
        {
            "row": row,
            "open": assists.is_open(row) and row.second_by_id is None,
            "mine": row.first_by_id == request.actor.user_id,
        }
        for row in assists.of(panel)
    ]
    return render(request, "evaluation/assist.html", {"panel": panel, "tender": tender, "rows": rows})


@require_POST
@back_to("evaluation:assist")
def confirm(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """One of the two confirms: `request`, `code`, `checked`."""
    row = assisting.confirm(
        actor=request.actor,
        panel_id=panel_id,
        request_id=uuid_of(request, "request"),
        code=request.POST.get("code", ""),
        checked=request.POST.get("checked") == "1",
    )
    if request.actor.user_id not in (row.first_by_id, row.second_by_id):
        raise assisting.WrongCode()
    messages.success(
        request, _("Confirmed.") if row.second_by_id else _("Confirmed. Another person confirms it too.")
    )
    return to("evaluation:assist", panel_id)
