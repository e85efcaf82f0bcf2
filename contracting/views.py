"""Pages of contracts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from contracting import access, page, selectors
from contracting.facts import ContractFacts
from contracting.forms import AcceptanceForm, BondForm, DeliveryForm, PaymentForm, ReasonForm, SupplementForm
from contracting.services import contracts, extras, performance
from contracting.states import (
    STATUS_GLYPHS,
    STATUS_WORDS,
    ContractStatus,
    Party,
)
from core.errors import NotFound
from core.forms import done
from core.law.duties import duty
from parties.access import Request
from parties.states import Kind


@require_GET
def contract_list(request: Request) -> HttpResponse:
    """The contracts of this desk, newest first; for a supervisor those of its region."""
    actor = request.actor
    actor.require_user()
    if actor.acts_as(Kind.SUPERVISOR):
        found = selectors.supervised_contracts(actor.region)
    elif actor.org_id is not None and actor.kinds & {Kind.PURCHASER, Kind.SUPPLIER, Kind.AGENCY}:
        found = selectors.contracts_of(actor.org_id)
    else:
        raise NotFound()
    rows = [
        {
            "contract": row,
            "word": gettext(STATUS_WORDS[ContractStatus(row.status)]),
            "glyph": STATUS_GLYPHS[ContractStatus(row.status)],
        }
        for row in found
    ]
    return render(request, "contracting/list.html", {"rows": rows})


@require_GET
def contract(request: Request, contract_id: uuid.UUID) -> HttpResponse:
    """One contract: next step, timeline, terms, signatures."""
    return _page(request, access.contract_to_view(request.actor, contract_id))


@require_POST
def sign(request: Request, contract_id: uuid.UUID) -> HttpResponse:
    """Sign for one's side; the passkey's answer comes in `credential`."""
    access.contract_to_sign(request.actor, contract_id)
    credential = request.POST.get("credential", "")
    return _act(
        request,
        contract_id,
        lambda: contracts.sign(actor=request.actor, contract_id=contract_id, credential=credential),
    )


@require_POST
def publish(request: Request, contract_id: uuid.UUID) -> HttpResponse:
    """Publish the contract notice."""
    access.contract_to_publish(request.actor, contract_id)
    return _act(request, contract_id, lambda: contracts.publish(actor=request.actor, contract_id=contract_id))


@require_POST
def void(request: Request, contract_id: uuid.UUID) -> HttpResponse:
    """Say that a side refuses to sign."""
    access.contract_of_side(request.actor, contract_id)
    return _with_form(request, contract_id, ReasonForm(request.POST), contracts.void)


@require_POST
def deliver(request: Request, contract_id: uuid.UUID) -> HttpResponse:
    """Report a delivery."""
    access.contract_of_side(request.actor, contract_id, Party.SUPPLIER)
    return _with_form(request, contract_id, DeliveryForm(request.POST), performance.deliver)


@require_POST
def accept(request: Request, contract_id: uuid.UUID) -> HttpResponse:
    """Record an acceptance."""
    access.contract_of_side(request.actor, contract_id, Party.PURCHASER)
    return _with_form(request, contract_id, AcceptanceForm(request.POST), performance.accept)


@require_POST
def pay(request: Request, contract_id: uuid.UUID) -> HttpResponse:
    """Record a payment."""
    access.contract_of_side(request.actor, contract_id, Party.PURCHASER)
    return _with_form(request, contract_id, PaymentForm(request.POST), performance.pay)


@require_POST
def supplement(request: Request, contract_id: uuid.UUID) -> HttpResponse:
    """Add more of the same items, as a contract of its own."""
    facts = access.contract_of_side(request.actor, contract_id, Party.PURCHASER)
    form = SupplementForm(request.POST, items=facts.items)
    return _act(
        request,
        contract_id,
        lambda: extras.supplement(actor=request.actor, contract_id=contract_id, quantities=form.quantities()),
        form,
    )


@require_POST
def bond(request: Request, contract_id: uuid.UUID) -> HttpResponse:
    """Record the performance bond."""
    access.contract_of_side(request.actor, contract_id, Party.PURCHASER)
    return _with_form(request, contract_id, BondForm(request.POST), extras.receive_bond)


@require_POST
def bond_return(request: Request, contract_id: uuid.UUID) -> HttpResponse:
    """Record that the bond went back."""
    access.contract_of_side(request.actor, contract_id, Party.PURCHASER)
    return _act(
        request, contract_id, lambda: extras.return_bond(actor=request.actor, contract_id=contract_id)
    )


def _with_form(
    request: Request, contract_id: uuid.UUID, form: forms.Form, service: Callable[..., ContractFacts]
) -> HttpResponse:
    return _act(
        request,
        contract_id,
        lambda: service(actor=request.actor, contract_id=contract_id, **form.cleaned_data),
        form,
    )


def _act(
    request: Request, contract_id: uuid.UUID, run: Callable[[], Any], form: forms.Form | None = None
) -> HttpResponse:
    """Do it and go back to the contract; what is refused stands at the top of the page, with what was typed."""
    form = form or forms.Form({})
    if done(form, run):
        return HttpResponseRedirect(reverse("contracting:contract", args=[contract_id]), status=303)
    return _page(request, selectors.contract_facts(contract_id), form=form, status=422)


def _page(
    request: Request,
    facts: ContractFacts,
    *,
    form: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    side = access.side_of(request.actor, facts)
    forms_shown = {
        "void_form": ReasonForm(),
        "delivery_form": DeliveryForm(),
        "acceptance_form": AcceptanceForm(),
        "payment_form": PaymentForm(initial={"amount": facts.payable}),
        "supplement_form": SupplementForm(items=facts.items),
        "bond_form": BondForm(),
    }
    names: dict[type[forms.Form], str] = {
        ReasonForm: "void_form",
        DeliveryForm: "delivery_form",
        AcceptanceForm: "acceptance_form",
        PaymentForm: "payment_form",
        SupplementForm: "supplement_form",
        BondForm: "bond_form",
    }
    if form is not None and type(form) in names:
        forms_shown[names[type(form)]] = form
    context = {
        "contract": facts,
        "side": side,
        "purpose": contracts.purpose_of(facts.id),
        "next": page.next_step(
            facts,
            side,
            access.partner_of(request.actor, facts),
            publishes=access.may_publish(request.actor, facts),
        ),
        "acts": page.acts(facts),
        "chips": page.chips(facts),
        "word": gettext(STATUS_WORDS[ContractStatus(facts.status)]),
        "glyph": STATUS_GLYPHS[ContractStatus(facts.status)],
        "left": facts.amount - facts.paid,
        "acceptance_rule": duty("L-25"),
        "joint": duty("L-04.joint"),
        "answers": duty("L-36"),
        **page.extras(facts, side),
        "wrong_form": form,
        **forms_shown,
    }
    return render(request, "contracting/contract.html", context, status=status)
