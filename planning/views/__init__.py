"""Pages of budgets and plans."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.audit.selectors import entries_of
from core.enacted.words import value_text
from core.errors import gettext_noop
from core.forms import done
from core.http import see_other
from core.law.duties import Duty, duty
from core.law.rule import Rule
from core.workdays import beijing_date
from disclosure.states import METHODS
from parties.access import Actor
from parties.selectors import organisation_facts
from parties.states import Kind
from planning import access, guides, rules, selectors, services
from planning.facts import PlanFacts
from planning.forms import AdjustForm, ExemptionForm, LineForm, PlanForm, ReasonForm
from planning.states import (
    CATEGORY_WORDS,
    ENTRUSTMENT_WORDS,
    EXEMPTIONS,
    RESERVE_WORDS,
    STATUS_WORDS,
    SUPPORT_WORDS,
    Category,
    PlanStatus,
)

INTENTION = "D-01.intention_before"
EXEMPT_ID = "exempt_%s"
"""Ids of a form that shares its page with another one that asks for a reason."""


to = see_other


def shown(request: HttpRequest, form: forms.Form, title: str, back: str, **more: object) -> HttpResponse:
    """Show a form on its own page; 422 when it has errors."""
    context = {"form": form, "title": title, "back": back, **more}
    return render(request, "planning/form.html", context, status=422 if form.errors else 200)


def given(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with; nothing while it is only looked at."""
    return request.POST if request.method == "POST" else None


