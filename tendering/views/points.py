"""A criterion of a draft that is scored by rule."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.errors import NotFound
from planning.views import actor_of, given
from tendering import access
from tendering.forms_points import PointRuleForm
from tendering.services import drafting
from tendering.states import CriterionKind
from tendering.views.drafts import READ_AND_WRITE, criterion_of, save, who


@require_http_methods(READ_AND_WRITE)
def rule(request: HttpRequest, tender_id: UUID, code: str = "") -> HttpResponse:
    """Say what bidders state and how points follow from it."""
    found = access.tender_to_manage(actor_of(request), tender_id)
    row = criterion_of(found, code) if code else None
    if row is not None and row.kind != CriterionKind.OBJECTIVE:
        raise NotFound()
    form = PointRuleForm.of(row, given(request))
    title = (
        _("Criterion %(code)s, scored by rule") % {"code": code}
        if code
        else _("Add a criterion scored by rule")
    )
    return save(
        request,
        found,
        form,
        title,
        lambda: drafting.save_rule(**who(request, found), code=code, **form.cleaned_data),
    )
