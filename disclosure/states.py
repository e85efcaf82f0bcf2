"""Types of notices and of transactions, with their official names. Pure.

Source of the official names and codes: the notice types of the Zcy family of platforms,
data/notice_types_zcy.csv.
"""

from __future__ import annotations

import csv
from enum import StrEnum
from functools import cache
from pathlib import Path

from core.errors import gettext_noop

TABLE = Path(__file__).parent / "data" / "notice_types_zcy.csv"
SANDBOX_MARK = "sandbox-"
"""Stands behind the prefix of a process whose periods ran in seconds."""


class NoticeType(StrEnum):
    """What a notice announces."""

    INTENTION = "intention"
    REQUIREMENTS = "requirements"
    IMPORT_PERMISSION = "import_permission"
    PREQUALIFICATION = "prequalification"
    QUALIFIED = "qualified"
    TENDER_NOTICE = "tender_notice"
    SINGLE_SOURCE = "single_source"
    CLARIFICATION = "clarification"
    AMENDMENT = "amendment"
    SUSPENSION = "suspension"
    OPENING_RECORD = "opening_record"
    AWARD = "award"
    OTHER_RESULT = "other_result"
    RESULT_CHANGE = "result_change"
    FAILURE = "failure"
    CANCELLATION = "cancellation"
    CONTRACT = "contract"
    CONTRACT_CHANGE = "contract_change"
    ACCEPTANCE = "acceptance"
    FRAMEWORK_CALL = "framework_call"
    FRAMEWORK_ENTRY = "framework_entry"
    FRAMEWORK_DEAL = "framework_deal"
    FRAMEWORK_SUMMARY = "framework_summary"
    MALL_CALL = "mall_call"
    MALL_FAILURE = "mall_failure"
    MALL_TRANSACTION = "mall_transaction"
    CORRECTION = "correction"
    COMPLAINT_DECISION = "complaint_decision"
    INSPECTION_DECISION = "inspection_decision"
    AGENCY_ASSESSMENT = "agency_assessment"
    DISHONESTY_RECORD = "dishonesty_record"
    OTHER = "other"


T = NoticeType

LABELS: dict[NoticeType, str] = {
    T.INTENTION: gettext_noop("Procurement intention"),
    T.REQUIREMENTS: gettext_noop("Requirements for comment"),
    T.IMPORT_PERMISSION: gettext_noop("Permission to buy imported products"),
    T.PREQUALIFICATION: gettext_noop("Prequalification notice"),
    T.QUALIFIED: gettext_noop("Suppliers that qualified"),
    T.TENDER_NOTICE: gettext_noop("Procurement notice"),
    T.SINGLE_SOURCE: gettext_noop("Single-source notice"),
    T.CLARIFICATION: gettext_noop("Clarification"),
    T.AMENDMENT: gettext_noop("Amendment"),
    T.SUSPENSION: gettext_noop("Suspension"),
    T.OPENING_RECORD: gettext_noop("Opening record"),
    T.AWARD: gettext_noop("Award notice"),
    T.OTHER_RESULT: gettext_noop("Other result of a procurement"),
    T.RESULT_CHANGE: gettext_noop("Change of result"),
    T.FAILURE: gettext_noop("Failed procurement"),
    T.CANCELLATION: gettext_noop("Cancellation"),
    T.CONTRACT: gettext_noop("Contract notice"),
    T.CONTRACT_CHANGE: gettext_noop("Contract change"),
    T.ACCEPTANCE: gettext_noop("Acceptance of performance"),
    T.FRAMEWORK_CALL: gettext_noop("Call for framework suppliers"),
    T.FRAMEWORK_ENTRY: gettext_noop("Framework suppliers admitted"),
    T.FRAMEWORK_DEAL: gettext_noop("Deal under a framework agreement"),
    T.FRAMEWORK_SUMMARY: gettext_noop("Summary of deals under a framework agreement"),
    T.MALL_CALL: gettext_noop("Call for offers in the e-mall"),
    T.MALL_FAILURE: gettext_noop("Call in the e-mall that ended without a deal"),
    T.MALL_TRANSACTION: gettext_noop("E-mall transaction"),
    T.CORRECTION: gettext_noop("Correction"),
    T.COMPLAINT_DECISION: gettext_noop("Decision on a complaint"),
    T.INSPECTION_DECISION: gettext_noop("Decision after inspection"),
    T.AGENCY_ASSESSMENT: gettext_noop("Assessment of a central agency"),
    T.DISHONESTY_RECORD: gettext_noop("Record of serious dishonesty"),
    T.OTHER: gettext_noop("Other notice"),
}
"""Message ids by which a page names each type."""

SUPERVISOR_ONLY = frozenset(
    {T.COMPLAINT_DECISION, T.INSPECTION_DECISION, T.AGENCY_ASSESSMENT, T.DISHONESTY_RECORD}
)
"""Types that only a finance department publishes. Source: 财库〔2015〕135号 (公开主体)."""

