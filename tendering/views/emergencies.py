"""What an emergency purchase rests on: stated in the draft, read by those who run it and their supervisor."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.files.storage import storages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import NotFound
from core.forms import done
from core.law.duties import duty
from parties.selectors import organisations
from planning.views import actor_of, given, to
from tendering import access, emergencies, page, selectors
from tendering.forms_emergency import EmergencyForm
from tendering.methods import EMERGENCY
from tendering.services import emergency, publishing
from tendering.states import TenderStatus


@require_http_methods(["GET", "HEAD", "POST"])
def state(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.tender_to_manage(actor, tender_id)
    if found.method != EMERGENCY.code:
        raise NotFound()
    known = [(str(row.id), f"{row.name} {row.credit_code}") for row in organisations(kind="supplier")]
    form = EmergencyForm.of(found, known, given(request), request.FILES or None)
    if done(form, lambda: emergency.state(actor=actor, tender_id=tender_id, **form.arguments())):
        messages.success(request, _("Saved."))
        return to("tendering:tender", tender_id)
    drafted = found.status == TenderStatus.DRAFT
    law = publishing.law_in_force(found) if drafted else selectors.law_of(tender_id)
    context = {
        "form": form,
        "tender": found,
        "drafted": drafted,
        "duties": [duty(emergencies.RULE), duty(emergencies.OUTSIDE)],
        "rules": [page.cited(law, rule) for rule in (emergencies.MIN, emergencies.ADDON) if law.has(rule)],
        "open": [_(text) for text in emergencies.LEFT_OPEN],
        "back": reverse("tendering:tender", args=[tender_id]),
    }
    return render(request, "tendering/emergency.html", context, status=422 if form.errors else 200)


@require_safe
def file(request: HttpRequest, tender_id: UUID) -> FileResponse:
    """The decision, for those who run the purchase and the supervisor of its region."""
    found = access.tender_to_view(actor_of(request), tender_id)
    if found.emergency is None:
        raise NotFound()
    stored = storages["default"].open(found.emergency.stored_as)
    response = FileResponse(
        stored, as_attachment=True, filename=found.emergency.file, content_type=found.emergency.media_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response
