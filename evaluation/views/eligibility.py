"""Who may take part: what was found about each bidder, and the credit queries it rests on."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.forms import done
from evaluation import access, eligibility_page
from evaluation.services import eligibility
from evaluation.views.manners import to
from parties.access import Request
from parties.forms import CreditNoteForm
from storage import serving


@require_safe
def page(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Every bidder with its findings, citations and credit query."""
    panel, tender = access.eligibility_to_read(request.actor, panel_id)
    facts = eligibility_page.context(panel, tender, None, hosting=access.hosts(request.actor, tender))
    return render(request, "evaluation/eligibility.html", facts)


@require_POST
def ask(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Have the registers asked about every bidder."""
    tender = access.eligibility_to_ask(request.actor, panel_id)
    answered = eligibility.ask_all(actor=request.actor, tender=tender)
    if answered:
        messages.success(request, _("Answers kept: %(count)s.") % {"count": answered})
    else:
        messages.warning(
            request, _("No answer came. Try again later, or ask yourself and enter what you found.")
        )
    return to("evaluation:eligibility", panel_id)


@require_POST
def note(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Enter what was found by hand, with the printout."""
    tender = access.eligibility_to_ask(request.actor, panel_id)
    panel, _tender = access.eligibility_to_read(request.actor, panel_id)
    form = CreditNoteForm(request.POST, request.FILES, suppliers=eligibility_page.suppliers(tender))
    done(form, lambda: eligibility.note(actor=request.actor, tender=tender, **form.cleaned_data))
    if form.errors:
        facts = eligibility_page.context(panel, tender, form, hosting=True)
        return render(request, "evaluation/eligibility.html", facts, status=422)
    messages.success(request, _("The query is kept."))
    return to("evaluation:eligibility", panel_id)


@require_safe
def evidence(request: Request, panel_id: uuid.UUID, evidence_id: uuid.UUID) -> HttpResponseBase:
    """A document of the register that a bid rests on."""
    _panel, tender = access.eligibility_to_read(request.actor, panel_id)
    row = eligibility.evidence_to_read(tender, evidence_id)
    return serving.hand_out(
        request, "default", row.stored_as, row.name, subject=f"organisation.{row.organisation_id}"
    )


@require_safe
def query(request: Request, panel_id: uuid.UUID, query_id: uuid.UUID) -> HttpResponseBase:
    """One credit query as it is kept: the printout where there is one, else question and answer as JSON."""
    _panel, tender = access.eligibility_to_read(request.actor, panel_id)
    row = eligibility.query_to_read(tender, query_id)
    if row.stored_as:
        return serving.hand_out(
            request, "default", row.stored_as, row.file_name, subject=f"credit.{row.credit_code}"
        )
    said = {
        "asked": {"credit_code": row.credit_code, "name": row.name, "purpose": row.purpose},
        "asked_at": row.asked_at.isoformat(),
        "asked_by": row.asked_by,
        "source": row.source,
        "answer": row.answer,
        "sha256": row.answer_hash,
    }
    return JsonResponse(said, json_dumps_params={"ensure_ascii": False})
