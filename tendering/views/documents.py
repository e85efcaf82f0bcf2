"""Files of the procurement document: added and removed in the draft, served as attachments."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.files.storage import storages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.forms import done
from planning.views import actor_of, given, to
from tendering import access
from tendering.forms import DocumentForm
from tendering.services import composing, documents, fetching


@require_safe
def document(request: HttpRequest, tender_id: UUID, document_id: UUID) -> FileResponse:
    actor = actor_of(request)
    facts, stored_as = access.document_to_read(actor, tender_id, document_id)
    if request.method == "GET":
        fetching.note(actor=actor, document_id=document_id)
    file = storages["default"].open(stored_as)
    response = FileResponse(file, as_attachment=True, filename=facts.name, content_type=facts.media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = f'"{facts.sha256}"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def document_new(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.tender_to_manage(actor, tender_id)
    form = DocumentForm(given(request), request.FILES or None)
    if done(form, lambda: documents.add_document(actor=actor, tender_id=tender_id, **form.cleaned_data)):
        messages.success(request, _("The document is stored."))
        return to("tendering:tender", tender_id)
    context = {"form": form, "title": _("Add a document"), "tender": found, "files": True}
    context["back"] = reverse("tendering:tender", args=[tender_id])
    return render(request, "tendering/form.html", context, status=422 if form.errors else 200)


@require_POST
def document_compose(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    access.tender_to_manage(actor, tender_id)
    composing.compose(actor=actor, tender_id=tender_id)
    messages.success(request, _("The document is put together and stored. Read it before you publish."))
    return to("tendering:tender", tender_id)


@require_POST
def document_remove(request: HttpRequest, tender_id: UUID, document_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    access.tender_to_manage(actor, tender_id)
    documents.remove_document(actor=actor, tender_id=tender_id, document_id=document_id)
    return to("tendering:tender", tender_id)
