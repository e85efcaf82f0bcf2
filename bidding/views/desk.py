"""What a bid's page asks for besides the bid: the price list as a workbook, what was read, how it stands."""

from __future__ import annotations

import io
import uuid
from typing import Any

import xlsxwriter
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from bidding import desk, selectors
from bidding.services import amendments, preparing
from bidding.views import json_body
from bidding.views.bids import answer
from core.errors import NotFound
from parties.access import Request
from tendering import access as tenders
from tendering.facts import LotFacts

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def price_list(request: Request, tender_id: uuid.UUID, lot: str) -> HttpResponse:
    """The items of a lot as a workbook to fill in. It holds no price, and is read back in the browser alone."""
    tender = tenders.tender_to_bid(request.actor, tender_id)
    found = tender.lot(lot)
    if found is None:
        raise NotFound()
    response = HttpResponse(workbook(found), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="prices-lot-{found.no}.xlsx"'
    response["Cache-Control"] = "no-store"
    return response


def workbook(lot: LotFacts) -> bytes:
    """Write the price list of a lot: what is known, an empty price, and formulas for the amounts."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options)
    page = book.add_worksheet(_("Prices"))
    bold = book.add_format({"bold": True, "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    price = book.add_format({"num_format": "#,##0.00####", "bg_color": "#F3F7F7", "locked": False})
    amount = book.add_format({"num_format": "#,##0.00"})
    heads = (_("Item no."), _("Item"), _("Specification"), _("Quantity"), _("Unit"))
    for column, (width, head) in enumerate(
        zip((6, 30, 50, 12, 8, 18, 20), (*heads, _("Unit price (yuan)"), _("Amount (yuan)")), strict=True)
    ):
        page.set_column(column, column, width)
        page.write_string(0, column, head, bold)
    rows = desk.lines(lot)
    for row, line in enumerate(rows, start=1):
        page.write_string(row, 0, line["no"], wrapped)
        page.write_string(row, 1, line["name"], wrapped)
        page.write_string(row, 2, line["spec"], wrapped)
        page.write_number(row, 3, float(line["quantity"]), wrapped)
        page.write_string(row, 4, line["unit"], wrapped)
        page.write_blank(row, 5, None, price)
        at = row + 1
        page.write_formula(row, 6, f'=IF(F{at}="","",ROUND(D{at}*F{at},2))', amount, "")
    last = len(rows) + 1
    page.write_string(last, 0, _("Total"), bold)
    page.write_formula(last, 6, f"=SUM(G2:G{last})", amount, "")
    page.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


@require_POST
def see(request: Request, tender_id: uuid.UUID, number: int) -> HttpResponse:
    """Mark an amendment as read, and go back to where it was shown."""
    amendments.see(actor=request.actor, tender_id=tender_id, number=number)
    there = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(there, allowed_hosts={request.get_host()}):
        there = reverse("bidding:bid", args=[tender_id])
    return redirect(there)


@require_GET
def acknowledgement(request: Request, bid_id: uuid.UUID) -> HttpResponse:
    """What the bidder signs to acknowledge the notice as amended, and where it goes."""
    return JsonResponse(
        {
            "record": amendments.offered(request.actor, bid_id),
            "sign_url": reverse("bidding:sign", args=[bid_id]),
            "acknowledge_url": reverse("bidding:acknowledge", args=[bid_id]),
        }
    )


@require_POST
def acknowledge(request: Request, bid_id: uuid.UUID) -> HttpResponse:
    """Stand by a submitted bid under the notice as amended: `{record, signature}`, answered with its receipt."""
    preparing.own(request.actor, bid_id)
    body = json_body.read(request)
    signed = {"record": body.get("record"), "signature": body.get("signature")}
    return answer(amendments.acknowledge(actor=request.actor, bid_id=bid_id, signed=signed))


@require_GET
def state(request: Request, bid_id: uuid.UUID) -> HttpResponse:
    """How a bid stands, for the page that waits while it is signed on another device."""
    bid = preparing.own(request.actor, bid_id)
    receipt = selectors.receipts_of([bid]).get(bid.pk)
    found: dict[str, Any] = {
        "state": bid.status,
        "record_hash": bid.record_hash,
        "receipt_url": reverse("bidding:receipt", args=[receipt]) if receipt else None,
        "bid_url": reverse("bidding:bid", args=[bid.tender_id]),
    }
    response = JsonResponse(found)
    response["Cache-Control"] = "no-store"
    return response
