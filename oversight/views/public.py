"""Public pages of the law: the deadline calculator, the register, the calendar."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from oversight import pages
from oversight.forms import CalculatorForm


@require_safe
def calculator(request: HttpRequest) -> HttpResponse:
    form = CalculatorForm(request.GET if "start" in request.GET else None)
    answer = form.answer()
    context = {"form": form, "answer": pages.answer(answer) if answer else None, **pages.calculator()}
    return render(request, "oversight/calculator.html", context, status=422 if form.errors else 200)
