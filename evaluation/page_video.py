"""What the pages of a room's video show."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from core.law.duties import duty
from evaluation.models import Member, Panel
from evaluation.selectors import members_of, shown_name
from evaluation.states import MemberStatus
from evaluation.video import sittings
from evaluation.video.line import QUALITY_WORDS
from evaluation.video.sittings import Line
from realtime.selectors import last_seq
from tendering.facts import TenderFacts

RECORDING_RULE = "T-26"


def video(panel: Panel, tender: TenderFacts, member: Member | None, *, hosting: bool) -> dict[str, Any]:
    """Give the context of the page of a room's video for one person."""
    stream = f"room.{panel.pk}"
    return {
        "panel": panel,
        "tender": tender,
        "me": member,
        "hosting": hosting,
        "declared": member is not None and member.status == MemberStatus.DECLARED,
        "watching": member is None,
        "live": panel.status in sittings.LIVE,
        "duty": duty(RECORDING_RULE),
        "picture": {"height": settings.VIDEO_HEIGHT, "fps": settings.VIDEO_FPS},
        "stream": stream,
        "after": last_seq(stream),
        **people(panel),
    }


def people(panel: Panel) -> dict[str, Any]:
    """Give how each member stands with the video, and every alarm of the room."""
    lines = sittings.lines(panel)
    rows = [
        {"seat": f"E{one.position}", "name": shown_name(panel, one), **words(lines.get(one.pk))}
        for one in members_of(panel)
    ]
    return {"panel": panel, "people": rows, "gaps": sittings.gaps_of(panel)}


def words(line: Line | None) -> dict[str, Any]:
    """Give a member's standing in words: `word` and `glyph` of the tag, `missing_since` while an alarm is open."""
    if line is None or not (line.recording or line.missing_since):
        return {"word": _("not recorded"), "glyph": "waiting", "missing_since": None}
    if line.missing_since is not None and not line.recording:
        return {"word": _("recording missing"), "glyph": "failed", "missing_since": line.missing_since}
    said = [_("recorded") if line.picture else _("sound recorded, no camera")]
    said += [_(QUALITY_WORDS[line.quality])] if line.quality else []
    return {"word": " · ".join(said), "glyph": "active", "missing_since": None}
