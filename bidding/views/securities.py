"""The securities of a tender's opened bids: checked, returned, or kept by law."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bidding.securities import securities_of
from bidding.services import securities
from bidding.states import SECURITY_FORM_WORDS, SECURITY_WORDS
from core import clock
from core.errors import Refused
from core.http import said, said_of_fields
from parties.access import Request
from tendering import access as tenders
from tendering import selectors as tendering


@require_safe
def page(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """Every security with what is to be done about it, and by when."""
    tender = tenders.tender_to_manage(request.actor, tender_id)
    rows = securities_of(tender_id)
    law = tendering.law_of(tender_id) if rows else None
    facts = {
        "tender": tender,
        "rows": [
            {
                "facts": row,
                "word": _(SECURITY_WORDS[row.status][0]),
                "glyph": SECURITY_WORDS[row.status][1],
                "form": _(SECURITY_FORM_WORDS[row.form]) if row.form else "",
                "overdue": row.settled_at is None and row.due_at is not None and clock.now() >= row.due_at,
                "less": row.status != "missing" and row.amount < row.asked,
                "rule": law.rules.get(row.due_rule) if law else None,
            }
            for row in rows
        ],
        "grounds": [law.cite(name) for name in securities.grounds(tender)] if law else [],
    }
    return render(request, "bidding/securities.html", facts)


@require_POST
def act(request: Request, tender_id: uuid.UUID, security_id: int, what: str) -> HttpResponse:
    """Check, return or keep one security; a refusal is told on the page."""
    tenders.tender_to_manage(request.actor, tender_id)
    given: dict[str, Any] = {"actor": request.actor, "tender_id": tender_id, "security_id": security_id}
    verbs: dict[str, Callable[[], None]] = {
        "check": lambda: securities.check(**given, received=request.POST.get("received") == "1"),
        "return": lambda: securities.give_back(**given, reference=request.POST.get("reference", "")),
        "keep": lambda: securities.keep(
            **given, ground=request.POST.get("ground", ""), reason=request.POST.get("reason", "")
        ),
    }
    try:
        verbs[what]()
    except Refused as error:
        if error.status not in (409, 422):
            raise
        words = said_of_fields(error).values()
        messages.warning(request, " ".join([_(error.title) + ".", said(error) or "", *words]))
    return redirect("bidding:securities", tender_id=tender_id)
