"""The desk: the inbox of whoever is signed in, and which desk that is."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from core import clock, ical
from core.errors import Invalid, gettext_noop
from core.http import see_other
from parties import access, board_page, inbox_page
from parties.access import SESSION_DESK, Request
from parties.selectors import desks_of
from parties.services import inbox
from parties.services.display import show_large

COOKIE, A_YEAR = "elder", 365 * 24 * 3600


@require_GET
def desk(request: Request) -> HttpResponse:
    user_id = request.actor.require_user()
    facts = {"page": inbox_page.page(request.actor), "desks": desks_of(user_id)}
    return render(request, "parties/desk.html", facts)


@require_GET
def board(request: Request) -> HttpResponse:
    """What is due, overdue and blocked: of the desk, for a supervisor of its region."""
    return render(request, "parties/board.html", board_page.page(request.actor, request.GET.dict()))


@require_GET
def calendar(request: Request) -> HttpResponse:
    """The deadlines of this person's tasks as a file for a calendar."""
    events = inbox_page.deadlines(request.actor)
    file = ical.calendar(gettext("Deadlines in Mingcai"), events, clock.now())
    name = "attachment; filename=deadlines.ics"
    return HttpResponse(file, content_type=ical.MEDIA_TYPE, headers={"Content-Disposition": name})


@require_POST
def switch(request: Request) -> HttpResponse:
    try:
        wanted = uuid.UUID(request.POST.get("desk", ""))
    except ValueError as error:
        raise Invalid(gettext_noop("Choose a desk.")) from error
    row = access.desk_to_enter(request.actor, wanted)
    request.session[SESSION_DESK] = str(row.pk)
    return see_other(_back(request))


@require_POST
def display(request: Request) -> HttpResponse:
    """Large type and the short way, `large` 1 or 0: kept with the account, and by a cookie for who is not signed in."""
    large = request.POST.get("large") == "1"
    if request.actor.is_authenticated:
        show_large(actor=request.actor, large=large)
    answer = see_other(_back(request)) if not request.headers.get("X-Quiet") else HttpResponse(status=204)
    answer.set_cookie(
        COOKIE, "1" if large else "0", max_age=A_YEAR, samesite="Lax", secure=request.is_secure()
    )
    return answer


def _back(request: Request) -> str:
    to = request.POST.get("next", "")
    return to if url_has_allowed_host_and_scheme(to, {request.get_host()}) else "desk"


@require_POST
def take(request: Request, item_id: uuid.UUID) -> HttpResponse:
    inbox.take(actor=request.actor, item_id=access.own_item(request.actor, item_id).pk)
    return see_other("desk")


@require_POST
def put_away(request: Request, item_id: uuid.UUID) -> HttpResponse:
    inbox.read(actor=request.actor, item_id=access.own_item(request.actor, item_id).pk)
    return see_other("desk")