CORRECTABLE = frozenset(
    {
        T.INTENTION,
        T.AWARD,
        T.FAILURE,
        T.CANCELLATION,
        T.CONTRACT,
        T.CONTRACT_CHANGE,
        T.ACCEPTANCE,
        T.FRAMEWORK_ENTRY,
        T.FRAMEWORK_DEAL,
        T.MALL_FAILURE,
        T.CORRECTION,
    }
)
"""Types that a purchaser corrects by hand; documents and deadlines are amended, a result is changed by its own act."""

_CODES: dict[NoticeType, str] = {
    T.REQUIREMENTS: "ZcyAnnouncement3014",
    T.IMPORT_PERMISSION: "ZcyAnnouncement3013",
    T.PREQUALIFICATION: "ZcyAnnouncement2001",
    T.QUALIFIED: "ZcyAnnouncement4004",
    T.OTHER_RESULT: "ZcyAnnouncement4007",
    T.MALL_CALL: "ZcyAnnouncement8014",
    T.MALL_FAILURE: "ZcyAnnouncement8003",
    T.TENDER_NOTICE: "ZcyAnnouncement2002",
    T.SINGLE_SOURCE: "ZcyAnnouncement3012",
    T.CLARIFICATION: "ZcyAnnouncement3006",
    T.AMENDMENT: "ZcyAnnouncement3005",
    T.SUSPENSION: "ZcyAnnouncement3018",
    T.AWARD: "ZcyAnnouncement3004",
    T.RESULT_CHANGE: "ZcyAnnouncement3017",
    T.FAILURE: "ZcyAnnouncement3007",
    T.CANCELLATION: "ZcyAnnouncement3015",
    T.CONTRACT: "ZcyAnnouncement3010",
    T.ACCEPTANCE: "ZcyAnnouncement3016",
    T.FRAMEWORK_ENTRY: "ZcyAnnouncement4004",
    T.MALL_TRANSACTION: "ZcyAnnouncement8013",
    T.CORRECTION: "ZcyAnnouncement3019",
    T.OTHER: "ZcyOtherAnnouncement",
}
_CODES_BY_METHOD: dict[tuple[NoticeType, str], str] = {
    (T.TENDER_NOTICE, "open_tender"): "ZcyAnnouncement3001",
    (T.TENDER_NOTICE, "restricted_tender"): "ZcyAnnouncement3020",
    (T.TENDER_NOTICE, "negotiation"): "ZcyAnnouncement3002",
    (T.TENDER_NOTICE, "quotation"): "ZcyAnnouncement3003",
    (T.TENDER_NOTICE, "online_inquiry"): "ZcyAnnouncement3003",
    (T.TENDER_NOTICE, "consultation"): "ZcyAnnouncement3011",
    (T.PREQUALIFICATION, "restricted_tender"): "ZcyAnnouncement3008",
    (T.QUALIFIED, "restricted_tender"): "ZcyAnnouncement3009",
    (T.AWARD, "open_tender"): "ZcyAnnouncement4005",
    (T.AWARD, "restricted_tender"): "ZcyAnnouncement4005",
    (T.AWARD, "negotiation"): "ZcyAnnouncement4006",
    (T.AWARD, "quotation"): "ZcyAnnouncement4006",
    (T.AWARD, "online_inquiry"): "ZcyAnnouncement4006",
    (T.CONTRACT, "online_inquiry"): "ZcyAnnouncement5001",
    (T.CONTRACT, "second_competition"): "ZcyAnnouncement7001",
    (T.CONTRACT, "agreement_supply"): "ZcyAnnouncement8001",
    (T.CONTRACT, "designated_supply"): "ZcyAnnouncement9001",
    (T.CONTRACT, "online_supermarket"): "ZcyAnnouncement9005",
    (T.AWARD, "consultation"): "ZcyAnnouncement4006",
    (T.AWARD, "single_source"): "ZcyAnnouncement4006",
    (T.AWARD, "emergency"): "ZcyAnnouncement4006",
}
_UNCODED: dict[NoticeType, str] = {
    T.INTENTION: "政府采购意向公告",
    T.OPENING_RECORD: "开标记录公告",
    T.CONTRACT_CHANGE: "合同变更公告",
    T.FRAMEWORK_CALL: "框架协议征集公告",
    T.FRAMEWORK_DEAL: "框架协议成交结果公告",
    T.FRAMEWORK_SUMMARY: "框架协议成交结果汇总公告",
    T.COMPLAINT_DECISION: "投诉处理结果公告",
    T.INSPECTION_DECISION: "监督检查处理结果公告",
    T.AGENCY_ASSESSMENT: "集中采购机构考核结果公告",
    T.DISHONESTY_RECORD: "政府采购严重违法失信行为记录",
}


