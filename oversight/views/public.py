"""Public pages of the law: the deadline calculator, the register, the calendar."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core import clock
from core.workdays import beijing_date
from oversight import guide_page, pages
from oversight.forms import CalculatorForm, CalendarForm, PlaceForm, RegisterForm
from oversight.selectors import register
from planning import guides


@require_safe
def calculator(request: HttpRequest) -> HttpResponse:
    form = CalculatorForm(request.GET if "start" in request.GET else None)
    answer = form.answer()
    context = {"form": form, "answer": pages.answer(answer) if answer else None, **pages.calculator()}
    return render(request, "oversight/calculator.html", context, status=422 if form.errors else 200)


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    form = CalendarForm(request.GET)
    asked = form.asked()
    context = {"form": form, **(pages.calendar(*asked) if asked else {})}
    return render(request, "oversight/calendar.html", context, status=422 if form.errors else 200)


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    form = PlaceForm(request.GET, guides.places())
    asked = form.cleaned_data if form.is_valid() else None
    shown = guide_page.shown(asked["region"], asked["since"], beijing_date(clock.now())) if asked else {}
    return render(
        request, "oversight/guide.html", {"form": form, **shown}, status=422 if form.errors else 200
    )


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    form = RegisterForm(request.GET)
    asked = form.filters()
    context = {"form": form, **pages.register(asked, request.GET.urlencode())}
    return render(request, "oversight/rules.html", context, status=422 if form.errors else 200)


@require_safe
def rule(request: HttpRequest, rule_id: str) -> HttpResponse:
    versions = register.history(rule_id, beijing_date(clock.now()))
    return render(request, "oversight/rule.html", pages.history(rule_id, versions))
