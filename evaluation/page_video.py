"""What the pages of a room's video show."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from core import regions
from core.law.duties import duty
from evaluation.models import Member, Panel, Sitting, Trial
from evaluation.selectors import members_of, shown_name
from evaluation.services.agenda import AWAY_AFTER_SECONDS
from evaluation.states import REVEALED, MemberStatus
from evaluation.video import replay, sittings
from evaluation.video import wall as rooms
from evaluation.video.line import QUALITY_WORDS
from evaluation.video.sittings import Line
from evaluation.video.trial import FAULTS, Needs
from realtime.selectors import last_seq
from tendering import selectors as tendering
from tendering.facts import TenderFacts

RECORDING_RULE, ARCHIVE_RULE = "T-26", "L-24.archive_years"


def video(panel: Panel, tender: TenderFacts, member: Member | None, *, hosting: bool) -> dict[str, Any]:
    """Give the context of the page of a room's video for one person."""
    stream = f"room.{panel.pk}"
    return {
        "panel": panel,
        "tender": tender,
        "me": member,
        "hosting": hosting,
        "declared": member is not None and member.status == MemberStatus.DECLARED,
        "live": panel.status in sittings.LIVE,
        "duty": duty(RECORDING_RULE),
        "picture": {"height": settings.VIDEO_HEIGHT, "fps": settings.VIDEO_FPS},
        "stream": stream,
        "after": last_seq(stream),
        **people(panel, watching=member is None or hosting),
    }


def people(panel: Panel, *, watching: bool) -> dict[str, Any]:
    """Give how each member stands with the video, and every alarm of the room; who is `watching` sees the trials too."""
    lines, tried = sittings.lines(panel), trials(panel) if watching else {}
    rows = [
        {
            "seat": f"E{one.position}",
            "name": shown_name(panel, one),
            "trial": tried.get(one.user_id),
            **words(lines.get(one.pk)),
        }
        for one in members_of(panel)
    ]
    return {"panel": panel, "people": rows, "watching": watching, "gaps": sittings.gaps_of(panel)}


def words(line: Line | None) -> dict[str, Any]:
    """Give a member's standing in words: `word` and `glyph` of the tag, `missing_since` while an alarm is open."""
    if line is None or not (line.recording or line.missing_since):
        return {"word": _("not recorded"), "glyph": "waiting", "missing_since": None}
    if line.missing_since is not None and not line.recording:
        return {"word": _("recording missing"), "glyph": "failed", "missing_since": line.missing_since}
    said = [_("being recorded") if line.picture else _("sound recorded, no camera")]
    said += [_(QUALITY_WORDS[line.quality])] if line.quality else []
    return {"word": " · ".join(said), "glyph": "active", "missing_since": None}


# --- the trial room ---


def trial(user_id: uuid.UUID, wanted: Needs, sample_bytes: int) -> dict[str, Any]:
    """Give the context of the trial room: what a line is asked for, and what the person's last trial came to."""
    last = Trial.objects.filter(user_id=user_id).order_by("-at").first()
    return {
        "wanted": wanted,
        "sample_bytes": sample_bytes,
        "picture": {"height": settings.VIDEO_HEIGHT, "fps": settings.VIDEO_FPS},
        "trial": verdict(last) if last else None,
    }


def verdict(row: Trial) -> dict[str, Any]:
    """Give what a trial came to in words, each fault with what to do about it."""
    return {
        "at": row.at,
        "passed": not row.faults,
        "faults": [{"said": _(FAULTS[name][0]), "do": _(FAULTS[name][1])} for name in row.faults],
        "result": row.result,
    }


def trials(panel: Panel) -> dict[uuid.UUID, dict[str, Any]]:
    """Give the newest trial of each member since the panel was formed, by person."""
    seated = panel.members.exclude(status=MemberStatus.RECUSED).values_list("user_id", flat=True)
    rows = Trial.objects.filter(user_id__in=list(seated), at__gte=panel.formed_at).order_by("at")
    return {row.user_id: verdict(row) for row in rows}


# --- for the supervisor ---


def wall(region: str) -> dict[str, Any]:
    """Give the context of the wall of a region's live rooms."""
    name = rooms.stream(region)
    return {
        "region": regions.full_name(region),
        "cards": rooms.cards(region, timedelta(seconds=AWAY_AFTER_SECONDS)),
        "stream": name,
        "after": last_seq(name),
    }


def replay_of(panel: Panel, tender: TenderFacts) -> dict[str, Any]:
    """Give the context of the replay of a room: tracks of each member, what happened, what the player needs."""
    context: dict[str, Any] = {
        "panel": panel,
        "tender": tender,
        "duty": duty(RECORDING_RULE),
        "archive": tendering.law_of(tender.id).cite(ARCHIVE_RULE),
        "revealed": panel.status in REVEALED,
        "watched": panel.sittings.exclude(role=Sitting.MEMBER).order_by("-joined_at"),
        "span": None,
    }
    found = replay.span(panel)
    if found is None:
        return context
    begin, end = found
    seconds = max((end - begin).total_seconds(), 1.0)
    parts = replay.parts(panel, begin)
    rows = [
        {
            "member": str(one.pk),
            "seat": f"E{one.position}",
            "name": shown_name(panel, one),
            "bars": [
                {
                    "x": round(1000 * part.begins / seconds, 2),
                    "width": round(1000 * (part.ends - part.begins) / seconds, 2),
                }
                for part in parts
                if part.member == one.pk
            ],
        }
        for one in panel.members.order_by("position")
    ]
    return {
        **context,
        "span": {"begin": begin, "end": end, "seconds": int(seconds) + 1},
        "rows": [row for row in rows if row["bars"]],
        "moments": replay.moments(panel, begin),
        "parts": [
            {
                "member": str(part.member),
                "file": f"{part.sitting}/{part.part}",
                "mime": part.mime,
                "begins": part.begins,
                "ends": part.ends,
            }
            for part in parts
        ],
    }
