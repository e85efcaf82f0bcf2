"""What the tests of disclosure publish: notices, orders and one whole procedure, through the services."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache

from core import clock
from core.money import UnitPrice, Yuan
from disclosure import ocds, services

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_serial = itertools.count(1)


def org(actor: Any, **over: Any) -> dict[str, Any]:
    """Describe an actor's organisation as publishers do."""
    return {
        "name": actor.org_name,
        "name_en": "",
        "credit_code": actor.credit_code,
        "region": actor.region,
        "address": "示例路1号",
        **over,
    }


COMPLETE: dict[str, dict[str, Any]] = {
    "tender_notice": {
        "lots": [{"no": "1", "items": [{"name": "台式计算机"}]}],
        "criteria": [{"id": "Q1", "name": "营业执照", "kind": "qualification"}],
    },
    "inspection_decision": {"concerned": "某中学", "decision": "责令改正"},
    "agency_assessment": {"concerned": "某集中采购机构", "decision": "优秀"},
    "dishonesty_record": {"concerned": "某公司", "decision": "禁止参加", "since": "2026-05-01"},
    "intention": {"need": "台式计算机一百台", "expected_on": "2026-05"},
    "single_source": {
        "supplier": "甲",
        "reason": "唯一供应商",
        "period_ends_at": "2026-05-03",
        "opinions": [{"name": "专家1", "unit": "某大学", "title": "教授", "opinion": "同意"}],
    },
    "clarification": {"question": "几台？", "answer": "一百台。"},
    "import_permission": {
        "products": [{"name": "质谱仪", "quantity": "1", "reason": "国内无法获得"}],
        "opinions": [{"name": "专家1", "unit": "某大学", "title": "教授", "opinion": "同意"}],
    },
    "requirements": {"need": "台式计算机一百台"},
    "qualified": {"suppliers": [{"name": "甲", "qualified": True}]},
    "other_result": {"result": "合作创新采购研发合同签订"},
    "framework_entry": {"suppliers": [{"name": "甲"}]},
    "framework_deal": {
        "agreement_no": "KJ-1",
        "supplier": "甲",
        "items": [{"name": "台式计算机", "spec": "i5", "quantity": "10", "unit_price": "5000.00"}],
    },
    "framework_summary": {
        "agreement_no": "KJ-1",
        "suppliers": [{"name": "甲", "deals": 3, "amount": "90.00"}],
    },
    "mall_call": {"items": [{"name": "台式计算机", "quantity": "10"}]},
    "mall_failure": {"reason": "无有效报价"},
}
"""What `facts` must hold, by type."""


def notice_arguments(cast: Any, **over: Any) -> dict[str, Any]:
    """Give everything a procurement notice needs."""
    return {
        "actor": cast.agency,
        "type": "tender_notice",
        "title": "杭州市示例中学台式计算机采购项目公开招标公告",
        "title_en": "Open tender: desktop computers for an example school",
        "region": "330100",
        "project_no": f"HZ-2026-{next(_serial):04d}",
        "purchaser": org(cast.purchaser),
        "agency": org(cast.agency),
        "category": "goods",
        "method": "open_tender",
        "amount": Yuan("1200000.50"),
        "due_at": clock.now() + timedelta(days=21),
        "sections": [
            {"title": "Overview", "rows": [["Budget", Yuan("1200000.50")], ["Deadline", clock.now()]]},
            {"title": "Requirements", "text": "台式计算机一百台，三年质保。"},
        ],
        **over,
        "facts": {**COMPLETE.get(over.get("type", "tender_notice"), {}), **over.get("facts", {})},
    }


def order_arguments(cast: Any, **over: Any) -> dict[str, Any]:
    """Give everything a transaction record needs."""
    return {
        "actor": cast.purchaser,
        "order_no": f"DD-2026-{next(_serial):06d}",
        "mode": "direct_order",
        "purchaser": org(cast.purchaser),
        "supplier": org(cast.supplier_a, size="small"),
        "amount": Yuan("9600.21"),
        "items": [
            {
                "name": "便携式计算机",
                "category": "A02010108",
                "brand": "示例牌",
                "model": "X1",
                "spec": "14英寸 16GB 512GB",
                "quantity": Decimal("2"),
                "unit": "台",
                "unit_price": UnitPrice("4800.105"),
            }
        ],
        "agreement": {"title": "示例框架协议", "no": "KJ-1"},
        "ordered_at": clock.now(),
        "source": "order.1",
        "ocid": services.new_ocid(),
        "region": "330106",
        **over,
    }


@pytest.fixture(autouse=True)
def no_memory() -> None:
    """Forget what pages keep from one publication to the next: the numbers begin again with each test."""
    cache.clear()


@pytest.fixture
def announce(cast: Any) -> Callable[..., Any]:
    """Publish a procurement notice."""
    return lambda **over: services.publish(**notice_arguments(cast, **over))


@pytest.fixture
def order(cast: Any) -> Callable[..., Any]:
    """Publish a transaction record."""
    return lambda **over: services.record_transaction(**order_arguments(cast, **over))


