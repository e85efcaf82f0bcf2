"""A page on which anybody computes a published award again, in the browser alone."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.errors import NotFound
from disclosure.selectors import notices
from evaluation import inputs
from evaluation.notices import FAILURES
from evaluation.page import EXCLUDED, WARNINGS


@require_safe
def recompute(request: HttpRequest, notice_id: uuid.UUID) -> HttpResponse:
    """The inputs and the result as published; the numbers are computed where the page is read."""
    notice = notices.notice(notice_id)
    published = notice.facts.get("recompute")
    if not published:
        raise NotFound()
    data = {
        "cases": inputs.cases(published),
        "results": [
            {name: value for name, value in lot.items() if name != "lot"} for lot in notice.facts["result"]
        ],
        "names": inputs.names(notice.facts.get("report", "")),
        "earliest": inputs.earliest(),
        "words": {
            **{code: _(text) for code, text in EXCLUDED.items()},
            **{f"failed-{code}": _(text) for code, text in FAILURES.items()},
            **{f"warning-{code}": _(text) for code, text in WARNINGS.items()},
        },
    }
    return render(request, "evaluation/recompute.html", {"notice": notice, "data": data})