@cache
def official_names() -> dict[str, str]:
    """Give the official Chinese name of each coded notice type."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


def official_code(type: str, method: str = "") -> str:
    """Give the code of a notice type as other platforms number it, empty where they have none."""
    kind = NoticeType(type)
    return _CODES_BY_METHOD.get((kind, method)) or _CODES.get(kind, "")


def official_name(type: str, method: str = "") -> str:
    """Give the official Chinese name of a notice type (公告类型)."""
    code = official_code(type, method)
    return official_names()[code] if code else _UNCODED[NoticeType(type)]


METHODS: dict[str, tuple[str, str]] = {
    "open_tender": ("公开招标", gettext_noop("Open tender")),
    "restricted_tender": ("邀请招标", gettext_noop("Restricted tender")),
    "negotiation": ("竞争性谈判", gettext_noop("Competitive negotiation")),
    "consultation": ("竞争性磋商", gettext_noop("Competitive consultation")),
    "online_inquiry": ("在线询价", gettext_noop("Online inquiry below the threshold")),
    "second_competition": ("二次竞价", gettext_noop("Second competition under a framework agreement")),
    "quotation": ("询价", gettext_noop("Request for quotations")),
    "single_source": ("单一来源", gettext_noop("Single source")),
    "emergency": ("紧急采购", gettext_noop("Emergency purchase")),
    "framework": ("框架协议", gettext_noop("Framework agreement")),
    "open_framework": ("开放式框架协议", gettext_noop("Open framework agreement")),
    "innovation": ("合作创新采购", gettext_noop("Innovation partnership")),
}
"""Procurement methods: official name, message id.   Source: 《政府采购法》第二十六条; 财政部令第110号."""

OCDS_METHODS: dict[str, str] = {
    "open_tender": "open",
    "restricted_tender": "selective",
    "negotiation": "open",
    "consultation": "open",
    "online_inquiry": "open",
    "second_competition": "limited",
    "quotation": "open",
    "single_source": "direct",
    "emergency": "direct",
    "framework": "open",
    "open_framework": "open",
    "innovation": "open",
}

CATEGORIES: dict[str, str] = {
    "goods": gettext_noop("Goods"),
    "works": gettext_noop("Works"),
    "services": gettext_noop("Services"),
}


class Mode(StrEnum):
    """How a transaction came about."""

    DIRECT_ORDER = "direct_order"
    COMPARISON = "comparison"
    REVERSE_AUCTION = "reverse_auction"
    CALL_OFF = "call_off"
    SECOND_COMPETITION = "second_competition"
    ROTATION = "rotation"


MODES: dict[str, tuple[str, str, str]] = {
    Mode.DIRECT_ORDER: ("直接选定", gettext_noop("Direct order"), "direct"),
    Mode.COMPARISON: ("比价", gettext_noop("Price comparison"), "limited"),
    Mode.REVERSE_AUCTION: ("反向竞价", gettext_noop("Reverse auction"), "limited"),
    Mode.CALL_OFF: ("框架协议成交", gettext_noop("Framework call-off"), "direct"),
    Mode.SECOND_COMPETITION: ("二次竞价", gettext_noop("Second-stage competition"), "limited"),
    Mode.ROTATION: ("顺序轮候", gettext_noop("Rotation"), "direct"),
}
"""Official name, message id and OCDS procurement method of each mode. Source: 财政部令第110号 (第二阶段)."""


class Market(StrEnum):
    """Where a transaction came about: the kinds whose records are disclosed one by one."""

    E_MALL = "e_mall"
    E_STORE = "e_store"
    ONLINE_SUPERMARKET = "online_supermarket"
    AGREEMENT_SUPPLY = "agreement_supply"
    DESIGNATED_SUPPLY = "designated_supply"


MARKETS: dict[str, tuple[str, str]] = {
    Market.E_MALL: ("电子卖场", gettext_noop("E-mall")),
    Market.E_STORE: ("电子商城", gettext_noop("E-store")),
    Market.ONLINE_SUPERMARKET: ("网上超市", gettext_noop("Online supermarket")),
    Market.AGREEMENT_SUPPLY: ("协议供货", gettext_noop("Agreement supply")),
    Market.DESIGNATED_SUPPLY: ("定点采购", gettext_noop("Designated supply")),
}
"""Official name and message id. Source: 财库〔2017〕86号第二条第（三）项."""

CONTRACT_MARKETS = frozenset({Market.AGREEMENT_SUPPLY, Market.DESIGNATED_SUPPLY, Market.ONLINE_SUPERMARKET})
"""Markets whose orders have a contract notice of their own type; in the others the transaction record is the notice."""

WAYS: dict[str, tuple[str, str]] = {**METHODS, **{str(one): MARKETS[one] for one in sorted(CONTRACT_MARKETS)}}
"""What a notice may name as its method: a procurement method, or the market in which an order was placed."""


def record_type(market: str) -> tuple[str, str]:
    """Give the official name and code under which a transaction record of a market stands; empty where it is none."""
    if Market(market) in CONTRACT_MARKETS:
        return "", ""
    return official_name(T.MALL_TRANSACTION), official_code(T.MALL_TRANSACTION)
