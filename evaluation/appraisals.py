"""Reads of the mutual evaluation: who still has to say what about whom, and what was said, for the supervisor."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from core import clock
from core.errors import gettext_noop
from evaluation.models import Appraisal, Panel

RULE = "E-08.mutual_evaluation"
"""How soon after the evaluation both sides rate each other. Source: 苏财规〔2017〕39号."""
LEAST, MOST = 1, 5
OF_MEMBERS: dict[str, str] = {
    "presence": gettext_noop("Present and on time"),
    "discipline": gettext_noop("Keeps the rules and secrecy of the evaluation"),
    "skill": gettext_noop("Knows the subject"),
    "fairness": gettext_noop("Judges by the documents alone"),
}
"""What is said of a member. The platform's own aspects: the rule names none."""
OF_HOSTS: dict[str, str] = {
    "documents": gettext_noop("Clear and fair documents"),
    "order": gettext_noop("Orderly evaluation, nobody influences the members"),
    "support": gettext_noop("Room, equipment and help"),
    "pay": gettext_noop("Fees and costs paid as they should be"),
}
"""What is said of the host's side."""


def aspects(row: Appraisal) -> dict[str, str]:
    """Give what is marked, with its words (message ids)."""
    return OF_MEMBERS if row.about_member_id is not None else OF_HOSTS


def of(panel: Panel) -> list[Appraisal]:
    """Give all of a panel, oldest first: for the supervisor alone."""
    rows = Appraisal.objects.filter(panel=panel)
    return list(rows.select_related("by_member", "by_org", "about_member", "about_org"))


def own(panel: Panel, user_id: uuid.UUID, org_id: uuid.UUID | None) -> list[Appraisal]:
    """Give those that a person gives, as a member or for their desk."""
    return [
        row
        for row in of(panel)
        if (row.by_member is not None and row.by_member.user_id == user_id)
        or (row.by_org_id is not None and row.by_org_id == org_id)
    ]


def missing(rows: Iterable[Appraisal]) -> int:
    """Count those that are not given though their time is over."""
    now = clock.now()
    return sum(1 for row in rows if row.given_at is None and now >= row.due_at)
