"""The terms of a call for framework suppliers, in the draft."""

from __future__ import annotations

from decimal import Decimal
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
from tendering.framework_forms import FrameworkForm
from tendering.framework_rules import least_elimination
from tendering.methods import Invites, method_of
from tendering.services import frameworks, publishing


@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.tender_to_manage(actor, tender_id)
    if not method_of(found.method).admits:
        raise NotFound()
    stated = found.framework
    law = publishing.law_in_force(found)
    least = Decimal(0)
    if method_of(found.method).invites is not Invites.ANYTIME:
        least, _rule = least_elimination(
            law, found.evaluation_method, stated.quality_ground if stated else ""
        )
    form = FrameworkForm.of(found, least, given(request))
    if done(form, lambda: frameworks.state_terms(actor=actor, tender_id=tender_id, **form.arguments())):
        messages.success(request, _("Saved."))
        return to("tendering:tender", tender_id)
    context = {
        "form": form,
        "title": _("Terms of the framework"),
        "tender": found,
        "back": reverse("tendering:tender", args=[tender_id]),
    }
    return render(request, "tendering/form.html", context, status=422 if form.errors else 200)
