"""Draft a tender from a plan, edit its parts, entrust an agency, add files."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile

from core.audit.models import Entry
from core.audit.services import verify
from core.errors import Conflict, Invalid, NotFound, WrongState
from core.money import Yuan
from parties.models import InboxItem
from planning.selectors import plan_facts
from planning.services.entrusting import NotAnAgency
from planning.states import PlanStatus
from tendering import services as tendering
from tendering.models import Document, Item, Lot, Tender
from tendering.selectors import tender_facts
from tendering.services import documents, drafting
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("S004-25")
def test_a_draft_is_filled_in_from_its_plan(cast: Any) -> None:
    plan = make.plan(cast.purchaser)
    tender = make.draft(cast.purchaser, plan)
    assert (tender.title, tender.need, tender.budget) == (plan.title, plan.need, plan.amount)
    assert (tender.ocid, tender.project_no) == (plan.ocid, plan.filing_no)
    item = tender.lots[0].items[0]
    assert (item.code, item.edition, item.quantity, item.unit) == ("A02010108", "2022", Decimal(200), "台")
    assert item.classification == "便携式计算机"
    assert plan_facts(plan.id).status == PlanStatus.STARTED
    assert InboxItem.objects.filter(organisation_id=cast.purchaser.org_id, done_at=None).count() == 1


def test_weights_and_deductions_start_at_the_least_that_the_law_asks(cast: Any, at: Any) -> None:
    tender = make.draft(cast.purchaser)
    assert tender.price_weight == Decimal(30)
    assert tender.deductions == {
        "small_micro": "0.10",
        "consortium": "0.04",
        "domestic": "0.20",
        "stacking": "additive",
    }


def test_a_plan_has_one_running_tender(cast: Any) -> None:
    plan = make.plan(cast.purchaser)
    make.draft(cast.purchaser, plan)
    before = Entry.objects.count()
    with pytest.raises(WrongState):
        make.draft(cast.purchaser, plan)
    assert (Tender.objects.count(), Entry.objects.count()) == (1, before)


def test_nobody_begins_a_tender_from_another_organisations_plan(cast: Any) -> None:
    plan = make.plan(cast.purchaser)
    with pytest.raises(NotFound):
        tendering.draft_from_plan(actor=cast.agency, plan_id=plan.id)
    assert not Tender.objects.exists()


def basics(tender: Any, **over: Any) -> dict[str, Any]:
    names = ("title", "need", "delivery", "budget")
    return {"version": tender.version, **{name: getattr(tender, name) for name in names}, **over}


def test_two_writers_do_not_overwrite_each_other(cast: Any) -> None:
    tender = make.draft(cast.purchaser)
    drafting.save_basics(actor=cast.purchaser, tender_id=tender.id, **basics(tender, title="第一"))
    with pytest.raises(Conflict):
        drafting.save_basics(actor=cast.agency, tender_id=tender.id, **basics(tender, title="第二"))
    assert tender_facts(tender.id).title == "第一"


def test_lots_items_and_criteria_come_and_go(cast: Any) -> None:
    tender = make.draft(cast.purchaser)
    who = {"actor": cast.purchaser, "tender_id": tender.id}
    drafting.save_lot(**who, title="第二包", budget=Yuan("1000.00"), ceiling=Yuan("900.00"))
    drafting.save_item(
        **who, lot_no="2", item_key="2022:A02021003", name="打印机", spec="A4 黑白", quantity="1.5", unit="台"
    )
    drafting.save_item(
        **who,
        lot_no="2",
        no="1",
        item_key="2022:A02021003",
        name="打印机",
        spec="双面",
        quantity="3",
        unit="台",
    )
    now = drafting.save_criterion(
        **who, name="响应速度", kind="objective", max=Decimal("12.5"), guide="按小时"
    )
    second = now.lot("2")
    assert second is not None
    assert (second.budget, second.ceiling, second.items[0].spec) == (Yuan(1000), Yuan(900), "双面")
    assert [row.id for row in now.criteria] == ["Q1", "C1", "C2", "O1"]
    assert now.criteria[-1].max == Decimal("12.50")
    drafting.remove_criterion(**who, code="C1")
    drafting.remove_item(**who, lot_no="2", no="1")
    gone = drafting.remove_lot(**who, no="2")
    assert [lot.no for lot in gone.lots] == ["1"]
    assert [row.id for row in gone.criteria] == ["Q1", "C2", "O1"]
    assert (Lot.objects.count(), Item.objects.count()) == (1, 1)
    assert verify(tender.source) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"item_key": "2022:A00000000"},
        {"quantity": "0"},
        {"quantity": "1.0000001"},
        {"quantity": "1e3"},
        {"spec": " "},
    ],
)
def test_an_item_says_what_how_many_and_of_which_class(cast: Any, wrong: dict[str, str]) -> None:
    tender = make.draft(cast.purchaser)
    good = {"item_key": make.LAPTOPS, "name": "笔记本", "spec": "14 英寸", "quantity": "1", "unit": "台"}
    who = {"actor": cast.purchaser, "tender_id": tender.id, "lot_no": "1"}
    with pytest.raises(Invalid):
        drafting.save_item(**who, **{**good, **wrong})
    assert Item.objects.count() == 1
    assert len(drafting.save_item(**who, **good).lots[0].items) == 2


def test_shares_and_points_are_numbers(cast: Any) -> None:
    tender = make.draft(cast.purchaser)
    with pytest.raises(Invalid) as refused:
        drafting.save_evaluation(
            actor=cast.purchaser,
            tender_id=tender.id,
            version=tender.version,
            evaluation_method="weighted_score",
            price_weight=Decimal(101),
            deductions={"small_micro": "ten", "consortium": "1.01"},
        )
    assert set(refused.value.errors) == {"price_weight", "small_micro", "consortium"}
    assert tender_facts(tender.id).price_weight == Decimal(30)


def test_only_a_verified_agency_that_is_not_the_purchaser_is_entrusted(cast: Any) -> None:
    tender = make.draft(cast.purchaser)
    who = {"actor": cast.purchaser, "tender_id": tender.id}
    for other in (cast.supplier_a.org_id, cast.purchaser.org_id):
        with pytest.raises(NotAnAgency):
            drafting.entrust(**who, agency_id=other)
    assert tender_facts(tender.id).agency_id is None
    assert drafting.entrust(**who, agency_id=cast.agency.org_id).agency_name == cast.agency.org_name
    assert InboxItem.objects.filter(organisation_id=cast.agency.org_id).exists()


def test_a_document_is_stored_whole_and_hashed(cast: Any) -> None:
    tender = make.draft(cast.purchaser)
    content = b"%PDF-1.7 " + bytes(range(256))
    who = {"actor": cast.purchaser, "tender_id": tender.id}
    now = documents.add_document(**who, file=SimpleUploadedFile("C:\\招标文件.PDF", content))
    (found,) = now.documents
    assert (found.name, found.media_type, found.size) == ("招标文件.PDF", "application/pdf", len(content))
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    with storages["default"].open(Document.objects.get().stored_as) as stored:
        assert stored.read() == content


@pytest.mark.parametrize(
    ("name", "content"), [("a.html", b"<script>"), ("a.exe", b"MZ"), ("a.pdf", b""), ("noending", b"x")]
)
def test_files_that_browsers_could_run_are_not_taken(cast: Any, name: str, content: bytes) -> None:
    tender = make.draft(cast.purchaser)
    with pytest.raises(Invalid):
        documents.add_document(
            actor=cast.purchaser, tender_id=tender.id, file=SimpleUploadedFile(name, content)
        )
    assert not Document.objects.exists()


def test_a_removed_document_leaves_the_store(cast: Any, commits: Any) -> None:
    tender = make.complete_draft(cast.purchaser)
    stored = Document.objects.get().stored_as
    with commits():
        documents.remove_document(
            actor=cast.purchaser, tender_id=tender.id, document_id=tender.documents[0].id
        )
    assert not storages["default"].exists(stored)
    assert not tender_facts(tender.id).documents


def test_nothing_of_a_published_tender_can_be_edited(cast: Any) -> None:
    tender = make.published(cast.purchaser)
    who = {"actor": cast.purchaser, "tender_id": tender.id}
    before = Entry.objects.count()
    acts = [
        lambda: drafting.save_basics(**who, **basics(tender, title="改")),
        lambda: drafting.save_lot(**who, title="x", budget=Yuan(1)),
        lambda: drafting.remove_lot(**who, no="1"),
        lambda: drafting.remove_criterion(**who, code="Q1"),
        lambda: drafting.entrust(**who, agency_id=None),
        lambda: documents.add_document(**who, file=SimpleUploadedFile("b.pdf", b"x")),
        lambda: documents.remove_document(**who, document_id=tender.documents[0].id),
    ]
    for act in acts:
        with pytest.raises(WrongState):
            act()
    assert tender_facts(tender.id) == tender
    assert Entry.objects.count() == before
