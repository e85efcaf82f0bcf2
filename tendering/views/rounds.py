"""What a draft for rounds says: the case of the law, and the terms that the talks may change."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import NotFound
from planning.views import actor_of, given, to
from tendering import access
from tendering.facts import TenderFacts
from tendering.forms_rounds import GroundForm, TermForm
from tendering.methods import method_of
from tendering.services import terms
from tendering.views.drafts import READ_AND_WRITE, save


def _draft(request: HttpRequest, tender_id: UUID) -> TenderFacts:
    found = access.tender_to_manage(actor_of(request), tender_id)
    if not method_of(found.method).grounds:
        raise NotFound()
    return found


@require_http_methods(READ_AND_WRITE)
def ground(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    """Say which case of the law applies."""
    found = _draft(request, tender_id)
    form = GroundForm.of(found, given(request))
    return save(
        request,
        found,
        form,
        _("Why this method"),
        lambda: terms.state_ground(actor=actor_of(request), tender_id=found.id, **form.cleaned_data),
    )


@require_http_methods(READ_AND_WRITE)
def term(request: HttpRequest, tender_id: UUID, no: int | None = None) -> HttpResponse:
    """List a term that the talks may change, or edit one."""
    found = _draft(request, tender_id)
    row = next((one for one in found.terms if one.no == no), None)
    if no is not None and row is None:
        raise NotFound()
    form = TermForm.of(row, given(request))
    title = (
        _("Term %(no)s that the talks may change") % {"no": no}
        if no
        else _("Add a term that the talks may change")
    )
    return save(
        request,
        found,
        form,
        title,
        lambda: terms.save_term(actor=actor_of(request), tender_id=found.id, no=no, **form.cleaned_data),
    )


@require_POST
def term_remove(request: HttpRequest, tender_id: UUID, no: int) -> HttpResponse:
    """Take a term off the list."""
    found = _draft(request, tender_id)
    terms.remove_term(actor=actor_of(request), tender_id=found.id, no=no)
    return to("tendering:tender", tender_id)
