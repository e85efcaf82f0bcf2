"""The page on what became of a year's reservation for SMEs."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import clock
from core.law.duties import duty
from core.workdays import beijing_date
from disclosure.selectors.notices import newest_of_source
from evaluation import sme_year
from evaluation.services import sme_year as services
from evaluation.views.manners import back_to, to
from parties.access import Request
from parties.states import Kind
from planning.states import RESERVE_WORDS


@require_http_methods(["GET", "HEAD", "POST"])
@back_to("evaluation:sme_year")
def page(request: Request, year: int) -> HttpResponse:
    """Show the year's figures beside what is public of them; sending publishes them."""
    org_id = request.actor.require_kind(Kind.PURCHASER)
    if request.method == "POST":
        services.publish(actor=request.actor, year=year)
        messages.success(request, _("The figures of the year are public."))
        return to("evaluation:sme_year", year)
    found = sme_year.executed(org_id, year)
    said = newest_of_source(sme_year.source_of(org_id, year))
    context = {
        "found": found,
        "said": said,
        "changed": said is not None and said.facts != found.as_facts(),
        "over": year < beijing_date(clock.now()).year,
        "words": RESERVE_WORDS,
        "rule": duty(sme_year.RULE),
    }
    return render(request, "evaluation/sme_year.html", context)
