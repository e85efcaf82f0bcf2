"""The framework agreement under which a draft competes, or whose suppliers it supplements."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.errors import NotFound
from core.forms import done
from planning.views import actor_of, given, to
from tendering import access
from tendering.competition import to_choose_from
from tendering.competition_forms import CompetitionForm, SupplementForm
from tendering.methods import FRAMEWORK, Invites, method_of
from tendering.services import competing, supplementing
from tendering.supplement import to_supplement


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.tender_to_manage(actor, tender_id)
    if method_of(found.method).invites is not Invites.ENTRANTS:
        raise NotFound()
    form = CompetitionForm.of(found, to_choose_from(found.category), given(request))
    if done(form, lambda: competing.choose(actor=actor, tender_id=tender_id, **form.arguments())):
        messages.success(request, _("Saved."))
        return to("tendering:tender", tender_id)
    context = {
        "form": form,
        "title": _("Framework agreement of the second competition"),
        "tender": found,
        "back": reverse("tendering:tender", args=[tender_id]),
    }
    return render(request, "tendering/form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def supplement(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.tender_to_manage(actor, tender_id)
    if found.method != FRAMEWORK.code:
        raise NotFound()
    form = SupplementForm.of(found, to_supplement(found.purchaser_id, found.category), given(request))
    if done(form, lambda: supplementing.supplement(actor=actor, tender_id=tender_id, **form.cleaned_data)):
        messages.success(request, _("The draft has the terms of the first call."))
        return to("tendering:tender", tender_id)
    context = {
        "form": form,
        "title": _("Supplementary call"),
        "tender": found,
        "back": reverse("tendering:tender", args=[tender_id]),
    }
    return render(request, "tendering/form.html", context, status=422 if form.errors else 200)
