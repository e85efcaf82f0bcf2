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


PLANNED = (
    "open_tender",
    "restricted_tender",
    "negotiation",
    "consultation",
    "quotation",
    "single_source",
    "emergency",
    "framework",
    "open_framework",
    "online_inquiry",
    "second_competition",
)
"""Methods that a plan can name: those that tendering runs to the award (`tendering.methods.RUN`)."""

STEPS = (
    Step("start", frozenset({PlanStatus.FILED}), PlanStatus.STARTED, "L-32"),
    Step("reopen", frozenset({PlanStatus.STARTED}), PlanStatus.FILED, "L-14"),
    Step("finish", frozenset({PlanStatus.STARTED}), PlanStatus.DONE, "L-20"),
    Step("intend", frozenset({PlanStatus.FILED}), PlanStatus.FILED, "D-01.intention_before"),
    Step("intend", frozenset({PlanStatus.STARTED}), PlanStatus.STARTED, "D-01.intention_before"),
    Step("exempt", frozenset({PlanStatus.FILED}), PlanStatus.FILED, "D-01.exempt"),
    Step("exempt", frozenset({PlanStatus.STARTED}), PlanStatus.STARTED, "D-01.exempt"),
    Step("require", frozenset({PlanStatus.FILED}), PlanStatus.FILED, "L-35"),
    Step("require", frozenset({PlanStatus.STARTED}), PlanStatus.STARTED, "L-35"),
    Step("reserve", frozenset({PlanStatus.FILED}), PlanStatus.FILED, "S-02.sme_reserve_rate"),
    Step("reserve", frozenset({PlanStatus.STARTED}), PlanStatus.STARTED, "S-02.sme_reserve_rate"),
    Step("support", frozenset({PlanStatus.FILED}), PlanStatus.FILED, "G-10.subsidy_max"),
    Step("support", frozenset({PlanStatus.STARTED}), PlanStatus.STARTED, "G-10.subsidy_max"),
    Step("announce_imports", frozenset({PlanStatus.FILED}), PlanStatus.FILED, "L-38"),
    Step("announce_imports", frozenset({PlanStatus.STARTED}), PlanStatus.STARTED, "L-38"),
    Step("choose_mode", frozenset({PlanStatus.FILED}), PlanStatus.FILED, "G-10.other_mode_papers"),
    Step("start_in_mode", frozenset({PlanStatus.FILED}), PlanStatus.STARTED, "G-10.other_mode_papers"),
    Step("conclude_in_mode", frozenset({PlanStatus.STARTED}), PlanStatus.DONE, "G-10.other_mode_papers"),
    Step("leave_mode", frozenset({PlanStatus.FILED}), PlanStatus.FILED, "G-10.other_mode_papers"),
    Step("leave_mode", frozenset({PlanStatus.STARTED}), PlanStatus.FILED, "G-10.other_mode_papers"),
    Step("withdraw", frozenset({PlanStatus.FILED}), PlanStatus.WITHDRAWN, "L-32"),
)
TERMINAL = frozenset({PlanStatus.DONE, PlanStatus.WITHDRAWN})

STATUS_WORDS: dict[str, str] = {
    PlanStatus.FILED: gettext_noop("Filed"),
    PlanStatus.STARTED: gettext_noop("In procurement"),
    PlanStatus.DONE: gettext_noop("Contracted"),
    PlanStatus.WITHDRAWN: gettext_noop("Withdrawn"),
}
SOURCES: dict[str, str] = {
    "supplier": gettext_noop("Supplier"),
    "association": gettext_noop("Association of the trade"),
    "user": gettext_noop("User of the result"),
    "expert": gettext_noop("Expert"),
    "purchaser": gettext_noop("Purchaser of the like"),
}
"""Whom the market research of a purchase can ask.   Source: 财库〔2021〕22号第十条."""

EXEMPTIONS: dict[str, str] = {
    "unforeseen": gettext_noop("Urgent for a cause that the purchaser could not foresee"),
    "small_agreement": gettext_noop(
        "Small occasional purchase under agreement supply or from designated suppliers"
    ),
    "bulk_central": gettext_noop("Part of a bulk purchase that a central procurement agency organises"),
}
"""When no intention needs to be published, or not in time.   Source: 财库〔2020〕10号 (rule D-01.exempt)."""


class Reserve(StrEnum):
    """How a purchase is kept for small and medium-sized enterprises (预留采购份额).   Source: 财库〔2020〕46号."""

    WHOLE = "whole"
    LOT = "lot"
    CONSORTIUM = "consortium"
    SUBCONTRACT = "subcontract"
    NONE = "none"


RESERVE_WORDS: dict[str, str] = {
    Reserve.WHOLE: gettext_noop("Reserved for SMEs as a whole"),
    Reserve.LOT: gettext_noop("Some lots reserved for SMEs"),
    Reserve.CONSORTIUM: gettext_noop("A share for SMEs in a consortium"),
    Reserve.SUBCONTRACT: gettext_noop("A share subcontracted to SMEs"),
    Reserve.NONE: gettext_noop("Not suitable for SMEs"),
}


