"""The page on which a purchaser buys in another mode than a procurement method, where a place has a rule on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.enacted.words import value_text
from core.errors import NotFound
from core.forms import done
from core.law.book import Law
from core.workdays import beijing_date
from parties.selectors import organisation_facts
from planning import access, rules, selectors
from planning.facts import OtherModeFacts, PlanFacts
from planning.forms import ModeForm, ModePaperForm, ModeResultForm, ReasonForm
from planning.services import otherwise
from planning.states import PAPER_WORDS, PlanStatus
from planning.views import actor_of, chip, given, to


@require_http_methods(["GET", "HEAD", "POST"])
def mode(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Show where the purchase stands; a POST chooses its mode."""
    found, law, chosen = _found(request, plan_id)
    initial = {"mode": chosen.mode, "reason": chosen.reason} if chosen else {}
    form = ModeForm(given(request), modes=_modes(), initial=initial)
    actor = actor_of(request)
    if done(form, lambda: otherwise.choose_mode(actor=actor, plan_id=plan_id, **form.cleaned_data)):
        messages.success(request, _("The mode and its reason are on record."))
        return to("planning:mode", plan_id)
    return _page(request, found, law, chosen, form)


@require_POST
def paper(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    found, law, _chosen = _found(request, plan_id)
    form = ModePaperForm(request.POST, request.FILES, kinds=_kinds(law, found))
    return _act(request, plan_id, form, otherwise.record_paper)


@require_POST
def start(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    return _act(request, plan_id, forms.Form({}), otherwise.start_in_mode)


@require_POST
def conclude(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    return _act(request, plan_id, ModeResultForm(request.POST), otherwise.conclude_in_mode)


@require_POST
def leave(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    return _act(request, plan_id, ReasonForm(request.POST), otherwise.leave_mode)


def _act(request: HttpRequest, plan_id: UUID, form: forms.Form, act: Callable[..., Any]) -> HttpResponse:
    """Do it and show the page; what is refused stands at its top, with what was typed."""
    found, law, chosen = _found(request, plan_id)
    if chosen is None:
        raise NotFound()
    actor = actor_of(request)
    if done(form, lambda: act(actor=actor, plan_id=plan_id, **form.cleaned_data) or True):
        messages.success(request, _("Saved."))
        kept = selectors.other_mode_of(plan_id)
        return to("planning:mode" if kept else "planning:plan", plan_id)
    return _page(request, found, law, chosen, form)


def _found(request: HttpRequest, plan_id: UUID) -> tuple[PlanFacts, Law, OtherModeFacts | None]:
    """Give a plan to its purchaser, where the rule holds or a mode was chosen while it held; else NotFound."""
    found = access.plan_to_manage(actor_of(request), plan_id)
    law = selectors.law_now(found, organisation_facts(found.org_id).budget_level, clock.now())
    chosen = selectors.other_mode_of(plan_id)
    if chosen is None and not law.has(rules.OTHER_MODE):
        raise NotFound()
    return found, law, chosen


def _modes(at: Any = None) -> list[tuple[str, str]]:
    language = get_language() or ""
    return [(one.code, one.words(language)) for one in otherwise.modes(beijing_date(at or clock.now()))]


def _kinds(law: Law, plan: PlanFacts) -> list[tuple[str, str]]:
    return [(str(kind), _(PAPER_WORDS[kind])) for kind, _rule in rules.papers_needed(law, plan)]


def _page(
    request: HttpRequest, found: PlanFacts, law: Law, chosen: OtherModeFacts | None, sent: forms.Form
) -> HttpResponse:
    filed = found.status == PlanStatus.FILED
    needed = [
        {
            "word": _(PAPER_WORDS[kind]),
            "there": bool(chosen and kind in chosen.kinds),
            "rule": chip(law.cite(rule)),
        }
        for kind, rule in rules.papers_needed(law, found)
        if law.has(rule)
    ]
    made: dict[str, forms.Form] = {
        "mode_form": ModeForm(modes=_modes()),
        "paper_form": ModePaperForm(kinds=_kinds(law, found)),
        "result_form": ModeResultForm(initial={"amount": found.amount}),
        "leave_form": ReasonForm(),
    }
    for name, form in made.items():
        if type(form) is type(sent):
            made[name] = sent
    words = dict(_modes(chosen.chosen_at)) if chosen else {}
    context = {
        "plan": found,
        "chosen": chosen,
        "chosen_word": words.get(chosen.mode, chosen.mode) if chosen else "",
        "papers": [{"row": row, "word": _(PAPER_WORDS[row.kind])} for row in chosen.papers] if chosen else [],
        "needed": needed,
        "complete": all(row["there"] for row in needed),
        "filed": filed,
        "started": chosen is not None and found.status == PlanStatus.STARTED,
        "rule": chip(law.cite(rules.OTHER_MODE)) if law.has(rules.OTHER_MODE) else None,
        "rule_text": value_text(law.cite(rules.OTHER_MODE)) if law.has(rules.OTHER_MODE) else "",
        "form": sent,
        **made,
    }
    return render(request, "planning/mode.html", context, status=422 if sent.errors else 200)
