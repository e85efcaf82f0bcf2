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
from disclosure.models import Notice, Record
from tendering import services as tendering
from tendering.models import Document, Tender
from tendering.selectors import follower_of, tender_facts
from tendering.services import documents
from tendering.services.again import tender_again
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
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
