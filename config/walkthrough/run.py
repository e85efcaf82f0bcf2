"""The steps, in order; each names the page it ended on, what it made, and how long it took."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config.walkthrough import bidder, evaluation, market
from config.walkthrough.person import Failed
from config.walkthrough.socket import Follower
from config.walkthrough.walk import WAIT_SECONDS, Walk, last_id, wait_for

TITLE = "示例：教学用笔记本电脑采购"
TITLE_EN = "Demonstration: laptops for teaching"
QUANTITY = 20
PRICES = {"supplier": "4380.00", "supplier_b": "4520.00", "supplier_c": "4690.00"}
FACTS: dict[str, dict[str, Any]] = {
    "supplier": {"size": "small", "domestic": True, "brand": "示例甲", "model": "J-14"},
    "supplier_b": {"size": "medium", "domestic": True, "brand": "示例乙", "model": "Y-14"},
    "supplier_c": {"size": "small", "domestic": True, "brand": "示例丙", "model": "B-14"},
}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


# --- plan and notice --------------------------------------------------------------------------------------------------


def plan(walk: Walk) -> tuple[str, dict[str, Any]]:
    """A budget line, and a plan drawn from it, with its filing number."""
    purchaser = walk.person("purchaser")
    mark = f"{time.time_ns() // 1_000_000:x}"[-7:].upper()
    page = purchaser.submit(
        "/plans/lines/new/",
        {
            "code": f"B-{mark}",
            "name": "示例：教学设备购置",
            "fiscal_year": time.strftime("%Y"),
            "category": "goods",
            "method": "open_tender",
            "item_key": "2022:A02010108",
            "funding": "财政拨款（示例）",
            "amount": "200000.00",
        },
    )
    link = re.search(rf'/plans/lines/([0-9a-f-]{{36}})/"[^>]*>\s*B-{mark}', page.text)
    if link is None:
        raise Failed("the new budget line is not in the list")
    line_id = link.group(1)
    page = purchaser.submit(
        f"/plans/lines/{line_id}/plan/",
        {
            "title": f"{TITLE} {mark}",
            "title_en": f"{TITLE_EN} {mark}",
            "method": "open_tender",
            "item_key": "2022:A02010108",
            "quantity": str(QUANTITY),
            "unit": "台",
            "need": "教学用笔记本电脑 20 台：14 英寸，16 GB 内存，1 TB 固态硬盘，三年上门保修。",
            "amount": "110000.00",
            "expected_on": time.strftime("%Y-%m-%d", time.localtime(time.time() + 45 * 86400)),
        },
    )
    plan_id = last_id(page.url.path)
    return page.url.path, {"budget_line": line_id, "plan": plan_id, "mark": mark}


def intention(walk: Walk) -> tuple[str, dict[str, Any]]:
    """The procurement intention is published."""
    page = walk.person("purchaser").post(f"/plans/{walk.made['plan']}/intention/", {})
    return page.url.path, {}


def notice(walk: Walk) -> tuple[str, dict[str, Any]]:
    """The tender is drafted from the plan, completed, and its notice published."""
    purchaser = walk.person("purchaser")
    page = purchaser.post(f"/plans/{walk.made['plan']}/tender/", {})
    tender_id = last_id(page.url.path)
    at = f"/tenders/{tender_id}"
    purchaser.submit(
        f"{at}/edit/",
        {
            "delivery": "合同签订后 20 日内送达杭州市示例中学并安装调试。",
            "payment": "验收合格并收到发票后支付。",
            "ceiling": "105000.00",
            "gathering_seconds": "30",
            "wanted_due_at": "",
        },
        form="/edit/",
    )
    for name, kind, points in (
        ("技术方案", "subjective", "50"),
        ("售后服务", "objective", "20"),
        ("营业执照", "qualification", "0"),
        ("满足实质性要求", "conformity", "0"),
    ):
        purchaser.submit(
            f"{at}/criteria/new/",
            {"name": name, "kind": kind, "max": points, "guide": "按招标文件第四章评分细则评定。"},
            form="/criteria/",
        )
    purchaser.submit(
        f"{at}/documents/new/",
        {"kind": "biddingDocuments"},
        form="/documents/",
        files={"file": ("招标文件.pdf", PDF, "application/pdf")},
    )
    page = purchaser.post(f"{at}/publish/", {})
    found = wait_for(
        "the notice in the public list",
        lambda: walk.public().json("/api/v1/notices", q=walk.made["mark"], type="tender_notice")["items"],
        30,
    )
    return page.url.path, {"tender": tender_id, "notice": found[0]["id"], "ocid": found[0]["ocid"]}


# --- bids and opening -------------------------------------------------------------------------------------------------


def bids(walk: Walk) -> tuple[str, dict[str, Any]]:
    """Three suppliers seal a bid each and submit it; the hall tells nobody."""
    receipts = {}
    for role, price in PRICES.items():
        supplier = walk.person(role)
        params = {"item": "1", "name": "教学用笔记本电脑", "quantity": str(QUANTITY), "unit": "台"}
        plain = bidder.sheet([_item(walk, params)], price, FACTS[role])
        answer = bidder.submit(
            supplier, walk.made["tender"], plain, [("技术方案.pdf", PDF), ("营业执照.pdf", PDF)]
        )
        if not answer["accepted"]:
            raise Failed(f"the bid of {role} was not accepted: {answer}")
        receipts[role] = answer["receipt"]
    hall = walk.public().get(f"/opening/{walk.made['tender']}/").text
    if any(walk.accounts[role]["organisation"] in hall for role in PRICES):
        raise Failed("the opening hall names a bidder before the close")
    return f"/receipts/{receipts['supplier']}/", {"receipts": receipts}


def _item(walk: Walk, item: dict[str, str]) -> dict[str, str]:
    """Take the item's number and name from the bid page, as a person reads them there."""
    page = walk.person("supplier").get(f"/tenders/{walk.made['tender']}/bid/")
    lot = re.search(r'name="lot" value="([^"]+)"', page.text)
    if lot is None:
        raise Failed("the bid page offers no lot")
    return item


