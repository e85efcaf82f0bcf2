"""Reads of assisted sign-ins: what waits at a room, and what was done."""

from __future__ import annotations

import uuid
from datetime import timedelta

from core import clock
from evaluation.models import AssistedSignIn, Member, Panel
from evaluation.states import MemberStatus, PanelStatus

LASTS = timedelta(minutes=15)
"""How long a request can be confirmed and used."""
SESSION_LASTS = timedelta(hours=4)
"""How long who was let in stays signed in."""
MOST_WRONG = 5
AT_WORK = frozenset(
    {
        PanelStatus.REVIEWING, PanelStatus.TALKING, PanelStatus.QUOTING, PanelStatus.SCORING,
        PanelStatus.TECHNICAL, PanelStatus.PRICING, PanelStatus.SCORED, PanelStatus.REPORTED,
    }
)  # fmt: skip
"""A member who has declared is let into a room that is at work, and into no other."""


def of(panel: Panel) -> list[AssistedSignIn]:
    """Give the requests of a room, newest first."""
    rows = AssistedSignIn.objects.filter(member__panel=panel).select_related("member")
    return list(rows)


def is_open(row: AssistedSignIn) -> bool:
    """Tell whether a request can still be confirmed or used."""
    return row.used_at is None and row.stopped_at is None and clock.now() < row.expires_at


def seat_for(user_id: uuid.UUID) -> uuid.UUID | None:
    """Give the seat to which a person would be let in: on the panel at work that was formed last; None without one."""
    rows = Member.objects.filter(user_id=user_id, status=MemberStatus.DECLARED, panel__status__in=AT_WORK)
    return rows.order_by("-panel__formed_at").values_list("pk", flat=True).first()


def asked(request_id: uuid.UUID) -> AssistedSignIn | None:
    """Give one request, or None."""
    return AssistedSignIn.objects.select_related("member__panel").filter(pk=request_id).first()
