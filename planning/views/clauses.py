"""Pages of the clause library: read by anybody, written by who supervises."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from core.forms import done
from core.workdays import beijing_date
from disclosure.states import METHODS
from parties.access import Actor
from parties.states import Kind
from planning import clauses
from planning.forms import ClauseForm
from planning.services.clauses import write_clause
from planning.states import CATEGORY_WORDS
from planning.views import actor_of, given, to


@require_safe
def library(request: HttpRequest) -> HttpResponse:
    rows = [_row(clause) for clause in clauses.in_force(beijing_date(clock.now()))]
    return render(
        request, "planning/clauses.html", {"rows": rows, "may_write": _may_write(actor_of(request))}
    )


@require_safe
def clause(request: HttpRequest, key: str) -> HttpResponse:
    rows = [_row(one) for one in clauses.versions(key)]
    context = {
        "key": key,
        "rows": rows,
        "title": rows[0]["clause"].title,
        "may_write": _may_write(actor_of(request)),
    }
    return render(request, "planning/clause.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, key: str = "") -> HttpResponse:
    actor = actor_of(request)
    actor.require_supervision()
    initial: dict[str, Any] = {"since": beijing_date(clock.now())}
    if key:
        newest = clauses.versions(key)[0]
        names = ("key", "title", "text", "basis", "place", "category", "method")
        initial |= {name: getattr(newest, name) for name in names} | {"after": newest.version}
    form = ClauseForm(given(request), initial=initial)
    if done(form, lambda: write_clause(actor=actor, **form.cleaned_data)):
        messages.success(request, _("The version is written."))
        return to("planning:clause", form.cleaned_data["key"])
    context = {"form": form, "title": _("Write a version") if key else _("Write a clause"), "key": key}
    return render(request, "planning/clause_form.html", context, status=422 if form.errors else 200)


def _row(one: clauses.Clause) -> dict[str, Any]:
    return {
        "clause": one,
        "category": _(CATEGORY_WORDS[one.category]) if one.category else "",
        "method": _(METHODS[one.method][1]) if one.method else "",
        "ahead": one.since > beijing_date(clock.now()),
    }


def _may_write(actor: Actor) -> bool:
    return actor.is_authenticated and (actor.operator or actor.acts_as(Kind.SUPERVISOR))
