"""The page on which a purchaser corrects a notice of its own."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.forms import done
from disclosure.forms import CorrectionForm
from disclosure.services import correcting
from parties.access import Request


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: Request, notice_id: uuid.UUID) -> HttpResponse:
    """Enter what is wrong and how it should read; sending publishes the correction."""
    row = correcting.notice_to_correct(request.actor, notice_id)
    form = CorrectionForm(request.POST or None)
    made = done(
        form,
        lambda: correcting.correct(
            actor=request.actor,
            notice_id=notice_id,
            reason=form.cleaned_data["reason"],
            items=form.items(),
        ),
    )
    if made:
        messages.success(request, _("The correction is public."))
        return HttpResponseRedirect(made.url, status=303)
    context = {"notice": row, "form": form}
    return render(request, "portal/correct.html", context, status=422 if form.errors else 200)
