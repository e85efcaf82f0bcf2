"""What is shown of calls: to the expert what was told, to the host how each seat was called – never who, while it is sealed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core import clock
from core.money import Yuan
from evaluation import meetings, script, selectors
from evaluation.models import Attempt, Call, Panel, Report
from evaluation.states import (
    CALL_GLYPHS,
    CALL_STEPS,
    CALL_WORDS,
    CHANNEL_WORDS,
    DECLINE_GROUNDS,
    FILLED_AT_WORK,
    FILLED_IN,
    LOST_GROUNDS,
    OUTCOME_WORDS,
    AttemptOutcome,
    CallStatus,
    MemberStatus,
    PanelStatus,
)
from planning.selectors import law_now
from tendering.facts import TenderFacts


def call(row: Call) -> dict[str, Any]:
    """Give an expert's own call, and what can be answered to it now."""
    panel = row.member.panel
    waiting = panel.status == PanelStatus.DRAWN and row.member.status == MemberStatus.INVITED
    can = {step.verb for step in CALL_STEPS if row.status in step.sources} if waiting else set()
    return {
        "call": row,
        "says": script.facts(row.says),
        "begins_at": datetime.fromisoformat(row.says["begins_at"]),
        "word": _(CALL_WORDS[row.status]),
        "glyph": CALL_GLYPHS[row.status],
        "can_accept": "accept" in can,
        "can_decline": "decline" in can,
        "comes": row.status == CallStatus.ACCEPTED,
        "room": None if selectors.is_sealed(panel) or row.member.status == MemberStatus.RECUSED else panel.pk,
        "names_at": panel.names_at,
        "grounds": [{"code": code, "words": _(word)} for code, word in DECLINE_GROUNDS.items()],
    }


def call_json(shown: dict[str, Any]) -> dict[str, Any]:
    """Give the same to a program."""
    row = shown["call"]
    return {
        "call": str(row.pk),
        "status": row.status,
        "says": row.says,
        "due_at": row.due_at.isoformat(),
        "room": str(shown["room"]) if shown["room"] else None,
        "grounds": [one["code"] for one in shown["grounds"]],
    }


def evidence(panel: Panel) -> list[dict[str, Any]]:
    """Give every call of a panel with what was sent and what came back, by seat; no name, and no words that could tell one."""
    sealed = selectors.is_sealed(panel)
    rows = Call.objects.filter(member__panel=panel).select_related("member").prefetch_related("attempts")
    return [
        {
            "seat": f"E{row.member.position}",
            "status": row.status,
            "word": _(CALL_WORDS[row.status]),
            "glyph": CALL_GLYPHS[row.status],
            "ground": _(DECLINE_GROUNDS[row.ground]) if row.ground else "",
            "reason": "" if sealed else row.reason,
            "called_at": row.called_at,
            "due_at": row.due_at,
            "answered_at": row.answered_at,
            "waits": row.status == CallStatus.CALLING,
            "attempts": [
                {
                    "channel": _(CHANNEL_WORDS[one.channel]),
                    "word": _(OUTCOME_WORDS[one.outcome]),
                    "at": one.at,
                    "text": "" if sealed and not _is_ours(one) else one.text,
                }
                for one in row.attempts.all()
            ],
        }
        for row in rows.order_by("member__position")
    ]


def _is_ours(one: Attempt) -> bool:
    """Tell whether the words are the platform's own, or a key: an expert's own may say who writes."""
    sent = one.outcome in (AttemptOutcome.PLACED, AttemptOutcome.FAILED)
    return sent or one.text in ("accept", "decline") or script.meaning(one.text) is not None


def evidence_json(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the evidence of calls to a program."""
    return [
        {
            "seat": row["seat"],
            "status": row["status"],
            "due_at": row["due_at"].isoformat(),
            "answered_at": row["answered_at"].isoformat() if row["answered_at"] else None,
            "attempts": len(row["attempts"]),
        }
        for row in rows
    ]


def fees(panel: Panel, tender: TenderFacts, report: Report | None) -> dict[str, Any] | None:
    """Give what each expert is paid for the time from the beginning of the work to the report; None where it is not known.

    Source: 财库〔2016〕198号 (the standard is the province's; none for the purchaser's representative).
    """
    if panel.began_at is None or report is None:
        return None
    law = law_now(tender, tender.budget_level, panel.began_at)
    seconds = (report.made_at - panel.began_at).total_seconds()
    each = meetings.fee(law, seconds)
    experts = sum(1 for one in selectors.members_of(panel) if one.expert_id is not None)
    if each is None:
        return None
    return {
        "hours": max(1, -(-int(seconds) // 3600)),
        "each": each,
        "experts": experts,
        "all": Yuan.from_fen(each.fen * experts),
        "rule": law.cite(meetings.FEE),
    }


def room(panel: Panel) -> dict[str, Any]:
    """Give what the room shows of a panel that is not complete, and why a member can be said to be lost."""
    free = selectors.free_seats(panel)
    statuses = [member.status for member in selectors.members_of(panel)]
    return {
        "meeting": meeting(panel),
        "lost_grounds": [{"code": code, "words": _(word)} for code, word in LOST_GROUNDS.items()],
        "replaceable": panel.status in FILLED_IN,
        "free": free,
        "paused": panel.status in FILLED_AT_WORK
        and (sum(free.values()) > 0 or MemberStatus.INVITED in statuses),
    }


def meeting(panel: Panel) -> dict[str, Any]:
    """Give when and where a panel meets, and until when its names are sealed."""
    sealed = selectors.is_sealed(panel)
    return {
        "begins_at": panel.begins_at,
        "place": panel.place,
        "hours": panel.hours,
        "sealed": sealed,
        "names_at": panel.names_at,
        "late": clock.now() >= panel.begins_at,
    }
