"""Written questions: asked and judged in the room, answered and signed on the bidder's own page."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import NotFound
from evaluation import page_questions, questions
from evaluation.services import correcting, questioning
from evaluation.views.manners import back_to, bid_of, for_programs, to
from parties.access import Request
from parties.states import Kind
from tendering import selectors as tendering


@require_POST
@back_to("evaluation:room")
def ask(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """A member asks one bidder: `bid`, `kind`, `text`, `minutes`."""
    questioning.ask(
        actor=request.actor,
        panel_id=panel_id,
        bid_id=bid_of(request, panel_id),
        kind=request.POST.get("kind", ""),
        text=request.POST.get("text", ""),
        minutes=_minutes(request),
    )
    messages.success(request, _("The bidder has been asked."))
    return to("evaluation:room", panel_id)


@require_POST
@back_to("evaluation:room")
def find(request: Request, panel_id: uuid.UUID, question_id: uuid.UUID) -> HttpResponse:
    """A member says whether the low quote is explained: `accepts` is 1 or 0, and why."""
    questioning.find(
        actor=request.actor,
        panel_id=panel_id,
        question_id=question_id,
        accepts=request.POST.get("accepts") == "1",
        reason=request.POST.get("reason", ""),
    )
    return to("evaluation:room", panel_id)


@require_POST
@back_to("evaluation:room")
def correct(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """A member or the host corrects a price: `bid`, `minutes`, and of the bid's files `words`, `elsewhere`, `misplaced`."""
    correcting.start(
        actor=request.actor,
        panel_id=panel_id,
        bid_id=bid_of(request, panel_id),
        minutes=_minutes(request),
        words=request.POST.get("words", ""),
        elsewhere=request.POST.get("elsewhere", ""),
        misplaced=request.POST.get("misplaced", ""),
    )
    messages.success(request, _("The price is corrected, and the bidder is asked to confirm."))
    return to("evaluation:room", panel_id)


@require_POST
@back_to("evaluation:room")
def take_back(request: Request, panel_id: uuid.UUID, question_id: uuid.UUID) -> HttpResponse:
    """A member or the host takes a correction back that the bidder has not answered."""
    correcting.take_back(actor=request.actor, panel_id=panel_id, question_id=question_id)
    return to("evaluation:room", panel_id)


def _minutes(request: Request) -> int:
    given = request.POST.get("minutes", "")
    return int(given) if given.isdecimal() and len(given) < 6 else 0


@require_safe
def own(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """A bidder's own questions; absent for who was asked nothing."""
    rows = questions.own(tender_id, request.actor.require_kind(Kind.SUPPLIER))
    if not rows:
        raise NotFound()
    context = page_questions.own(rows, tendering.tender_facts(tender_id))
    if for_programs(request):
        return JsonResponse(
            {
                "questions": [
                    {
                        "id": str(one["row"].pk),
                        "kind": one["row"].kind,
                        "status": one["row"].status,
                        "text": one["row"].text,
                        "due_at": one["row"].due_at.isoformat(),
                        "answer": one["row"].answer,
                        "correction": one["row"].correction,
                        "sign": one["sign"],
                    }
                    for one in context["questions"]
                ]
            }
        )
    return render(request, "evaluation/own_questions.html", context)


@require_POST
@back_to("evaluation:own_questions")
def draft(request: Request, tender_id: uuid.UUID, question_id: uuid.UUID) -> HttpResponse:
    """The bidder writes its answer; it is not sent yet."""
    questioning.draft(
        actor=request.actor, tender_id=tender_id, question_id=question_id, text=request.POST.get("text", "")
    )
    return to("evaluation:own_questions", tender_id)


@require_POST
@back_to("evaluation:own_questions")
def sign(request: Request, tender_id: uuid.UUID, question_id: uuid.UUID) -> HttpResponse:
    """The bidder signs its answer, which sends it."""
    questioning.answer(
        actor=request.actor,
        tender_id=tender_id,
        question_id=question_id,
        credential=request.POST.get("credential", ""),
    )
    messages.success(request, _("Your signed answer is with the panel."))
    return to("evaluation:own_questions", tender_id)
