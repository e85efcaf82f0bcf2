"""Single source: stated in the draft, announced, objected to by anybody, answered by who runs it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.forms import done
from parties.access import Actor
from parties.selectors import organisations
from parties.states import Kind
from planning.views import actor_of, given, to
from tendering import access, page, selectors
from tendering.admission import objectors
from tendering.facts import TenderFacts
from tendering.forms import ObjectionForm, SoleForm
from tendering.services import sole
from tendering.states import GROUND_WORDS, TenderStatus


@require_http_methods(["GET", "HEAD", "POST"])
def state(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.tender_to_manage(actor, tender_id)
    known = [(str(row.id), f"{row.name} {row.credit_code}") for row in organisations(kind="supplier")]
    form = SoleForm.of(found.sole, known, given(request))
    if done(form, lambda: sole.state_source(actor=actor, tender_id=tender_id, **form.arguments())):
        messages.success(request, _("Saved."))
        return to("tendering:tender", tender_id)
    context = {
        "form": form,
        "title": _("Single source"),
        "tender": found,
        "back": reverse("tendering:tender", args=[tender_id]),
    }
    return render(request, "tendering/form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def source(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.sole_source_to_read(actor, tender_id)
    form = ObjectionForm(given(request))
    if done(form, lambda: sole.raise_objection(actor=actor, tender_id=tender_id, **form.cleaned_data)):
        messages.success(request, _("Your objection is with those who run the procedure."))
        return to("tendering:sole_source", tender_id)
    law, now = selectors.law_of(tender_id), clock.now()
    stated = found.sole
    hosts = access.runs(actor, found)
    stands = stated is not None and stated.objections_until is not None and now < stated.objections_until
    announced = found.status == TenderStatus.ANNOUNCED
    context = {
        "tender": found,
        "sole": stated,
        "ground": _(GROUND_WORDS[stated.ground]) if stated else "",
        "rules": [page.cited(law, rule) for rule in (sole.NOTICE, sole.REVIEW)],
        "objections": [row for row in stated.objections if hosts or row.reviewed_at] if stated else [],
        "hosts": hosts,
        "stands": announced and stands,
        "answerable": announced and hosts and not stands,
        "form": form,
        "agreed": page.elsewhere("evaluation:deal", tender_id) if _agrees(actor, found) else "",
        "challenge": page.elsewhere("oversight:challenge_new", tender_id)
        if _challenges(actor, found)
        else "",
    }
    return render(request, "tendering/sole_source.html", context, status=422 if form.errors else 200)


def _agrees(actor: Actor, found: TenderFacts) -> bool:
    """Tell whether this desk has a part in the negotiation that has begun."""
    begun = found.status not in (TenderStatus.ANNOUNCED, TenderStatus.FAILED, TenderStatus.CANCELLED)
    named = found.sole is not None and actor.org_id == found.sole.supplier_id
    return begun and (named or access.runs(actor, found))


def _challenges(actor: Actor, found: TenderFacts) -> bool:
    """Tell whether this supplier may challenge what came of the procedure: it was asked, or it objected."""
    if found.sole is None or not actor.acts_as(Kind.SUPPLIER):
        return False
    done = found.status in (TenderStatus.EVALUATED, TenderStatus.AWARDED)
    return done and actor.org_id in {found.sole.supplier_id, *objectors(found.id)}


@require_POST
def answer(request: HttpRequest, tender_id: UUID, objection_id: int) -> HttpResponse:
    actor = actor_of(request)
    access.tender_to_manage(actor, tender_id)
    sole.answer_objection(
        actor=actor,
        tender_id=tender_id,
        objection_id=objection_id,
        upheld=request.POST.get("upheld") == "1",
        review=request.POST.get("review", ""),
    )
    messages.success(request, _("The objection is answered."))
    return to("tendering:sole_source", tender_id)


@require_POST
def negotiate(request: HttpRequest, tender_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    access.tender_to_manage(actor, tender_id)
    sole.negotiate(actor=actor, tender_id=tender_id)
    messages.success(request, _("The negotiation has begun."))
    return to("tendering:sole_source", tender_id)
