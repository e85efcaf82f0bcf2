"""The trial room: try camera, microphone, speaker and line before an evaluation."""

from __future__ import annotations

import os
import uuid

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from core.http import with_camera
from evaluation import access, page_video
from evaluation.services import trials
from evaluation.views.manners import json_of
from parties.access import Request

SAMPLE_BYTES = 512 * 1024
SAMPLE = os.urandom(SAMPLE_BYTES)
"""What the line is measured with: nothing on the way can make it smaller."""


@require_http_methods(["GET", "HEAD", "POST"])
@with_camera
def trial(request: Request) -> HttpResponse:
    """The trial room; posted: what the page measured, as JSON; the verdict comes back as a fragment."""
    user_id: uuid.UUID = access.trial_to_make(request.actor)
    if request.method == "POST":
        row = trials.keep(actor=request.actor, said=json_of(request))
        return render(request, "evaluation/_verdict.html", {"trial": page_video.verdict(row)})
    return render(request, "evaluation/trial.html", page_video.trial(user_id, trials.wanted(), SAMPLE_BYTES))


@require_http_methods(["GET", "HEAD", "POST"])
def some_bytes(request: Request) -> HttpResponse:
    """Measure the line: got, `?n=` so many bytes; posted, how many arrived."""
    access.trial_to_make(request.actor)
    if request.method == "POST":
        return JsonResponse({"length": len(request.read(SAMPLE_BYTES))})
    text = request.GET.get("n", "0")
    wanted = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
    response = HttpResponse(SAMPLE[:wanted], content_type="application/octet-stream")
    response["Cache-Control"] = "no-store"
    return response