@pytest.fixture
def procedure(cast: Any, at: Callable[[datetime], None]) -> dict[str, Any]:
    """Publish one whole procedure, from the intention to the acceptance, and one order under a framework agreement."""
    ocid, number = services.new_ocid(), f"HZ-2026-{next(_serial):04d}"
    common = {"ocid": ocid, "project_no": number}
    items = [
        ocds.item("1", description="台式计算机", description_en="Desktop computer", code="A02010105", quantity=100,
                  unit="台", lot="1")
    ]  # fmt: skip
    bidders = [
        org(cast.supplier_a, size="small"),
        org(cast.supplier_b, size="medium"),
        org(cast.supplier_c, size="large"),
    ]
    budget, due = Yuan("1200000.50"), START + timedelta(days=51)

    def tender(status: str, ends: datetime = due, **over: Any) -> dict[str, Any]:
        return {
            "id": number,
            "title": "台式计算机采购项目",
            "status": status,
            "value": ocds.value(budget),
            "procurementMethod": "open",
            "procurementMethodDetails": "公开招标",
            "mainProcurementCategory": "goods",
            "tenderPeriod": ocds.period(START + timedelta(days=30), ends),
            "items": items,
            "lots": [
                ocds.lot(
                    "1", title="第1包", status="complete" if status == "complete" else "active", amount=budget
                )
            ],
            **over,
        }

    def say(days: int, **over: Any) -> Any:
        at(START + timedelta(days=days))
        return services.publish(**notice_arguments(cast, **(common | over)))

    said = {}
    said["intention"] = say(
        0, type="intention", tag=["planning"], due_at=None, agency=None,
        release={"planning": {"budget": {"amount": ocds.value(budget)}}, "tender": {"id": number, "status": "planning"}},
    )  # fmt: skip
    said["tender_notice"] = say(30, due_at=due, tag=["tender"], release={"tender": tender("active")})
    later = due + timedelta(days=5)
    said["amendment"] = say(
        35, type="amendment", corrects=said["tender_notice"].id, due_at=later, tag=["tenderAmendment"],
        facts={"reason": "交货地点变更", "changes": [{"label": "Deadline", "before": due, "after": later}]},
        release={"tender": tender("active", later)},
    )  # fmt: skip
    details = [
        ocds.bid_details(
            f"b{n}", tenderers=[bidder], amount=Yuan(f"11{n}0000.00"), lot="1", submitted=clock.now()
        )
        for n, bidder in enumerate(bidders)
    ]
    said["opening_record"] = say(
        56, type="opening_record", due_at=None, tag=["tenderUpdate"],
        facts={"bids": [{"supplier": b["name"], "lot": "1", "price": Yuan(f"11{n}0000.00"), "record_hash": "ab" * 32}
                        for n, b in enumerate(bidders)]},
        release={"bids": {"details": details},
                 "tender": tender("active", later, tenderers=[ocds.reference(b) for b in bidders], numberOfTenderers=3)},
    )  # fmt: skip
    won = Yuan("1100000.00")
    case = {"method": "weighted_score", "budget": "1200000.50", "bids": [{"id": "b0", "quote": "1100000.00"}]}
    said["award"] = say(
        58, type="award", due_at=None, amount=won, tag=["award"],
        facts={"winners": [{"name": bidders[0]["name"], "address": "示例路1号", "amount": won, "lot": "1", "score": "88.25"}],
               "experts": ["专家1", "专家2", "专家3"], "recompute": case,
               "agency_fee": {"standard": "按差额累进", "amount": Yuan("12000.00")}},
        release={"tender": tender("complete", later),
                 "awards": [ocds.award("a1", suppliers=[bidders[0]], amount=won, decided=clock.now(), items=items, lot="1",
                                       bids=["b0"])]},
    )  # fmt: skip
    contract = {
        "award_id": "a1",
        "suppliers": [bidders[0]],
        "amount": won,
        "signed": START + timedelta(days=62),
    }
    said["contract"] = say(
        63, type="contract", due_at=None, amount=won, tag=["contract"],
        facts={"contract_no": "HT-1", "supplier": bidders[0]["name"], "signed_on": "2026-05-03",
               "items": [{"name": "台式计算机", "spec": "i5 16GB", "quantity": "100", "unit_price": "11000.00"}]},
        release={"contracts": [ocds.contract("HT-1", items=items, starts=START + timedelta(days=63), **contract)]},
    )  # fmt: skip
    done = {
        "acceptances": [
            ocds.acceptance("1", decided=START + timedelta(days=90), result="passed", amount=won)
        ],
        "transactions": [
            ocds.payment(
                "1", amount=won, paid=START + timedelta(days=91), payer=org(cast.purchaser), payee=bidders[0]
            )
        ],
    }
    said["acceptance"] = say(
        92, type="acceptance", due_at=None, tag=["implementation"],
        facts={"contract_no": "HT-1", "result": "合格"},
        release={"contracts": [ocds.contract("HT-1", implementation=done, **contract)]},
    )  # fmt: skip
    at(START + timedelta(days=93))
    said["order"] = services.record_transaction(**order_arguments(cast, mode="call_off", framework_ocid=ocid))
    return {"ocid": ocid, "project_no": number, **said}
