"""Reads of a room's video: who is at it now, whose recording arrives, and since when one does not."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max, Min

from core import clock
from evaluation.models import Gap, Member, Panel, Sitting
from evaluation.states import MemberStatus, PanelStatus
from evaluation.video.backend import Seat

LASTS = timedelta(seconds=45)
"""A browser says every 15 seconds that it is there; two missed words mean that it is gone."""
LIVE = frozenset(PanelStatus) - {PanelStatus.SIGNED, PanelStatus.DECIDED, PanelStatus.DISSOLVED}
"""While a panel stands there, its room can be seen and heard."""
AT_WORK = LIVE - {PanelStatus.DRAWN}
"""While a panel stands there, every member is to be recorded (T-26)."""
SENDING = frozenset({Sitting.MEMBER})


@dataclass(frozen=True, slots=True)
class Line:
    """How a member stands with the video: `recording` arrives now, `missing_since` when it does not, `quality` of the line."""

    recording: bool
    picture: bool
    quality: str
    missing_since: datetime | None


def seat(sitting: Sitting) -> Seat:
    """Describe a sitting to the backend."""
    return Seat(sitting.panel_id, sitting.pk, sitting.role in SENDING)


def live(panel: Panel) -> list[Sitting]:
    """Give the browsers that are at the room's video now, first come first; nobody who has left the panel since."""
    rows = panel.sittings.filter(ended_at=None, seen_at__gte=clock.now() - LASTS).exclude(role=Sitting.REPLAY)
    found = rows.select_related("member").order_by("joined_at", "pk")
    return [row for row in found if row.member is None or row.member.status == MemberStatus.DECLARED]


def own(panel: Panel, sitting_id: uuid.UUID, user_id: uuid.UUID) -> Sitting | None:
    """Give a person's own sitting that is not over, or None."""
    return panel.sittings.filter(pk=sitting_id, user_id=user_id, ended_at=None).first()


def peers(panel: Panel, me: Sitting) -> list[dict[str, Any]]:
    """Give whom the browser of `me` connects to; it `calls` those who were there before it.

    Two who only watch have nothing to say to each other. Who watches has no name here.
    """
    mine, found = seat(me), []
    rows = live(panel)
    for row in rows:
        if row.pk == me.pk or not (mine.sends or seat(row).sends):
            continue
        found.append(
            {
                "sitting": str(row.pk),
                "sends": seat(row).sends,
                "calls": (row.joined_at, row.pk) < (me.joined_at, me.pk),
                "name": f"E{row.member.position} {row.member.name}" if row.member else "",
            }
        )
    return found


def late_after() -> timedelta:
    """Give how long a recording may be silent before that is an alarm."""
    return timedelta(seconds=settings.VIDEO_GAP_SECONDS)


def lines(panel: Panel) -> dict[uuid.UUID, Line]:
    """Give how each member stands with the video; empty while nobody has been recorded in this room."""
    newest = newest_pieces(panel)
    if not newest:
        return {}
    now = clock.now()
    latest: dict[uuid.UUID, Sitting] = {}
    for one in panel.sittings.filter(role=Sitting.MEMBER).exclude(recorded_at=None).order_by("recorded_at"):
        if one.member_id is not None:
            latest[one.member_id] = one
    gaps = {row.member_id: row for row in Gap.objects.filter(member__panel=panel, until=None)}
    found = {}
    for member_id in {*latest, *gaps}:
        row, gap = latest.get(member_id), gaps.get(member_id)
        arrives = row is not None and row.ended_at is None and now - newest[member_id] <= late_after()
        found[member_id] = Line(
            recording=arrives,
            picture=arrives and row is not None and row.picture,
            quality=row.quality if arrives and row is not None else "",
            missing_since=None if gap is None else gap.since,
        )
    return found


def newest_pieces(panel: Panel) -> dict[uuid.UUID, datetime]:
    """Give when the newest piece of each member's recording arrived."""
    rows = panel.sittings.exclude(recorded_at=None).values("member_id").annotate(at=Max("recorded_at"))
    return {row["member_id"]: row["at"] for row in rows}


def silent(panel: Panel, now: datetime) -> list[tuple[Member, datetime]]:
    """Give the members who are to be recorded and are not, and since when; nobody while the room has no recording."""
    began: datetime | None = panel.sittings.filter(pieces__gt=0).aggregate(at=Min("joined_at"))["at"]
    if panel.status not in AT_WORK or began is None:
        return []
    newest = newest_pieces(panel)
    return [
        (member, newest.get(member.pk, began))
        for member in panel.members.filter(status=MemberStatus.DECLARED)
        if now - newest.get(member.pk, began) > late_after()
    ]


def gaps_of(panel: Panel) -> list[Gap]:
    """Give every alarm of a room, the newest first."""
    return list(Gap.objects.filter(member__panel=panel).select_related("member").order_by("-since"))
