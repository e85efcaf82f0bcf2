"""The page of suspect terms: what may treat suppliers differently, where it stands, and why it stays."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.errors import gettext_noop
from core.forms import done
from core.law.discriminatory import suspects as kinds
from core.law.duties import duty
from planning.views import actor_of, chip, given, to
from tendering import access
from tendering.facts import TenderFacts
from tendering.fair_rules import Found, suspects
from tendering.forms import TermForm
from tendering.services import approvals
from tendering.states import TenderStatus

_PARTS = {
    "basics": (gettext_noop("Basics"), "tendering:edit"),
    "lot": (gettext_noop("Lot"), "tendering:lot"),
    "item": (gettext_noop("Item"), "tendering:item"),
    "criterion": (gettext_noop("Criterion"), "tendering:criterion"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def fairness(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.tender_to_manage(actor, tender_id)
    sent = TermForm(given(request))
    if done(sent, lambda: approvals.explain_term(actor=actor, tender_id=tender_id, **sent.cleaned_data)):
        messages.success(request, _("The reason is on record."))
        return to("tendering:fairness", tender_id)
    context = {
        "tender": found,
        "rows": [_row(found, one, number, sent) for number, one in enumerate(suspects(found))],
        "form": sent,
        "editable": found.status == TenderStatus.DRAFT,
        "rule": chip(duty("L-03")),
        "kinds": list({(one.why, one.citation): one for one in kinds()}.values()),
    }
    return render(request, "tendering/fairness.html", context, status=422 if sent.errors else 200)


def _row(tender: TenderFacts, one: Found, number: int, sent: TermForm) -> dict[str, Any]:
    """Give one suspect term with its place and the form that explains it, filled in with what was sent for it."""
    word, name = _PARTS[one.part]
    mine = sent.is_bound and sent.data.get("term") == one.hit.term
    return {
        "term": one.hit.term,
        "place": f"{_(word)} · {one.name}",
        "url": reverse(name, args=[tender.id, *one.key]),
        "why": one.hit.suspect.why,
        "rule": {
            "citation": one.hit.suspect.citation,
            "certainty": str(one.hit.suspect.certainty),
            "id": "L-03",
        },
        "reason": tender.explained.get(one.hit.term, ""),
        "form": TermForm(
            initial={"term": one.hit.term, "reason": sent.data.get("reason", "") if mine else ""},
            auto_id=f"term{number}_%s",
        ),
    }
