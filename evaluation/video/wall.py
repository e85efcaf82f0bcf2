"""Reads for the supervisor: every live room of a region at once, in as many queries as for one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from core import clock, regions
from evaluation.models import Gap, Member, Panel, Sitting
from evaluation.states import PANEL_GLYPHS, PANEL_WORDS, MemberStatus
from evaluation.video import sittings

MOST = 300


@dataclass(frozen=True, slots=True)
class Card:
    """One room on the wall: where its panel stands, who is there and recorded, which recordings are missing."""

    room: Any
    title: str
    project_no: str
    purchaser: str
    word: str
    glyph: str
    seats: list[tuple[str, str, str]]
    here: int
    recorded: int
    gaps: list[tuple[str, datetime]]

    @property
    def alarmed(self) -> bool:
        """Tell whether a recording is missing now."""
        return bool(self.gaps)


def stream(region: str) -> str:
    """Name the stream that tells the supervisor of a region that a room has changed."""
    return f"wall.{region}"


def streams_above(region: str) -> list[str]:
    """Name the walls on which a room of this region hangs: its own, and those of the regions around it."""
    return [stream(one.code) for one in regions.path(region)]


def cards(region: str, away_after: timedelta) -> list[Card]:
    """Give the live rooms of a region and the regions within it: those with an alarm first, then the oldest.

    A member whose page has said nothing for `away_after` is away.
    """
    panels = list(
        Panel.objects.filter(status__in=sittings.LIVE, tender__region__startswith=regions.stem(region))
        .select_related("tender", "tender__purchaser")
        .order_by("formed_at")[:MOST]
    )
    rooms = [panel.pk for panel in panels]
    now = clock.now()
    members: dict[Any, list[Member]] = defaultdict(list)
    for member in Member.objects.filter(panel__in=rooms).exclude(status=MemberStatus.RECUSED):
        members[member.panel_id].append(member)
    recorded = set(
        Sitting.objects.filter(panel__in=rooms, ended_at=None)
        .values("member_id")
        .annotate(at=Max("recorded_at"))
        .filter(at__gte=now - sittings.late_after())
        .values_list("member_id", flat=True)
    )
    silent = {gap.member_id: gap.since for gap in Gap.objects.filter(member__panel__in=rooms, until=None)}
    found = []
    for panel in panels:
        seated = members[panel.pk]
        seen = {one.pk for one in seated if one.seen_at is not None and now - one.seen_at <= away_after}
        here = seen | {one.pk for one in seated if one.pk in recorded}
        found.append(
            Card(
                room=panel.pk,
                title=panel.tender.title,
                project_no=panel.tender.project_no,
                purchaser=panel.tender.purchaser.name,
                word=_(PANEL_WORDS[panel.status]),
                glyph=PANEL_GLYPHS[panel.status],
                seats=[
                    (f"E{one.position}", *_seat(one.pk in recorded, one.pk in silent, one.pk in here))
                    for one in seated
                ],
                here=len(here),
                recorded=sum(1 for one in seated if one.pk in recorded),
                gaps=sorted((f"E{one.position}", silent[one.pk]) for one in seated if one.pk in silent),
            )
        )
    return sorted(found, key=lambda card: not card.alarmed)


def _seat(recorded: bool, silent: bool, here: bool) -> tuple[str, str]:
    if silent:
        return _("recording missing"), "failed"
    if recorded:
        return _("being recorded"), "active"
    return (_("here, not recorded"), "warning") if here else (_("away"), "waiting")
