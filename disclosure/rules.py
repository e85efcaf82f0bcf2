"""What a notice and a transaction record must say before they may be public. Pure.

Rule ids: D-02 to D-09 (content of notices), D-14 (transaction records).
Source: 《政府采购信息发布管理办法》(财政部令第101号); 财库〔2015〕135号; 财办库〔2020〕50号; 财库〔2017〕86号第二条第（三）项.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from core.errors import gettext_noop
from core.money import BadMoney, UnitPrice, Yuan, exact
from disclosure.states import NoticeType

T = NoticeType
Missing = dict[str, str]
"""Field (path) -> message id saying what is missing."""

_TITLE = gettext_noop("Give the title of the notice.")
_REGION = gettext_noop("Give the region.")
_PURCHASER = gettext_noop("Give the name of the purchaser.")
_SECTIONS = gettext_noop("A notice says something: give at least one section.")
_PROJECT_NO = gettext_noop("Give the project number.")
_METHOD = gettext_noop("Give the procurement method.")
_BUDGET = gettext_noop("Give the budget amount.")
_DUE = gettext_noop("Give the deadline.")
_CORRECTS = gettext_noop("Name the notice that this one corrects.")
_BIDS = gettext_noop("Give the opened bids.")
_WINNERS = gettext_noop("Give each winner with name, address and amount.")
_EXPERTS = gettext_noop("Give the names of the evaluators.")
_FEE = gettext_noop("Where an agency acts, give its fee standard and the fee.")
_REASON = gettext_noop("Give the reason.")
_CONTRACT_NO = gettext_noop("Give the contract number.")
_ORIGINAL = gettext_noop("Give the number of the contract that is changed.")
_AFTER = gettext_noop("Give what the contract comes to with the change.")
_SUPPLIER = gettext_noop("Give the name of the supplier.")
_AMOUNT = gettext_noop("Give the amount.")
_SIGNED = gettext_noop("Give the date of signature.")
_ITEMS = gettext_noop("Give each item with name, specification, quantity and unit price.")
_RESULT = gettext_noop("Give the result of the acceptance.")
_SUPPLIERS = gettext_noop("Give the admitted suppliers.")
_PERIOD = gettext_noop("Give the period during which comments are possible.")
_NEED = gettext_noop("Give what is needed, in outline.")
_EXPECTED = gettext_noop("Give the month in which the procurement is expected.")
_LOTS = gettext_noop("Give the lots with what is bought.")
_CRITERIA = gettext_noop("Give the conditions and how bids are evaluated.")
_QUESTION = gettext_noop("Give the question.")
_ANSWER = gettext_noop("Give the answer.")
_OPINIONS = gettext_noop("Give the opinions of the professionals with name, unit and title.")
_PRODUCTS = gettext_noop("Give each imported product with its name, quantity and reason.")
_QUALIFIED = gettext_noop("Give those that qualified and those that did not, with the reason.")
_AGREEMENT = gettext_noop("Give the number of the framework agreement.")
_TOTALS = gettext_noop("Give number and amount of the deals of each supplier.")
_CONCERNED = gettext_noop("Give the name of whom it concerns.")
_SINCE = gettext_noop("Give the first day of the record.")
_DECISION = gettext_noop("Give the decision and what it rests on.")

ARGUMENTS: dict[NoticeType, dict[str, str]] = {
    T.INTENTION: {"amount": _BUDGET},
    T.REQUIREMENTS: {"amount": _BUDGET, "due_at": _DUE},
    T.IMPORT_PERMISSION: {"amount": _BUDGET, "due_at": _DUE},
    T.QUALIFIED: {"project_no": _PROJECT_NO, "method": _METHOD},
    T.OTHER_RESULT: {"project_no": _PROJECT_NO},
    T.FRAMEWORK_ENTRY: {"project_no": _PROJECT_NO},
    T.FRAMEWORK_DEAL: {"amount": _AMOUNT},
    T.MALL_CALL: {"amount": _BUDGET, "due_at": _DUE},
    T.TENDER_NOTICE: {"project_no": _PROJECT_NO, "method": _METHOD, "amount": _BUDGET, "due_at": _DUE},
    T.PREQUALIFICATION: {"project_no": _PROJECT_NO, "method": _METHOD, "amount": _BUDGET, "due_at": _DUE},
    T.FRAMEWORK_CALL: {"project_no": _PROJECT_NO, "due_at": _DUE},
    T.SINGLE_SOURCE: {"amount": _BUDGET},
    T.AMENDMENT: {"corrects": _CORRECTS, "project_no": _PROJECT_NO},
    T.CLARIFICATION: {"project_no": _PROJECT_NO},
    T.RESULT_CHANGE: {"corrects": _CORRECTS},
    T.CORRECTION: {"corrects": _CORRECTS},
    T.OPENING_RECORD: {"project_no": _PROJECT_NO},
    T.AWARD: {"project_no": _PROJECT_NO},
    T.FAILURE: {"project_no": _PROJECT_NO},
    T.CANCELLATION: {"project_no": _PROJECT_NO},
    T.CONTRACT: {"amount": _AMOUNT},
    T.CONTRACT_CHANGE: {"amount": _AMOUNT},
}
"""Arguments of `publish` that a type needs beside title, region, purchaser and sections."""

FACTS: dict[NoticeType, dict[str, str]] = {
    T.INTENTION: {"need": _NEED, "expected_on": _EXPECTED},
    T.REQUIREMENTS: {"need": _NEED},
    T.IMPORT_PERMISSION: {"products": _PRODUCTS, "opinions": _OPINIONS},
    T.TENDER_NOTICE: {"lots": _LOTS, "criteria": _CRITERIA},
    T.QUALIFIED: {"suppliers": _QUALIFIED},
    T.CLARIFICATION: {"question": _QUESTION, "answer": _ANSWER},
    T.OTHER_RESULT: {"result": _DECISION},
    T.SINGLE_SOURCE: {
        "supplier": _SUPPLIER,
        "reason": _REASON,
        "opinions": _OPINIONS,
        "period_ends_at": _PERIOD,
    },
    T.OPENING_RECORD: {"bids": _BIDS},
    T.AWARD: {"winners": _WINNERS, "experts": _EXPERTS},
    T.FAILURE: {"reason": _REASON},
    T.CANCELLATION: {"reason": _REASON},
    T.SUSPENSION: {"reason": _REASON},
    T.CONTRACT: {"contract_no": _CONTRACT_NO, "supplier": _SUPPLIER, "signed_on": _SIGNED, "items": _ITEMS},
    T.CONTRACT_CHANGE: {
        "contract_no": _CONTRACT_NO,
        "original_no": _ORIGINAL,
        "supplier": _SUPPLIER,
        "signed_on": _SIGNED,
        "items": _ITEMS,
        "amount_after": _AFTER,
    },
    T.ACCEPTANCE: {"contract_no": _CONTRACT_NO, "result": _RESULT},
    T.FRAMEWORK_ENTRY: {"suppliers": _SUPPLIERS},
    T.FRAMEWORK_DEAL: {"agreement_no": _AGREEMENT, "supplier": _SUPPLIER, "items": _ITEMS},
    T.FRAMEWORK_SUMMARY: {"agreement_no": _AGREEMENT, "suppliers": _TOTALS},
    T.MALL_CALL: {"items": _LOTS},
    T.MALL_FAILURE: {"reason": _REASON},
    T.INSPECTION_DECISION: {"concerned": _CONCERNED, "decision": _DECISION},
    T.AGENCY_ASSESSMENT: {"concerned": _CONCERNED, "decision": _DECISION},
    T.DISHONESTY_RECORD: {"concerned": _CONCERNED, "decision": _DECISION, "since": _SINCE},
}
"""Members of `facts` that a type needs."""


def asked(kind: NoticeType) -> list[str]:
    """Give what a type must say, as the message ids of what is missing without it, each once."""
    said = [
        _TITLE,
        _REGION,
        _PURCHASER,
        _SECTIONS,
        *ARGUMENTS.get(kind, {}).values(),
        *FACTS.get(kind, {}).values(),
    ]
    return list(dict.fromkeys([*said, *([_FEE] if kind is T.AWARD else [])]))


def _blank(value: object) -> bool:
    return (
        value is None
        or value == ""
        or value == []
        or value == {}
        or (isinstance(value, str) and not value.strip())
    )


def missing_from_notice(type: str, arguments: Mapping[str, Any], facts: Mapping[str, Any]) -> Missing:
    """Say what a notice of `type` lacks; empty when it may be published.

    `arguments` are those of `publish`; `facts` are its machine-readable content. A winner needs `name`,
    `address` and `amount` (or `discount` where a rate was bid); `agency_fee` needs `standard` and
    `amount`.
    """
    kind = NoticeType(type)
    lacking: Missing = {}
    for name, message in {
        "title": _TITLE,
        "region": _REGION,
        "sections": _SECTIONS,
        **ARGUMENTS.get(kind, {}),
    }.items():
        if _blank(arguments.get(name)):
            lacking[name] = message
    if _blank((arguments.get("purchaser") or {}).get("name")):
        lacking["purchaser.name"] = _PURCHASER
    for name, message in FACTS.get(kind, {}).items():
        if _blank(facts.get(name)):
            lacking[f"facts.{name}"] = message
    if kind is T.AWARD:
        if any(
            _blank(w.get("name"))
            or _blank(w.get("address"))
            or (_blank(w.get("amount")) and _blank(w.get("discount")))
            for w in facts.get("winners") or []
        ):
            lacking["facts.winners"] = _WINNERS
        fee = facts.get("agency_fee") or {}
        if arguments.get("agency") and (_blank(fee.get("standard")) or _blank(fee.get("amount"))):
            lacking["facts.agency_fee"] = _FEE
    if kind in (T.CONTRACT, T.CONTRACT_CHANGE, T.FRAMEWORK_DEAL) and any(
        _blank(item.get(name))
        for item in facts.get("items") or []
        for name in ("name", "spec", "quantity", "unit_price")
    ):
        lacking["facts.items"] = _ITEMS
    return lacking


_ITEM_FIELDS: dict[str, str] = {
    "name": gettext_noop("Give the name of the item."),
    "category": gettext_noop("Give the item's category."),
    "spec": gettext_noop("Give the specification or model; for a service, its scope."),
    "quantity": gettext_noop("Give a quantity above zero."),
    "unit": gettext_noop("Give the unit."),
    "unit_price": gettext_noop("Give the unit price."),
}
_SUM = gettext_noop("The amount is not the sum of quantity times unit price.")
_NO_ITEMS = gettext_noop("Give at least one item.")
_CODE = gettext_noop("Give the unified social credit code.")


def missing_from_transaction(
    purchaser: Mapping[str, Any],
    supplier: Mapping[str, Any],
    amount: Yuan,
    items: Sequence[Mapping[str, Any]],
) -> Missing:
    """Say what a transaction record lacks or gets wrong; empty when it may be saved.

    The line amount is quantity times unit price, rounded half up to the fen; `amount` is the sum of the
    lines. Source: 财库〔2017〕86号第二条第（三）项 (采购人和成交供应商的名称、成交金额以及成交标的的名称、规格型号、数量、单价).
    """
    lacking: Missing = {}
    for role, party, message in (("purchaser", purchaser, _PURCHASER), ("supplier", supplier, _SUPPLIER)):
        if _blank(party.get("name")):
            lacking[f"{role}.name"] = message
        if _blank(party.get("credit_code")):
            lacking[f"{role}.credit_code"] = _CODE
    if not items:
        lacking["items"] = _NO_ITEMS
    lines: list[Yuan] = []
    for number, item in enumerate(items):
        for name, message in _ITEM_FIELDS.items():
            if _blank(item.get(name)):
                lacking[f"items.{number}.{name}"] = message
        try:
            quantity = exact(item.get("quantity"))
            if quantity <= Decimal(0):
                lacking[f"items.{number}.quantity"] = _ITEM_FIELDS["quantity"]
            lines.append(price_of(item).times(quantity))
        except BadMoney:
            lacking.setdefault(f"items.{number}.unit_price", _ITEM_FIELDS["unit_price"])
    if not lacking and Yuan.total(lines) != amount:
        lacking["amount"] = _SUM
    return lacking


def price_of(item: Mapping[str, Any]) -> UnitPrice:
    """Give the unit price of an item, which may be a UnitPrice, a Yuan, a Decimal or a decimal string."""
    price = item.get("unit_price")
    if isinstance(price, UnitPrice):
        return price
    return UnitPrice(price.amount if isinstance(price, Yuan) else price)  # type: ignore[arg-type]
