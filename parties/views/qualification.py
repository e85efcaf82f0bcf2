"""Evidence of the six conditions, and who stands behind an organisation: the pages of its own desk."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.forms import done
from core.http import see_other
from parties import access
from parties import evidence as reads
from parties.access import Request
from parties.qualification_forms import EvidenceForm, HolderForm, ResponsibleForm
from parties.services import holders, qualification
from parties.states import Kind
from storage import serving

form_page = require_http_methods(["GET", "HEAD", "POST"])


@form_page
def evidence(request: Request) -> HttpResponse:
    """The six conditions with their evidence, and a form for more."""
    org_id = request.actor.require_kind(Kind.SUPPLIER)
    form = EvidenceForm(request.POST or None, request.FILES or None)
    if done(form, lambda: qualification.add(actor=request.actor, **form.cleaned_data)):
        messages.success(request, gettext("It is in the register, and goes with your bids from now on."))
        return see_other("parties:evidence")
    facts = {"conditions": reads.conditions_of(org_id), "form": form}
    return render(request, "parties/evidence.html", facts, status=422 if form.errors else 200)


@require_safe
def evidence_file(request: Request, evidence_id: uuid.UUID) -> HttpResponseBase:
    """The document of a piece of evidence of one's own."""
    row = access.evidence_to_read(request.actor, evidence_id)
    return serving.hand_out(
        request, "default", row.stored_as, row.name, subject=f"organisation.{row.organisation_id}"
    )


@require_POST
def evidence_withdraw(request: Request, evidence_id: uuid.UUID) -> HttpResponse:
    """Withdraw a piece of evidence."""
    qualification.withdraw(actor=request.actor, evidence_id=evidence_id)
    return see_other("parties:evidence")


@form_page
def control(request: Request) -> HttpResponse:
    """Who is responsible, who holds, who manages; `what` says which form was sent."""
    org_id = request.actor.require_admin()
    sent = request.POST.get("what", "") if request.method == "POST" else ""
    responsible = ResponsibleForm(request.POST if sent == "responsible" else None, auto_id="r_%s")
    holder = HolderForm(request.POST if sent == "holder" else None, auto_id="h_%s")
    if sent == "responsible" and responsible.is_valid():
        given = responsible.cleaned_data
        if done(responsible, lambda: holders.name_responsible(actor=request.actor, **given) or True):
            return see_other("parties:control")
    if done(holder, lambda: holders.add(actor=request.actor, **holder.cleaned_data)):
        return see_other("parties:control")
    facts = {
        "org": access.own_organisation(request.actor),
        "holders": reads.holders_of([org_id]),
        "responsible": responsible,
        "holder": holder,
    }
    wrong = responsible.errors or holder.errors
    return render(request, "parties/control.html", facts, status=422 if wrong else 200)


@require_POST
def control_end(request: Request, holder_id: int) -> HttpResponse:
    """Say that a relation has ended."""
    holders.end(actor=request.actor, holder_id=holder_id)
    return see_other("parties:control")
