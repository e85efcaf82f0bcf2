"""Reads of talks: who takes part, what was said, what stands between the talks and the final quotes."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.urls import reverse

from core.canonical import digest
from core.errors import gettext_noop
from evaluation.models import Panel, Round, Talk, TermChange
from evaluation.states import SETTLED, ChangeStatus, PanelStatus, RoundStatus, TalkStatus
from parties.states import Kind
from tendering.facts import TenderFacts

TEAM, SUPPLIER = "team", "supplier"


def stream(talk: Talk) -> str:
    """Give the name of the stream of one supplier's talks: its own, with numbers of its own."""
    return f"talk.{talk.pk}"


def key(talk: Talk) -> str:
    """Give what the keys of messages about these talks begin with: they are done when the tender ends."""
    return f"tender.{talk.panel.tender_id}.talk.{talk.pk}"


def to_supplier(talk: Talk, tender: TenderFacts, about: str) -> dict[str, Any]:
    """Give whose inbox a message about a talk goes to, and where it leads; `about` tells it from the talk's others."""
    return {
        "key": f"{key(talk)}.{about}",
        "org_id": talk.supplier_id,
        "kind": Kind.SUPPLIER,
        "url": reverse("evaluation:own_talk", args=[tender.id]),
        "tender": tender.title,
    }


def of(panel: Panel) -> list[Talk]:
    """Give the talks of a panel with their rounds, in the order of the suppliers' names."""
    rows = Talk.objects.filter(panel=panel).select_related("supplier", "panel").prefetch_related("rounds")
    return sorted(rows, key=lambda talk: (talk.supplier.name, str(talk.pk)))


def own(tender_id: uuid.UUID, supplier_id: uuid.UUID) -> Talk | None:
    """Give a supplier's own talks in a tender, or None."""
    rows = Talk.objects.filter(panel__tender_id=tender_id, supplier_id=supplier_id)
    return rows.exclude(panel__status=PanelStatus.DISSOLVED).select_related("panel", "supplier").first()


def rounds_of(talk: Talk) -> list[Round]:
    """Give the rounds of one supplier with every line that was said, newest first."""
    return list(talk.rounds.prefetch_related("lines").order_by("-number"))


def changes_of(panel: Panel, *, confirmed: bool = False) -> list[TermChange]:
    """Give the changes of the document, newest first; `confirmed`: only those that hold."""
    rows = TermChange.objects.filter(panel=panel).prefetch_related("responses__talk__supplier")
    return list((rows.filter(status=ChangeStatus.CONFIRMED) if confirmed else rows).order_by("-pk"))


def obstacle(panel: Panel, now: datetime) -> str:
    """Say what stands between the talks and the call for final quotes (a message id); empty when nothing does.

    Equal chances: every supplier that still takes part has had the same number of rounds, one at least.
    Source: 财政部令第74号第三十一条, 第三十二条.
    """
    rows = of(panel)
    if any(one.status not in SETTLED for talk in rows for one in talk.rounds.all()):
        return gettext_noop("The minutes of a round are not settled yet.")
    counts = {len(talk.rounds.all()) for talk in rows if talk.status == TalkStatus.OPEN}
    if counts and min(counts) == 0 or len(counts) > 1:
        return gettext_noop("Every supplier must be heard once at least, and equally often.")
    changes = changes_of(panel)
    if any(change.status == ChangeStatus.PROPOSED for change in changes):
        return gettext_noop("A proposed change waits for the purchaser’s representative.")
    if any(change.respond_until and now < change.respond_until for change in changes):
        return gettext_noop("The time in which suppliers may respond to a change is still running.")
    return ""


def running(panel: Panel) -> Round | None:
    """Give the round that is under way, or None: the team talks with one supplier at a time."""
    return Round.objects.filter(talk__panel=panel, status=RoundStatus.RUNNING).select_related("talk").first()


def body_of(round: Round) -> dict[str, Any]:
    """Give the minutes as both sides sign them: with the digest of every line that was said."""
    talk = round.talk
    lines = [[line.side, line.text, line.at.isoformat()] for line in round.lines.all()]
    return {
        "type": "mingcai/v1/talk-minutes",
        "tender": str(talk.panel.tender_id),
        "supplier": str(talk.supplier_id),
        "round": round.number,
        "began_at": round.began_at.isoformat(),
        "ended_at": round.ended_at.isoformat() if round.ended_at else None,
        "lines": digest(lines).hex(),
        "minutes": round.minutes,
    }


def purpose_of(round: Round) -> str:
    """Give the purpose under which a passkey signs the minutes of a round."""
    return f"talk.{round.talk_id}.{round.number}"


def for_report(panel: Panel) -> dict[str, Any]:
    """Give the talks as the evaluation report says them: rounds with the hash of their minutes, changes, answers, who left."""
    return {
        "talks": [
            {
                "supplier": talk.supplier.name,
                "left": talk.left_reason if talk.status == TalkStatus.LEFT else None,
                "rounds": [
                    {
                        "round": one.number,
                        "status": one.status,
                        "minutes": one.digest,
                        "signed": sorted(one.signatures),
                    }
                    for one in talk.rounds.all()
                ],
            }
            for talk in of(panel)
        ],
        "changes": [
            {
                "term": change.term,
                "title": change.title,
                "before": change.before,
                "after": change.after,
                "reason": change.reason,
                "confirmed_by": change.decided_by,
                "responses": {
                    row.talk.supplier.name: digest(row.text).hex() for row in change.responses.all()
                },
            }
            for change in reversed(changes_of(panel, confirmed=True))
        ],
    }
