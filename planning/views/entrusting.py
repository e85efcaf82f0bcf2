"""Pages of the agreement with an agency: its terms, the two signatures, its end."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Refused
from core.forms import done
from core.http import said
from core.law.duties import duty
from parties.selectors import organisations
from planning import access, selectors
from planning.facts import EntrustmentFacts
from planning.forms import EntrustmentForm, ReasonForm
from planning.services import entrusting
from planning.states import (
    DISCLOSED,
    ENTRUSTMENT_WORDS,
    FEE_WORDS,
    PAYERS,
    SCOPES,
    EntrustmentStatus,
    Side,
)
from planning.views import actor_of, chip, given, shown, to

_GLYPHS: dict[str, str] = {
    EntrustmentStatus.OFFERED: "waiting",
    EntrustmentStatus.SIGNED: "signed",
    EntrustmentStatus.ENDED: "held",
}


@require_safe
def entrustment(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Show the agreement to both sides; where there is none yet, the purchaser writes one."""
    actor = actor_of(request)
    if selectors.entrustment_of(plan_id) is None:
        access.plan_to_manage(actor, plan_id)
        return to("planning:entrustment_new", plan_id)
    return _page(request, access.entrustment_to_read(actor, plan_id))


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.plan_to_manage(actor, plan_id)
    known = [(str(row.id), row.name) for row in organisations(kind="agency") if row.id != found.org_id]
    before = selectors.entrustment_of(plan_id)
    first = {"scope": list(SCOPES), "agency_id": request.GET.get("agency", "")}
    if before is not None:
        first |= {
            name: getattr(before, name)
            for name in ("scope", "authority", "ends_on", "fee", "factor", "payer")
        }
        first |= {f"publisher_{item}": side for item, side in before.publishers.items()}
        first["agency_id"] = str(before.agency_id)
    form = EntrustmentForm(given(request), agencies=known, initial=first)
    if done(form, lambda: entrusting.offer(actor=actor, plan_id=plan_id, **form.arguments())):
        messages.success(request, _("The terms are offered. Both sides sign them."))
        return to("planning:entrustment", plan_id)
    return shown(request, form, _("Entrust an agency"), reverse("planning:plan", args=[plan_id]))


@require_POST
def sign(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = access.entrustment_to_read(actor, plan_id)
    try:
        now = entrusting.sign(actor=actor, plan_id=plan_id, credential=request.POST.get("credential", ""))
    except Refused as refused:
        if refused.status == 404:
            raise
        return _page(request, found, said(refused) or _(refused.title), refused.status)
    both = now.status == EntrustmentStatus.SIGNED
    messages.success(request, _("Both sides have signed.") if both else _("You have signed for your side."))
    return to("planning:entrustment", plan_id)


@require_POST
def end(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    access.plan_to_manage(actor, plan_id)
    access.entrustment_to_read(actor, plan_id)
    form = ReasonForm(request.POST)
    if done(form, lambda: entrusting.end(actor=actor, plan_id=plan_id, **form.cleaned_data)):
        messages.success(request, _("The agreement is ended."))
        return to("planning:plan", plan_id)
    return shown(request, form, _("End the agreement"), reverse("planning:entrustment", args=[plan_id]))


def _page(
    request: HttpRequest, found: EntrustmentFacts, refused: str = "", status: int = 200
) -> HttpResponse:
    side = entrusting.side_of(actor_of(request), found)
    names = {Side.PURCHASER: found.purchaser_name, Side.AGENCY: found.agency_name}
    running = found.status != EntrustmentStatus.ENDED
    plan = selectors.plan_facts(found.plan_id)
    context = {
        "agreement": found,
        "plan": plan,
        "word": _(ENTRUSTMENT_WORDS[found.status]),
        "glyph": _GLYPHS[found.status],
        "scope": [_(SCOPES[name]) for name in found.scope],
        "fee": _(FEE_WORDS[found.fee]),
        "payer": _(PAYERS[found.payer]),
        "items": [
            (_(DISCLOSED[item]), names[Side(by)])
            for item, by in selectors.responsible(replace(found, status=EntrustmentStatus.SIGNED)).items()
        ],
        "signatures": [
            {"at": row.at, "who": row.person, "title": names[Side(row.side)], "kind": "signed"}
            for row in found.signatures
        ],
        "to_sign": running and side is not None and not found.signed_by(side),
        "purpose": entrusting.purpose_of(found.id),
        "owns": side == Side.PURCHASER,
        "may_change": side == Side.PURCHASER and not selectors.announced(plan.ocid),
        "running": running,
        "rule": chip(duty("L-34")),
        "refused": refused,
        "form": ReasonForm(),
    }
    return render(request, "planning/entrustment.html", context, status=status)
