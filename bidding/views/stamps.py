"""Where witness stamps are delivered."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from bidding.access import opening_to_view
from bidding.services import stamps
from bidding.views import json_body
from parties.access import Request


@require_POST
def deliver(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """Take `{lot, stamps: [signed statement…]}` and answer with the platform's signed word."""
    opening_to_view(request.actor, tender_id)
    request.actor.require_kind("supplier")
    body = json_body.read(request)
    word = stamps.deliver(
        actor=request.actor,
        tender_id=tender_id,
        lot=str(body.get("lot", "")),
        statements=body.get("stamps"),
    )
    return JsonResponse(word)
