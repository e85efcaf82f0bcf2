"""Drafts that a team shares: the page of the team, and what its scripts ask for."""

from __future__ import annotations

import uuid

from django.http import FileResponse, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bidding import desk, draft_words, drafts
from bidding.services import drafting, draftkeys, draftparts
from bidding.views import json_body
from core.errors import Invalid, gettext_noop
from parties.access import Request
from storage import uploads
from tendering import access as tenders


def _answer(value: dict[str, object]) -> JsonResponse:
    response = JsonResponse(value)
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "POST"])
def key(request: Request) -> HttpResponse:
    """One's own draft key: as it is kept; POST {recipient, wrapped, replace?} keeps one."""
    request.actor.require_kind("supplier")
    if request.method == "GET":
        return _answer({"key": draftkeys.own(request.actor)})
    body = json_body.read(request)
    key_id = draftkeys.store(
        actor=request.actor,
        recipient=body.get("recipient"),
        wrapped=body.get("wrapped"),
        replace=body.get("replace") is True,
    )
    return _answer({"key_id": key_id})


@require_POST
def share(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """Begin a shared draft of one lot and go to its team."""
    draft_id = drafting.share(actor=request.actor, tender_id=tender_id, lot=request.POST.get("lot", ""))
    return redirect("bidding:draft", draft_id=draft_id)


@require_GET
def team(request: Request, draft_id: uuid.UUID) -> HttpResponse:
    """Who is named for a draft, who sees the price, what each part's state is."""
    found = drafts.to_see(request.actor, draft_id)
    tender = tenders.tender_to_bid(request.actor, found.draft.tender_id)
    me = found.person(request.actor.user_id)
    colleagues = drafts.colleagues(found.draft.supplier_id)
    named = {one.user_id for one in found.people}
    rows = drafts.overview(found)
    begun = [bid for bid in desk.unsent(found.draft.supplier_id, tender.id) if bid.lot == found.draft.lot]
    return render(
        request,
        "bidding/draft.html",
        {
            "team": found,
            "tender": tender,
            "lot": tender.lot(found.draft.lot),
            "me": me,
            "manages": drafts.manages(request.actor, found),
            "free": [one for user_id, one in colleagues.items() if user_id not in named],
            "rows": rows,
            "parts": [row["part"] for row in rows],
            "bid": begun[0] if len(tender.envelopes) == 1 and begun else None,
            "begun": bool(begun),
            "params": drafts.params(request.actor, found, request.session.session_key),
            "words": draft_words.words(),
        },
    )


@require_POST
def name(request: Request, draft_id: uuid.UUID) -> HttpResponse:
    """Name a colleague, or change what one sees and writes."""
    drafts.to_manage(request.actor, draft_id)
    writes = request.POST.getlist("writes")
    sees_price = "sees_price" in request.POST
    if "everything" in request.POST:
        writes = [drafts.ALL]
    drafting.name(
        actor=request.actor,
        draft_id=draft_id,
        user_id=_user(request),
        sees_price=sees_price,
        writes=writes,
    )
    return redirect("bidding:draft", draft_id=draft_id)


@require_POST
def remove(request: Request, draft_id: uuid.UUID) -> HttpResponse:
    """Take somebody, or oneself, off a draft."""
    drafts.to_see(request.actor, draft_id)
    user_id = _user(request)
    drafting.remove(actor=request.actor, draft_id=draft_id, user_id=user_id)
    if user_id == request.actor.user_id:
        return redirect("desk")
    return redirect("bidding:draft", draft_id=draft_id)


@require_POST
def hand_over(request: Request, draft_id: uuid.UUID) -> HttpResponse:
    """Make somebody else of the team the owner."""
    drafts.to_manage(request.actor, draft_id)
    drafting.hand_over(actor=request.actor, draft_id=draft_id, user_id=_user(request))
    return redirect("bidding:draft", draft_id=draft_id)


@require_POST
def delete(request: Request, draft_id: uuid.UUID) -> HttpResponse:
    """Delete a draft for everybody."""
    found = drafts.to_manage(request.actor, draft_id)
    drafting.delete(actor=request.actor, draft_id=draft_id)
    return redirect("bidding:bid", tender_id=found.draft.tender_id)


def _user(request: Request) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("user", ""))
    except ValueError:
        raise Invalid(errors={"user": gettext_noop("Choose a colleague.")}) from None


@require_GET
def state(request: Request, draft_id: uuid.UUID) -> HttpResponse:
    """Versions, keys and people, as far as the reader is named for them."""
    found, me = drafts.to_read(request.actor, draft_id)
    return _answer(drafts.state(found, me))


@require_http_methods(["GET", "POST"])
def part(request: Request, draft_id: uuid.UUID, part: str) -> HttpResponse:
    """The newest version of a part; POST {base, generation, content, uploads} keeps the next one."""
    if request.method == "GET":
        return _answer(draftparts.read(actor=request.actor, draft_id=draft_id, name=part))
    drafts.to_read(request.actor, draft_id)
    body = json_body.read(request)
    version = draftparts.write(actor=request.actor, draft_id=draft_id, name=part, body=body)
    return _answer({"version": version})


@require_POST
def section(request: Request, draft_id: uuid.UUID, section: str) -> HttpResponse:
    """A new key for a section: {generation, envelope, readers, parts}."""
    drafts.to_read(request.actor, draft_id)
    body = json_body.read(request, most=json_body.REKEY_BYTES)
    generation = draftparts.rekey(actor=request.actor, draft_id=draft_id, name=section, body=body)
    return _answer({"generation": generation})


@require_GET
def file(request: Request, draft_id: uuid.UUID, upload_id: uuid.UUID) -> HttpResponseBase:
    """The ciphertext of a file that belongs to a part."""
    facts = draftparts.file(actor=request.actor, draft_id=draft_id, upload_id=upload_id)
    response = FileResponse(uploads.read(facts), content_type="application/octet-stream", as_attachment=True)
    response["Cache-Control"] = "no-store"
    return response
