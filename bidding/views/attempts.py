"""Who tried to bid and what failed: noted at the edge, shown to those who run the tender after the close."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from bidding import access, selectors, words
from bidding.services import attempts
from core.errors import NotFound, Refused
from parties.access import Request
from parties.states import Kind
from storage import uploads

View = Callable[..., HttpResponseBase]


def noted(step: str, view: View) -> View:
    """Give the view with its refusals noted: for a supplier's own bid or upload, and nobody else's."""

    @wraps(view)
    def noting(request: Request, *args: Any, **named: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **named)
        except NotFound:
            raise
        except Refused as refusal:
            where = _where(request, named)
            if where is not None:
                attempts.note(
                    actor=request.actor, tender_id=where[0], lot=where[1], step=step, code=refusal.code
                )
            raise

    return noting


def _where(request: Request, named: dict[str, Any]) -> tuple[uuid.UUID, str] | None:
    """Give the tender and the lot of what was tried, if it is the actor's own."""
    actor = request.actor
    if not actor.acts_as(Kind.SUPPLIER):
        return None
    if bid_id := named.get("bid_id"):
        return selectors.place_of_own_bid(actor.org_id, bid_id)
    if upload_id := named.get("upload_id"):
        try:
            facts = uploads.find(upload_id, f"organisation.{actor.org_id}")
            return uuid.UUID(facts.purpose.removeprefix("tender.")), ""
        except (Refused, ValueError):  # somebody else's, or for no tender
            return None
    return None


@require_GET
def overview(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """What was tried, by whom, when, and what failed."""
    tender = access.opening_to_follow(request.actor, tender_id)
    rows: list[dict[str, Any]] = []
    early = False
    try:
        rows = attempts.of(tender)
    except attempts.BeforeTheClose:
        early = True
    for row in rows:
        row["did"] = words.STEPS.get(row["step"], row["step"])
        row["ended"] = words.FAILED.get(row["code"], "")
        row["kind"] = "done" if row["code"] == attempts.ACCEPTED else "failed"
    return render(request, "bidding/attempts.html", {"tender": tender, "rows": rows, "early": early})
