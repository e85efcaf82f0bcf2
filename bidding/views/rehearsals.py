"""A rehearsal's pages: the same page as a bid's, plainly marked, and at its end what a receipt would have said."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from bidding import desk, signing
from bidding.models import Rehearsal
from bidding.services import rehearsing
from bidding.states import RehearsalStatus
from bidding.views import json_body
from bidding.views.bids import read_parts
from core.errors import NotFound
from parties.access import Request
from tendering import access as tenders


@require_POST
def begin(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """Begin a rehearsal of one envelope of a lot and go to its page."""
    chosen = {name: request.POST.get(name, "") for name in ("lot", "envelope")}
    made = rehearsing.begin(actor=request.actor, tender_id=tender_id, **chosen)
    return redirect("bidding:rehearsal", rehearsal_id=made)


@require_GET
@cache_control(no_store=True)
def rehearsal(request: Request, rehearsal_id: uuid.UUID) -> HttpResponse:
    """The page of a bid, for a rehearsal; once that is over, what it showed."""
    row = rehearsing.own(request.actor, rehearsal_id)
    tender = tenders.tender_to_bid(request.actor, row.tender_id)
    lot = tender.lot(row.lot)
    if lot is None:
        raise NotFound()
    word = desk.ENVELOPES.get(row.envelope, "")
    if row.status == RehearsalStatus.SUBMITTED:
        scene = {"row": row, "tender": tender, "lot": lot, "envelope_word": word, "acks": len(row.acks)}
        return render(request, "bidding/rehearsed.html", scene)
    address = request.build_absolute_uri(reverse("bidding:rehearsal", args=[row.pk]))
    return render(
        request,
        "bidding/seal.html",
        {
            "rehearsal": True,
            **desk.scene(request.actor, tender, lot, row.supplier_id, address),
            "envelope": row.envelope,
            "envelope_word": word,
            "sealed": {"record": row.record} if row.status == RehearsalStatus.CHECKED else None,
            "params": _params(row, tender),
            "words": {**desk.words(), **desk.rehearsal_words()},
        },
    )


def _params(row: Rehearsal, tender: Any) -> dict[str, Any]:
    return {
        **desk.sealing_params(row.supplier_id, "rehearsal_", row.pk),
        "ctx_base": rehearsing.offered(row).to_json(),
        "keepers": row.policy.keepers,
        "upload_metadata": {"tender": str(tender.id), "rehearsal": str(row.pk)},
    }


@require_POST
def sign(request: Request, rehearsal_id: uuid.UUID) -> HttpResponse:
    """Options of the passkey ceremony, as for a bid."""
    rehearsing.own(request.actor, rehearsal_id)
    return JsonResponse(signing.options(request.actor))


@require_POST
def check(request: Request, rehearsal_id: uuid.UUID) -> HttpResponse:
    """Check the uploaded bytes and have the keepers confirm."""
    rehearsing.own(request.actor, rehearsal_id)
    body = json_body.read(request)
    prepared = rehearsing.check(
        actor=request.actor, rehearsal_id=rehearsal_id, record=body.get("record"), **read_parts(body)
    )
    return JsonResponse(
        {"record_hash": prepared.record_hash, "acks": prepared.acks, "keepers": prepared.keepers}
    )


@require_POST
def submit(request: Request, rehearsal_id: uuid.UUID) -> HttpResponse:
    """End the rehearsal with a signed record, as a bid is submitted."""
    rehearsing.own(request.actor, rehearsal_id)
    body = json_body.read(request)
    row = rehearsing.submit(
        actor=request.actor,
        rehearsal_id=rehearsal_id,
        signed={"record": body.get("record"), "signature": body.get("signature")},
    )
    arrival = row.arrival.isoformat() if row.arrival else ""
    return JsonResponse(
        {"rehearsal": True, "arrival": arrival, "record_hash": row.record_hash, "receipt_url": _address(row)}
    )


@require_GET
def state(request: Request, rehearsal_id: uuid.UUID) -> HttpResponse:
    """How a rehearsal stands, for the page that waits while it is signed on another device."""
    row = rehearsing.own(request.actor, rehearsal_id)
    over = row.status == RehearsalStatus.SUBMITTED
    found = {
        "state": row.status,
        "record_hash": row.record_hash,
        "receipt_url": _address(row) if over else None,
    }
    response = JsonResponse(found)
    response["Cache-Control"] = "no-store"
    return response


def _address(row: Rehearsal) -> str:
    return reverse("bidding:rehearsal", args=[row.pk])
