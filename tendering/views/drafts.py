"""The parts of a draft: basics, evaluation, lots, items, criteria, agency. Each a plain form on its own page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import NotFound
from core.forms import done
from parties.selectors import organisations
from planning.views import actor_of, given, to
from tendering import access
from tendering.facts import CriterionFacts, ItemFacts, LotFacts, TenderFacts
from tendering.forms import (
    AgencyForm,
    ApprovalForm,
    BasicsForm,
    CriterionForm,
    EvaluationForm,
    ItemForm,
    LotForm,
)
from tendering.services import approvals, drafting

READ_AND_WRITE = ["GET", "HEAD", "POST"]


@require_http_methods(READ_AND_WRITE)
def edit(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    found = access.tender_to_manage(actor_of(request), tender_id)
    form = BasicsForm.of(found, given(request))
    return save(
        request,
        found,
        form,
        _("Basics"),
        lambda: drafting.save_basics(**who(request, found), **form.cleaned_data),
    )


@require_http_methods(READ_AND_WRITE)
def evaluation(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    found = access.tender_to_manage(actor_of(request), tender_id)
    form = EvaluationForm.of(found, given(request))
    return save(
        request,
        found,
        form,
        _("Evaluation"),
        lambda: drafting.save_evaluation(**who(request, found), **form.arguments()),
    )


@require_http_methods(READ_AND_WRITE)
def lot(request: HttpRequest, tender_id: UUID, no: str = "") -> HttpResponse:
    found = access.tender_to_manage(actor_of(request), tender_id)
    row = _lot(found, no) if no else None
    form = LotForm.of(row, given(request))
    title = _("Lot %(no)s") % {"no": no} if no else _("Add a lot")
    return save(
        request,
        found,
        form,
        title,
        lambda: drafting.save_lot(**who(request, found), no=no, **form.cleaned_data),
    )


@require_POST
def lot_remove(request: HttpRequest, tender_id: UUID, no: str) -> HttpResponse:
    found = access.tender_to_manage(actor_of(request), tender_id)
    drafting.remove_lot(**who(request, found), no=no)
    return to("tendering:tender", tender_id)


@require_http_methods(READ_AND_WRITE)
def item(request: HttpRequest, tender_id: UUID, lot_no: str, no: str = "") -> HttpResponse:
    found = access.tender_to_manage(actor_of(request), tender_id)
    row = _item(_lot(found, lot_no), no) if no else None
    form = ItemForm.of(row, found.category, given(request))
    title = _("Item %(no)s of lot %(lot)s") % {"no": no, "lot": lot_no} if no else _("Add an item")
    return save(
        request,
        found,
        form,
        title,
        lambda: drafting.save_item(**who(request, found), lot_no=lot_no, no=no, **form.cleaned_data),
    )


@require_POST
def item_remove(request: HttpRequest, tender_id: UUID, lot_no: str, no: str) -> HttpResponse:
    found = access.tender_to_manage(actor_of(request), tender_id)
    drafting.remove_item(**who(request, found), lot_no=lot_no, no=no)
    return to("tendering:tender", tender_id)


@require_http_methods(READ_AND_WRITE)
def criterion(request: HttpRequest, tender_id: UUID, code: str = "") -> HttpResponse:
    found = access.tender_to_manage(actor_of(request), tender_id)
    row = criterion_of(found, code) if code else None
    if row is not None and row.rule is not None:
        return to("tendering:point_rule", tender_id, code)
    form = CriterionForm.of(row, given(request))
    title = _("Criterion %(code)s") % {"code": code} if code else _("Add a criterion")
    return save(
        request,
        found,
        form,
        title,
        lambda: drafting.save_criterion(**who(request, found), code=code, **form.cleaned_data),
    )


@require_POST
def criterion_remove(request: HttpRequest, tender_id: UUID, code: str) -> HttpResponse:
    found = access.tender_to_manage(actor_of(request), tender_id)
    drafting.remove_criterion(**who(request, found), code=code)
    return to("tendering:tender", tender_id)


@require_http_methods(READ_AND_WRITE)
def agency(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    found = access.tender_to_own(actor_of(request), tender_id)
    known = [(str(row.id), row.name) for row in organisations(kind="agency") if row.id != found.purchaser_id]
    form = AgencyForm(given(request), agencies=known, initial={"agency_id": found.agency_id})
    return save(request, found, form, _("Entrust an agency"), lambda: _entrust(request, found, form))


@require_http_methods(READ_AND_WRITE)
def approval(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    found = access.tender_to_own(actor_of(request), tender_id)
    form = ApprovalForm(given(request), request.FILES or None)
    return save(
        request,
        found,
        form,
        _("Record an approval"),
        lambda: approvals.record_approval(**who(request, found), **form.cleaned_data),
    )


def _entrust(request: HttpRequest, found: TenderFacts, form: AgencyForm) -> TenderFacts:
    chosen = form.cleaned_data["agency_id"]
    return drafting.entrust(**who(request, found), agency_id=UUID(chosen) if chosen else None)


def who(request: HttpRequest, found: TenderFacts) -> dict[str, Any]:
    return {"actor": actor_of(request), "tender_id": found.id}


def save(
    request: HttpRequest, found: TenderFacts, form: forms.Form, title: str, act: Callable[[], TenderFacts]
) -> HttpResponse:
    """Answer a form of the draft on a page of its own: `act` when it is sent and valid."""
    if done(form, act):
        messages.success(request, _("Saved."))
        return to("tendering:tender", found.id)
    context = {
        "form": form,
        "title": title,
        "tender": found,
        "back": reverse("tendering:tender", args=[found.id]),
    }
    return render(request, "tendering/form.html", context, status=422 if form.errors else 200)


def _lot(found: TenderFacts, no: str) -> LotFacts:
    row = found.lot(no)
    if row is None:
        raise NotFound()
    return row


def _item(lot: LotFacts, no: str) -> ItemFacts:
    for row in lot.items:
        if row.no == no:
            return row
    raise NotFound()


def criterion_of(found: TenderFacts, code: str) -> CriterionFacts:
    """Give one criterion of a tender. Raises NotFound."""
    for row in found.criteria:
        if row.id == code:
            return row
    raise NotFound()
