"""The supplier's pages: prepare, seal, submit, withdraw, receipt."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from bidding import consortia, desk, draft_words, drafts, keepers, selectors, signing
from bidding.securities import securities_of
from bidding.services import amendments, finals, preparing, submitting
from bidding.services.consortia import open_for
from bidding.states import CONSORTIUM_WORDS, SECURITY_WORDS, BidStatus
from bidding.views import json_body
from core.errors import Invalid, NotFound, gettext_noop
from core.workers import worker_script
from parties.access import Request
from parties.services import passkeys
from tendering import access as tenders
from tendering import selectors as tendering
from tendering.methods import Quoting, method_of
from tendering.states import SILENCE_WORDS, TenderStatus

CURRENT = frozenset(BidStatus) - desk.UNSENT - {BidStatus.SUPERSEDED, BidStatus.WITHDRAWN, BidStatus.REFUSED}


# Whoever comes back after submitting is not told by an old copy that nothing was submitted, here and on the next page.
@require_GET
@cache_control(no_store=True)
def overview(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """What this supplier has begun and submitted for a tender, and what to do next."""
    tender = tenders.tender_to_bid(request.actor, tender_id)
    supplier_id = request.actor.require_kind("supplier")
    sent = selectors.own_bids(supplier_id, tender_id)
    begun = desk.unsent(supplier_id, tender_id)
    found = selectors.all_receipts_of(sent)
    current = {(bid.lot, bid.envelope): bid for bid in sent if bid.status in CURRENT}
    asked = amendments.asked(sent, tender)
    newest: dict[tuple[str, str], Any] = {}
    for bid in begun:
        newest.setdefault((bid.lot, bid.envelope), bid)
    is_open = tender.accepting
    final = tender.rounds and tender.window[0] == "price"
    quotes = finals.asked_lots(tender_id, supplier_id) if final else set()
    one_quote = method_of(tender.method).quoting is Quoting.ONCE
    lots = [
        {
            "lot": lot,
            "ceiling": desk.ceiling_of(tender, lot),
            "envelope": envelope,
            "word": desk.envelope_word(tender, envelope),
            "half": (lot.no, envelope) in current
            and next((desk.HALF[one] for one in tender.window if (lot.no, one) not in current), ""),
            "bid": current.get((lot.no, envelope)),
            "begun": newest.get((lot.no, envelope)),
            "asked": (lot.no, envelope) in current and current[lot.no, envelope].pk in asked,
            "earlier": is_open
            and (lot.no, envelope) in current
            and desk.sealed_before(current[lot.no, envelope], tender),
            "final": is_open and one_quote and _quoted(supplier_id, tender, lot.no),
        }
        for lot in tender.lots
        for envelope in tender.window
        if not final or lot.no in quotes
    ]
    return render(
        request,
        "bidding/overview.html",
        {
            "tender": tender,
            "rows": [
                {
                    "bid": bid,
                    "receipts": found.get(bid.pk, []),
                    "word": desk.envelope_word(tender, bid.envelope),
                    "may_withdraw": is_open
                    and bid.status == BidStatus.SUBMITTED
                    and bid.envelope in tender.window,
                }
                for bid in sent
            ],
            "lots": lots,
            "next_bid": next((row["begun"] for row in lots if row["begun"]), None),
            "amendments": desk.amended(tender, supplier_id),
            "rehearsals": [
                {"row": row, "word": desk.envelope_word(tender, row.envelope)}
                for row in selectors.rehearsals(supplier_id, tender_id)
            ],
            "consortia": [
                {
                    "facts": one,
                    "word": gettext(CONSORTIUM_WORDS[one.status][0]),
                    "glyph": CONSORTIUM_WORDS[one.status][1],
                }
                for one in consortia.of_desk(request.actor, tender_id)
            ],
            "may_join": tender.consortia and open_for(tender) and request.actor.role in consortia.WRITERS,
            "securities": [
                {
                    "facts": row,
                    "word": gettext(SECURITY_WORDS[row.status][0]),
                    "glyph": SECURITY_WORDS[row.status][1],
                }
                for row in securities_of(tender_id, supplier_id)
            ],
            "asked": [bid for bid in sent if bid.pk in asked] if is_open and not final else [],
            "acknowledged": {
                pk for pk, rows in found.items() if any(kind == "acknowledge" for _, kind in rows)
            },
            "silence": SILENCE_WORDS[tender.silence],
            "open": is_open,
            "final_quote": final,
            "final_open": final and is_open and any(row["bid"] is None for row in lots),
            "talks": tender.rounds and tender.status == TenderStatus.NEGOTIATING,
            "one_quote": one_quote,
            "passkeys": len(passkeys.of(request.actor.require_user())),
            "certificates": bool(settings.BIDDER_CA_FILE),
        },
    )


def _quoted(supplier_id: uuid.UUID, tender: Any, lot: str) -> bool:
    return selectors.quoted(
        supplier_id, tender.id, lot, tender.sealing["lots"][lot][tender.envelopes[0]]["policy_hash"]
    )


@require_POST
def begin(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """Get a bid number for one envelope of a lot and go to its sealing page."""
    chosen = {name: request.POST.get(name, "") for name in ("lot", "envelope")}
    prepared = preparing.begin(actor=request.actor, tender_id=tender_id, **chosen)
    return redirect("bidding:seal", bid_id=prepared.bid_id)


@require_GET
@cache_control(no_store=True)
def seal(request: Request, bid_id: uuid.UUID) -> HttpResponse:
    """The page on which a bid is written, sealed in the browser and submitted, also from another device."""
    bid = preparing.own(request.actor, bid_id)
    if bid.status not in desk.UNSENT:
        return redirect("bidding:bid", tender_id=bid.tender_id)
    tender = tenders.tender_to_bid(request.actor, bid.tender_id)
    lot = tender.lot(bid.lot)
    if lot is None:
        raise NotFound()
    current = next(
        (
            row
            for row in selectors.own_bids(bid.supplier_id, bid.tender_id)
            if (row.lot, row.envelope) == (bid.lot, bid.envelope) and row.status == BidStatus.SUBMITTED
        ),
        None,
    )
    params = sealing_params(bid, tender, current.record_hash if current else None)
    address = request.build_absolute_uri(reverse("bidding:seal", args=[bid.pk]))
    amended = desk.amended(tender, bid.supplier_id)
    team, sees_price = drafts.joined(request.actor, bid.tender_id, bid.lot)
    if team is not None:
        params |= drafts.params(request.actor, team, request.session.session_key)
    response = render(
        request,
        "bidding/seal.html",
        {
            **desk.scene(request.actor, tender, lot, bid.supplier_id, address),
            "amendments": amended,
            "unseen": [row for row in amended if not row.seen],
            "touched": {part for row in amended if not row.seen for part in row.parts},
            "bid": bid,
            "envelope": bid.envelope,
            "envelope_word": desk.envelope_word(tender, bid.envelope),
            "replaces": current,
            "sealed": {"record": bid.record} if bid.status == BidStatus.CHECKED else None,
            "stale": bid.status == BidStatus.CHECKED and _stale(bid, params),
            "params": params,
            "words": {**desk.words(), **draft_words.words()},
            "team": team,
            "sees_price": sees_price,
        },
    )
    # The browser itself asks the keepers for stamps, past the platform (R3): these origins, on this page alone.
    response._csp_update = {"connect-src": keepers.origins(tender)}  # type: ignore[attr-defined]
    return response


def _stale(bid: Any, params: dict[str, Any]) -> bool:
    """Tell whether a sealed bid no longer fits what is offered now: the tender was amended, or another bid is replaced."""
    ctx = bid.record["ctx"]
    bound = all(ctx.get(name) == value for name, value in params["ctx_base"].items())
    return not bound or bid.record.get("supersedes") != params.get("supersedes")


def sealing_params(bid: Any, tender: Any, supersedes: str | None) -> dict[str, Any]:
    """Give what the browser needs to seal, upload, sign and submit one bid."""
    params = {
        **desk.sealing_params(bid.supplier_id, "", bid.pk),
        "ctx_base": preparing.offered(tender, bid).to_json(),
        "keepers": tender.sealing["keepers"],
        "upload_metadata": {"tender": str(tender.id), "bid": str(bid.pk)},
        "withdraw_url": reverse("bidding:withdraw", args=[bid.pk]),
        "stamps_url": reverse("bidding:stamps", args=[tender.id]),
    }
    return {**params, "supersedes": supersedes} if supersedes else params


@require_GET
def params(request: Request, bid_id: uuid.UUID) -> HttpResponse:
    """The same parameters as JSON, for the offline sealer and other programs."""
    bid = preparing.own(request.actor, bid_id)
    tender = tendering.tender_facts(bid.tender_id)
    return JsonResponse(sealing_params(bid, tender, None))


@require_POST
def sign(request: Request, bid_id: uuid.UUID) -> HttpResponse:
    """Options of the passkey ceremony; its challenge is the record's hash (FORMAT.md 3.10)."""
    preparing.own(request.actor, bid_id)
    return JsonResponse(signing.options(request.actor))


