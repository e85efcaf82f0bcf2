"""Register an organisation, show one's own, decide about applications."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import Invalid
from core.http import see_other
from parties import access, selectors
from parties.access import SESSION_DESK, Request
from parties.forms import ApplyForm, DecideForm, ParticularsForm, RegionPicker, RegisterForm, again
from parties.services import organisations

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
def region_pick(request: Request) -> HttpResponse:
    name = request.GET.get("field", "region")[:40]
    picker = RegionPicker()
    return HttpResponse(picker.render(name, picker.value_from_datadict(request.GET, {}, name)))


@form_page
def register(request: Request) -> HttpResponse:
    request.actor.require_user()
    form = RegisterForm(request.POST or None)
    if "pick" in request.POST:
        again(form)
    elif request.method == "POST" and form.is_valid():
        try:
            org_id = organisations.register(
                actor=request.actor,
                credit_code=form.cleaned_data["credit_code"],
                region=form.cleaned_data["region"],
                kinds=form.cleaned_data["kinds"],
                particulars=form.particulars(),
                evidence={"basis": form.cleaned_data["basis"]},
            )
        except Invalid as error:
            form.refuse(error)
        else:
            _enter(request, org_id)
            messages.success(
                request, gettext("Your organisation is registered. It can act once it is verified.")
            )
            return see_other("parties:organisation")
    return render(request, "parties/register.html", {"form": form}, status=422 if form.errors else 200)


def _enter(request: Request, org_id: uuid.UUID) -> None:
    for row in selectors.desks_of(request.actor.require_user()):
        if row.organisation_id == org_id:
            request.session[SESSION_DESK] = str(row.pk)


@require_GET
def organisation(request: Request) -> HttpResponse:
    row = access.own_organisation(request.actor)
    facts = {"org": row, "capacities": row.capacities.order_by("pk"), "apply": ApplyForm()}
    return render(request, "parties/organisation.html", facts)


@form_page
def edit(request: Request) -> HttpResponse:
    request.actor.require_admin()
    row = access.own_organisation(request.actor)
    initial = {name: getattr(row, name) for name in ParticularsForm.base_fields}
    form = ParticularsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        organisations.save_particulars(actor=request.actor, particulars=form.particulars())
        return see_other("parties:organisation")
    return render(
        request,
        "parties/organisation_edit.html",
        {"form": form, "org": row},
        status=422 if form.errors else 200,
    )


@require_POST
def apply(request: Request) -> HttpResponse:
    request.actor.require_admin()
    form = ApplyForm(request.POST)
    if form.is_valid():
        try:
            organisations.apply_for(
                actor=request.actor,
                kind=form.cleaned_data["kind"],
                evidence={"basis": form.cleaned_data["basis"]},
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return see_other("parties:organisation")
    row = access.own_organisation(request.actor)
    facts = {"org": row, "capacities": row.capacities.order_by("pk"), "apply": form}
    return render(request, "parties/organisation.html", facts, status=422)


@require_GET
def capacities(request: Request) -> HttpResponse:
    request.actor.require_supervision()
    rows = [
        row
        for row in selectors.capacities_to_decide()
        if request.actor.supervises(row.organisation.region) and row.organisation_id != request.actor.org_id
    ]
    return render(request, "parties/capacities.html", {"rows": rows})


@form_page
def capacity(request: Request, capacity_id: int) -> HttpResponse:
    row = access.capacity_to_decide(request.actor, capacity_id)
    form = DecideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            organisations.decide(
                actor=request.actor,
                capacity_id=row.pk,
                verb=form.cleaned_data["verb"],
                reason=form.cleaned_data["reason"],
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return see_other("parties:capacities")
    facts = {"row": row, "org": row.organisation, "form": form}
    return render(request, "parties/capacity.html", facts, status=422 if form.errors else 200)
