"""The evaluation room: one address for page, fragments and programs, and one for each act."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from evaluation import access, page, page_sheets, programs
from evaluation.services import agenda, panels, rounds, scoring, seats, technical
from evaluation.views.manners import back_to, bid_of, for_programs, to
from parties.access import Request
from storage import serving

PARTS = {"people": "evaluation/_people.html", "work": "evaluation/_work.html"}


@require_safe
def room(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Bids left, work right, people along the top; `?part=people|work` gives a fragment."""
    panel, tender, member = access.room_to_enter(request.actor, panel_id)
    hosting = access.hosts(request.actor, tender)
    reading = access.reads_bids(request.actor, tender, member)
    if for_programs(request):
        return JsonResponse(programs.room_json(panel, tender, member, hosting=hosting, reading=reading))
    part = PARTS.get(request.GET.get("part", ""), "evaluation/room.html")
    return render(request, part, page.room(panel, tender, member, hosting=hosting, reading=reading))


@require_GET
def room_json(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """The room for programs."""
    panel, tender, member = access.room_to_enter(request.actor, panel_id)
    hosting = access.hosts(request.actor, tender)
    reading = access.reads_bids(request.actor, tender, member)
    return JsonResponse(programs.room_json(panel, tender, member, hosting=hosting, reading=reading))


@require_GET
def file(request: Request, panel_id: uuid.UUID, file_id: uuid.UUID) -> HttpResponseBase:
    """An attachment of an opened bid, as a download that no browser runs."""
    row = access.file_to_read(request.actor, panel_id, file_id)
    return serving.hand_out(request, "opened", row.stored_as, row.name, subject=f"bid.{row.bid.bid_id}")


@require_POST
def present(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """A member's page says that its member is there; the people along the top come back."""
    agenda.present(actor=request.actor, panel_id=panel_id)
    if not request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    panel, _tender, member = access.room_to_enter(request.actor, panel_id)
    return render(
        request, PARTS["people"], {"people": page.people(panel), "agenda": page.agenda(panel), "me": member}
    )


@require_POST
@back_to("evaluation:room")
def declare(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Sign the declaration."""
    panels.declare(actor=request.actor, panel_id=panel_id, credential=request.POST.get("credential", ""))
    return to("evaluation:room", panel_id)


@require_POST
@back_to("evaluation:room")
def recuse(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Leave the panel; the room is closed to this person from then on."""
    seats.recuse(actor=request.actor, panel_id=panel_id, reason=request.POST.get("reason", ""))
    return to("desk")


@require_POST
@back_to("evaluation:room")
def advance(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """The host moves the agenda on: by logging the technical result of two envelopes, by beginning the talks of rounds."""
    verb = request.POST.get("verb", "")
    if verb == "log_result":
        technical.log_result(actor=request.actor, panel_id=panel_id)
    elif verb == "show_prices":
        technical.show_prices(actor=request.actor, panel_id=panel_id)
    elif verb == "begin_rounds":
        rounds.begin(actor=request.actor, panel_id=panel_id)
    else:
        agenda.advance(actor=request.actor, panel_id=panel_id, verb=verb)
    return to("evaluation:room", panel_id)


@require_POST
@back_to("evaluation:room")
def review(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Say whether a bid meets a condition: `passed` is 1 or 0."""
    scoring.review(
        actor=request.actor,
        panel_id=panel_id,
        bid_id=bid_of(request, panel_id),
        criterion=request.POST.get("criterion", ""),
        passed=request.POST.get("passed") == "1",
        reason=request.POST.get("reason", ""),
        ground=request.POST.get("ground", ""),
    )
    return to("evaluation:room", panel_id)


@require_POST
@back_to("evaluation:room")
def score(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Keep one score: JSON for the cell that saves itself, a remark for its reason, the room for plain forms."""
    row = scoring.save_score(
        actor=request.actor,
        panel_id=panel_id,
        bid_id=bid_of(request, panel_id),
        criterion=request.POST.get("criterion", ""),
        value=request.POST.get("value", ""),
        reason=request.POST.get("reason"),
    )
    if for_programs(request):
        return JsonResponse(programs.saved(row))
    if request.headers.get("HX-Request"):
        return HttpResponse(_("Saved"))
    return to("evaluation:room", panel_id)


@require_POST
@back_to("evaluation:room")
def fact(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Confirm a stated fact, or say what it is: JSON for programs, the cell for the page, the room for plain forms."""
    row = scoring.confirm_fact(
        actor=request.actor,
        panel_id=panel_id,
        bid_id=bid_of(request, panel_id),
        criterion=request.POST.get("criterion", ""),
        found=request.POST.get("found", ""),
        reason=request.POST.get("reason", ""),
    )
    if for_programs(request):
        return JsonResponse(programs.saved(row))
    if request.headers.get("HX-Request"):
        panel, tender, member = access.room_to_enter(request.actor, panel_id)
        return render(request, "evaluation/_fact.html", page_sheets.fact_cell(panel, tender, member, row))
    return to("evaluation:room", panel_id)


@require_POST
@back_to("evaluation:room")
def submit(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Submit one's own sheet, for good."""
    sheet = scoring.submit_sheet(actor=request.actor, panel_id=panel_id)
    if for_programs(request):
        return JsonResponse({"sheet": sheet.status, "digest": sheet.digest})
    return to("evaluation:room", panel_id)


@require_POST
@back_to("evaluation:room")
def correct(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Correct one's own score of a fact on which the members differ."""
    scoring.correct(
        actor=request.actor,
        panel_id=panel_id,
        bid_id=bid_of(request, panel_id),
        criterion=request.POST.get("criterion", ""),
        value=request.POST.get("value", ""),
        reason=request.POST.get("reason", ""),
    )
    return to("evaluation:room", panel_id)
