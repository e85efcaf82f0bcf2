"""What the supervisor has of rooms: a wall of all that are live, and the replay of one."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST, require_safe

from evaluation import access, page_video
from evaluation.services import replaying
from parties.access import Request


@require_safe
def wall(request: Request) -> HttpResponse:
    """Every live room of the supervisor's region; `?part=grid` gives a fragment."""
    region = access.wall_to_view(request.actor)
    template = "evaluation/_wall.html" if request.GET.get("part") == "grid" else "evaluation/wall.html"
    return render(request, template, page_video.wall(region))


@require_safe
def replay(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """Recordings, events and, once they are revealed, scores of a room on one time."""
    panel, tender = access.recordings_and_tender(request.actor, panel_id)
    return render(request, "evaluation/replay.html", page_video.replay_of(panel, tender))


@require_POST
def begin(request: Request, panel_id: uuid.UUID) -> JsonResponse:
    """Begin a replay; what is played names it."""
    sitting = replaying.begin(actor=request.actor, panel_id=panel_id)
    return JsonResponse({"replay": str(sitting.pk)})


@require_GET
def part(
    request: Request, panel_id: uuid.UUID, replay_id: uuid.UUID, sitting_id: uuid.UUID, part: int
) -> HttpResponseBase:
    """One file of a recording, for the player of the replay."""
    mime, length, content = replaying.read(
        actor=request.actor, panel_id=panel_id, replay_id=replay_id, sitting_id=sitting_id, part=part
    )
    response = StreamingHttpResponse(content, content_type=mime)
    response["Content-Length"] = str(length)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
