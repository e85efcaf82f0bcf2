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
    Step("intend", frozenset({PlanStatus.FILED}), PlanStatus.FILED, "D-01.intention_before"),
    Step("intend", frozenset({PlanStatus.STARTED}), PlanStatus.STARTED, "D-01.intention_before"),
    Step("exempt", frozenset({PlanStatus.FILED}), PlanStatus.FILED, "D-01.exempt"),
    Step("exempt", frozenset({PlanStatus.STARTED}), PlanStatus.STARTED, "D-01.exempt"),
    Step("withdraw", frozenset({PlanStatus.FILED}), PlanStatus.WITHDRAWN, "L-32"),
)
TERMINAL = frozenset({PlanStatus.DONE, PlanStatus.WITHDRAWN})

STATUS_WORDS: dict[str, str] = {
    PlanStatus.FILED: gettext_noop("Filed"),
    PlanStatus.STARTED: gettext_noop("In procurement"),
    PlanStatus.DONE: gettext_noop("Contracted"),
    PlanStatus.WITHDRAWN: gettext_noop("Withdrawn"),
}
EXEMPTIONS: dict[str, str] = {
    "unforeseen": gettext_noop("Urgent for a cause that the purchaser could not foresee"),
    "small_agreement": gettext_noop(
        "Small occasional purchase under agreement supply or from designated suppliers"
    ),
    "bulk_central": gettext_noop("Part of a bulk purchase that a central procurement agency organises"),
}
"""When no intention needs to be published, or not in time.   Source: 财库〔2020〕10号 (rule D-01.exempt)."""

CATEGORY_WORDS: dict[str, str] = {
    Category.GOODS: gettext_noop("Goods"),
    Category.WORKS: gettext_noop("Works"),
    Category.SERVICES: gettext_noop("Services"),
}
