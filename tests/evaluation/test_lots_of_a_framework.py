"""A framework call of several lots, end to end: entry lot by lot, an agreement for each, orders under each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from contracting.models import FrameworkAgreement
from contracting.selectors import agreements_of
from core.money import UnitPrice, Yuan
from disclosure.models import Notice
from evaluation.services import entries, panels
from mall.models import Order
from mall.services import listing
from parties.access import CLOCK
from tendering import services as tendering
from tendering.failed_lots import waiting_of
from tendering.selectors import tender_facts
from tendering.services import documents, drafting, frameworks, progress
from tests.evaluation.test_entry import Stage, signed, touch
from tests.factories import bidding as bids
from tests.factories import evaluation as evaluate
from tests.factories import mall
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
LOTS = {"1": ("4500", "4400", "4600"), "2": ("900", "800", "850"), "3": ("70", "101", "102")}
"""What suppliers A, B and C ask in each lot; in the third two of them are above the ceiling of 100."""


def called(cast: Any, at: Any) -> Any:
    """A call of three lots, published."""
    make.keepers()
    draft = make.draft(cast.purchaser, make.plan(cast.purchaser, "900000.00", method="framework"))
    own = {"actor": cast.purchaser, "tender_id": draft.id}
    drafting.save_basics(
        **own,
        version=draft.version,
        title=draft.title,
        need=draft.need,
        delivery="按订单",
        budget=draft.budget,
    )
    for no in LOTS:
        drafting.save_lot(**own, no=no if no == "1" else "", title=f"第{no}包", budget=Yuan("300000.00"))
        if no != "1":
            drafting.save_item(
                **own,
                lot_no=no,
                item_key=make.LAPTOPS,
                name="便携式计算机",
                spec="14 英寸",
                quantity="10",
                unit="台",
            )
    frameworks.state_terms(
        **own, version=tender_facts(draft.id).version, elimination=Decimal("0.2"), months=12, selection="direct",
        ceilings={"1-1": UnitPrice("5000"), "2-1": UnitPrice("1000"), "3-1": UnitPrice("100")},
    )  # fmt: skip
    documents.add_document(**own, file=SimpleUploadedFile("征集文件.pdf", b"%PDF-1.7 x"))
    tender = tendering.publish(**own)
    at(tender.bids_due_at)
    return tender


def test_each_lot_makes_an_agreement_of_its_own_and_sells(cast: Any, at: Any, settings: Any) -> None:
    evaluate.begin_spring(settings, at)
    tender = called(cast, at)
    suppliers = (cast.supplier_a, cast.supplier_b, cast.supplier_c)
    rows = [
        bids.opened_bid(tender, who, price, lot=lot)
        for lot, prices in LOTS.items()
        for who, price in zip(suppliers, prices, strict=True)
    ]
    progress.close(tender_id=tender.id, actor=CLOCK)
    progress.mark_opened(tender_id=tender.id, actor=CLOCK)
    made = Stage(tender_facts(tender.id), cast.purchaser, rows)
    representative = cast.purchaser.user_id
    made.panel_id = panels.draw(actor=made.host, tender_id=tender.id, representative_id=representative).pk
    made.begin_scoring()
    for member in made.members:
        made.submit(member)
    first, second = signed(made).admit_lots()
    assert [row.id for row in agreements_of(tender.source)] == [first.id, second.id]
    assert (first.agreement_no, second.source) == (f"{tender.project_no}-1", f"{tender.source}/2")
    assert {first.ocid, second.ocid, tender.ocid} & {tender.ocid} == {tender.ocid}
    assert len({first.ocid, second.ocid, tender.ocid}) == 3
    entered = [
        [(row.supplier_id, str(row.prices[0].price)) for row in one.entrants] for one in (first, second)
    ]
    a, b, c = (who.org_id for who in suppliers)
    assert entered == [[(b, "4400.00"), (a, "4500.00")], [(b, "800.00"), (c, "850.00")]]
    assert [str(one.cap) for one in (first, second)] == ["300000.00", "300000.00"]
    notices = Notice.objects.filter(type="framework_entry").order_by("position")
    assert [(row.ocid, row.facts["recompute"]["lot"]) for row in notices] == [
        (first.ocid, "1"),
        (second.ocid, "2"),
    ]
    assert [row.no for row in waiting_of(tender.id)] == ["3"], "too few are left in it: it failed by itself"

    by_org = {who.org_id: who for who in suppliers}
    for one in (first, second):
        for entrant in one.entrants:
            touch(made, by_org[entrant.supplier_id], entrant)
            assert not entries.entered(tender_id=tender.id)
            touch(made, made.host, entrant)
    assert entries.entered(tender_id=tender.id)
    assert tender_facts(tender.id).status == "contracted"
    line = mall.budget_line(cast.purchaser)
    for one, price in ((first, "4400"), (second, "800")):
        entrant = one.entrants[0]
        offer = listing.offer_item(
            actor=cast.supplier_b, entrant_id=entrant.id, item_no="1", brand="示例青竹", model=f"QZ-{price}",
            spec="14 英寸", price=UnitPrice(price), stock=9, delivery_days=5,
        )  # fmt: skip
        mall.order(cast.purchaser, line, offer)
    ordered = Order.objects.order_by("amount_fen").values_list("agreement__agreement_no", "amount_fen")
    assert list(ordered) == [(second.agreement_no, 80_000), (first.agreement_no, 440_000)]
    assert FrameworkAgreement.objects.filter(drawn_fen__gt=0).count() == 2