@require_POST
def check(request: Request, bid_id: uuid.UUID) -> HttpResponse:
    """Check the uploaded bytes and have the keepers confirm, before signing."""
    preparing.own(request.actor, bid_id)
    prepared = _check(request, bid_id, json_body.read(request))
    return JsonResponse(
        {"record_hash": prepared.record_hash, "acks": prepared.acks, "keepers": prepared.keepers}
    )


@require_POST
def submit(request: Request, bid_id: uuid.UUID) -> HttpResponse:
    """Submit: checks first if that was not done, then the ticket and its decision."""
    bid = preparing.own(request.actor, bid_id)
    body = json_body.read(request)
    unchecked = bid.status == BidStatus.PREPARING
    if unchecked:
        _check(request, bid_id, body)
    outcome = submitting.submit(
        actor=request.actor,
        bid_id=bid_id,
        signed={"record": body.get("record"), "signature": body.get("signature")},
        bid=None if unchecked else bid,
    )
    return answer(outcome)


@require_POST
def withdraw(request: Request, bid_id: uuid.UUID) -> HttpResponse:
    """Take a submitted bid back."""
    preparing.own(request.actor, bid_id)
    body = json_body.read(request)
    outcome = submitting.withdraw(
        actor=request.actor,
        bid_id=bid_id,
        signed={"record": body.get("record"), "signature": body.get("signature")},
    )
    return answer(outcome)


