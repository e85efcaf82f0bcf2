"""Pages of challenges and complaints: one page each, on which every side finds what it can do now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import NotFound
from core.forms import done
from evaluation.views.manners import back_to
from oversight import dispute_access as access
from oversight import disputes_page as page
from oversight.dispute_access import Side
from oversight.dispute_forms import (
    AnswerForm,
    ChallengeForm,
    DecisionForm,
    EmptyForm,
    LetterForm,
    NoteForm,
    ReplyForm,
    StopForm,
    SuspendForm,
)
from oversight.selectors import disputes as selectors
from oversight.services import challenges, complaints, deciding
from oversight.views.changes import actor_of
from tendering.access import tender_to_bid
from tendering.selectors import tender_facts

Verbs = dict[str, tuple[Side, type[forms.Form], Callable[..., Any]]]
CHALLENGE_VERBS: Verbs = {
    "reply": (Side.HOST, ReplyForm, challenges.reply),
    "withdraw": (Side.AUTHOR, EmptyForm, challenges.withdraw),
}
COMPLAINT_VERBS: Verbs = {
    "withdraw": (Side.AUTHOR, EmptyForm, complaints.withdraw),
    "answer": (Side.HOST, AnswerForm, complaints.answer),
    "ask_to_correct": (Side.SUPERVISOR, NoteForm, deciding.ask_to_correct),
    "refuse": (Side.SUPERVISOR, NoteForm, deciding.refuse),
    "refer": (Side.SUPERVISOR, NoteForm, deciding.refer),
    "accept": (Side.SUPERVISOR, EmptyForm, deciding.accept),
    "stop_clock": (Side.SUPERVISOR, StopForm, deciding.stop_clock),
    "restart_clock": (Side.SUPERVISOR, EmptyForm, deciding.restart_clock),
    "suspend": (Side.SUPERVISOR, SuspendForm, deciding.suspend),
    "decide": (Side.SUPERVISOR, DecisionForm, deciding.decide),
}


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    actor.require_user()
    rows = [page.line(row) for row in selectors.challenges_for(actor)[:200]]
    return render(request, "oversight/disputes.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def challenge_new(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    tender = tender_to_bid(actor, tender_id)
    windows = selectors.windows(tender_id)
    form = ChallengeForm(_given(request), subjects=windows)
    made = done(form, lambda: challenges.draft(actor=actor, tender_id=tender_id, **form.cleaned_data))
    if made:
        return _to("oversight:challenge", made.pk)
    context = {"form": form, "tender": tender, "windows": page.windows(windows), "title": _("Challenge")}
    return render(request, "oversight/letter.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def challenge_edit(request: HttpRequest, challenge_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    row, side = access.challenge_to_see(actor, challenge_id)
    if side is not Side.AUTHOR:
        raise NotFound()
    form = LetterForm.of(row, _given(request))
    if done(form, lambda: challenges.edit(actor=actor, challenge_id=challenge_id, **form.cleaned_data)):
        return _to("oversight:challenge", challenge_id)
    context = {"form": form, "tender": tender_facts(row.tender_id), "title": _("Challenge")}
    return render(request, "oversight/letter.html", context, status=422 if form.errors else 200)


@require_safe
def challenge(request: HttpRequest, challenge_id: UUID) -> HttpResponse:
    row, side = access.challenge_to_see(actor_of(request), challenge_id)
    return render(
        request, "oversight/challenge.html", page.challenge(row, side, _blank(CHALLENGE_VERBS, side, []))
    )


@require_POST
@back_to("oversight:challenge")
def challenge_submit(request: HttpRequest, challenge_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    access.challenge_to_see(actor, challenge_id)
    credential = request.POST.get("credential", "")
    challenges.submit(actor=actor, challenge_id=challenge_id, credential=credential)
    messages.success(request, _("The challenge is submitted; the time for the reply runs."))
    return _to("oversight:challenge", challenge_id)


@require_POST
def challenge_do(request: HttpRequest, challenge_id: UUID, verb: str) -> HttpResponse:
    actor = actor_of(request)
    row, side = access.challenge_to_see(actor, challenge_id)
    form, act = _verb(CHALLENGE_VERBS, verb, side, request, [])
    if done(form, lambda: act(actor=actor, challenge_id=challenge_id, **form.cleaned_data)):
        return _to("oversight:challenge", challenge_id)
    blank = {**_blank(CHALLENGE_VERBS, side, []), verb: form}
    return render(request, "oversight/challenge.html", page.challenge(row, side, blank, form), status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def complaint_new(request: HttpRequest, challenge_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    row, side = access.challenge_to_see(actor, challenge_id)
    if side is not Side.AUTHOR:
        raise NotFound()
    form = LetterForm.of(row, _given(request))
    made = done(form, lambda: complaints.draft(actor=actor, challenge_id=challenge_id, **form.cleaned_data))
    if made:
        return _to("oversight:complaint", made.pk)
    context = {"form": form, "tender": tender_facts(row.tender_id), "title": _("Complaint"), "scope": row}
    return render(request, "oversight/letter.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def complaint_edit(request: HttpRequest, complaint_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    row, side = access.complaint_to_see(actor, complaint_id)
    if side is not Side.AUTHOR:
        raise NotFound()
    form = LetterForm.of(row, _given(request))
    if done(form, lambda: complaints.edit(actor=actor, complaint_id=complaint_id, **form.cleaned_data)):
        return _to("oversight:complaint", complaint_id)
    context = {
        "form": form,
        "tender": tender_facts(row.challenge.tender_id),
        "title": _("Complaint"),
        "scope": row.challenge,
    }
    return render(request, "oversight/letter.html", context, status=422 if form.errors else 200)


@require_safe
def complaint(request: HttpRequest, complaint_id: UUID) -> HttpResponse:
    row, side = access.complaint_to_see(actor_of(request), complaint_id)
    blank = _blank(COMPLAINT_VERBS, side, page.effects(row))
    return render(request, "oversight/complaint.html", page.complaint(row, side, blank))


@require_POST
@back_to("oversight:complaint")
def complaint_submit(request: HttpRequest, complaint_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    access.complaint_to_see(actor, complaint_id)
    credential = request.POST.get("credential", "")
    complaints.submit(actor=actor, complaint_id=complaint_id, credential=credential)
    messages.success(request, _("The complaint is submitted to the finance department."))
    return _to("oversight:complaint", complaint_id)


@require_POST
def complaint_do(request: HttpRequest, complaint_id: UUID, verb: str) -> HttpResponse:
    actor = actor_of(request)
    row, side = access.complaint_to_see(actor, complaint_id)
    effects = page.effects(row)
    form, act = _verb(COMPLAINT_VERBS, verb, side, request, effects)
    if done(form, lambda: act(actor=actor, complaint_id=complaint_id, **form.cleaned_data)):
        return _to("oversight:complaint", complaint_id)
    blank = {**_blank(COMPLAINT_VERBS, side, effects), verb: form}
    return render(request, "oversight/complaint.html", page.complaint(row, side, blank, form), status=422)


def _verb(
    verbs: Verbs, verb: str, side: Side, request: HttpRequest, effects: list[str]
) -> tuple[forms.Form, Callable[..., Any]]:
    whose, form, act = verbs.get(verb, (None, EmptyForm, None))
    if whose is not side or act is None:
        raise NotFound()
    return _made(form, effects, request.POST), act


def _blank(verbs: Verbs, side: Side, effects: list[str]) -> dict[str, forms.Form]:
    return {verb: _made(form, effects, None) for verb, (whose, form, _act) in verbs.items() if whose is side}


def _made(form: type[forms.Form], effects: list[str], data: Any) -> forms.Form:
    more: dict[str, Any] = {"effects": effects} if form is DecisionForm else {}
    return form(data, **more)


def _given(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _to(name: str, key: UUID) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(name, args=[key]), status=303)
