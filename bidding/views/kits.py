"""Recovery kits (R8): the bidder opens its kit in the browser and hands it in sealed; the supervisor opens it elsewhere."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bidding.services import kits
from bidding.views import json_body
from parties.access import Request


@require_http_methods(["GET", "HEAD", "POST"])
def kit(request: Request, bid_id: uuid.UUID) -> HttpResponse:
    """Hand a recovery kit in: `{sealed}`, an age file in base64; the page seals what it opened to the supervisor."""
    if request.method == "POST":
        row = kits.hand_in(
            actor=request.actor, bid_id=bid_id, sealed=str(json_body.read(request).get("sealed", ""))
        )
        return JsonResponse({"sealed": row.sha256, "entry": row.entry_index})
    wanted = kits.look(request.actor, bid_id)
    why = wanted.why_not
    return render(
        request,
        "bidding/kit.html",
        {
            "wanted": wanted,
            "tender": wanted.tender,
            "void": {"title": why.title, "text": kits.WHY[why.code]} if why else None,
        },
    )


@require_GET
def kit_request(request: Request, bid_id: uuid.UUID) -> HttpResponse:
    """The sealed kit of a held bid with its record, for the supervisor's own machine."""
    response = JsonResponse(kits.request_of(request.actor, bid_id))
    response["Content-Disposition"] = f'attachment; filename="kit-request-{str(bid_id)[:8]}.json"'
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def kit_release(request: Request, bid_id: uuid.UUID) -> HttpResponse:
    """What the supervisor's program printed: the opening of that bid goes on."""
    tender_id = kits.tender_of(request.actor, bid_id)
    kits.release(actor=request.actor, bid_id=bid_id, given=request.POST.get("release", ""))
    return redirect("bidding:opening", tender_id=tender_id)
