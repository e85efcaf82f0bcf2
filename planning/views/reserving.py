"""Pages of what is reserved for small and medium-sized enterprises: one plan, and a year's budget added up."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from core.enacted.words import value_text
from core.forms import done
from core.law.book import Law
from core.law.duties import duty
from core.money import Yuan
from core.workdays import beijing_date
from parties.selectors import organisation_facts
from parties.states import Kind
from planning import access, rules, selectors
from planning.forms import ReserveForm
from planning.services import reserving
from planning.states import CATEGORY_WORDS, RESERVE_WORDS
from planning.views import actor_of, chip, given, shown, to

RULES = (rules.FULL_RESERVE, rules.RESERVE_RATE, rules.SMALL_MICRO_SHARE)


@require_http_methods(["GET", "HEAD", "POST"])
def reserve(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.plan_to_manage(actor, plan_id)
    before = {
        "form": found.sme_form,
        "amount": found.sme_amount if found.sme_amount.fen else None,
        "small_micro": found.small_micro_amount if found.small_micro_amount.fen else None,
        "reason": found.sme_reason,
    }
    form = ReserveForm(given(request), initial=before)
    if done(form, lambda: reserving.reserve_for_smes(actor=actor, plan_id=plan_id, **form.cleaned_data)):
        messages.success(request, _("It is on record how this purchase is reserved."))
        return to("planning:plan", plan_id)
    law = selectors.law_now(found, organisation_facts(found.org_id).budget_level, clock.now())
    chips = [
        {"text": value_text(law.cite(rule)), "rule": chip(law.cite(rule))} for rule in RULES if law.has(rule)
    ]
    asked = {
        "asked": chips,
        "unsuitable": chip(duty("S-02.unsuitable")),
        "unsuitable_text": duty("S-02.unsuitable").name,
    }
    return shown(
        request, form, _("Reserve for SMEs"), reverse("planning:plan", args=[plan_id]), plan=found, **asked
    )


@require_safe
def year(request: HttpRequest) -> HttpResponse:
    """Show one fiscal year's reservation against what the rule asks; `year` chooses it."""
    org_id = actor_of(request).require_kind(Kind.PURCHASER)
    years = selectors.budget_years(org_id)
    asked = request.GET.get("year", "")
    chosen = (
        int(asked)
        if asked.isdecimal() and int(asked) in years
        else (years or [beijing_date(clock.now()).year])[0]
    )
    purchaser = organisation_facts(org_id)

    @cache
    def law_for(category: str) -> Law:
        return selectors.law_now(
            selectors.AnyPurchase(purchaser.region, category), purchaser.budget_level, clock.now()
        )

    found = rules.year_of(selectors.purchases_of(org_id, chosen), law_for)
    groups = [
        {
            "group": group,
            "name": _(CATEGORY_WORDS[group.category]),
            "rate": chip(law_for(group.category).cite(rules.RESERVE_RATE)),
            "rate_text": value_text(law_for(group.category).cite(rules.RESERVE_RATE)),
        }
        for group in found.groups
    ]
    context = {
        "year": chosen,
        "years": years,
        "found": found,
        "groups": groups,
        "chart": [
            (
                _(CATEGORY_WORDS[one.category]),
                [_wan(one.needed), _wan(one.reserved), _wan(one.needed_small), _wan(one.small_micro)],
            )
            for one in found.groups
        ],
        "names": [
            _("To reserve"),
            _("Reserved so far"),
            _("To reserve, small and micro"),
            _("Reserved so far, small and micro"),
        ],
        "words": RESERVE_WORDS,
        "share": chip(law_for("goods").cite(rules.SMALL_MICRO_SHARE)),
        "share_text": value_text(law_for("goods").cite(rules.SMALL_MICRO_SHARE)),
        "limit": chip(law_for("goods").cite(rules.FULL_RESERVE)),
        "limit_text": value_text(law_for("goods").cite(rules.FULL_RESERVE)),
    }
    return render(request, "planning/reservation.html", context)


def _wan(amount: Yuan) -> Decimal:
    """Give an amount in ten thousand yuan, as a chart's axis has room for."""
    return amount.amount / 10_000
