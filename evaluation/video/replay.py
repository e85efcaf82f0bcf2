"""Reads for a replay: the files of a room's recordings, what happened, and the scores, all on one time."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Min, Sum
from django.utils.translation import gettext as _

from core.errors import gettext_noop
from evaluation.models import Panel, Piece, Score, Sitting
from evaluation.selectors import readable_bids, shown_name
from evaluation.states import PANEL_WORDS, REVEALED
from realtime.selectors import events_after

LAST_PIECE_SECONDS = 1.0
SCORE = "score"
MOST_EVENTS = 10_000
EVENT_WORDS: dict[str, str] = {
    "panel.drawn": gettext_noop("The panel was drawn"),
    "panel.unsealed": gettext_noop("The names were unsealed"),
    "member.seated": gettext_noop("%(who)s was seated"),
    "member.declared": gettext_noop("%(who)s declared"),
    "member.recused": gettext_noop("%(who)s left the panel"),
    "member.present": gettext_noop("%(who)s came into the room"),
    "review.saved": gettext_noop("A condition was reviewed"),
    "sheet.submitted": gettext_noop("%(who)s submitted the scores"),
    "score.corrected": gettext_noop("A score was corrected or looked at again"),
    "question.ask": gettext_noop("A bidder was asked in writing"),
    "question.answer": gettext_noop("A bidder answered"),
    "question.find": gettext_noop("An answer was judged"),
    "question.confirm": gettext_noop("A bidder said whether it confirms its price"),
    "question.take_back": gettext_noop("A correction was taken back"),
    "talks.changed": gettext_noop("The talks went on"),
    "report.signed": gettext_noop("%(who)s signed the report"),
    "video.joined": gettext_noop("%(who)s came to the video"),
    "video.left": gettext_noop("%(who)s left the video"),
    "video.gap": gettext_noop("The recording of %(who)s is missing"),
    "video.resumed": gettext_noop("The recording of %(who)s went on"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a recording: from when to when it shows `member`, in seconds of the room's time."""

    sitting: uuid.UUID
    part: int
    member: uuid.UUID
    mime: str
    begins: float
    ends: float


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened `at` seconds of the room's time: `kind` is its event, or a score."""

    at: float
    when: datetime
    kind: str
    said: str


def span(panel: Panel) -> tuple[datetime, datetime] | None:
    """Give when the room's recordings begin and end, or None while there is none."""
    found = panel.sittings.filter(pieces__gt=0).aggregate(first=Min("joined_at"), last=Max("recorded_at"))
    return (found["first"], found["last"]) if found["first"] and found["last"] else None


def parts(panel: Panel, begin: datetime) -> list[Part]:
    """Give every file of the room's recordings, in the order of time."""
    recorded = {row.pk: row for row in panel.sittings.filter(pieces__gt=0, role=Sitting.MEMBER)}
    rows = (
        Piece.objects.filter(sitting__in=recorded)
        .values("sitting_id", "part")
        .annotate(first=Min("begins_ms"), last=Max("begins_ms"), size=Sum("length"))
        .order_by("sitting_id", "part")
    )
    found = []
    for row in rows:
        sitting = recorded[row["sitting_id"]]
        if sitting.member_id is None:
            continue
        offset = (sitting.joined_at - begin).total_seconds()
        found.append(
            Part(
                sitting=sitting.pk,
                part=row["part"],
                member=sitting.member_id,
                mime=sitting.mime,
                begins=round(offset + row["first"] / 1000, 3),
                ends=round(offset + row["last"] / 1000 + LAST_PIECE_SECONDS, 3),
            )
        )
    return sorted(found, key=lambda one: one.begins)


def moments(panel: Panel, begin: datetime) -> list[Moment]:
    """Give what happened in the room, with the scores once everybody's are revealed and not before."""
    people = {str(one.pk): f"E{one.position} {shown_name(panel, one)}" for one in panel.members.all()}
    found = []
    for event in events_after(f"room.{panel.pk}", 0, MOST_EVENTS):
        said = _words(event.type)
        if said:
            who = people.get(str(event.data.get("member", "")), "")
            found.append(Moment(_since(begin, event.at), event.at, event.type, said % {"who": who}))
    if panel.status in REVEALED:
        bids = {bid.bid_id: bid for bid in readable_bids(panel.tender_id)}
        rows = Score.objects.filter(sheet__member__panel=panel).select_related("sheet__member")
        for row in rows:
            facts: dict[str, Any] = {
                "who": people[str(row.sheet.member_id)],
                "value": f"{row.value:f}",
                "criterion": row.criterion,
                "bidder": bids[row.bid_id].supplier_name if row.bid_id in bids else "",
            }
            said = _("%(who)s gave %(bidder)s %(value)s for %(criterion)s") % facts
            found.append(Moment(_since(begin, row.saved_at), row.saved_at, SCORE, said))
    return sorted(found, key=lambda one: one.when)


def _since(begin: datetime, at: datetime) -> float:
    return round(max(at - begin, timedelta(0)).total_seconds(), 1)


def _words(kind: str) -> str:
    if kind.startswith("agenda."):
        return _(PANEL_WORDS.get(kind.removeprefix("agenda."), "")).replace("%", "%%")
    return _(EVENT_WORDS[kind]) if kind in EVENT_WORDS else ""


def pieces(panel: Panel, sitting_id: uuid.UUID, part: int) -> list[Piece]:
    """Give the pieces of one file in order; empty when there is no such file in this room."""
    rows = Piece.objects.filter(sitting_id=sitting_id, sitting__panel=panel, part=part)
    return list(rows.order_by("n").only("stored_as", "length", "n"))
