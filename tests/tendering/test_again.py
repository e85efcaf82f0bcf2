"""What failed is procured again: one step copies it, links both, keeps the plan; the law of each step is cited."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.storage import storages
from django.urls import reverse

from core.audit.models import Entry
from core.errors import WrongState
from core.money import Yuan
from disclosure.models import Notice, Record
from parties.access import CLOCK
from planning import services as planning
from planning.selectors import plan_facts, reservation_of
from tendering import services as tendering
from tendering.models import Document, Tender
from tendering.selectors import follower_of, tender_facts
from tendering.services import documents, drafting, failed_lots, progress, publishing
from tendering.services.again import tender_again
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
FAILED = "This lot failed: fewer bids than the law requires meet the conditions."
TODAY = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)


def said(tender: Any) -> tuple[Any, ...]:
    lots = [(lot.no, lot.title, lot.budget, lot.ceiling, lot.items) for lot in tender.lots]
    files = [(row.name, row.kind, row.sha256, row.size) for row in tender.documents]
    basics = (tender.title, tender.need, tender.delivery, tender.payment, tender.budget, tender.ceiling)
    return (basics, lots, tender.criteria, files, tender.deductions, tender.price_weight, tender.plan_id)


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_draft_with_everything_follows_the_ended_procedure_and_both_say_so(
    cast: Any, at: Any, signed_in: Any, client: Any, status: str
) -> None:
    at(TODAY)
    old = make.tender(cast.purchaser, status, at)
    client = signed_in(cast.purchaser)
    page = client.get(reverse("tendering:tender", args=[old.id])).content.decode()
    assert "第三十七条" in page
    assert ("第四十三条" in page) is (status == "failed")
    answer = client.post(reverse("tendering:again", args=[old.id]))
    begun = follower_of(old.id)
    assert begun is not None
    assert answer["Location"] == reverse("tendering:tender", args=[begun.id])
    new = tender_facts(begun.id)
    assert said(new) == said(old)
    assert (new.status, new.previous.ocid, new.ocid != old.ocid) == ("draft", old.ocid, True)
    assert begun.project_no in client.get(reverse("tendering:tender", args=[old.id])).content.decode()

    tendering.publish(actor=cast.purchaser, tender_id=new.id)
    compiled = json.loads(Record.objects.get(pk=new.ocid).compiled)
    (related,) = compiled["relatedProcesses"]
    assert (related["relationship"], related["scheme"], related["identifier"]) == (
        ["unsuccessfulProcess"],
        "ocid",
        old.ocid,
    )
    client.logout()
    for ocid, other in ((old.ocid, new.ocid), (new.ocid, old.ocid)):
        public = client.get(reverse("portal:project", args=[ocid])).content.decode()
        assert reverse("portal:project", args=[other]) in public

    with pytest.raises(WrongState):
        tender_again(actor=cast.purchaser, tender_id=old.id)


def with_lots(cast: Any, at: Any) -> Any:
    """An awarded tender of two lots, 900,000.00 and 300,000.00, of which the second failed."""
    draft = make.complete_draft(cast.purchaser, ceiling=None)
    for no, budget in (("1", "900000.00"), ("", "300000.00")):
        drafting.save_lot(
            actor=cast.purchaser, tender_id=draft.id, no=no, title=f"包{no or 2}", budget=Yuan(budget)
        )
    drafting.save_item(
        actor=cast.purchaser, tender_id=draft.id, lot_no="2", item_key=make.LAPTOPS,
        name="打印机", spec="A4", quantity="10", unit="台",
    )  # fmt: skip
    tender = tendering.publish(actor=cast.purchaser, tender_id=draft.id)
    at(tender.bids_due_at)
    for verb in make.REACH["awarded"]:
        verb(tender_id=tender.id, actor=CLOCK)
    failed_lots.fail_lots(
        tender_id=tender.id, actor=cast.purchaser, reasons={"2": FAILED}, rule="L-14.min_bidders"
    )
    return tender_facts(tender.id)


def held(tender: Any) -> tuple[str, str]:
    row = reservation_of(f"plan.{tender.plan_id}")
    return str(row.reserved), str(row.committed)


def test_a_failed_lot_is_tendered_again_alone_within_its_plan_to_the_fen(
    cast: Any, at: Any, signed_in: Any, client: Any, settings: Any
) -> None:
    settings.INDEPENDENT_KEEPERS, settings.KEEPERS_NEEDED = True, 2
    at(TODAY)
    old = with_lots(cast, at)
    notice = Notice.objects.get(type="failure")
    assert (notice.facts["lots"], "第三十六条" in str(notice.sections)) == (["2"], True)
    compiled = json.loads(Record.objects.get(pk=old.ocid).compiled)["tender"]
    assert {row["id"]: row["status"] for row in compiled["lots"]}["2"] == "unsuccessful"
    buyer = signed_in(cast.purchaser)
    page = buyer.get(reverse("tendering:tender", args=[old.id])).content.decode()
    assert "300000.00" in page
    assert reverse("tendering:give_up_lots", args=[old.id]) in page

    planning.commit(actor_label="t", source=f"plan.{old.plan_id}", amount=Yuan("850000.01"))
    progress.mark_contracted(tender_id=old.id, actor=CLOCK)
    assert held(old) == ("300000.00", "850000.01"), "savings go back, the failed lot keeps its budget"
    assert plan_facts(old.plan_id).status == "started"

    new = tender_again(actor=cast.purchaser, tender_id=old.id)
    assert (new.part, new.previous.id, new.plan_id, str(new.budget)) == (
        True,
        old.id,
        old.plan_id,
        "300000.00",
    )
    assert [(lot.no, lot.title, lot.items[0].name) for lot in new.lots] == [("2", "包2", "打印机")]
    before = Tender.objects.count()
    with pytest.raises(WrongState):
        tender_again(actor=cast.purchaser, tender_id=old.id)
    with pytest.raises(WrongState):
        failed_lots.give_up(actor=cast.purchaser, tender_id=old.id, reason="x")
    drafting.save_lot(actor=cast.purchaser, tender_id=new.id, no="2", title="包2", budget=Yuan("300000.01"))
    Tender.objects.filter(pk=new.id).update(budget="300000.01")
    codes = {row.code for row in publishing.readiness(tender_facts(new.id), cast.purchaser, TODAY)[0]}
    assert "budget-over-plan" in codes
    drafting.save_lot(actor=cast.purchaser, tender_id=new.id, no="2", title="包2", budget=Yuan("300000.00"))
    Tender.objects.filter(pk=new.id).update(budget="300000.00")
    assert Tender.objects.count() == before

    again = tendering.publish(actor=cast.purchaser, tender_id=new.id)
    progress.cancel(tender_id=again.id, actor=cast.purchaser, reason="改需求")
    assert held(old) == ("300000.00", "850000.01")
    assert plan_facts(old.plan_id).status == "started", "the plan is not open for a second whole procedure"
    last = tender_again(actor=cast.purchaser, tender_id=again.id)
    assert (last.part, str(last.budget)) == (True, "300000.00")
    progress.cancel(tender_id=last.id, actor=cast.purchaser, reason="任务取消")
    refused = buyer.post(reverse("tendering:give_up_lots", args=[last.id]), {"reason": " "})
    assert (refused.status_code, plan_facts(old.plan_id).status) == (422, "started")
    done = buyer.post(reverse("tendering:give_up_lots", args=[last.id]), {"reason": "不再需要打印机"})
    assert done.status_code == 303
    assert (held(old), plan_facts(old.plan_id).status) == (("0.00", "850000.01"), "done")
    assert [row.verb for row in Entry.objects.filter(verb__endswith="_lots")] == [
        "fail_lots",
        "leave_lots",
        "leave_lots",
        "give_up_lots",
    ]


def test_what_has_not_ended_is_not_procured_again_and_an_agency_does_not_begin(
    cast: Any, signed_in: Any
) -> None:
    running = make.published(cast.purchaser)
    before = (Tender.objects.count(), Entry.objects.count(), Notice.objects.count(), Document.objects.count())
    with pytest.raises(WrongState):
        tender_again(actor=cast.purchaser, tender_id=running.id)
    assert (
        Tender.objects.count(),
        Entry.objects.count(),
        Notice.objects.count(),
        Document.objects.count(),
    ) == before


def test_a_copied_file_outlives_its_removal_from_the_draft(cast: Any, at: Any, commits: Any) -> None:
    old = make.tender(cast.purchaser, "failed", at)
    new = tender_again(actor=cast.purchaser, tender_id=old.id)
    stored = Document.objects.get(tender_id=old.id).stored_as
    with commits():
        documents.remove_document(
            actor=cast.purchaser, tender_id=new.id, document_id=tender_facts(new.id).documents[0].id
        )
    assert storages["default"].exists(stored)


def test_another_method_follows_a_failed_tender_in_one_step_and_waits_for_its_approval(
    cast: Any, at: Any, signed_in: Any
) -> None:
    at(TODAY)
    old = make.tender(cast.purchaser, "failed", at)
    client, address = signed_in(cast.purchaser), reverse("tendering:again", args=[old.id])
    page = client.get(reverse("tendering:tender", args=[old.id])).content.decode()
    assert 'name="method" value="negotiation"' in page
    before = Tender.objects.count()
    assert client.post(address, {"method": "single_source"}).status_code == 409
    assert Tender.objects.count() == before
    client.post(address, {"method": "negotiation"})
    begun = follower_of(old.id)
    assert begun is not None
    new = tender_facts(begun.id)
    assert (new.method, new.evaluation_method, new.previous.id) == (
        "negotiation",
        "lowest_final_quote",
        old.id,
    )
    assert [row.name for row in new.documents] == [row.name for row in old.documents]
    assert [lot.items for lot in new.lots] == [lot.items for lot in old.lots]
    assert not [row for row in new.criteria if row.kind in {"subjective", "objective"}]
    [entry] = Entry.objects.filter(verb="draft_again")
    assert (entry.rule, entry.facts["method"]) == ("T-09", "negotiation")


def test_only_a_failed_tender_is_followed_by_another_method(cast: Any, at: Any) -> None:
    old = make.tender(cast.purchaser, "cancelled")
    with pytest.raises(WrongState):
        tender_again(actor=cast.purchaser, tender_id=old.id, method="negotiation")
    assert follower_of(old.id) is None
