"""Addresses of planning: budgets and plans belong to the purchaser's own desk."""

from __future__ import annotations

from typing import Any

from tests.access.matrix import Row
from tests.factories import tendering as make

OWN = {"purchaser"}


def _line(cast: Any) -> dict[str, Any]:
    return {"line_id": make.budget_line(cast.purchaser).id}


def _plan(cast: Any) -> dict[str, Any]:
    return {"plan_id": make.plan(cast.purchaser).id}


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
    Row("planning:withdraw", _plan, allowed=OWN, method="post", accepts={422}),
]
