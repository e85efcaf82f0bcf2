"""What the pages of the talks show: the same fragment for both sides, each with what it may do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock
from evaluation import talks
from evaluation.models import Member, Panel, Round, Talk, TermChange
from evaluation.selectors import lots_to_score
from evaluation.states import (
    ROUND_GLYPHS,
    ROUND_WORDS,
    SETTLED,
    ChangeStatus,
    MemberStatus,
    PanelStatus,
    RoundStatus,
    TalkStatus,
)
from realtime.selectors import last_seq
from tendering.facts import TenderFacts

LOCAL = "%Y-%m-%dT%H:%M"


def room(panel: Panel, tender: TenderFacts, member: Member | None, *, hosting: bool) -> dict[str, Any]:
    """Give what the room shows while the talks last: every supplier's rounds, the changes, what stands before the finals."""
    now = clock.now()
    rows = talks.of(panel)
    under_way = any(one.status == RoundStatus.RUNNING for talk in rows for one in talk.rounds.all())
    counts = [len(talk.rounds.all()) for talk in rows if talk.status == TalkStatus.OPEN]
    declared = member is not None and member.status == MemberStatus.DECLARED
    stop = talks.obstacle(panel, now)
    return {
        "talks": [_row(talk, under_way, min(counts, default=0)) for talk in rows],
        "changes": [change(one, now) for one in talks.changes_of(panel)],
        "may_propose": declared and panel.status == PanelStatus.TALKING,
        "may_confirm": declared and member is not None and member.kind == Member.REPRESENTATIVE,
        "obstacle": _(stop) if stop else "",
        "enough": bool(lots_to_score(panel, tender)),
        "finals_due_at": tender.finals_due_at,
        "finals_over": tender.status == "quoted",
        "ended": tender.status in ("failed", "cancelled"),
    }


def _row(talk: Talk, under_way: bool, fewest: int) -> dict[str, Any]:
    rounds = list(talk.rounds.all())
    last = rounds[-1] if rounds else None
    return {
        "talk": talk,
        "left": talk.status == TalkStatus.LEFT,
        "rounds": [one_round(one) for one in rounds],
        "callable": talk.status == TalkStatus.OPEN
        and not under_way
        and len(rounds) <= fewest
        and (last is None or last.status in SETTLED),
        "next": len(rounds) + 1,
    }


def one_round(round: Round) -> dict[str, Any]:
    """Give one round with its words."""
    return {"row": round, "word": _(ROUND_WORDS[round.status]), "glyph": ROUND_GLYPHS[round.status]}


def change(row: TermChange, now: datetime) -> dict[str, Any]:
    """Give one change, and whether suppliers may respond to it now."""
    return {
        "row": row,
        "proposed": row.status == ChangeStatus.PROPOSED,
        "confirmed": row.status == ChangeStatus.CONFIRMED,
        "running": row.respond_until is not None and now < row.respond_until,
        "responses": list(row.responses.all()),
    }


def _talk(talk: Talk, tender: TenderFacts, side: str) -> dict[str, Any]:
    rounds = talks.rounds_of(talk)
    last = rounds[0] if rounds else None
    return {
        "tender": tender,
        "talk": talk,
        "panel": talk.panel,
        "side": side,
        "stream": talks.stream(talk),
        "after": last_seq(talks.stream(talk)),
        "rounds": [{**one_round(one), "lines": list(one.lines.all())} for one in rounds],
        "last": last,
        "left": talk.status == TalkStatus.LEFT,
        "speaking": last is not None and last.status == RoundStatus.RUNNING,
        "sign": {"payload_hash": last.digest, "purpose": talks.purpose_of(last)}
        if last is not None and last.status == RoundStatus.MINUTED and side not in last.signatures
        else None,
    }


def team_talk(talk: Talk, tender: TenderFacts, member: Member | None, *, hosting: bool) -> dict[str, Any]:
    """Give the talks with one supplier as the team sees them."""
    context = _talk(talk, tender, talks.TEAM)
    last = context["last"]
    declared = member is not None and member.status == MemberStatus.DECLARED
    args = [talk.panel_id, talk.pk]
    return {
        **context,
        "speaking": context["speaking"] and (declared or hosting),
        "sign": context["sign"] if declared else None,
        "writing": hosting and last is not None and last.status in (RoundStatus.RUNNING, RoundStatus.MINUTED),
        "giving_up": declared
        and member is not None
        and member.kind == Member.REPRESENTATIVE
        and last is not None
        and last.status == RoundStatus.MINUTED
        and talks.TEAM in last.signatures,
        "url": reverse("evaluation:talk", args=args),
        "say_url": reverse("evaluation:team_say", args=args),
        "sign_url": reverse("evaluation:team_sign", args=args),
    }


def own_talk(talk: Talk, tender: TenderFacts) -> dict[str, Any]:
    """Give a supplier its own talks, the changes that all were told, and its own responses; nothing of anybody else."""
    now = clock.now()
    panel = talk.panel
    changes = []
    for row in talks.changes_of(panel, confirmed=True):
        own = next((one for one in row.responses.all() if one.talk_id == talk.pk), None)
        changes.append(
            {
                "id": row.pk,
                "title": row.title,
                "before": row.before,
                "after": row.after,
                "reason": row.reason,
                "told_at": row.decided_at,
                "respond_until": row.respond_until,
                "open": talk.status == TalkStatus.OPEN
                and row.respond_until is not None
                and now < row.respond_until,
                "response": own.text if own else "",
            }
        )
    left = talk.status == TalkStatus.LEFT
    quoting = tender.accepting and panel.status == PanelStatus.QUOTING
    return {
        **_talk(talk, tender, talks.SUPPLIER),
        "changes": changes,
        "waiting": panel.status == PanelStatus.TALKING and not left,
        "quoting": quoting and not left,
        "may_leave": not left and (panel.status == PanelStatus.TALKING or quoting),
        "url": reverse("evaluation:own_talk", args=[tender.id]),
        "say_url": reverse("evaluation:own_say", args=[tender.id]),
        "sign_url": reverse("evaluation:own_sign", args=[tender.id]),
    }


def programs(context: dict[str, Any]) -> dict[str, Any]:
    """Give a talk for programs: the stream, what is to be signed, the rounds, the changes."""
    return {
        "talk": str(context["talk"].pk),
        "stream": context["stream"],
        "sign": context["sign"],
        "speaking": context["speaking"],
        "rounds": [
            {
                "round": one["row"].number,
                "status": one["row"].status,
                "minutes": one["row"].minutes,
                "lines": [{"side": line.side, "text": line.text} for line in one["lines"]],
            }
            for one in context["rounds"]
        ],
        "changes": [
            {name: row[name] for name in ("id", "title", "before", "after", "response", "respond_until")}
            for row in context.get("changes", [])
        ],
    }
