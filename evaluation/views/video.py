"""A room's video: its page, and what the browsers at it say to the platform."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from core.errors import NotFound
from core.http import with_camera
from evaluation import access, page_video
from evaluation.services import recording, sitting
from evaluation.video.chain import LONGEST_PIECE
from evaluation.views.manners import json_of
from parties.access import Request
from storage.uploads import UploadTooLarge


@require_safe
@with_camera
def video(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """The members' pictures and sound, in a window of its own beside the room; `?part=people` gives a fragment."""
    panel, tender, member = access.room_to_enter(request.actor, panel_id)
    hosting = access.hosts(request.actor, tender)
    if request.GET.get("part") == "people":
        return render(
            request,
            "evaluation/_video_people.html",
            page_video.people(panel, watching=member is None or hosting),
        )
    return render(request, "evaluation/video.html", page_video.video(panel, tender, member, hosting=hosting))


@require_POST
def join(request: Request, panel_id: uuid.UUID) -> JsonResponse:
    """Begin a sitting: `mime` and `picture` (1 or 0) for who is recorded."""
    joined = sitting.join(
        actor=request.actor,
        panel_id=panel_id,
        mime=request.POST.get("mime", "")[:80],
        picture=request.POST.get("picture") == "1",
    )
    return JsonResponse(
        {
            "sitting": str(joined.sitting.pk),
            "role": joined.sitting.role,
            "stream": f"sitting.{joined.sitting.pk}",
            "media": joined.media,
            "peers": joined.peers,
            "start": joined.start,
        }
    )


@require_POST
def stay(request: Request, panel_id: uuid.UUID, sitting_id: uuid.UUID) -> JsonResponse:
    """Say that the browser is there; gives whom it is to be connected to."""
    return JsonResponse(
        {"peers": sitting.stay(actor=request.actor, panel_id=panel_id, sitting_id=sitting_id)}
    )


@require_POST
def leave(request: Request, panel_id: uuid.UUID, sitting_id: uuid.UUID) -> HttpResponse:
    """End a sitting."""
    sitting.leave(actor=request.actor, panel_id=panel_id, sitting_id=sitting_id)
    return HttpResponse(status=204)


@require_POST
def signal(request: Request, panel_id: uuid.UUID, sitting_id: uuid.UUID) -> HttpResponse:
    """Pass a message on: JSON with `to` (a sitting), `kind` and `body`."""
    said = json_of(request)
    try:
        to = uuid.UUID(str(said.get("to", "")))
    except ValueError:
        raise NotFound() from None
    sitting.signal(
        actor=request.actor,
        panel_id=panel_id,
        sitting_id=sitting_id,
        to=to,
        kind=str(said.get("kind", "")),
        body=said.get("body"),
    )
    return HttpResponse(status=204)


@require_POST
def piece(request: Request, panel_id: uuid.UUID, sitting_id: uuid.UUID, n: int) -> JsonResponse:
    """The next piece of one's own recording: the bytes as body; `part`, `begins`, `previous`, `rtt`, `waiting` in the query."""
    content = request.read(LONGEST_PIECE + 1)
    if len(content) > LONGEST_PIECE:
        raise UploadTooLarge()
    kept = recording.take(
        actor=request.actor,
        panel_id=panel_id,
        sitting_id=sitting_id,
        n=n,
        part=_number(request, "part"),
        begins_ms=_number(request, "begins"),
        previous=_head(request),
        content=content,
        round_trip_ms=_number(request, "rtt"),
        waiting=_number(request, "waiting"),
    )
    return JsonResponse({"next": kept.pieces, "head": kept.head})


def _number(request: Request, name: str) -> int:
    """Read a number of the query; -1 for anything else, which the service refuses once it knows who asks."""
    text = request.GET.get(name, "0")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else -1


def _head(request: Request) -> str:
    text = request.GET.get("previous", "")
    return text if text.isascii() else ""