class Support(StrEnum):
    """How public money supports a service: paid in full, or as a subsidy to one that earns money too.

    Source: 《渝北区政府购买信息服务实施办法（试行）》第四条.
    """

    FULL = "full"
    SUBSIDY = "subsidy"


SUPPORT_WORDS: dict[str, str] = {
    Support.FULL: gettext_noop("Paid in full: it reaches groups that need protection"),
    Support.SUBSIDY: gettext_noop("A subsidy: the project is partly commercial"),
}


class ModePaper(StrEnum):
    """The papers that another mode of buying can need: the approval itself, and for money outside the budget two decisions.

    Source: 《渝北区政府购买信息服务实施办法（试行）》.
    """

    APPROVAL = "approval"
    EXECUTIVE = "exec_meeting"
    COMMITTEE = "party_committee"


PAPER_WORDS: dict[str, str] = {
    ModePaper.APPROVAL: gettext_noop("Approval of the finance bureau or the government of the district"),
    ModePaper.EXECUTIVE: gettext_noop("Decision of the executive meeting of the government"),
    ModePaper.COMMITTEE: gettext_noop("Decision of the standing committee"),
}


class EntrustmentStatus(StrEnum):
    """Where an agreement with an agency stands: in force once both sides have signed the same terms."""

    OFFERED = "offered"
    SIGNED = "signed"
    ENDED = "ended"


ENTRUSTMENT_STEPS = (
    Step("sign", frozenset({EntrustmentStatus.OFFERED}), EntrustmentStatus.OFFERED, "L-34"),
    Step("conclude", frozenset({EntrustmentStatus.OFFERED}), EntrustmentStatus.SIGNED, "L-34"),
    Step(
        "end",
        frozenset({EntrustmentStatus.OFFERED, EntrustmentStatus.SIGNED}),
        EntrustmentStatus.ENDED,
        "L-34",
    ),
)
ENTRUSTMENT_WORDS: dict[str, str] = {
    EntrustmentStatus.OFFERED: gettext_noop("Waits for signatures"),
    EntrustmentStatus.SIGNED: gettext_noop("Signed by both sides"),
    EntrustmentStatus.ENDED: gettext_noop("Ended"),
}


class Side(StrEnum):
    """The two sides of an agreement with an agency."""

    PURCHASER = "purchaser"
    AGENCY = "agency"


SIDES: dict[str, str] = {
    Side.AGENCY: gettext_noop("The agency, once the purchaser has approved it"),
    Side.PURCHASER: gettext_noop("The purchaser itself"),
}


class Fee(StrEnum):
    """How an agency is paid: by the customary scale, an agreed amount, or not at all (集中采购机构)."""

    SCALE = "scale"
    FIXED = "fixed"
    NONE = "none"


FEE_WORDS: dict[str, str] = {
    Fee.SCALE: gettext_noop("By the scale, times a factor"),
    Fee.FIXED: gettext_noop("An agreed amount"),
    Fee.NONE: gettext_noop("No fee"),
}
PAYERS: dict[str, str] = {
    "winner": gettext_noop("The winning supplier"),
    "purchaser": gettext_noop("The purchaser"),
}
SCOPES: dict[str, str] = {
    "documents": gettext_noop("Write the procurement documents"),
    "notices": gettext_noop("Publish the procurement notice"),
    "questions": gettext_noop("Answer questions about the documents"),
    "opening": gettext_noop("Run the opening of bids"),
    "evaluation": gettext_noop("Convene the panel and run the evaluation"),
    "challenges": gettext_noop("Answer inquiries and challenges within its mandate"),
}
"""What an agency can be entrusted with.   Source: 《政府采购法实施条例》第十六条."""

DISCLOSED: dict[str, str] = {
    "notice": gettext_noop("Procurement notice"),
    "documents": gettext_noop("Procurement documents"),
    "budget": gettext_noop("Budget of the project"),
    "single_source": gettext_noop("Single-source notice"),
    "corrections": gettext_noop("Corrections"),
    "result": gettext_noop("Result of the procurement"),
    "agency_fee": gettext_noop("Standard and amount of the agency fee"),
    "contract": gettext_noop("Contract"),
    "requirements": gettext_noop("Requirements of public services"),
    "acceptance": gettext_noop("Result of the acceptance"),
}
"""What purchaser or agency has to make public, item by item.   Source: 财库〔2017〕86号."""

WITH_THE_NOTICE = ("documents", "budget")
"""Items that the procurement notice makes public in one publication: whoever publishes it publishes them."""
ENTRUSTED = ("notice", "single_source", "contract")
"""Items of which the agreement says one by one which side publishes them; the others follow from acts of the purchaser."""

CATEGORY_WORDS: dict[str, str] = {
    Category.GOODS: gettext_noop("Goods"),
    Category.WORKS: gettext_noop("Works"),
    Category.SERVICES: gettext_noop("Services"),
}
