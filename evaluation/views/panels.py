"""The host's page: form the panel, see how it was drawn, fill a seat that became free."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from core.canonical import digest
from core.errors import Invalid, NotFound, gettext_noop
from core.forms import done
from evaluation import access, page, page_calls, programs, selectors
from evaluation.forms import MeetingForm
from evaluation.meetings import UNSEALED
from evaluation.models import Panel
from evaluation.scoring.committee import committee_for
from evaluation.services import agenda, panels, seats
from evaluation.states import FILLED_IN
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
    form = MeetingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _drawn(request, tender_id, form):
        return to("evaluation:panel", tender_id)
    found = selectors.panel_of(tender_id)
    law = tendering.law_of(tender_id) if tender.published_at else None
    wanted = committee_for(panels.panel_rules(tender), law, tender.budget) if law else None
    pool = panels.pool_for(tender) if tender.status == TenderStatus.OPENED else []
    context = {
        "tender": tender,
        "form": form,
        "chosen": request.POST.get("representative", ""),
        "panel": found,
        "wanted": wanted,
        "rule": law.cite(wanted.rule) if law and wanted else None,
        "look_back": law.cite(panels.LOOKBACK_RULE) if law else None,
        "pool": pool,
        "representatives": people_of(tender.purchaser_id),
        "possible": tender.status == TenderStatus.OPENED,
        "hash": digest(found.draw).hex() if found else "",
        "seats": page.people(found) if found else [],
        "open": found is not None and found.status in FILLED_IN,
        "free": selectors.free_seats(found) if found else None,
        "draw": selectors.draw_shown(found) if found else None,
        "meeting": page_calls.meeting(found) if found else None,
        "calls": page_calls.evidence(found) if found else [],
        "unsealed_rule": law.cite(UNSEALED) if law and law.has(UNSEALED) else None,
        "supplement": law.cite(seats.SUPPLEMENT) if law else None,
    }
    if for_programs(request):
        return JsonResponse(programs.panel_json(context))
    return render(request, "evaluation/panel.html", context)


def _drawn(request: Request, tender_id: uuid.UUID, form: MeetingForm) -> bool:
    """Draw; where people can put it right, what is wrong stands beside what they entered, and False is given."""

    def act() -> Panel:
        if not request.POST.get("representative"):
            raise Invalid(errors={"representative": gettext_noop("Choose who represents the purchaser.")})
        chosen = uuid_of(request, "representative")
        return panels.draw(
            actor=request.actor, tender_id=tender_id, representative_id=chosen, meeting=form.meeting()
        )

    if not for_programs(request) and selectors.panel_of(tender_id) is None:
        return done(form, act) is not None
    if not form.is_valid():
        raise Invalid(errors={name: str(rows[0]) for name, rows in form.errors.items()})
    act()
    return True


@require_POST
@back_to("evaluation:room")
def replace(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Have a member leave who is lost, for a reason from the list, and draw another."""
    seats.replace(
        actor=request.actor,
        panel_id=panel_id,
        member_id=uuid_of(request, "member"),
        reason=request.POST.get("reason", ""),
        ground=request.POST.get("ground", "absent"),
    )
    return to("evaluation:room", panel_id)


@require_POST
@back_to("evaluation:room")
def draw_more(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Fill free seats from a new pool, after the register has grown."""
    seats.draw_more(actor=request.actor, panel_id=panel_id)
    return to("evaluation:room", panel_id)


@require_POST
@back_to("evaluation:room")
def seat(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Fill a free seat by hand: `expert` (a number of the register, with whose `approval`) or `representative` (an id)."""
    if request.POST.get("expert"):
        expert = selectors.expert_numbered(request.POST["expert"].strip())
        seats.seat_expert(
            actor=request.actor,
            panel_id=panel_id,
            expert_id=expert,
            approval=request.POST.get("approval", ""),
        )
    elif request.POST.get("representative"):
        seats.seat_representative(
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
