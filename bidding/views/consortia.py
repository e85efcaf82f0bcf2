"""Pages of a consortium: offered, signed and ended by its members; nobody else finds them before the opening."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bidding import consortia as reading
from bidding.facts import ConsortiumFacts
from bidding.forms_consortia import ConsortiumForm
from bidding.services import consortia
from bidding.states import CONSORTIUM_WORDS, ConsortiumStatus
from core.errors import Invalid, NotFound, Refused
from core.forms import done
from core.http import said, see_other
from core.law.duties import duty
from parties.access import Request
from tendering import access as tenders
from tendering import selectors as tendering


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """Name partners, shares and work for a lot."""
    tender = tenders.tender_to_bid(request.actor, tender_id)
    if not tender.consortia or request.actor.role not in reading.WRITERS:
        raise NotFound()
    given = request.POST if request.method == "POST" else None
    form = ConsortiumForm(given, tender=tender, initial={"lot": request.GET.get("lot", "")})
    made = done(form, lambda: consortia.offer(actor=request.actor, tender_id=tender_id, **form.arguments()))
    if made:
        messages.success(request, _("The agreement is offered. Every member signs it, you too."))
        return see_other("bidding:consortium", made.id)
    context = {
        "form": form,
        "tender": tender,
        "organisation": request.actor.org_name,
        "rules": [duty("L-04"), duty("L-04.agreement"), duty("L-04.joint")],
        "open": consortia.open_for(tender),
    }
    return render(request, "bidding/consortium_new.html", context, status=422 if form.errors else 200)


@require_safe
def page(request: Request, consortium_id: uuid.UUID) -> HttpResponse:
    """The agreement, for its members."""
    return _page(request, reading.to_read(request.actor, consortium_id))


@require_POST
def sign(request: Request, consortium_id: uuid.UUID) -> HttpResponse:
    """Sign for the own desk; a refusal is told on the page."""
    found = reading.to_read(request.actor, consortium_id)
    try:
        made = consortia.sign(
            actor=request.actor, consortium_id=found.id, credential=request.POST.get("credential", "")
        )
    except Refused as refused:
        if refused.status == 404:
            raise
        return _page(request, found, said(refused) or _(refused.title), refused.status)
    everybody = made.status == ConsortiumStatus.AGREED
    messages.success(
        request, _("Every member has signed.") if everybody else _("You have signed for your side.")
    )
    return see_other("bidding:consortium", found.id)


@require_POST
def end(request: Request, consortium_id: uuid.UUID) -> HttpResponse:
    """Decline or leave, or withdraw the offer; a refusal is told on the page."""
    found = reading.to_read(request.actor, consortium_id)
    reason = request.POST.get("reason", "")
    try:
        consortia.end(actor=request.actor, consortium_id=found.id, reason=reason)
    except Refused as refused:
        if refused.status == 404:
            raise
        text = _(refused.errors["reason"]) if isinstance(refused, Invalid) else said(refused)
        return _page(request, found, text or _(refused.title), refused.status, reason)
    messages.success(request, _("The agreement is ended."))
    return see_other("bidding:consortium", found.id)


def _page(
    request: Request,
    found: ConsortiumFacts,
    refused: str = "",
    status: int = 200,
    reason: str = "",
) -> HttpResponse:
    tender = tendering.tender_facts(found.tender_id)
    me = found.member(request.actor.org_id)
    word, glyph = CONSORTIUM_WORDS[found.status]
    runs = found.status != ConsortiumStatus.ENDED
    is_open = consortia.open_for(tender)
    context = {
        "consortium": found,
        "tender": tender,
        "lot": tender.lot(found.lot),
        "me": me,
        "leads": me == found.lead,
        "word": _(word),
        "glyph": glyph,
        "signatures": [
            {"at": one.signed_at, "who": one.person, "title": one.name, "kind": "signed"}
            for one in sorted(found.members, key=lambda one: (one.signed_at is None, one.signed_at))
            if one.signed_at
        ],
        "to_sign": runs and is_open and me is not None and me.signed_at is None,
        "may_end": runs and is_open,
        "purpose": reading.purpose_of(found.id),
        "bid_url": reverse("bidding:bid", args=[tender.id]),
        "others": [
            one
            for one in reading.of_desk(request.actor, tender.id)
            if one.id != found.id and one.lot == found.lot and one.status != ConsortiumStatus.ENDED
        ],
        "rules": [duty("L-04"), duty("L-04.agreement"), duty("L-04.joint")],
        "refused": refused,
        "reason": reason,
    }
    return render(request, "bidding/consortium.html", context, status=status)
