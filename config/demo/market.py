"""The mall's year: framework agreements, a catalogue, and orders on working days, by the mall's own generators."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from config.demo import cast
from config.demo.province import Province
from core import clock
from core.money import Yuan
from core.workdays import beijing_date
from mall.demo.catalogue import seed_agreements, seed_catalogue
from mall.demo.goods import lines
from mall.demo.orders import Buyer, Tally, seed_orders
from mall.demo.pictures import SHADES, VIEWS, drawn
from mall.rules import Line
from mall.selectors import catalogue
from mall.services import fulfilling, ordering
from planning import services as planning

TERM = timedelta(days=365)
ADMITTED, BEGINS = 332, 330
"""How many days before the end the suppliers are admitted, and their agreements begin."""
OPENING_HOURS = (9, 17)
MINUTES_AGO = (52, 38, 31, 12)
RECENT, RECENT_DAYS = 0.06, 4
"""The share of orders that falls into the last days."""
PURSES = {
    "goods": ("办公设备与用品", Yuan("2400000.00")),
    "services": ("后勤与运维服务", Yuan("900000.00")),
}


class Purse(Mapping[str, uuid.UUID]):
    """A purchaser's budget lines for the mall: those of the year it is now, entered when first needed."""

    def __init__(self, province: Province, role: str) -> None:
        self._actor, self._lines = province.actors[role], province.purses.setdefault(role, {})

    def __getitem__(self, kind: str) -> uuid.UUID:
        year = beijing_date(clock.now()).year
        if (year, kind) not in self._lines:
            name, amount = PURSES[kind]
            self._lines[year, kind] = planning.create_budget_line(
                actor=self._actor,
                org_id=self._actor.require_kind("purchaser"),
                code=f"MALL-{kind[0].upper()}",
                name=f"示例：{name}（电子卖场）",
                fiscal_year=year,
                amount=amount,
                category=kind,
                funding="财政拨款",
            ).id
        return self._lines[year, kind]

    def __contains__(self, kind: object) -> bool:
        return kind in PURSES

    def __iter__(self) -> Iterator[str]:
        return iter(PURSES)

    def __len__(self) -> int:
        return len(PURSES)


def sketch(province: Province, brands: int | None = None) -> None:
    """Have every picture of the catalogue drawn ahead, for so many of each line's brands (None: all)."""
    for line in lines():
        for shade in range(min(len(SHADES), len(line.brands[:brands]) * len(line.versions))):
            for view in VIEWS:
                province.soon(drawn, line.art, view, shade)


def stock(province: Province, brands: int | None = None) -> int:
    """Make the framework agreements and fill the mall, with so many of each line's brands; gives how many products."""
    time = province.time
    time.tell_until(time.day(ADMITTED, 9))
    starts = time.day(BEGINS, 0)
    made = seed_agreements(
        organiser=province.actors["agency"],
        supplier_ids=[province.actors[office.role].require_kind("supplier") for office in cast.SUPPLIERS],
        starts_at=starts,
        ends_at=starts + TERM,
        rng=province.rng,
    )
    products = seed_catalogue(
        made,
        province.rng,
        actor_of=province.desk,
        draw=lambda art, view, shade: province.soon(drawn, art, view, shade)(),
        brands=brands,
    )
    return products


def trade(province: Province, orders: int) -> Tally:
    """Live through the year of orders; whatever else happens meanwhile happens in between."""
    time = province.time
    time.tell_until(time.day(BEGINS, 8))
    buyers = [
        Buyer(
            orderer=province.actors[office.role],
            acceptor=province.colleague(office.role),
            lines=Purse(province, office.role),
            address=f"{office.name}，示例路 1 号",
        )
        for office in cast.PURCHASERS
    ]
    return seed_orders(
        buyers=buyers,
        actor_of=province.desk,
        rng=province.rng,
        moments=sorted(_moment(province) for _ in range(orders)),
        until=time.ends_at,
        move=time.tell_until,
    )


def _moment(province: Province) -> datetime:
    time, rng = province.time, province.rng
    first = beijing_date(time.day(BEGINS)) + timedelta(days=1)
    last = beijing_date(time.ends_at)
    if rng.random() < RECENT:
        first = last - timedelta(days=RECENT_DAYS)
    day: date = first + timedelta(days=rng.randint(0, (last - first).days))
    return time.workday(day, rng.randint(*OPENING_HOURS), rng.randint(0, 59))


def last_hour(province: Province) -> Iterator[datetime]:
    """Tell of the orders placed and confirmed within the last hour, so that the front page has something to count."""
    yield province.time.ends_at - timedelta(hours=1)
    goods = [row for row in catalogue.everything() if row.kind == "goods" and row.best and row.best.in_stock]
    for minutes in MINUTES_AGO:
        yield province.time.ends_at - timedelta(minutes=minutes)
        role = province.rng.choice(cast.PURCHASERS).role
        offer = province.rng.choice(goods).best
        if offer is None:
            continue
        order = ordering.place(
            actor=province.actors[role],
            key=uuid.UUID(int=province.rng.getrandbits(128), version=4),
            budget_line_id=Purse(province, role)["goods"],
            lines=[Line(offer.id, province.rng.choice((1, 2, 4)))],
            deliver_to=province.actors[role].org_name,
        )
        yield clock.now() + timedelta(minutes=3)
        fulfilling.confirm(actor=province.desk(order.supplier_id), order_id=order.id)
