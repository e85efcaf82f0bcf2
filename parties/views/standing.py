"""Bad records, for those who supervise."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import Invalid
from core.http import see_other
from parties import access, selectors
from parties.access import Request
from parties.forms import ReasonForm, SanctionForm, day_start
from parties.services import standing


@require_http_methods(["GET", "HEAD", "POST"])
def sanctions(request: Request) -> HttpResponse:
    request.actor.require_supervision()
    form = SanctionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        last = given.pop("until")
        given["since"] = day_start(given["since"])
        try:
            standing.impose(
                actor=request.actor, until=day_start(last + timedelta(days=1)) if last else None, **given
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return see_other("parties:sanctions")
    facts = {"rows": selectors.sanction_entries(), "form": form, "lift": ReasonForm(auto_id=False)}
    return render(request, "parties/sanctions.html", facts, status=422 if form.errors else 200)


@require_POST
def lift(request: Request, sanction_id: int) -> HttpResponse:
    row = access.sanction_to_lift(request.actor, sanction_id)
    standing.lift(actor=request.actor, sanction_id=row.pk, reason=request.POST.get("reason", ""))
    return see_other("parties:sanctions")
