"""A supplier's receipt: as a page, as a PDF, and as the file that anyone verifies."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from bidding import desk, keepers, proofs
from bidding.services import stamps
from core import printing
from parties.access import Request
from tendering import selectors as tendering
from tendering.methods import Quoting, method_of


@require_safe
def receipt(request: Request, receipt_id: uuid.UUID) -> HttpResponse:
    """The receipt: hash, time, keepers, place in the log, and what it proves."""
    return render(request, "bidding/receipt.html", _context(request, receipt_id))


@require_safe
def receipt_pdf(request: Request, receipt_id: uuid.UUID) -> HttpResponse:
    """The same for paper; its code leads to the page that checks the file against the hash printed beside it."""
    context = _context(request, receipt_id)
    text = render_to_string("bidding/print_receipt.html", context, request)
    answer = HttpResponse(printing.pdf(text), content_type="application/pdf")
    name = f"receipt-{context['facts'].record_hash[:12]}.pdf"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_safe
def receipt_file(request: Request, receipt_id: uuid.UUID) -> HttpResponse:
    """The receipt as a file that anyone can verify offline."""
    row, file = proofs.own(request.actor, receipt_id)
    response = JsonResponse(file, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="receipt-{row.ticket.record_hash[:12]}.json"'
    return response


@require_safe
def receipt_stamps(request: Request, receipt_id: uuid.UUID) -> HttpResponse:
    """The keepers' stamps on the record of a receipt, as they were signed."""
    row, _ = proofs.own(request.actor, receipt_id)
    said = stamps.of_record(row.ticket.bid.supplier_id, row.ticket.tender_id, row.ticket.record_hash)
    response = JsonResponse(
        {"record_hash": row.ticket.record_hash, "stamps": [one.statement for one in said]}
    )
    response["Content-Disposition"] = f'attachment; filename="stamps-{row.ticket.record_hash[:12]}.json"'
    return response


def _context(request: Request, receipt_id: uuid.UUID) -> dict[str, Any]:
    row, file = proofs.own(request.actor, receipt_id)
    tender = tendering.tender_facts(row.ticket.tender_id)
    check = request.build_absolute_uri(reverse("bidding:verify"))
    return {
        "receipt": row,
        "tender": tender,
        "lot": tender.lot(row.ticket.lot),
        "opens_at": tender.finals_due_at
        if tender.rounds and row.ticket.envelope == "price"
        else tender.opens_at,
        "withdrawn": row.ticket.kind == row.ticket.WITHDRAW,
        "stamps": stamps.of_record(row.ticket.bid.supplier_id, tender.id, row.ticket.record_hash),
        "acknowledged": row.ticket.kind == row.ticket.ACKNOWLEDGE,
        "one_quote": method_of(tender.method).quoting is Quoting.ONCE,
        "envelope_word": desk.envelope_word(tender, row.ticket.envelope),
        "missing": desk.missing_envelope(tender, row.ticket.bid.supplier_id, row.ticket.lot)
        if tender.accepting
        else "",
        "facts": proofs.receipt_facts(row, file, int(tender.sealing.get("k", 1))),
        "check": check,
        "qr": keepers.qr(check, row.ticket.record_hash),
        "same_machine": not settings.INDEPENDENT_KEEPERS,
    }
