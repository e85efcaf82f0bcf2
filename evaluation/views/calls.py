"""A drawn expert's own page: what the call tells, and the answer."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from core.errors import NotFound
from evaluation import access, page_calls
from evaluation.services import seats
from evaluation.views.manners import back_to, for_programs, to
from parties.access import Request


@require_safe
def call(request: Request, call_id: uuid.UUID) -> HttpResponse:
    """Look at one's call: when, where, how long, for what fee."""
    shown = page_calls.call(access.own_call(request.actor, call_id))
    if for_programs(request):
        return JsonResponse(page_calls.call_json(shown))
    return render(request, "evaluation/call.html", shown)


@require_POST
@back_to("evaluation:call")
def answer(request: Request, call_id: uuid.UUID) -> HttpResponse:
    """Say whether one comes: `answer` is accept or decline; who declines says why."""
    access.own_call(request.actor, call_id)
    said = request.POST.get("answer", "")
    if said == "accept":
        seats.accept(actor=request.actor, call_id=call_id)
    elif said == "decline":
        seats.decline(
            actor=request.actor,
            call_id=call_id,
            ground=request.POST.get("ground", ""),
            reason=request.POST.get("reason", ""),
        )
    else:
        raise NotFound()
    return to("evaluation:call", call_id)
