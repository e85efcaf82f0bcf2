"""The host's page: form the panel, see how it was drawn, fill a seat that became free."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.canonical import digest
from core.errors import Invalid, NotFound, gettext_noop
from evaluation import access, page, programs, selectors
from evaluation.scoring.committee import committee_for
from evaluation.services import agenda, panels
from evaluation.states import MEMBER_WORDS, PanelStatus
from evaluation.views.manners import back_to, for_programs, to, uuid_of
from parties.access import Request
from parties.selectors import people_of
from tendering import selectors as tendering
from tendering.states import TenderStatus


@require_http_methods(["GET", "HEAD", "POST"])
@back_to("evaluation:panel")
def panel(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """Form the panel of a tender, or look at the one it has."""
    tender = access.panel_to_form(request.actor, tender_id)
    if request.method == "POST":
        if not request.POST.get("representative"):
            raise Invalid(errors={"representative": gettext_noop("Choose who represents the purchaser.")})
        chosen = uuid_of(request, "representative")
        panels.draw(actor=request.actor, tender_id=tender_id, representative_id=chosen)
        return to("evaluation:panel", tender_id)
    found = selectors.panel_of(tender_id)
    law = tendering.law_of(tender_id) if tender.published_at else None
    wanted = committee_for(panels.panel_rules(tender), law, tender.budget) if law else None
    pool = panels.pool_for(tender) if tender.status == TenderStatus.OPENED else []
    context = {
        "tender": tender,
        "panel": found,
        "wanted": wanted,
        "rule": law.cite(wanted.rule) if law and wanted else None,
        "look_back": law.cite(panels.LOOKBACK_RULE) if law else None,
        "pool": pool,
        "representatives": people_of(tender.purchaser_id),
        "possible": tender.status == TenderStatus.OPENED,
        "hash": digest(found.draw).hex() if found else "",
        "seats": [{**row, "word": _(MEMBER_WORDS[str(row["status"])])} for row in page.people(found)]
        if found
        else [],
        "open": found is not None and found.status == PanelStatus.DRAWN,
        "free": selectors.free_seats(found) if found else None,
    }
    if for_programs(request):
        return JsonResponse(programs.panel_json(context))
    return render(request, "evaluation/panel.html", context)


@require_POST
@back_to("evaluation:room")
def replace(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Have a member leave and draw another."""
    panels.replace(
        actor=request.actor,
        panel_id=panel_id,
        member_id=uuid_of(request, "member"),
        reason=request.POST.get("reason", ""),
    )
    return to("evaluation:room", panel_id)


@require_POST
@back_to("evaluation:room")
def seat(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Fill a free seat by hand: `expert` (a number of the register) or `representative` (a person's id)."""
    if request.POST.get("expert"):
        expert = selectors.expert_numbered(request.POST["expert"].strip())
        panels.seat_expert(actor=request.actor, panel_id=panel_id, expert_id=expert)
    elif request.POST.get("representative"):
        panels.seat_representative(
            actor=request.actor, panel_id=panel_id, user_id=uuid_of(request, "representative")
        )
    else:
        raise NotFound()
    return to("evaluation:room", panel_id)


@require_POST
@back_to("evaluation:room")
def dissolve(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Stop the panel's work for good."""
    agenda.dissolve(actor=request.actor, panel_id=panel_id, reason=request.POST.get("reason", ""))
    return to("evaluation:room", panel_id)
