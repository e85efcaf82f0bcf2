"""The purchaser decides; each bidder reads its own result."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluation import access, page, programs, selectors
from evaluation.services import awards, deeming, entries, setting_aside
from evaluation.views.manners import back_to, for_programs, to
from parties.access import Request
from tendering.methods import method_of
from tendering.supplement import agreements_made


@require_http_methods(["GET", "HEAD", "POST"])
@back_to("evaluation:award")
def award(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """Candidates in their order, the deadline, and one touch to decide (`verb` fail: no lot has a candidate)."""
    tender = access.tender_to_award(request.actor, tender_id)
    if request.method == "POST":
        decide = entries.decide if method_of(tender.method).admits else awards.decide
        verb: Callable[..., object] = awards.declare_failure if request.POST.get("verb") == "fail" else decide
        verb(actor=request.actor, tender_id=tender_id, credential=request.POST.get("credential", ""))
        return to("evaluation:award", tender_id)
    panel = selectors.panel_of(tender_id)
    context = page.award(tender, panel, selectors.report_of(panel) if panel else None)
    if for_programs(request):
        return JsonResponse(programs.award_json(tender_id, context))
    return render(request, "evaluation/award.html", context)


@require_POST
@back_to("evaluation:award")
def set_aside(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """Set aside the awards whose contract a side refuses, so that the next candidate can be determined."""
    access.tender_to_award(request.actor, tender_id)
    setting_aside.set_aside(actor=request.actor, tender_id=tender_id, reason=request.POST.get("reason", ""))
    return to("evaluation:award", tender_id)


@require_POST
@back_to("evaluation:award")
def give_reason(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """Say why the award is not decided in time, so that silence determines nobody."""
    access.tender_to_award(request.actor, tender_id)
    deeming.give_reason(actor=request.actor, tender_id=tender_id, reason=request.POST.get("reason", ""))
    return to("evaluation:award", tender_id)


@require_safe
def result(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """A bidder's own result: award letter, or score, rank and reasons; nothing of the others."""
    tender = access.result_to_read(request.actor, tender_id)
    rows = page.results(selectors.result_for(request.actor.require_kind("supplier"), tender_id), tender)
    mine = request.actor.org_id
    made = [row for row in agreements_made(tender) if mine and row.entrant_of(mine) is not None]
    return render(request, "evaluation/result.html", {"tender": tender, "rows": rows, "agreements": made})
