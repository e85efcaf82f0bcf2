"""An expert's own entry, and the register for those who supervise it."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import Invalid
from core.http import see_other
from parties import access, selectors
from parties.access import Request
from parties.forms import EndTieForm, ExpertApplyForm, ExpertForm, Form, TieForm, again
from parties.models import Expert
from parties.services import experts

form_page = require_http_methods(["GET", "HEAD", "POST"])


@form_page
def expert(request: Request) -> HttpResponse:
    user_id = request.actor.require_user()
    row = selectors.expert_entry(user_id)
    return _apply(request) if row is None else _profile(request, row)


def _apply(request: Request) -> HttpResponse:
    form = ExpertApplyForm(request.POST or None)
    if "pick" in request.POST:
        again(form)
    elif request.method == "POST" and form.is_valid():
        try:
            experts.apply(
                actor=request.actor,
                region=form.cleaned_data["region"],
                title=form.cleaned_data["title"],
                specialties=form.codes(),
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return see_other("parties:expert")
    return render(request, "parties/expert_apply.html", {"form": form}, status=422 if form.errors else 200)


def _profile(request: Request, row: Expert) -> HttpResponse:
    initial = {"title": row.title, "specialties": ", ".join(row.specialties), "phone": row.user.phone}
    form = ExpertForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            experts.save_profile(
                actor=request.actor,
                title=form.cleaned_data["title"],
                specialties=form.codes(),
                phone=form.cleaned_data["phone"],
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return see_other("parties:expert")
    return _show(request, row, form, TieForm())


def _show(request: Request, row: Expert, form: Form, tie: Form) -> HttpResponse:
    facts = {
        "row": row,
        "form": form,
        "tie": tie,
        "ties": row.employments.order_by("-since"),
        "end": EndTieForm(auto_id=False),
    }
    return render(request, "parties/expert.html", facts, status=422 if form.errors or tie.errors else 200)


@require_POST
def tie_add(request: Request) -> HttpResponse:
    row = access.own_expert_entry(request.actor)
    tie = TieForm(request.POST)
    if tie.is_valid():
        try:
            experts.declare_tie(actor=request.actor, **tie.cleaned_data)
        except Invalid as error:
            tie.refuse(error)
        else:
            return see_other("parties:expert")
    initial = {"title": row.title, "specialties": ", ".join(row.specialties), "phone": row.user.phone}
    return _show(request, row, ExpertForm(initial=initial), tie)


@require_POST
def tie_end(request: Request, employment_id: int) -> HttpResponse:
    access.own_expert_entry(request.actor)
    form = EndTieForm(request.POST)
    if not form.is_valid():
        raise Invalid(errors={"until": str(form.errors["until"][0])})
    experts.end_tie(actor=request.actor, employment_id=employment_id, until=form.cleaned_data["until"])
    return see_other("parties:expert")


@require_GET
def register(request: Request) -> HttpResponse:
    request.actor.require_supervision()
    rows = [row for row in selectors.expert_entries() if request.actor.supervises(row.region)]
    return render(request, "parties/experts.html", {"rows": rows})


@require_POST
def decide(request: Request, expert_id: uuid.UUID) -> HttpResponse:
    row = access.expert_to_decide(request.actor, expert_id)
    experts.decide(actor=request.actor, expert_id=row.pk, verb=request.POST.get("verb", ""))
    return see_other("parties:experts")
