"""Pages of framework agreements: public once suppliers are chosen, signed by the organiser and each of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contracting import access, rules, selectors
from contracting.facts import AgreementFacts
from contracting.forms import FilingForm, ReasonForm
from contracting.services import agreements, applying, entering
from contracting.states import (
    AGREEMENT_WORDS,
    APPLICATION_GLYPHS,
    APPLICATION_WORDS,
    ENTRANT_GLYPHS,
    ENTRANT_WORDS,
    SELECTION_WORDS,
    AgreementStatus,
    EntrantStatus,
    EntryApplicationStatus,
    Party,
    Selection,
)
from core import clock
from core.errors import NotFound, Refused
from core.http import said, said_of_fields
from core.law.duties import duty
from parties.access import Request
from parties.states import Kind


@require_safe
def listing(request: Request) -> HttpResponse:
    """The framework agreements that are public, newest first."""
    rows = [
        {"agreement": row, "word": gettext(AGREEMENT_WORDS[AgreementStatus(row.status)])}
        for row in selectors.agreements()
    ]
    return render(request, "contracting/agreements.html", {"rows": rows})


@require_safe
def agreement(request: Request, agreement_id: uuid.UUID) -> HttpResponse:
    """One framework agreement: its term, caps, ceilings and admitted suppliers; for its two sides what is to sign."""
    facts = access.agreement_to_view(request.actor, agreement_id)
    if "application/json" in request.headers.get("accept", ""):
        return JsonResponse(_programs(request, facts))
    return _page(request, facts)


@require_POST
def sign(request: Request, agreement_id: uuid.UUID, entrant_id: uuid.UUID) -> HttpResponse:
    """Sign one entry for our side."""
    access.entry_of_side(request.actor, agreement_id, entrant_id)
    credential = request.POST.get("credential", "")
    return _act(
        request,
        agreement_id,
        lambda: entering.sign(actor=request.actor, entrant_id=entrant_id, credential=credential),
    )


@require_http_methods(["POST"])
def expel(request: Request, agreement_id: uuid.UUID, entrant_id: uuid.UUID) -> HttpResponse:
    """End one entry, with a reason: a supplier that does not sign, or is removed (清退)."""
    entrant = access.entry_of_side(request.actor, agreement_id, entrant_id)
    facts = selectors.agreement_facts(agreement_id)
    if access.entry_side_of(request.actor, facts, entrant) != Party.PURCHASER:
        raise NotFound()
    reason = request.POST.get("reason", "")
    return _act(
        request,
        agreement_id,
        lambda: agreements.expel(actor=request.actor, entrant_id=entrant_id, reason=reason),
        form=(entrant_id, ReasonForm(request.POST)),
    )


@require_POST
def enter(request: Request, agreement_id: uuid.UUID) -> HttpResponse:
    """Apply to enter an open agreement for our organisation."""
    access.agreement_to_view(request.actor, agreement_id)
    request.actor.require_kind(Kind.SUPPLIER)
    return _act(
        request,
        agreement_id,
        lambda: applying.enter(
            actor=request.actor,
            agreement_id=agreement_id,
            statement=request.POST.get("statement", ""),
            credential=request.POST.get("credential", ""),
        ),
    )


@require_POST
def decide(request: Request, agreement_id: uuid.UUID, application_id: uuid.UUID) -> HttpResponse:
    """Accept or refuse an application."""
    access.agreement_of_organiser(request.actor, agreement_id)
    if application_id not in {row.id for row in selectors.applications_to(agreement_id)}:
        raise NotFound()
    return _act(
        request,
        agreement_id,
        lambda: applying.decide(
            actor=request.actor,
            application_id=application_id,
            accept=request.POST.get("accept") == "1",
            reason=request.POST.get("reason", ""),
        ),
    )


@require_POST
def leave(request: Request, agreement_id: uuid.UUID, entrant_id: uuid.UUID) -> HttpResponse:
    """Leave an open agreement."""
    entrant = access.entry_of_side(request.actor, agreement_id, entrant_id)
    facts = selectors.agreement_facts(agreement_id)
    if access.entry_side_of(request.actor, facts, entrant) != Party.SUPPLIER:
        raise NotFound()
    reason = request.POST.get("reason", "")
    return _act(
        request,
        agreement_id,
        lambda: applying.leave(actor=request.actor, entrant_id=entrant_id, reason=reason),
    )


@require_POST
def file(request: Request, agreement_id: uuid.UUID) -> HttpResponse:
    """Record the filing of a copy."""
    facts = access.agreement_of_organiser(request.actor, agreement_id)
    number = request.POST.get("filing_no", "")
    return _act(
        request,
        facts.id,
        lambda: entering.file(actor=request.actor, agreement_id=facts.id, filing_no=number),
        form=(None, FilingForm(request.POST)),
    )


def _programs(request: Request, facts: AgreementFacts) -> dict[str, Any]:
    """Give the agreement to a program: what its side may sign."""
    found: dict[str, Any] = {
        "entries": [_sign_json(row) for row in facts.entrants if _mine(request, facts, row)]
    }
    if _may_enter(request, facts):
        found["enter"] = _enter_json(request, facts)
    return found


def _may_enter(request: Request, facts: AgreementFacts) -> bool:
    actor, until = request.actor, facts.open_until
    if until is None or clock.now() >= until or actor.org_id is None or not actor.acts_as(Kind.SUPPLIER):
        return False
    waits = any(
        row.status == EntryApplicationStatus.APPLIED
        for row in selectors.applications_to(facts.id, actor.org_id)
    )
    return not waits and actor.org_id != facts.organiser_id and facts.entrant_of(actor.org_id) is None


def _enter_json(request: Request, facts: AgreementFacts) -> dict[str, str]:
    return {
        "payload_hash": applying.to_sign(facts, request.actor.require_kind(Kind.SUPPLIER)).hex(),
        "purpose": applying.purpose_of(facts.id),
    }


def _mine(request: Request, facts: AgreementFacts, row: Any) -> bool:
    return access.entry_side_of(request.actor, facts, row) is not None


def _sign_json(row: Any) -> dict[str, Any]:
    return {
        "entry": str(row.id),
        "supplier": row.supplier_name,
        "status": row.status,
        "payload_hash": row.terms_hash,
        "purpose": entering.purpose_of(row.id),
    }


def _act(
    request: Request,
    agreement_id: uuid.UUID,
    run: Callable[[], Any],
    form: tuple[uuid.UUID | None, Any] | None = None,
) -> HttpResponse:
    try:
        run()
    except Refused as error:
        if error.status not in (403, 409, 422):
            raise
        refused = " ".join(said_of_fields(error).values()) or said(error) or gettext(error.title)
        facts = selectors.agreement_facts(agreement_id)
        return _page(request, facts, refused=refused, form=form, status=error.status)
    return HttpResponseRedirect(reverse("contracting:agreement", args=[agreement_id]), status=303)


def _page(
    request: Request,
    facts: AgreementFacts,
    *,
    refused: str = "",
    form: tuple[uuid.UUID | None, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    organises = facts.organiser_id == request.actor.org_id and access.organises(request.actor)
    rows = []
    for row in facts.entrants:
        side = access.entry_side_of(request.actor, facts, row)
        named = row.status == EntrantStatus.NAMED
        rows.append(
            {
                "entrant": row,
                "word": gettext(ENTRANT_WORDS[EntrantStatus(row.status)]),
                "glyph": ENTRANT_GLYPHS[EntrantStatus(row.status)],
                "ours": side is not None,
                "to_sign": named and side is not None and row.signature_of(side) is None,
                "late": row.signed_at and row.sign_due_at and row.signed_at >= row.sign_due_at,
                "purpose": entering.purpose_of(row.id),
                "may_end": organises and row.status in (EntrantStatus.NAMED, EntrantStatus.ADMITTED),
                "may_leave": side == Party.SUPPLIER
                and facts.open_until is not None
                and row.status == EntrantStatus.ADMITTED,
                "form": form[1] if form and form[0] == row.id else ReasonForm(),
                "wrong": form is not None and form[0] == row.id,
            }
        )
    context = {
        "agreement": facts,
        "word": gettext(AGREEMENT_WORDS[AgreementStatus(facts.status)]),
        "selection": gettext(SELECTION_WORDS[facts.selection]),
        **_left(facts, organises=organises),
        "competes": facts.selection == Selection.COMPETITION,
        "may_order": request.actor.acts_as(Kind.PURCHASER),
        "rows": rows,
        "next": next((row for row in rows if row["to_sign"]), None),
        "organises": organises,
        "to_file": organises and facts.signed_at is not None and facts.filed_at is None,
        "filing_form": form[1] if form and form[0] is None else FilingForm(),
        "price_rule": duty("F-03"),
        **_open(request, facts, organises=organises),
        "refused": refused,
    }
    return render(request, "contracting/agreement.html", context, status=status)


def _left(facts: AgreementFacts, *, organises: bool) -> dict[str, Any]:
    """Give how many of its suppliers a closed agreement has left, and whether others may be called for (rule F-10)."""
    left, whole = rules.left_of(facts)
    if facts.open_until is not None or left == whole:
        return {}
    law = entering.law_under(facts.id)
    few = law is not None and rules.may_supplement(law, facts)
    return {
        "left": {"now": left, "whole": whole, "few": few},
        "left_rule": law.cite(rules.FEW_LEFT) if law is not None and law.has(rules.FEW_LEFT) else None,
        "may_supplement": few and organises and bool(facts.source),
    }


def _open(request: Request, facts: AgreementFacts, *, organises: bool) -> dict[str, Any]:
    """Give what an open agreement shows: applications to its organiser, to a supplier its own and the way in."""
    if facts.open_until is None:
        return {}
    org_id = request.actor.org_id
    seen: list[Any] = []
    if organises:
        seen = selectors.applications_to(facts.id)
    elif org_id is not None:
        seen = selectors.applications_to(facts.id, org_id)
    may_enter = _may_enter(request, facts)
    return {
        "applications": [
            {
                "row": row,
                "word": gettext(APPLICATION_WORDS[row.status]),
                "glyph": APPLICATION_GLYPHS[row.status],
                "waits": organises and row.status == EntryApplicationStatus.APPLIED,
                "late": row.decided_at is not None and row.decided_at >= row.due_at,
            }
            for row in seen
        ],
        "waiting": next((row for row in seen if row.status == EntryApplicationStatus.APPLIED), None)
        if organises
        else None,
        "may_enter": may_enter,
        "enter": _enter_json(request, facts) if may_enter else None,
        "statement": request.POST.get("statement", ""),
    }
