"""Pages of the changes of signed contracts."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contracting import access
from contracting import alteration_rules as rules
from contracting.alteration_facts import AlterationFacts
from contracting.alteration_forms import AlterationForm
from contracting.alteration_notice import number_of, parts
from contracting.facts import ContractFacts
from contracting.forms import ReasonForm
from contracting.selectors import alterations_of
from contracting.services import altering
from contracting.states import ALTERATION_GLYPHS, ALTERATION_WORDS, GROUND_WORDS, AlterationStatus, Party
from core.errors import NotFound
from core.forms import done
from core.http import see_other
from core.law.duties import duty
from parties.access import Request


@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: Request, contract_id: uuid.UUID) -> HttpResponse:
    """Propose a change to the other side."""
    contract = access.contract_of_side(request.actor, contract_id)
    form = AlterationForm(request.POST if request.method == "POST" else None, contract=contract)
    made = done(
        form, lambda: altering.propose(actor=request.actor, contract_id=contract_id, wanted=form.wanted())
    )
    if made:
        return see_other("contracting:alteration", contract_id, made.no)
    context = {
        "contract": contract,
        "form": form,
        "limit": contract.subcontract_limit,
        "basis": [duty(rule) for rule in (rules.ALTER, rules.ESSENCE)],
        "consent": duty(rules.CONSENT),
    }
    return render(request, "contracting/alter.html", context, status=422 if form.errors else 200)


@require_GET
def alteration(request: Request, contract_id: uuid.UUID, no: int) -> HttpResponse:
    """One change: what it alters, why, who has signed."""
    contract = access.contract_to_view(request.actor, contract_id)
    return _page(request, contract, _one(contract_id, no))


@require_POST
def sign(request: Request, contract_id: uuid.UUID, no: int) -> HttpResponse:
    """Sign a change for our side."""
    contract = access.contract_to_sign(request.actor, contract_id)
    found, form = _one(contract_id, no), forms.Form({})
    credential = request.POST.get("credential", "")
    signed = done(
        form,
        lambda: altering.sign(actor=request.actor, contract_id=contract_id, no=no, credential=credential),
    )
    if signed is None:
        return _page(request, contract, found, form, 422)
    if signed.notice_id:
        messages.success(request, gettext("The change is agreed and public."))
    return see_other("contracting:alteration", contract_id, no)


@require_POST
def refuse(request: Request, contract_id: uuid.UUID, no: int) -> HttpResponse:
    """Say that our side does not agree."""
    contract = access.contract_to_sign(request.actor, contract_id)
    found, form = _one(contract_id, no), ReasonForm(request.POST)
    if done(
        form,
        lambda: altering.refuse(actor=request.actor, contract_id=contract_id, no=no, **form.cleaned_data),
    ):
        return see_other("contracting:alteration", contract_id, no)
    return _page(request, contract, found, form, 422)


def _one(contract_id: uuid.UUID, no: int) -> AlterationFacts:
    found = next((row for row in alterations_of(contract_id) if row.no == no), None)
    if found is None:
        raise NotFound()
    return found


def _page(
    request: Request, contract: ContractFacts, found: AlterationFacts, form: Any = None, status: int = 200
) -> HttpResponse:
    partner = access.partner_of(request.actor, contract)
    side = Party.SUPPLIER if partner else access.side_of(request.actor, contract)
    context = {
        "contract": contract,
        "alteration": found,
        "number": number_of(contract, found.no),
        "word": gettext(ALTERATION_WORDS[found.status]),
        "glyph": ALTERATION_GLYPHS[found.status],
        "ground": gettext(GROUND_WORDS[found.ground]),
        "parts": [
            {"what": f"{gettext(label)}: {item}" if item else gettext(label), "before": was, "after": now}
            for label, item, was, now in parts(contract, found)
        ],
        "purpose": altering.purpose_of(found.id),
        "to_sign": altering.waits_for(contract, found, side, partner),
        "may_refuse": side is not None and found.status == AlterationStatus.PROPOSED,
        "basis": duty(rules.ALTER),
        "form": form if isinstance(form, ReasonForm) else ReasonForm(),
        "wrong_form": form,
    }
    return render(request, "contracting/alteration.html", context, status=status)
