"""States of a change of the law's values or days: which verb leads from where to where. Pure."""

from __future__ import annotations

from enum import StrEnum

from core.errors import gettext_noop
from core.transitions import Step


class ChangeStatus(StrEnum):
    """Where a change stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class ChangeKind(StrEnum):
    """What a change is of."""

    RULE = "rule"
    CALENDAR = "calendar"


S = ChangeStatus
STEPS = (
    Step("edit", frozenset({S.DRAFT}), S.DRAFT, ""),
    Step("submit", frozenset({S.DRAFT}), S.SUBMITTED, ""),
    Step("send_back", frozenset({S.SUBMITTED}), S.DRAFT, ""),
    Step("approve", frozenset({S.SUBMITTED}), S.PUBLISHED, ""),
    Step("withdraw", frozenset({S.DRAFT, S.SUBMITTED}), S.WITHDRAWN, ""),
)
STATUS_WORDS: dict[str, str] = {
    S.DRAFT: gettext_noop("Draft"),
    S.SUBMITTED: gettext_noop("Waiting for a second person"),
    S.PUBLISHED: gettext_noop("Published"),
    S.WITHDRAWN: gettext_noop("Withdrawn"),
}
GLYPHS: dict[str, str] = {S.DRAFT: "waiting", S.SUBMITTED: "active", S.PUBLISHED: "done", S.WITHDRAWN: "held"}
