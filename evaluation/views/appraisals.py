"""The mutual evaluation: each side's own page, and the supervisor's."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core import clock
from core.errors import Invalid
from evaluation import access, appraisals
from evaluation.services import appraising
from evaluation.views.manners import back_to, for_programs, to, uuid_of, words
from parties.access import Request


@require_http_methods(["GET", "HEAD", "POST"])
@back_to("evaluation:appraise")
def appraise(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """What one says of the other side; posted: `appraisal`, a mark for each aspect, `text`."""
    panel, tender, rows = access.appraisals_to_give(request.actor, panel_id)
    if request.method == "POST":
        try:
            row = appraising.give(
                actor=request.actor,
                panel_id=panel_id,
                appraisal_id=uuid_of(request, "appraisal"),
                marks=request.POST,
                text=request.POST.get("text", ""),
            )
        except Invalid as error:
            if for_programs(request):
                raise
            messages.warning(request, words(error))
        else:
            messages.success(
                request, _("Kept, as late.") if row.late else _("Kept. Only the supervisor reads it.")
            )
            return to("evaluation:appraise", panel_id)
    found = []
    for row in rows:
        typed = request.POST if request.POST.get("appraisal") == str(row.pk) else {}
        marked = [(name, word, typed.get(name, "")) for name, word in appraisals.aspects(row).items()]
        about = row.about_member or row.about_org
        found.append({"row": row, "aspects": marked, "about": about, "text": typed.get("text", "")})
    marks = [str(mark) for mark in range(appraisals.MOST, appraisals.LEAST - 1, -1)]
    context = {"panel": panel, "tender": tender, "rows": found, "marks": marks, "now": clock.now()}
    status = 422 if request.method == "POST" else 200
    return render(request, "evaluation/appraise.html", context, status=status)


@require_GET
def read(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """What both sides said, what is late and what is missing: for the supervisor of the region."""
    panel, tender, rows = access.appraisals_to_read(request.actor, panel_id)
    found = [
        {"row": row, "by": row.by_member or row.by_org, "about": row.about_member or row.about_org,
         "marks": [(_(word), row.marks.get(name)) for name, word in appraisals.aspects(row).items()]}
        for row in rows
    ]  # fmt: skip
    context = {
        "panel": panel,
        "tender": tender,
        "rows": found,
        "missing": appraisals.missing(rows),
        "now": clock.now(),
    }
    return render(request, "evaluation/appraisals.html", context)
