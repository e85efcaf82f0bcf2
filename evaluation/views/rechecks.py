"""Scores looked at again in the room: raised, agreed on, changed or kept by their own member."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from evaluation.services import rechecking
from evaluation.views.manners import back_to, bid_of, to, uuid_of
from parties.access import Request


@require_POST
@back_to("evaluation:room")
def raise_score(request: Request, panel_id: uuid.UUID) -> HttpResponse:
    """A member says that a judgement stands out: `member`, `bid`, `criterion`, `reason`."""
    rechecking.raise_score(
        actor=request.actor,
        panel_id=panel_id,
        member_id=uuid_of(request, "member"),
        bid_id=bid_of(request, panel_id),
        criterion=request.POST.get("criterion", ""),
        reason=request.POST.get("reason", ""),
    )
    return to("evaluation:room", panel_id)


@require_POST
@back_to("evaluation:room")
def agree(request: Request, panel_id: uuid.UUID, recheck_id: uuid.UUID) -> HttpResponse:
    """A member says whether the score is abnormally high or low: `agrees` is 1 or 0."""
    rechecking.agree(
        actor=request.actor,
        panel_id=panel_id,
        recheck_id=recheck_id,
        agrees=request.POST.get("agrees") == "1",
    )
    return to("evaluation:room", panel_id)


@require_POST
@back_to("evaluation:room")
def draft(request: Request, panel_id: uuid.UUID, recheck_id: uuid.UUID) -> HttpResponse:
    """The member writes the score that shall stand, and why."""
    rechecking.draft(
        actor=request.actor,
        panel_id=panel_id,
        recheck_id=recheck_id,
        value=request.POST.get("value", ""),
        reason=request.POST.get("reason", ""),
    )
    return to("evaluation:room", panel_id)


@require_POST
@back_to("evaluation:room")
def settle(request: Request, panel_id: uuid.UUID, recheck_id: uuid.UUID) -> HttpResponse:
    """The member signs it."""
    rechecking.settle(
        actor=request.actor,
        panel_id=panel_id,
        recheck_id=recheck_id,
        credential=request.POST.get("credential", ""),
    )
    return to("evaluation:room", panel_id)
