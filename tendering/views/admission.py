"""The part of a draft that says who may bid."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.forms import done
from planning.views import actor_of, given, to
from tendering import access
from tendering.admission_forms import AdmissionForm
from tendering.services import admission


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    """The evidence that is asked, and who prepared the project."""
    actor = actor_of(request)
    found = access.tender_to_manage(actor, tender_id)
    form = AdmissionForm.of(found, given(request))
    if done(form, lambda: admission.save(actor=actor, tender_id=tender_id, **form.arguments())):
        messages.success(request, _("Saved."))
        return to("tendering:tender", tender_id)
    context = {"form": form, "title": _("Who may bid"), "tender": found}
    context["back"] = reverse("tendering:tender", args=[tender_id])
    return render(request, "tendering/form.html", context, status=422 if form.errors else 200)
