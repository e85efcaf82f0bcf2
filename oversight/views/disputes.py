"""Pages of challenges and complaints: one page each, on which every side finds what it can do now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import NotFound, gettext_noop
from core.forms import done
from core.http import see_other
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
    WithEffect,
)
from oversight.selectors import disputes as selectors
from oversight.services import challenges, complaints, deciding
from oversight.views.changes import actor_of
from tendering.access import tender_to_challenge
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
    tender = tender_to_challenge(actor, tender_id)
    windows = selectors.windows(tender_id)
    form = ChallengeForm(_given(request), subjects=windows)
    made = done(form, lambda: challenges.draft(actor=actor, tender_id=tender_id, **form.cleaned_data))
    if made:
        return CHALLENGE.here(made.pk)
    context = {"form": form, "tender": tender, "windows": page.windows(windows), "title": _("Challenge")}
    return render(request, "oversight/letter.html", context, status=422 if form.errors else 200)


@dataclass(frozen=True)
class Letter:
    """What a challenge and a complaint have in common for the edge: whose door, which verbs, which page."""

    name: str
    to_see: Callable[[Any, UUID], tuple[Any, Side]]
    verbs: Verbs
    page: Callable[..., dict[str, Any]]
    effects: Callable[[Any], dict[str, Any]]
    tender_of: Callable[[Any], UUID]
    edit: Callable[..., Any]
    submit: Callable[..., Any]
    title: str
    submitted: str

    def named(self, key: UUID) -> dict[str, UUID]:
        """Name it as its services do."""
        return {f"{self.name}_id": key}

    def here(self, key: UUID) -> HttpResponseRedirect:
        """Lead to its page."""
        return see_other(f"oversight:{self.name}", key)

    def shown(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """Its page, on which every side finds what it can do now."""
        row, side = self.to_see(actor_of(request), key)
        blank = _blank(self.verbs, side, self.effects(row))
        return render(request, f"oversight/{self.name}.html", self.page(row, side, blank))

    def edited(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """The letter in the hands of its author."""
        actor = actor_of(request)
        row, side = self.to_see(actor, key)
        if side is not Side.AUTHOR:
            raise NotFound()
        form = LetterForm.of(row, _given(request))
        if done(form, lambda: self.edit(actor=actor, **self.named(key), **form.cleaned_data)):
            return self.here(key)
        context = {"form": form, "tender": tender_facts(self.tender_of(row)), "title": _(self.title)}
        if self is COMPLAINT:
            context["scope"] = row.challenge
        return render(request, "oversight/letter.html", context, status=422 if form.errors else 200)

    def signed(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """Submit it, signed with a passkey."""
        actor = actor_of(request)
        self.to_see(actor, key)
        self.submit(actor=actor, **self.named(key), credential=request.POST.get("credential", ""))
        messages.success(request, _(self.submitted))
        return self.here(key)

    def acted(self, request: HttpRequest, key: UUID, verb: str) -> HttpResponse:
        """One of its verbs."""
        actor = actor_of(request)
        row, side = self.to_see(actor, key)
        effects = self.effects(row)
        form, act = _verb(self.verbs, verb, side, request, effects)
        if done(form, lambda: act(actor=actor, **self.named(key), **form.cleaned_data)):
            return self.here(key)
        blank = {**_blank(self.verbs, side, effects), verb: form}
        return render(request, f"oversight/{self.name}.html", self.page(row, side, blank, form), status=422)


CHALLENGE = Letter(
    name="challenge",
    to_see=access.challenge_to_see,
    verbs=CHALLENGE_VERBS,
    page=page.challenge,
    effects=page.effects_of_reply,
    tender_of=lambda row: row.tender_id,
    edit=challenges.edit,
    submit=challenges.submit,
    title=gettext_noop("Challenge"),
    submitted=gettext_noop("The challenge is submitted; the time for the reply runs."),
)
COMPLAINT = Letter(
    name="complaint",
    to_see=access.complaint_to_see,
    verbs=COMPLAINT_VERBS,
    page=page.complaint,
    effects=page.effects,
    tender_of=lambda row: row.challenge.tender_id,
    edit=complaints.edit,
    submit=complaints.submit,
    title=gettext_noop("Complaint"),
    submitted=gettext_noop("The complaint is submitted to the finance department."),
)


@require_http_methods(["GET", "HEAD", "POST"])
def challenge_edit(request: HttpRequest, challenge_id: UUID) -> HttpResponse:
    return CHALLENGE.edited(request, challenge_id)


@require_safe
def challenge(request: HttpRequest, challenge_id: UUID) -> HttpResponse:
    return CHALLENGE.shown(request, challenge_id)


@require_POST
@back_to("oversight:challenge")
def challenge_submit(request: HttpRequest, challenge_id: UUID) -> HttpResponse:
    return CHALLENGE.signed(request, challenge_id)


@require_POST
def challenge_do(request: HttpRequest, challenge_id: UUID, verb: str) -> HttpResponse:
    return CHALLENGE.acted(request, challenge_id, verb)


@require_http_methods(["GET", "HEAD", "POST"])
def complaint_new(request: HttpRequest, challenge_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    row, side = access.challenge_to_see(actor, challenge_id)
    if side is not Side.AUTHOR:
        raise NotFound()
    form = LetterForm.of(row, _given(request))
    made = done(form, lambda: complaints.draft(actor=actor, challenge_id=challenge_id, **form.cleaned_data))
    if made:
        return COMPLAINT.here(made.pk)
    context = {"form": form, "tender": tender_facts(row.tender_id), "title": _("Complaint"), "scope": row}
    return render(request, "oversight/letter.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def complaint_edit(request: HttpRequest, complaint_id: UUID) -> HttpResponse:
    return COMPLAINT.edited(request, complaint_id)


@require_safe
def complaint(request: HttpRequest, complaint_id: UUID) -> HttpResponse:
    return COMPLAINT.shown(request, complaint_id)


@require_POST
@back_to("oversight:complaint")
def complaint_submit(request: HttpRequest, complaint_id: UUID) -> HttpResponse:
    return COMPLAINT.signed(request, complaint_id)


@require_POST
def complaint_do(request: HttpRequest, complaint_id: UUID, verb: str) -> HttpResponse:
    return COMPLAINT.acted(request, complaint_id, verb)


def _verb(
    verbs: Verbs, verb: str, side: Side, request: HttpRequest, effects: dict[str, Any]
) -> tuple[forms.Form, Callable[..., Any]]:
    whose, form, act = verbs.get(verb, (None, EmptyForm, None))
    if whose is not side or act is None:
        raise NotFound()
    return _made(form, effects, request.POST), act


def _blank(verbs: Verbs, side: Side, effects: dict[str, Any]) -> dict[str, forms.Form]:
    return {verb: _made(form, effects, None) for verb, (whose, form, _act) in verbs.items() if whose is side}


def _made(form: type[forms.Form], effects: dict[str, Any], data: Any) -> forms.Form:
    return form(data, **effects) if issubclass(form, WithEffect) else form(data)


def _given(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None
