"""A supplier's own attempts and uploads for a tender: as a page, and as a signed file that anyone can verify."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bidding import words
from bidding.services import arrivals
from bidding.services.attempts import ACCEPTED
from parties.access import Request
from tendering import access as tenders


@require_safe
def overview(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """What has arrived, when, and how it ended."""
    tender = tenders.tender_to_bid(request.actor, tender_id)
    said = arrivals.of(request.actor.require_kind("supplier"), tender_id)
    rows = [
        {
            "row": row,
            "did": words.STEPS.get(row.step, row.step),
            "ended": words.FAILED.get(row.code, ""),
            "kind": "done" if row.code == ACCEPTED else "failed",
        }
        for row in said.attempts
    ]
    return render(request, "bidding/arrivals.html", {"tender": tender, "rows": rows, "parts": said.parts})


@require_safe
def file(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """The signed file."""
    tender = tenders.tender_to_bid(request.actor, tender_id)
    said = arrivals.signed(request.actor.require_kind("supplier"), tender_id)
    response = JsonResponse(said, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="arrivals-{tender.project_no}.json"'
    response["Cache-Control"] = "no-store"
    return response
