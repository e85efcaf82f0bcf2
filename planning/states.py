"""States of a plan. Pure."""

from __future__ import annotations

from enum import StrEnum

from core.errors import gettext_noop
from core.transitions import Step


class PlanStatus(StrEnum):
    """Where a plan stands: its money is reserved from filing until it is contracted or withdrawn."""

    FILED = "filed"
    STARTED = "started"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Category(StrEnum):
    """The three kinds of object (货物, 工程, 服务). Source: 《政府采购法》第二条."""

    GOODS = "goods"
    WORKS = "works"
    SERVICES = "services"


PLANNED = ("open_tender", "restricted_tender", "quotation", "single_source")
"""Methods that a plan can name: those that tendering runs to the award (`tendering.methods.RUN`)."""

STEPS = (
    Step("start", frozenset({PlanStatus.FILED}), PlanStatus.STARTED, "L-32"),
    Step("reopen", frozenset({PlanStatus.STARTED}), PlanStatus.FILED, "L-14"),
    Step("finish", frozenset({PlanStatus.STARTED}), PlanStatus.DONE, "L-20"),
    Step("withdraw", frozenset({PlanStatus.FILED}), PlanStatus.WITHDRAWN, "L-32"),
)
TERMINAL = frozenset({PlanStatus.DONE, PlanStatus.WITHDRAWN})

STATUS_WORDS: dict[str, str] = {
    PlanStatus.FILED: gettext_noop("Filed"),
    PlanStatus.STARTED: gettext_noop("In procurement"),
    PlanStatus.DONE: gettext_noop("Contracted"),
    PlanStatus.WITHDRAWN: gettext_noop("Withdrawn"),
}
CATEGORY_WORDS: dict[str, str] = {
    Category.GOODS: gettext_noop("Goods"),
    Category.WORKS: gettext_noop("Works"),
    Category.SERVICES: gettext_noop("Services"),
}
