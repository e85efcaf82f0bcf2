"""`orders`: many buyers order at once under one agreement's caps and out of one stock, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.bench import client, servers
from config.bench.catalogue import PAIRS
from config.bench.factories import mall, parties
from config.bench.measure import Comparison, Outcome, in_turns, percentile
from contracting.selectors import agreement_facts
from core.money import Yuan
from mall.selectors.catalogue import offer_facts
from planning.selectors import budget_facts

BUYERS = {"small": 4, "full": 64}
ORDERS = {"small": 4, "full": 20}
"""Orders of each buyer in one measurement."""
LINES = 3
PRICE = Yuan("100.00")
MOST_STATEMENTS = 20
MOST_SECONDS = 1.0
CONTROL = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
RICH = "90000000.00"
PLACED = (302, 303)
REFUSED = (403, 409, 422)


@dataclass
class Shop:
    """One agreement with one supplier, its offers, and the buyers' budget lines and sessions."""

    agreement: Any
    offers: list[Any]
    stock: int

    def order(self, line: Any, cookie: str) -> bytes:
        """Write the POST of one order: a unit of every offer."""
        fields = {
            "key": uuid4(),
            "budget_line_id": line.id,
            "deliver_to": "示例路1号",
            "expected": str(self.price),
            "entrant": self.agreement.entrants[0].id,
            "line": [f"{offer.id}:1" for offer in self.offers],
        }
        return client.form("/mall/cart/order", cookie, fields)

    @property
    def price(self) -> Yuan:
        """What one order costs."""
        return Yuan.total(PRICE for _ in self.offers)


def run(size: str) -> Outcome:
    """Measure requests per second and order latency; then run into a cap and a stock that do not suffice."""
    buyers, each = BUYERS[size], ORDERS[size]
    agency = parties.desk("agency", "示例代理有限公司", "330100")
    supplier = parties.desk("supplier", "示例科技有限公司", "330100")
    people = [parties.desk("purchaser", f"示例单位{n}", "330100") for n in range(buyers)]
    lines = [mall.budget_line(person, RICH) for person in people]
    cookies = [client.session_of(person) for person in people]
    shop = _shop(agency, supplier, RICH, 1_000_000)
    statements = _statements(shop, people[0], lines[0])
    placed = 1
    slow: list[float] = []

    with servers.wsgi(size) as server:

        def ours() -> float:
            nonlocal placed
            posts = [shop.order(*buyer) for _ in range(each) for buyer in zip(lines, cookies, strict=True)]
            answers, seconds = client.send(server.port, posts, buyers)
            client.expect(answers, *PLACED)
            placed += len(answers)
            slow.extend(answer.seconds for answer in answers)
            return len(answers) / seconds

        def floor() -> float:
            posts = [client.form("/bench/order", cookie, {}) for _ in range(each) for cookie in cookies]
            answers, seconds = client.send(server.port, posts, buyers)
            client.expect(answers, 200)
            return len(answers) / seconds

        _warm(ours, floor)
        slow.clear()
        before = server.cpu_seconds(), placed
        figures = in_turns(PAIRS[size], ours, floor)
        spent = server.cpu_seconds() - before[0]
        exact = _exact(shop, placed) and _budgets(lines) == shop.price.fen * placed
        enough = buyers * each // 2
        cap = _scarce(
            server.port,
            _shop(agency, supplier, str(Yuan.from_fen(shop.price.fen * enough)), 1_000_000),
            lines,
            cookies,
            each,
        )
        stock = _scarce(server.port, _shop(agency, supplier, RICH, enough), lines, cookies, each)
    floor_orders = buyers * each * PAIRS[size]
    return Outcome(
        main=Comparison("floor view", "orders/s", figures[0], figures[1], at_least=0.3),
        parameters={"buyers": buyers, "orders of each per measurement": each, "lines per order": LINES},
        checks={
            "cap, stock and budgets add up to the fen": exact,
            "of a cap for half of the orders exactly half were placed": cap == enough,
            "of a stock for half of the orders exactly half were placed": stock == enough,
            f"an order takes at most {MOST_STATEMENTS} SQL statements": statements <= MOST_STATEMENTS,
            f"p99 of an order at most {MOST_SECONDS:g} s": percentile(slow, 0.99) <= MOST_SECONDS,
        },
        costs={
            "SQL statements per order": statements,
            "p50 of an order (ms)": percentile(slow, 0.5) * 1000,
            "p99 of an order (ms)": percentile(slow, 0.99) * 1000,
            "server CPU per order and floor request together (ms)": spent / floor_orders * 1000,
        },
    )


def _shop(agency: Any, supplier: Any, cap: str, stock: int) -> Shop:
    made = mall.agreement(agency, supplier, cap=cap, entrant_cap=cap, price=str(PRICE), ceiling=str(PRICE))
    offers = [mall.offer(supplier, made, mall.product(), price=str(PRICE), stock=stock) for _ in range(LINES)]
    return Shop(made, offers, stock)


def _statements(shop: Shop, buyer: Any, line: Any) -> int:
    with CaptureQueriesContext(connection) as seen:
        mall.order(buyer, line, *shop.offers)
    return sum(not row["sql"].startswith(CONTROL) for row in seen.captured_queries)


def _warm(*measures: Callable[[], float]) -> None:
    for measure in measures:
        measure()


def _exact(shop: Shop, placed: int) -> bool:
    agreement = agreement_facts(shop.agreement.id)
    amount = shop.price.fen * placed
    drawn = agreement.drawn.fen == amount and agreement.entrants[0].drawn.fen == amount
    return drawn and all(offer_facts(offer.id).stock == shop.stock - placed for offer in shop.offers)


def _budgets(lines: list[Any]) -> int:
    return sum(budget_facts(line.id).reserved.fen for line in lines)


def _scarce(port: int, shop: Shop, lines: list[Any], cookies: list[str], each: int) -> int:
    """Ask for twice of what there is; give how many orders were placed, or -1 when the books do not agree."""
    before = _budgets(lines)
    posts = [shop.order(*buyer) for _ in range(each) for buyer in zip(lines, cookies, strict=True)]
    answers, _ = client.send(port, posts, len(lines))
    placed = sum(answer.status in PLACED for answer in client.expect(answers, *PLACED, *REFUSED))
    agree = _exact(shop, placed) and _budgets(lines) - before == shop.price.fen * placed
    return placed if agree else -1
