"""The page of a plan's requirement: what it has to achieve, whom the market research asked, comments of the public."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.enacted.words import value_text
from core.forms import done
from core.law.duties import duty
from parties.selectors import organisation_facts
from planning import access, rules, selectors
from planning.facts import PlanFacts
from planning.forms import ASKED_ROWS, CommentsForm, RequirementForm
from planning.services import requiring
from planning.views import actor_of, chip, given, to


@require_http_methods(["GET", "HEAD", "POST"])
def requirement(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.plan_to_manage(actor, plan_id)
    form = RequirementForm.of(selectors.requirement_of(plan_id), given(request))
    if done(form, lambda: requiring.save_requirement(actor=actor, plan_id=plan_id, **form.arguments())):
        messages.success(request, _("The requirement is saved."))
        return to("planning:requirement", plan_id)
    return _page(request, found, form, CommentsForm())


@require_POST
def publish(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.plan_to_manage(actor, plan_id)
    form = CommentsForm(request.POST)
    if done(form, lambda: requiring.publish_requirement(actor=actor, plan_id=plan_id, **form.cleaned_data)):
        messages.success(request, _("The requirement is published; the public can comment on it."))
        return to("planning:requirement", plan_id)
    return _page(request, found, RequirementForm.of(selectors.requirement_of(plan_id), None), form)


def _page(
    request: HttpRequest, found: PlanFacts, form: RequirementForm, comments: CommentsForm
) -> HttpResponse:
    law = selectors.law_now(found, organisation_facts(found.org_id).budget_level, clock.now())
    written = selectors.requirement_of(found.id)
    context = {
        "plan": found,
        "written": written,
        "form": form,
        "comments": comments,
        "main": [form[name] for name in ("outcome", "market", "history", "upkeep")],
        "rows": [
            [form[f"{part}_{n}"] for part in ("who", "kind", "on", "said")] for n in range(1, ASKED_ROWS + 1)
        ],
        "needed": rules.research_needed(law, found),
        "enough": rules.researched(law, written),
        "chips": [
            {**chip(law.cite(rule)), "text": value_text(law.cite(rule))}
            for rule in (rules.RESEARCH_FROM, rules.RESEARCH_MIN)
            if law.has(rule)
        ],
        "duty": chip(duty("L-35")),
        "before_notice": not selectors.announced(found.ocid),
    }
    bad = form.errors or comments.errors
    return render(request, "planning/requirement.html", context, status=422 if bad else 200)
