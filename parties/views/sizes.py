"""The public page that tells the size of an enterprise, and on which a supplier declares its own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.forms import done
from core.http import see_other
from core.law.duties import duty
from core.law.sme import Size, industries, size_of, thresholds_of
from core.money import Yuan
from parties import selectors
from parties.access import Request
from parties.forms import SIZE_NAMES, SizeForm
from parties.services import sizes
from parties.states import Kind
from parties.states import Size as Registered


@require_safe
def size(request: Request) -> HttpResponse:
    """Answer for the measures in the query; nothing is kept."""
    form = SizeForm(request.GET if "industry" in request.GET else None)
    found = done(form, lambda: size_of(**form.cleaned_data))
    return _page(request, form, found)


@require_POST
def declare(request: Request) -> HttpResponse:
    """Keep the measures as the declaration of the supplier at this desk."""
    request.actor.require_kind(Kind.SUPPLIER)
    form = SizeForm(request.POST)
    declared = done(form, lambda: sizes.declare_size(actor=request.actor, **form.cleaned_data))
    if declared:
        messages.success(
            request, _("Your declaration is on record; it is published with awards that rest on it.")
        )
        return see_other("parties:size")
    return _page(request, form, None)


def _page(request: Request, form: SizeForm, found: Size | None) -> HttpResponse:
    actor = request.actor
    supplier = actor.org_id if actor.is_authenticated and actor.acts_as(Kind.SUPPLIER) else None
    declared = selectors.size_statements([supplier]).get(supplier) if supplier else None
    context: dict[str, Any] = {
        "form": form,
        "found": found,
        "word": SIZE_NAMES[Registered(found)] if found else "",
        "thresholds": [_row(code, name) for code, name in industries().items()],
        "may_declare": supplier is not None,
        "declared": declared,
        "declared_word": SIZE_NAMES[Registered(declared.size)] if declared else "",
        "declared_industry": industries()[declared.industry] if declared else "",
        "rule": duty("S-10"),
        "letter": duty("S-09"),
    }
    return render(request, "parties/size.html", context, status=422 if form.errors else 200)


def _row(code: str, name: str) -> dict[str, Any]:
    """Give one industry with what each measure asks; persons as they are, money in ten thousand yuan."""
    measures = [
        {
            "name": _(SizeForm.MEASURES[one.measure]),
            "steps": [
                _threshold(one.measure, step) for step in (one.large_from, one.medium_from, one.small_from)
            ],
        }
        for one in thresholds_of(code)
    ]
    return {"code": code, "name": name, "measures": measures}


def _threshold(measure: str, value: int) -> int | Yuan:
    return value if measure == "staff" else Yuan(value)