def actor_of(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


@require_safe
def lines(request: HttpRequest) -> HttpResponse:
    org_id = actor_of(request).require_kind(Kind.PURCHASER)
    context = {
        "lines": [
            {"line": line, "category": _(CATEGORY_WORDS[line.category])}
            for line in selectors.budget_lines_of(org_id)
        ],
        "plans": [
            {"plan": plan, "word": _(STATUS_WORDS[plan.status]), "glyph": _GLYPHS[plan.status]}
            for plan in selectors.plans_of(org_id)
        ],
    }
    return render(request, "planning/lines.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def line_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    org_id = actor.require_kind(Kind.PURCHASER)
    form = LineForm(given(request), initial={"fiscal_year": beijing_date(clock.now()).year})
    if done(form, lambda: services.create_budget_line(actor=actor, org_id=org_id, **form.cleaned_data)):
        messages.success(request, _("The budget line is entered."))
        return to("planning:lines")
    return shown(request, form, _("Enter a budget line"), reverse("planning:lines"))


@require_http_methods(["GET", "HEAD", "POST"])
def line(request: HttpRequest, line_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.line_to_manage(actor, line_id)
    form = AdjustForm(given(request))
    if done(form, lambda: services.adjust_budget_line(actor=actor, line_id=line_id, **form.cleaned_data)):
        messages.success(request, _("The budget line is adjusted."))
        return to("planning:line", line_id)
    context = {
        "line": found,
        "form": form,
        "category": _(CATEGORY_WORDS[found.category]),
        "changes": selectors.changes_of(line_id),
        "reservations": selectors.reservations_of(line_id),
    }
    return render(request, "planning/line.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_new(request: HttpRequest, line_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.line_to_manage(actor, line_id)
    drawn = {
        "title": found.name,
        "item_key": f"{found.item_edition}:{found.item_code}" if found.item_code else "",
        "amount": found.available,
    }
    edition = guides.edition_for(actor.region, beijing_date(clock.now()))
    form = PlanForm(given(request), category=found.category, edition=edition, initial=drawn)
    filed = done(form, lambda: services.file_plan(actor=actor, budget_line_id=line_id, **form.cleaned_data))
    if filed:
        messages.success(request, _("The plan is filed under number %(no)s.") % {"no": filed.filing_no})
        return to("planning:plan", filed.id)
    return shown(request, form, _("File a plan"), reverse("planning:line", args=[line_id]), line=found)


@require_safe
def plan(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    found = access.plan_to_manage(actor_of(request), plan_id)
    return _plan_page(request, found)


def _plan_page(
    request: HttpRequest, found: PlanFacts, exemption: ExemptionForm | None = None
) -> HttpResponse:
    """Show a plan; with the form of an exemption as it was sent, when that was refused."""
    level = organisation_facts(found.org_id).budget_level
    law = selectors.law_now(found, level, clock.now())
    way = rules.road(law, found.amount)
    early = law.cite(INTENTION) if law.has(INTENTION) else None
    agreement = selectors.entrustment_of(found.id)
    listed = rules.listed_service(found)
    context = {
        "plan": found,
        "line": selectors.budget_facts(found.budget_line_id),
        "held": selectors.reservation_of(found.source),
        "word": _(STATUS_WORDS[found.status]),
        "glyph": _GLYPHS[found.status],
        "category": _(CATEGORY_WORDS[found.category]),
        "method": _(METHODS[found.method][1]),
        "waiting": found.status == PlanStatus.FILED,
        "before_notice": found.status in (PlanStatus.FILED, PlanStatus.STARTED)
        and not selectors.announced(found.ocid),
        "notice_from": selectors.intention_lasts(found, law),
        "early": {"text": value_text(early), "rule": chip(early)} if early else None,
        "agreement": agreement,
        "requirement": selectors.requirement_of(found.id),
        "road": _(_ROADS[way]),
        "road_rules": [
            {**chip(law.cite(rule)), "text": value_text(law.cite(rule))}
            for rule in (rules.SCATTERED, rules.OPEN_TENDER)
            if law.has(rule)
        ],
        "level_missing": not level and way == rules.Road.UNKNOWN,
        "split": rules.split(law, selectors.alike(found)) if found.method != "open_tender" else None,
        "split_rule": chip(duty("L-07")),
        "reserved": _(RESERVE_WORDS[found.sme_form]) if found.sme_form else "",
        "subsidy": {"text": value_text(law.cite(rules.SUBSIDY)), "rule": chip(law.cite(rules.SUBSIDY))}
        if law.has(rules.SUBSIDY)
        else None,
        "imports": found.category == Category.GOODS,
        "listed": listed[1] if listed else "",
        "listed_kind": listed[0].kind if listed else "",
        "listed_rule": chip(duty("G-01")),
        "other_mode": selectors.other_mode_of(found.id),
        "other_mode_rule": chip(law.cite(rules.OTHER_MODE)) if law.has(rules.OTHER_MODE) else None,
        "supported": _(SUPPORT_WORDS[found.support]) if found.support else "",
        "agreed": _(ENTRUSTMENT_WORDS[agreement.status]) if agreement else "",
        "exempted": _(EXEMPTIONS[found.intention_exemption]) if found.intention_exemption else "",
        "exempt_rule": chip(duty("D-01.exempt")),
        "exemption": exemption
        or ExemptionForm(auto_id=EXEMPT_ID, initial={"kind": found.intention_exemption}),
        "acts": [
            {
                "at": entry.at,
                "who": entry.actor,
                "title": _(_ACTS.get(entry.verb, entry.verb)),
                "proof": entry.hash,
            }
            for entry in entries_of(found.source)
        ],
        "form": ReasonForm(),
    }
    bad = exemption is not None and exemption.errors
    return render(request, "planning/plan.html", context, status=422 if bad else 200)


def chip(rule: Rule | Duty) -> dict[str, str]:
    """Give a rule or duty as its chip is shown."""
    return {"id": rule.id, "citation": rule.citation, "certainty": str(rule.certainty)}


@require_POST
def exempt(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.plan_to_manage(actor, plan_id)
    form = ExemptionForm(request.POST, auto_id=EXEMPT_ID)
    if done(form, lambda: services.exempt_intention(actor=actor, plan_id=plan_id, **form.cleaned_data)):
        messages.success(request, _("The reason is on record; the procurement notice will say it."))
        return to("planning:plan", plan_id)
    return _plan_page(request, found, form)


@require_POST
def intention(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    access.plan_to_manage(actor, plan_id)
    services.publish_intention(actor=actor, plan_id=plan_id)
    messages.success(request, _("The intention to buy is published."))
    return to("planning:plan", plan_id)


@require_POST
def withdraw(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    access.plan_to_manage(actor, plan_id)
    form = ReasonForm(request.POST)
    if done(form, lambda: services.withdraw_plan(actor=actor, plan_id=plan_id, **form.cleaned_data)):
        messages.success(request, _("The plan is withdrawn; its money is back in the budget."))
        return to("planning:plan", plan_id)
    return shown(request, form, _("Withdraw the plan"), reverse("planning:plan", args=[plan_id]))


_ROADS = {
    rules.Road.OWN: gettext_noop(
        "Below the limit of government procurement: the purchaser organises it itself, an agency is not needed."
    ),
    rules.Road.SCATTERED: gettext_noop(
        "From the limit on and below open tender: by any method that fits; the purchaser may run it itself or entrust an agency."
    ),
    rules.Road.OPEN: gettext_noop(
        "From the threshold on by open tender; another method needs an approval first."
    ),
    rules.Road.UNKNOWN: gettext_noop("The limits that hold for this purchaser are not known here."),
}
_GLYPHS: dict[str, str] = {
    PlanStatus.FILED: "waiting",
    PlanStatus.STARTED: "active",
    PlanStatus.DONE: "done",
    PlanStatus.WITHDRAWN: "held",
}


_ACTS = {
    "file_plan": gettext_noop("Plan filed"),
    "publish_intention": gettext_noop("Intention to buy published"),
    "exempt_intention": gettext_noop("Reason recorded why no intention is published in time"),
    "start_plan": gettext_noop("Tender begun"),
    "reopen_plan": gettext_noop("Available again"),
    "finish_plan": gettext_noop("Contracts signed"),
    "save_requirement": gettext_noop("Requirement written"),
    "publish_requirement": gettext_noop("Requirement published for comment"),
    "reserve_for_smes": gettext_noop("Reservation for SMEs decided"),
    "support": gettext_noop("Said how public money supports it"),
    "offer_entrustment": gettext_noop("Agreement offered to an agency"),
    "sign_entrustment": gettext_noop("Agreement signed by one side"),
    "conclude_entrustment": gettext_noop("Agreement signed by both sides"),
    "end_entrustment": gettext_noop("Agreement ended"),
    "announce_imports": gettext_noop("Imported products announced"),
    "choose_mode": gettext_noop("Another mode of buying chosen"),
    "record_mode_paper": gettext_noop("Approval recorded"),
    "start_in_mode": gettext_noop("Started in another mode of buying"),
    "conclude_in_mode": gettext_noop("Concluded in another mode of buying"),
    "leave_mode": gettext_noop("Other mode of buying given up"),
    "withdraw_plan": gettext_noop("Plan withdrawn"),
}
