"""Checking without trusting the platform: a page that sends nothing, the same page as one file, transcripts."""

from __future__ import annotations

import base64
import hashlib
import uuid

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from bidding import access, proofs
from core.errors import Refused, gettext_noop
from core.templatetags.ui import asset
from parties.access import Request


class NotBuilt(Refused):
    """The scripts of the pages are made by the front-end build, which has not run."""

    code = "front-end-not-built"
    title = gettext_noop("The front end has not been built.")
    status = 503


@require_safe
@csp_replace({"connect-src": ["'none'"]})
def verify(request: HttpRequest) -> HttpResponse:
    """Check a receipt or a transcript in the browser; the policy of this page lets nothing out."""
    try:
        saved_hash = hashlib.sha256(_saved().encode()).hexdigest()
    except NotBuilt:
        saved_hash = ""
    return render(request, "bidding/verify.html", {"saved_hash": saved_hash})


@require_safe
def verify_saved(request: HttpRequest) -> HttpResponse:
    """The same page with its script and style inside, for a computer without a network."""
    response = HttpResponse(_saved(), content_type="text/html; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="mingcai-verify.html"'
    response["Content-Security-Policy"] = "sandbox"
    response._csp_exempt = True  # type: ignore[attr-defined]
    return response


def _saved() -> str:
    """One file in the reader's language. Its own policy names its one script by hash and allows no connection."""
    script = _built("verify.js").replace("</script", "<\\/script")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    style = _built("verify.css").replace("</style", "")
    styled = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'sha256-{styled}'; connect-src 'none'; "
        "form-action 'none'; base-uri 'none'"
    )
    return render_to_string(
        "bidding/verify_saved.html",
        {
            "LANGUAGE_CODE": get_language(),
            "policy": SafeString(policy),
            "origin": settings.LEDGER_ORIGIN,
            # Made by our own build, hashed above; nothing of a request is in them.
            "style": SafeString(f"<style>{style}</style>"),
            "script": SafeString(f"<script>{script}</script>"),
        },
    )


def _built(name: str) -> str:
    found = asset(name)
    if found is None:
        raise NotBuilt()
    path = settings.BASE_DIR / "config" / "static" / "build" / found["file"]
    return str(path.read_text(encoding="utf-8"))


@require_safe
def transcript(request: Request, tender_id: uuid.UUID, lot: str) -> HttpResponse:
    """The opening of one lot as anyone may repeat it: close list, verdicts, price table, replay here or offline."""
    tender = access.opening_to_view(request.actor, tender_id)
    facts = proofs.transcript_facts(tender_id, lot, request.GET.get("envelope", ""))
    context = {"tender": tender, "lot": tender.lot(lot), "lot_no": lot, **facts}
    return render(request, "bidding/transcript.html", context)
