"""Where witness stamps are delivered, and those who run a tender see which are disputed."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from bidding.access import bidding_to_watch, opening_to_follow
from bidding.services import stamps
from bidding.views import json_body
from parties.access import Request


@require_POST
def deliver(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """Take `{lot, envelope?, stamps: [signed statement…]}` and answer with the platform's signed word."""
    bidding_to_watch(request.actor, tender_id)
    request.actor.require_kind("supplier")
    body = json_body.read(request)
    word = stamps.deliver(
        actor=request.actor,
        tender_id=tender_id,
        lot=str(body.get("lot", "")),
        statements=body.get("stamps"),
        envelope=str(body.get("envelope", "")),
    )
    return JsonResponse(word)


@require_GET
def disputes(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """The stamps that the list of bids leaves out; none exist before the close."""
    tender = opening_to_follow(request.actor, tender_id)
    return render(request, "bidding/disputes.html", {"tender": tender, "rows": stamps.disputes(tender_id)})
