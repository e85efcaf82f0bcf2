"""The page on which a purchaser announces the imported products that a plan needs."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.errors import NotFound
from core.forms import done
from core.law.duties import duty
from planning import access, selectors
from planning.forms import ImportForm
from planning.services import importing
from planning.states import Category
from planning.views import actor_of, chip, given, to


@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.plan_to_manage(actor, plan_id)
    if found.category != Category.GOODS:
        raise NotFound()
    form = ImportForm(given(request))
    if done(form, lambda: importing.announce_imports(actor=actor, plan_id=plan_id, **form.arguments())):
        messages.success(request, _("The imported products are announced; the public can object."))
        return to("planning:imports", plan_id)
    context = {
        "plan": found,
        "form": form,
        "products": form.rows("product"),
        "opinions": form.rows("opinion"),
        "rule": chip(duty("L-38")),
        "notice_id": selectors.imports_of(found.ocid),
        "before_notice": not selectors.announced(found.ocid),
    }
    return render(request, "planning/imports.html", context, status=422 if form.errors else 200)
