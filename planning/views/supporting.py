"""The page on which a purchaser says how public money supports a service, where a place has a rule on it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import clock
from core.enacted.words import value_text
from core.errors import NotFound
from core.forms import done
from parties.selectors import organisation_facts
from planning import access, rules, selectors
from planning.forms import SupportForm
from planning.services import supporting
from planning.views import actor_of, chip, given, shown, to


@require_http_methods(["GET", "HEAD", "POST"])
def support(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.plan_to_manage(actor, plan_id)
    law = selectors.law_now(found, organisation_facts(found.org_id).budget_level, clock.now())
    if not law.has(rules.SUBSIDY):
        raise NotFound()
    before = {
        "form": found.support,
        "project_total": found.project_total if found.project_total.fen else None,
    }
    form = SupportForm(given(request), initial=before)
    if done(form, lambda: supporting.support(actor=actor, plan_id=plan_id, **form.cleaned_data)):
        messages.success(request, _("It is on record how public money supports it."))
        return to("planning:plan", plan_id)
    rule = law.cite(rules.SUBSIDY)
    asked = [{"text": value_text(rule), "rule": chip(rule)}]
    return shown(
        request, form, _("Public money"), reverse("planning:plan", args=[plan_id]), plan=found, asked=asked
    )