def answer(outcome: Any) -> HttpResponse:
    """Tell the bidder's page what became of its ticket."""
    return JsonResponse(
        {
            "accepted": outcome.accepted,
            "arrival": outcome.arrival.isoformat(),
            "record_hash": outcome.record_hash,
            "receipt": str(outcome.receipt_id),
            "receipt_url": reverse("bidding:receipt", args=[outcome.receipt_id]),
        }
    )


def _check(request: Request, bid_id: uuid.UUID, body: dict[str, Any]) -> Any:
    parts = read_parts(body)
    return preparing.check(actor=request.actor, bid_id=bid_id, record=body.get("record"), **parts)


def read_parts(body: dict[str, Any]) -> dict[str, Any]:
    """Read what comes with a sealed record: its envelopes and the ids of both uploads. Raises Invalid."""
    sent = body.get("uploads")
    envelopes = body.get("envelopes")
    try:
        sheet, files = (uuid.UUID(str(sent[part])) for part in ("sheet", "files"))  # type: ignore[index]
        if not isinstance(envelopes, list) or not all(isinstance(item, str) for item in envelopes):
            raise TypeError
    except (TypeError, KeyError, ValueError):
        raise Invalid(
            gettext_noop("The request must name both uploads and hold one envelope for each keeper.")
        ) from None
    return {"envelopes": envelopes, "sheet_upload": sheet, "files_upload": files}


@require_GET
def worker(request: Request) -> HttpResponse:
    """The sealing worker's script, with the policy of its own that WebAssembly needs."""
    return worker_script(
        "seal-worker.js", "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
    )