def opening(walk: Walk) -> tuple[str, dict[str, Any]]:
    """The clock closes the tender; keepers release; every bid opens; the record is published."""
    tender = walk.made["tender"]
    with Follower(walk.base, f"opening.{tender}", walk.public()) as hall:
        frames = hall.until("opened", WAIT_SECONDS)
    opened = [frame for frame in frames if frame["type"] == "bid.opened"]
    if len(opened) != len(PRICES):
        raise Failed(f"{len(opened)} of {len(PRICES)} bids were opened")
    order = [frame["type"] for frame in frames]
    if "bid.opened" in order[: order.index("opening")]:
        raise Failed("a bid was opened while shares were still gathered")
    transcript = walk.public().json(f"/opening/{tender}/1/transcript.json")
    if len(transcript["bids"]) != len(PRICES):
        raise Failed("the transcript does not hold every bid")
    found = wait_for(
        "the opening record",
        lambda: walk.public().json("/api/v1/notices", q=walk.made["mark"], type="opening_record")["items"],
        30,
    )
    return f"/opening/{tender}/", {"opening_record": found[0]["id"]}


STEPS: list[tuple[str, Callable[[Walk], tuple[str, dict[str, Any]]]]] = [
    ("plan", plan),
    ("intention", intention),
    ("notice", notice),
    ("bids", bids),
    ("opening", opening),
    ("panel", evaluation.panel),
    ("evaluation", evaluation.evaluate),
    ("report", evaluation.report),
    ("award", evaluation.award),
    ("contract", evaluation.contract),
    ("order", market.order),
    ("transaction", market.transaction),
    ("open data", market.open_data),
]


def walk_through(base: str, accounts: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    """Do all steps against the demonstration at `base`; gives the result as `--json` prints it."""
    walk = Walk(base, json.loads(accounts.read_text(encoding="utf-8")), tell)
    problem = ""
    try:
        for name, work in STEPS:
            walk.do(name, work)
    except Failed as error:
        problem = str(error)
    finally:
        walk.close()
    result: dict[str, Any] = {
        "ok": not problem,
        "steps": [
            {
                "name": step.name,
                "url": f"{urlsplit(base).scheme}://{urlsplit(base).netloc}{step.url}",
                "ids": step.ids,
                "seconds": step.seconds,
            }
            for step in walk.steps
        ],
    }
    if problem:
        result["error"] = problem
    return result
