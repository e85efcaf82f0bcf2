"""Addresses of planning: budgets and plans belong to the purchaser's own desk."""

from __future__ import annotations

from typing import Any

from core import clock
from core.workdays import beijing_date
from planning.services import entrusting
from tests.access.matrix import Row
from tests.factories import tendering as make

OWN = {"purchaser"}
SUPERVISING = {"supervisor", "outsider_supervisor", "operator"}


def _line(cast: Any) -> dict[str, Any]:
    return {"line_id": make.budget_line(cast.purchaser).id}


def _plan(cast: Any) -> dict[str, Any]:
    return {"plan_id": make.plan(cast.purchaser).id}


def _entrusted(cast: Any) -> dict[str, Any]:
    """A plan whose agreement with the agency waits for signatures."""
    found = _plan(cast)
    entrusting.offer(
        actor=cast.purchaser,
        **found,
        agency_id=cast.agency.org_id,
        scope=["notices"],
        authority="按委托范围办理。",
        ends_on=beijing_date(clock.now()),
    )
    return found


ROWS = [
    Row("planning:lines", allowed=OWN),
    Row("planning:line_new", allowed=OWN),
    Row("planning:line_new", allowed=OWN, method="post", accepts={422}),
    Row("planning:line", _line, allowed=OWN),
    Row("planning:line", _line, allowed=OWN, method="post", accepts={422}),
    Row("planning:plan_new", _line, allowed=OWN),
    Row("planning:plan_new", _line, allowed=OWN, method="post", accepts={422}),
    Row("planning:plan", _plan, allowed=OWN),
    Row("planning:intention", _plan, allowed=OWN, method="post"),
    Row("planning:exempt", _plan, allowed=OWN, method="post", accepts={422}),
    Row("planning:clauses"),
    Row("planning:clause", {"key": "sme"}),
    Row("planning:clause_new", allowed=SUPERVISING),
    Row("planning:clause_new", allowed=SUPERVISING, method="post", accepts={422}),
    Row("planning:clause_write", {"key": "sme"}, allowed=SUPERVISING),
    Row("planning:clause_write", {"key": "sme"}, allowed=SUPERVISING, method="post", accepts={422}),
    Row("planning:requirement", _plan, allowed=OWN),
    Row("planning:requirement", _plan, allowed=OWN, method="post", accepts={422}),
    Row("planning:requirement_publish", _plan, allowed=OWN, method="post", accepts={422}),
    Row("planning:reservation", allowed=OWN),
    Row("planning:reserve", _plan, allowed=OWN),
    Row("planning:support", _plan, allowed=set()),
    Row("planning:support", _plan, allowed=set(), method="post"),
    Row("planning:imports", _plan, allowed=OWN),
    Row("planning:imports", _plan, allowed=OWN, method="post", accepts={422}),
    Row("planning:mode", _plan, allowed=set()),
    Row("planning:mode", _plan, allowed=set(), method="post"),
    Row("planning:mode_paper", _plan, allowed=set(), method="post"),
    Row("planning:mode_start", _plan, allowed=set(), method="post"),
    Row("planning:mode_result", _plan, allowed=set(), method="post"),
    Row("planning:mode_leave", _plan, allowed=set(), method="post"),
    Row("planning:reserve", _plan, allowed=OWN, method="post", accepts={422}),
    Row("planning:entrustment", _entrusted, allowed=OWN | {"agency"}),
    Row("planning:entrustment_new", _plan, allowed=OWN),
    Row("planning:entrustment_new", _plan, allowed=OWN, method="post", accepts={422}),
    Row(
        "planning:entrustment_sign",
        _entrusted,
        allowed=OWN | {"agency"},
        method="post",
        accepts={403},
        refused={404},
    ),
    Row("planning:entrustment_end", _entrusted, allowed=OWN, method="post", accepts={422}),
    Row("planning:withdraw", _plan, allowed=OWN, method="post", accepts={422}),
]
