"""The opening hall: public, live, and empty of names and numbers before the close; and the pages around it."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from bidding import access, notices, page, selectors
from bidding.models import Resolution
from bidding.services import minutes, resolving
from core.canonical import digest
from core.errors import Invalid, NotFound, gettext_noop
from parties.access import Request
from realtime.selectors import last_seq
from storage import serving

GET_OR_POST = ["GET", "HEAD", "POST"]


@require_GET
def hall(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """Before: the countdown and what will happen. During: both phases, bid by bid. After: sheet, minutes, transcript."""
    tender = access.opening_to_view(request.actor, tender_id)
    stream = f"opening.{tender_id}"
    part = bool(request.headers.get("HX-Request"))
    context = {
        "tender": tender,
        "stream": stream,
        "after": last_seq(stream),
        "closes": selectors.close_lists(tender_id),
        "needed": tender.sealing.get("k"),
        "same_machine": not settings.INDEPENDENT_KEEPERS,
        "part": part,
        **page.hall(tender, request.actor),
    }
    return render(request, "bidding/_hall_rows.html" if part else "bidding/hall.html", context)


@require_http_methods(GET_OR_POST)
def line(request: Request, bid_id: uuid.UUID) -> HttpResponse:
    """One line of the opening: its bidder confirms or objects, the host answers."""
    bid, tender, own, hosts = access.line_to_read(request.actor, bid_id)
    if request.method == "POST":
        verb, text = request.POST.get("verb", ""), request.POST.get("text", "")
        if verb == "confirm":
            minutes.confirm(actor=request.actor, bid_id=bid_id, credential=request.POST.get("credential", ""))
        elif verb == "object":
            minutes.object_to(actor=request.actor, bid_id=bid_id, text=text)
        elif verb == "answer":
            minutes.answer(actor=request.actor, bid_id=bid_id, text=text)
        else:
            raise Invalid(gettext_noop("Say what you want to do."))
        return redirect("bidding:opening", tender_id=tender.id)
    shown = page.hall(tender, request.actor)
    lot, row = next(
        ((lot, row) for lot in shown["lots"] for row in lot["rows"] if row["bid_id"] == bid.pk), (None, None)
    )
    facts = next((one for one in selectors.lines(tender.id) if one.bid_id == bid.pk), None)
    body = minutes.line_body(facts, tender.id) if facts else None
    word = row["word"] if row else None
    context = {
        "tender": tender,
        "lot": lot,
        "row": row,
        "own": own,
        "hosts": hosts,
        "may_say": own
        and bool(lot and lot["clock"] and word and word["word"] in ("waiting", "objected"))
        and not (row and row["held"]),
        "may_object": bool(word and word["word"] == "waiting"),
        "may_answer": hosts and bool(word and word["objection"] and not word["answer"]),
        "rule": shown["confirm_rule"],
        "sign": {"payload_hash": digest(body).hex(), "purpose": minutes.purpose_of_line(bid_id)}
        if body
        else None,
    }
    return render(request, "bidding/line.html", context)


@require_http_methods(GET_OR_POST)
def resolve(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """The supervisor's decision about held bids: choose, read what is signed, sign."""
    tender = access.opening_to_resolve(request.actor, tender_id)
    context: dict[str, Any] = {
        "tender": tender,
        "least": resolving.REASON_AT_LEAST,
        "most": resolving.REASON_AT_MOST,
        **page.hall(tender, request.actor),
    }
    context["withheld"] = [
        {"lot": lot["lot"], "body": _for_keepers(tender_id, lot["lot"])}
        for lot in context["lots"]
        if any(
            one.get("code") == "withheld"
            for row in lot["rows"]
            if row["status"] in page.SHORT
            for one in row["keepers"]
        )
    ]
    if request.method != "POST":
        return render(request, "bidding/resolve.html", context)
    if "statement" in request.POST:
        resolving.end_withholding(
            actor=request.actor,
            tender_id=tender_id,
            lot=request.POST.get("lot", ""),
            statement=request.POST["statement"],
        )
        return redirect("bidding:opening", tender_id=tender_id)
    asked = {name: request.POST.get(name, "") for name in ("lot", "decision", "reason")}
    bid_id = _uuid(request.POST.get("bid", ""))
    if request.POST.get("credential"):
        resolving.resolve(
            actor=request.actor,
            tender_id=tender_id,
            credential=request.POST["credential"],
            bid_id=bid_id,
            **asked,
        )
        return redirect("bidding:opening", tender_id=tender_id)
    body = resolving.body(tender, asked["lot"], asked["decision"], asked["reason"], bid_id)
    context["draft"] = {
        **asked,
        "bid": bid_id,
        "body": body,
        "names": [row["supplier"] for row in context["held"] if str(row["bid_id"]) in body["bids"]],
        "word": notices.DECISIONS[asked["decision"]],
        "again": asked["decision"] == Resolution.AGAIN,
        "sign": {"payload_hash": digest(body).hex(), "purpose": resolving.purpose_of(tender_id)},
    }
    return render(request, "bidding/resolve.html", context)


