"""`pages`: how long the pages people use most take beside an empty one, and whether more data means more queries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.bench import client, servers
from config.bench.catalogue import PAIRS
from config.bench.factories import mall, parties, tendering
from config.bench.measure import Broken, Comparison, Outcome, in_turns, percentile
from config.bench.published import record_order

LITTLE = {"small": 2, "full": 10}
MORE = {"small": 4, "full": 500}
"""Tenders, products, orders and records of each kind before, and after."""
VISITS = {"small": 2, "full": 30}
MOST_TIMES = 5


@dataclass
class Site:
    """Who looks, and at what."""

    purchaser: Any
    supplier: Any
    agreement: Any
    line: Any
    pages: list[tuple[str, str]] = field(default_factory=list)
    """Whose session, and the address."""
    tender: Any = None
    product: Any = None
    order: Any = None


def run(size: str) -> Outcome:
    """Measure times over HTTP, and queries in this process, with little data and with more."""
    site = _begin()
    _fill(site, LITTLE[size])
    site.pages = _pages(site)
    few = _queries(site)
    slowest: list[str] = []
    with servers.wsgi(size) as server:
        cookies = {who: client.session_of(getattr(site, who)) for who in ("purchaser", "supplier")}
        cookies["public"] = ""
        little = _times(server.port, site, cookies, VISITS[size], PAIRS[size], slowest)
        _fill(site, MORE[size] - LITTLE[size])
        many = _queries(site)
        more = _times(server.port, site, cookies, VISITS[size], PAIRS[size], slowest)
    grown = sorted(address for address in few if many[address] > few[address])
    beside = "an empty template view"
    return Outcome(
        main=Comparison(f"{beside}, p95 with more data", "ms", more[0], more[1], at_most=MOST_TIMES),
        also=[Comparison(f"{beside}, p95 with little data", "ms", little[0], little[1], at_most=MOST_TIMES)],
        checks={"no page asks more queries of more data": not grown},
        costs={
            "pages whose queries grew": ", ".join(f"{_short(a)} {few[a]} → {many[a]}" for a in grown)
            or "none",
            "slowest page, most often": _short(max(set(slowest), key=slowest.count)),
            "queries of a page at most": max(many.values()),
        },
        parameters={
            "pages": len(site.pages),
            "rows of a kind": LITTLE[size],
            "then": MORE[size],
            "visits": VISITS[size],
        },
    )


def _begin() -> Site:
    purchaser = parties.desk("purchaser", "示例中学", "330100")
    agency = parties.desk("agency", "示例代理有限公司", "330100")
    supplier = parties.desk("supplier", "示例科技有限公司", "330100")
    agreement = mall.agreement(agency, supplier, cap="900000000.00", entrant_cap="900000000.00")
    line = mall.budget_line(purchaser, "900000000.00")
    return Site(purchaser, supplier, agreement, line)


def _fill(site: Site, count: int) -> None:
    """Make `count` of everything that lists and pages show."""
    for _ in range(count):
        tender = tendering.published(site.purchaser)
        tendering.complete_draft(site.purchaser)
        goods = mall.product()
        offer = mall.offer(site.supplier, site.agreement, goods, stock=1000)
        order = mall.order(site.purchaser, site.line, offer)
        record_order(site.purchaser, site.supplier, order.order_no, order.placed_at)
        site.tender, site.product, site.order = tender, goods, order


def _pages(site: Site) -> list[tuple[str, str]]:
    tender, product, order = site.tender, site.product, site.order
    public = [
        "/",
        "/notices/",
        "/notices/?q=电脑",
        "/transactions/",
        "/transactions/?q=计算机",
        f"/projects/{tender.ocid}/",
        "/open-data/",
        "/log-page/",
        "/mall/",
        f"/mall/products/{product.id}/",
        "/api/v1/notices",
        "/api/v1/transactions",
    ]
    purchaser = ["/desk", "/plans/", "/tenders/", f"/tenders/{tender.id}/", "/mall/cart/", "/mall/orders/"]
    supplier = ["/desk", f"/mall/orders/{order.id}/"]
    rows = [("public", address) for address in public]
    rows += [("purchaser", address) for address in purchaser]
    return rows + [("supplier", address) for address in supplier]


def _queries(site: Site) -> dict[str, int]:
    """Count each page's queries at its second visit."""
    counted = {}
    for who, address in site.pages:
        browser = Client(SERVER_NAME="localhost")
        if who != "public":
            browser.defaults["HTTP_COOKIE"] = client.session_of(getattr(site, who))
        for _ in range(2):
            with CaptureQueriesContext(connection) as seen:
                answer = browser.get(address)
        if answer.status_code != 200:
            raise Broken(f"{address} answered {answer.status_code}")
        counted[f"{who} {address}"] = len(seen)
    return counted


def _times(
    port: int, site: Site, cookies: dict[str, str], visits: int, pairs: int, slowest: list[str]
) -> list[list[float]]:
    def visited(rows: list[bytes]) -> Callable[[], float]:
        def once() -> float:
            answers, _ = client.send(port, rows, 1)
            client.expect(answers, 200)
            if rows is pages:
                slowest.append(
                    max(zip(answers, site.pages * visits, strict=True), key=lambda r: r[0].seconds)[1][1]
                )
            return percentile([answer.seconds for answer in answers], 0.95) * 1000

        return once

    pages = [
        client.request("GET", _quoted(address), cookie=cookies[who]) for who, address in site.pages
    ] * visits
    ours, empty = visited(pages), visited([client.request("GET", "/bench/empty")] * len(pages))
    for warm in (ours, empty):
        warm()
    return in_turns(pairs, ours, empty)


def _quoted(address: str) -> str:
    return quote(address, safe="/?=&-")


def _short(address: str) -> str:
    return address if len(address) < 40 else f"{address[:37]}…"
