"""Verbs of tendering; those that other packages call stand here by name, each in the module of its noun."""

from __future__ import annotations

from tendering.services.amending import amend
from tendering.services.drafting import draft_from_plan
from tendering.services.failed_lots import fail_lots
from tendering.services.progress import (
    BeforeDeadline,
    begin_rounds,
    call_finals,
    cancel,
    change_term,
    close,
    close_finals,
    fail,
    mark_awarded,
    mark_contracted,
    mark_evaluated,
    mark_opened,
    set_aside,
)
from tendering.services.publishing import publish

__all__ = [
    "BeforeDeadline",
    "amend",
    "begin_rounds",
    "call_finals",
    "cancel",
    "change_term",
    "close",
    "close_finals",
    "draft_from_plan",
    "fail",
    "fail_lots",
    "mark_awarded",
    "mark_contracted",
    "mark_evaluated",
    "mark_opened",
    "publish",
    "set_aside",
]
