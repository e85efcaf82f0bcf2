"""Framework agreements, offers, carts and contracts in the states that tests start from, made by the services."""

from __future__ import annotations

import io
import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from PIL import Image

from contracting.facts import AgreementItemTerms, ContractTerms, EntrantTerms, TermItem
from contracting.services import agreements
from core import clock
from core.law.current import law
from core.money import UnitPrice, Yuan
from mall.models import Category
from mall.rules import Line
from mall.services import listing, ordering
from parties.states import Role
from planning import services as planning
from tests.factories import parties

_serial = itertools.count(1)
LAPTOP = {
    "code": "A02010108",
    "edition": "2022",
    "name": "便携式计算机",
    "name_en": "Laptops",
    "kind": "goods",
}


def colleague(actor: Any, name: str = "同事", role: str = Role.HANDLER) -> Any:
    """Give a second person at the desk of an actor."""
    from parties.models import Organisation

    return parties.member(Organisation.objects.get(pk=actor.org_id), name, role)


def budget_line(actor: Any, amount: str = "1000000.00", **over: Any) -> Any:
    given = {"category": "goods", "name": "办公设备购置", "fiscal_year": 2026, **over}
    return planning.create_budget_line(
        actor=actor, org_id=actor.org_id, code=f"B{next(_serial):04d}", amount=Yuan(amount), **given
    )


def agreement(
    organiser: Any,
    *suppliers: Any,
    cap: str = "1000000.00",
    entrant_cap: str = "500000.00",
    ceiling: str = "6000.00",
    price: str = "5500.00",
    prices: tuple[str, ...] = (),
    **over: Any,
) -> Any:
    """Give an agreement in force with these suppliers admitted, one item numbered 1; `prices` are one for each."""
    now = clock.now()
    given = {
        "title": "台式与便携式计算机框架协议",
        "title_en": "Computers",
        "category": "goods",
        "region": "330100",
        "starts_at": now - timedelta(days=1),
        "ends_at": now + timedelta(days=300),
        **over,
    }
    made = agreements.create_agreement(
        actor=organiser,
        agreement_no=f"KJ-2026-{next(_serial):04d}",
        cap=Yuan(cap),
        items=[
            AgreementItemTerms("1", "A02010108", "便携式计算机", "台", UnitPrice(ceiling), edition="2022")
        ],
        **given,
    )
    return agreements.admit(
        actor=organiser,
        agreement_id=made.id,
        entrants=[
            EntrantTerms(supplier.org_id, Yuan(entrant_cap), {"1": UnitPrice(agreed)})
            for supplier, agreed in zip(suppliers, prices or [price] * len(suppliers), strict=True)
        ],
    )


def open_agreement(organiser: Any, *suppliers: Any, price: str = "5500.00") -> Any:
    """Give an open agreement that takes applications, these suppliers entered at its fixed price."""
    now = clock.now()
    made = agreements.create_agreement(
        actor=organiser,
        agreement_no=f"KF-2026-{next(_serial):04d}",
        title="计算机开放式框架协议",
        category="goods",
        region="330100",
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=300),
        open_until=now + timedelta(days=300),
        cap=Yuan("1000000.00"),
        items=[AgreementItemTerms("1", "A02010108", "便携式计算机", "台", UnitPrice(price), edition="2022")],
    )
    entries = [EntrantTerms(row.org_id, Yuan("500000.00"), {"1": UnitPrice(price)}) for row in suppliers]
    return agreements.admit(actor=organiser, agreement_id=made.id, entrants=entries) if entries else made


def product(**over: Any) -> Any:
    if not Category.objects.filter(code=LAPTOP["code"]).exists():
        listing.add_category(actor_label="test", place=1, **LAPTOP)
    number = next(_serial)
    given = {
        "category_code": LAPTOP["code"],
        "name": "便携式计算机",
        "brand": "示例青竹",
        "model": f"QZ-{number}",
        "spec": "14英寸，16GB内存，512GB固态硬盘",
        "unit": "台",
        "reference_price": UnitPrice("5800"),
        "reference_source": "电商均价（示例）",
        "reference_on": date(2026, 1, 5),
        **over,
    }
    return listing.list_product(actor_label="test", **given)


def offer(supplier: Any, made: Any, goods: Any, price: str = "5200.00", stock: int = 100, **over: Any) -> Any:
    """Give an offer of `goods` under the agreement `made`."""
    return listing.set_offer(
        actor=supplier,
        product_id=goods.id,
        entrant_id=made.entrant_of(supplier.org_id).id,
        item_no="1",
        price=UnitPrice(price),
        stock=stock,
        **{"delivery_days": 5, "warranty_months": 36, **over},
    )


def order(
    buyer: Any, line: Any, *offers: Any, quantity: int = 1, key: UUID | None = None, **over: Any
) -> Any:
    return ordering.place(
        actor=buyer,
        key=key or uuid4(),
        budget_line_id=line.id,
        lines=[Line(row.id, quantity) for row in offers],
        **over,
    )


def picture(colour: str = "#336677", size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def terms(purchaser: Any, supplier: Any, **over: Any) -> ContractTerms:
    """Give the terms of a contract over 950,000.00."""
    number = next(_serial)
    given: dict[str, Any] = {
        "contract_no": f"HT-2026-{number:04d}",
        "title": "教学设备采购合同",
        "title_en": "Teaching equipment",
        "ocid": f"ocds-213czf-2026-{number:012x}",
        "award_id": "1",
        "project_no": f"ZB-2026-{number:04d}",
        "project_title": "教学设备采购项目",
        "purchaser_id": purchaser.org_id,
        "supplier_id": supplier.org_id,
        "amount": Yuan("950000.00"),
        "items": (
            TermItem(
                "1",
                "交互式教学终端",
                "86英寸，4K",
                Decimal(50),
                "台",
                UnitPrice("19000"),
                "A02020400",
                "示例",
                "T86",
            ),
        ),
        "law": law(date(2026, 3, 2), "330100", category="goods", method="open_tender"),
        "letter_at": datetime(2026, 3, 2, 2, tzinfo=UTC),
        "region": "330100",
        "method": "open_tender",
        "category": "goods",
        "delivery": "签订后30日内送达",
        "payment": "验收合格后支付",
        "starts_on": date(2026, 3, 10),
        "ends_on": date(2026, 12, 31),
        **over,
    }
    return ContractTerms(**given)
