"""Addresses of negotiations and consultations: the team's, and each supplier's own talks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core import clock
from evaluation.models import Talk
from evaluation.services import changes
from tests.access.matrix import Row
from tests.factories import evaluation as evaluate
from tests.factories import rounds
from tests.scenes import scene

RUN = {"purchaser", "agency"}
HOST = {"purchaser"}
TEAM = {"purchaser", "expert"}
WATCH = TEAM | {"supervisor"}
OWN = {"supplier"}


def _talks(cast: Any, change: str = "") -> dict[str, Any]:
    """Talks of a team on which the matrix's expert sits; with a change that is proposed or confirmed."""
    made: dict[str, Any] = scene(("talks of the matrix", change), lambda: _begin(cast, change))
    return made


def _begin(cast: Any, change: str) -> dict[str, Any]:
    with evaluate.past(pytest.MonkeyPatch()) as at:
        at(evaluate.SPRING)
        for expert in cast.experts[2:]:
            evaluate.tie(expert, cast.supplier_b)
        made = rounds.talking_with(cast, at)
        row = None
        if change:
            row = changes.propose(
                actor=cast.purchaser, panel_id=made.panel_id, term=1, text="不低于 32 GB", reason="谈判"
            )
        if change == "confirmed":
            until = clock.now() + timedelta(days=3650)
            changes.confirm(
                actor=cast.purchaser, panel_id=made.panel_id, change_id=row.pk, respond_until=until
            )
    return {
        "tender_id": made.tender.id,
        "panel_id": made.panel_id,
        "talk_id": Talk.objects.get(supplier_id=cast.supplier_a.org_id).pk,
        "change_id": row.pk if row else 1,
    }


def _of(*names: str, change: str = "") -> Any:
    return lambda cast: {name: value for name, value in _talks(cast, change).items() if name in names}


def _draft(cast: Any) -> dict[str, Any]:
    from tendering.services import drafting

    tender = rounds.draft(cast.purchaser)
    drafting.entrust(actor=cast.purchaser, tender_id=tender.id, agency_id=cast.agency.org_id)
    return {"tender_id": tender.id}


TENDER, ROOM, TALK = _of("tender_id"), _of("panel_id"), _of("panel_id", "talk_id")
CHANGE = _of("panel_id", "change_id", change="proposed")
MEMORY = {"term": "1", "text": "不低于 32 GB", "reason": "谈判"}
UNTIL = {"until": "2036-06-01T10:00"}
ROWS = [
    Row("tendering:ground", _draft, allowed=RUN),
    Row("tendering:ground", _draft, allowed=RUN, method="post", data={"ground": "urgent"}),
    Row("tendering:term_new", _draft, allowed=RUN),
    Row("tendering:term", lambda cast: {**_draft(cast), "no": 1}, allowed=RUN),
    Row("tendering:term_remove", lambda cast: {**_draft(cast), "no": 1}, allowed=RUN, method="post"),
    Row("evaluation:own_talk", TENDER, allowed=OWN),
    Row("evaluation:own_say", TENDER, allowed=OWN, method="post"),
    Row("evaluation:own_sign", TENDER, allowed=OWN, method="post"),
    Row("evaluation:leave_talks", TENDER, allowed=OWN, method="post"),
    Row(
        "evaluation:respond",
        _of("tender_id", "change_id", change="confirmed"),
        allowed=OWN,
        method="post",
        data={"text": "升级为 32 GB"},
    ),
    Row("evaluation:talk", TALK, allowed=WATCH),
    Row("evaluation:call_talk", TALK, allowed=HOST, method="post"),
    Row("evaluation:team_say", TALK, allowed=TEAM, method="post"),
    Row("evaluation:talk_minutes", TALK, allowed=HOST, method="post"),
    Row("evaluation:team_sign", TALK, allowed=TEAM, method="post"),
    Row("evaluation:give_up", TALK, allowed=HOST, method="post"),
    Row("evaluation:propose_change", ROOM, allowed=TEAM, method="post", data=MEMORY),
    Row("evaluation:confirm_change", CHANGE, allowed=TEAM, method="post", data=UNTIL),
    Row("evaluation:drop_change", CHANGE, allowed=TEAM, method="post"),
    Row("evaluation:call_finals", ROOM, allowed=HOST, method="post", data=UNTIL),
]
