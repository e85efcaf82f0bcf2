"""Fill an empty mall through the real services: agreements, products with pictures, offers."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from contracting.facts import AgreementFacts, AgreementItemTerms, EntrantTerms
from contracting.services import agreements as contracting
from core import clock
from core.money import UnitPrice, Yuan
from core.workdays import beijing_date
from mall.demo.goods import Level, Line, lines
from mall.demo.pictures import SHADES, VIEWS, drawn
from mall.facts import ProductFacts
from mall.services import listing
from parties.access import Actor

LABEL = "demonstration"
VIEW_WORDS = {"front": "正面", "side": "侧面", "detail": "细节"}
CAP = Yuan("60000000.00")
GROUPS: tuple[tuple[str, str, str, str], ...] = (
    ("计算机与网络设备框架协议", "Computers and networks", "goods", "laptop desktop tablet monitor switch"),
    ("办公设备与用品框架协议", "Office equipment and supplies", "goods", "printer copier projector paper"),
    ("家具与空调框架协议", "Furniture and air conditioners", "goods", "desk chair aircon"),
    ("物业与运维服务框架协议", "Property and IT services", "services", "cleaning maintenance"),
)
"""Title, its English, category and drawings of the lines that one agreement covers."""


def seed_agreements(
    *,
    organiser: Actor,
    supplier_ids: Sequence[UUID],
    starts_at: datetime,
    ends_at: datetime,
    rng: random.Random,
    cap: Yuan = CAP,
    number: str = "KJ",
) -> list[AgreementFacts]:
    """Make the four framework agreements that the catalogue needs, each with the suppliers admitted to it.

    `organiser` is a purchaser or an agency; every agreement admits all or, of many, five of the suppliers. The
    term must fit the law (goods one year). Gives the agreements.
    """
    made = []
    for place, (title, title_en, category, arts) in enumerate(GROUPS, start=1):
        covered = [(n, line) for n, line in enumerate(lines(), start=1) if line.art in arts.split()]
        items = [
            AgreementItemTerms(
                no=f"{n}.{m}",
                code=line.code,
                name=line.name,
                unit=line.unit,
                ceiling=_rounded(level.price * 1.25),
                spec=level.spec,
                edition="2022",
            )
            for n, line in covered
            for m, level in enumerate(line.levels, start=1)
        ]
        agreement = contracting.create_agreement(
            actor=organiser,
            agreement_no=f"{number}-{beijing_date(starts_at).year}-{place:02d}",
            title=f"{title}（示例）",
            title_en=title_en,
            category=category,
            region=organiser.region,
            starts_at=starts_at,
            ends_at=ends_at,
            cap=cap,
            items=items,
        )
        chosen = rng.sample(list(supplier_ids), min(5, len(supplier_ids)))
        entrants = [
            EntrantTerms(
                supplier_id=supplier_id,
                cap=cap.capped(1),
                prices={item.no: _at_most(item.ceiling, rng.uniform(0.94, 1.0)) for item in items},
                rank=rank,
            )
            for rank, supplier_id in enumerate(chosen, start=1)
        ]
        made.append(contracting.admit(actor=organiser, agreement_id=agreement.id, entrants=entrants))
    return made


@transaction.atomic
def seed_catalogue(
    agreements: Sequence[AgreementFacts],
    rng: random.Random,
    *,
    actor_of: Callable[[UUID], Actor],
    draw: Callable[[str, str, int], bytes] = drawn,
    brands: int | None = None,
) -> int:
    """List every product of the demonstration with its pictures and offers; gives how many products.

    `agreements` are those of `seed_agreements`; `actor_of` gives a person at a supplier's desk;
    `draw` the bytes of a picture, as `pictures.drawn` does; `brands` how many of each line's brands (None: all).
    """
    today = beijing_date(clock.now())
    for place, line in enumerate(lines(), start=1):
        listing.add_category(
            actor_label=LABEL,
            code=line.code,
            edition="2022",
            name=line.name,
            name_en=line.name_en,
            kind=line.kind,
            place=place,
        )
    count = 0
    for n, line in enumerate(lines(), start=1):
        agreement = next(
            (row for row in agreements if any(item.no.startswith(f"{n}.") for item in row.items)), None
        )
        if agreement is None:
            continue
        for m, level in enumerate(line.levels, start=1):
            for b, brand in enumerate(line.brands[:brands]):
                for v, version in enumerate(line.versions):
                    price = level.price * (1 + 0.03 * b - 0.01) * (1 + 0.04 * v) * rng.uniform(0.98, 1.02)
                    product = _product(line, level, brand, version, b, price, today)
                    _pictures(product, line, b * len(line.versions) + v, draw)
                    _offers(product, agreement, f"{n}.{m}", line, price, rng, actor_of)
                    count += 1
    return count


def _product(
    line: Line, level: Level, brand: str, version: str, b: int, price: float, today: date
) -> ProductFacts:
    model = f"{line.stem}{chr(65 + b)}-{level.code}{version}"
    return listing.list_product(
        actor_label=LABEL,
        category_code=line.code,
        name=line.name,
        name_en=line.name_en,
        brand=brand,
        model=model,
        spec=level.spec,
        unit=line.unit,
        attributes=level.attributes,
        reference_price=_rounded(price * 1.06),
        reference_source="示例数据，非真实行情",
        reference_on=today,
    )


def _pictures(product: ProductFacts, line: Line, shade: int, draw: Callable[[str, str, int], bytes]) -> None:
    for view in VIEWS:
        listing.add_picture(
            actor_label=LABEL,
            product_id=product.id,
            data=draw(line.art, view, shade % len(SHADES)),
            alt=f"{line.name}示意图，{VIEW_WORDS[view]}",
        )


def _offers(
    product: ProductFacts,
    agreement: AgreementFacts,
    item_no: str,
    line: Line,
    price: float,
    rng: random.Random,
    actor_of: Callable[[UUID], Actor],
) -> None:
    entrants = list(agreement.entrants)
    for entrant in rng.sample(entrants, min(len(entrants), rng.choice((1, 2, 2, 3)))):
        agreed = next(row.price for row in entrant.prices if row.item_no == item_no)
        asked = min(_rounded(price * rng.uniform(0.95, 1.06)), agreed)
        listing.set_offer(
            actor=actor_of(entrant.supplier_id),
            product_id=product.id,
            entrant_id=entrant.id,
            item_no=item_no,
            price=asked,
            stock=0 if rng.random() < 0.04 else rng.choice((20, 60, 120, 400, 1000)) * 5,
            delivery_days=rng.randint(*line.delivery),
            warranty_months=line.warranty,
        )


def _rounded(price: float) -> UnitPrice:
    """Give a price as shops write it: whole yuan, small ones to the half."""
    return UnitPrice(f"{price:.0f}") if price >= 200 else UnitPrice(f"{round(price * 2) / 2:.2f}")


def _at_most(ceiling: UnitPrice, share: float) -> UnitPrice:
    return min(_rounded(float(ceiling.amount) * share), ceiling)