@require_http_methods(GET_OR_POST)
def signed_minutes(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """The minutes: public once they are signed; before that a draft for those who run the tender or supervise it."""
    tender = access.opening_to_view(request.actor, tender_id)
    if request.method == "POST":
        minutes.sign(actor=request.actor, tender_id=tender_id, credential=request.POST.get("credential", ""))
        return redirect("bidding:minutes", tender_id=tender_id)
    record = selectors.opening_record(tender_id)
    signed = record is not None and record.signed_at is not None
    if not signed:
        access.opening_to_follow(request.actor, tender_id)
        if record is None:
            raise NotFound()
    body: dict[str, Any] = minutes.compose(tender)
    if signed and record is not None and record.body is not None:
        body = record.body
    why = "" if signed else minutes.waits_for(tender)
    names = {bid["bid"]: bid["supplier"] for lot in body["lots"] for bid in lot["bids"]}
    for lot in body["lots"]:
        for bid in lot["bids"]:
            bid["verdict_word"] = notices.VERDICTS.get(bid["verdict"], bid["verdict"])
            bid["said"] = notices.WORDS[bid["word"]]
    for row in body["resolutions"]:
        row["names"] = [names.get(bid, bid) for bid in row["bids"]]
        row["word"] = notices.DECISIONS[row["decision"]]
    hosts = access.runs(request.actor, tender)
    context = {
        "tender": tender,
        "record": record,
        "signed": signed,
        "signer": minutes.named(record.signed_by) if record else "",
        "body": body,
        "why": why,
        "rule": page.confirm_rule(tender),
        "sign": {
            "payload_hash": digest(minutes.compose(tender)).hex(),
            "purpose": minutes.purpose_of(tender_id),
        }
        if hosts and not signed and not why
        else None,
    }
    return render(request, "bidding/minutes.html", context)


@require_GET
def transcript(request: Request, tender_id: uuid.UUID, lot: str) -> HttpResponse:
    """The public transcript of one lot and `?envelope=`, which `python -m bidding.sealing replay` reads (R12)."""
    access.opening_to_view(request.actor, tender_id)
    found = selectors.transcript(tender_id, lot, request.GET.get("envelope", ""))
    if found is None:
        raise NotFound()
    return JsonResponse(found)


@require_GET
def file(request: Request, file_id: uuid.UUID) -> HttpResponseBase:
    """An attachment of an opened bid, as a download."""
    row = access.opened_file_to_read(request.actor, file_id)
    return serving.hand_out(request, "opened", row.stored_as, row.name, subject=f"bid.{row.bid.bid_id}")


def _for_keepers(tender_id: uuid.UUID, lot: str) -> str:
    row = resolving.newest_again(tender_id, lot)
    return json.dumps(resolving.for_keepers(row), indent=1, ensure_ascii=False) if row is not None else ""


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
