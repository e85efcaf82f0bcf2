"""An open framework agreement (开放式框架协议): suppliers come and go at fixed prices for as long as it runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from contracting.models import Entrant, EntryApplication
from contracting.selectors import agreement_of, applications_to
from core import clock
from core.audit.models import Entry
from disclosure.models import Notice
from mall.models import Offer
from tendering.selectors import law_of, tender_facts
from tendering.services import frameworks
from tests.journeys.conftest import complete, from_budget_to_draft

pytestmark = pytest.mark.django_db(transaction=True)
OFFER = {
    "brand": "示例青竹", "model": "QZ-14", "spec": "14 英寸", "price": "5000", "stock": "50", "delivery_days": "5",
    "warranty_months": "36",
}  # fmt: skip


def invited(journal: Any, cast: Any) -> tuple[Any, Any, Any]:
    """An open framework that takes applications: the organiser, the tender, the agreement."""
    buyer = journal.person("organiser", cast.purchaser)
    tender = from_budget_to_draft(buyer, "open_framework", "1000000.00", "教学电脑开放式框架协议")
    complete(buyer, tender, "征集文件")
    buyer.post(
        f"/tenders/{tender.id}/framework/", "fixes the term and the unit prices",
        version=tender_facts(tender.id).version, months="12", selection="direct", answer_hours="48", **{"ceiling_1-1": "5000"},
    )  # fmt: skip
    assert "5000.00" in buyer.page(f"/tenders/{tender.id}/preview/")
    buyer.post(f"/tenders/{tender.id}/publish/", "publishes the invitation; the framework runs")
    return buyer, tender_facts(tender.id), agreement_of(tender.source)


def test_suppliers_enter_at_any_time_and_leave(journey: Any, cast: Any, at: Any) -> None:
    journal = journey("open_framework", "Framework agreement, open (开放式框架协议)")
    buyer, tender, made = invited(journal, cast)
    outsider = journal.person("somebody else", cast.outsider)
    journal.follow([outsider], [f"tender.{tender.id}"])
    called = Notice.objects.get(pk=tender.notice_id)
    assert (called.type, tender.status) == ("framework_call", "applying")
    assert (f"/agreements/{made.id}/" in str(called.sections), "5000.00" in str(called.sections)) == (
        True,
        True,
    )
    page = f"/agreements/{made.id}/"
    supplier = journal.person("supplier A", cast.supplier_a)
    supplier.sees_nothing(f"/tenders/{tender.id}/bid/", "finds nothing to bid for")

    at(clock.now() + timedelta(days=60))
    offer = supplier.json(page)["enter"]
    before = (EntryApplication.objects.count(), Entry.objects.count())
    supplier.touch(
        f"{page}enter", offer, "applies without saying how it meets the conditions", expect=422, statement=" "
    )
    assert (EntryApplication.objects.count(), Entry.objects.count()) == before
    supplier.touch(
        f"{page}enter", offer, "applies and signs the fixed prices", statement="营业执照与授权见附件。"
    )
    [waiting] = applications_to(made.id)
    assert waiting.due_at == law_of(tender.id).end_of("F-14.application_review", waiting.applied_at).ends_at
    assert "enter" not in supplier.json(page), "one application at a time"
    new = f"{page}applications/{waiting.id}"
    outsider.post(new, "cannot decide it", expect=404, accept="1")
    buyer.post(new, "refuses without a reason", expect=422, accept="0", reason="")
    assert Entrant.objects.count() == 0
    buyer.post(new, "accepts it; the entry notice is published", accept="1")
    buyer.post(new, "cannot decide it twice", expect=409, accept="0", reason="再议")
    [entrant] = agreement_of(tender.source).entrants
    entered = Notice.objects.get(type="framework_entry")
    assert (entered.facts["suppliers"][0]["prices"], entrant.status) == ({"1": "5000.00"}, "admitted")

    rival = journal.person("supplier B", cast.supplier_b)
    rival.touch(f"{page}enter", rival.json(page)["enter"], "applies too", statement="满足全部条件。")
    [_, second] = applications_to(made.id)
    buyer.post(
        f"{page}applications/{second.id}", "refuses it with a reason", accept="0", reason="授权已过期。"
    )
    assert "授权已过期" in rival.page(page)
    assert "授权已过期" not in supplier.page(page)
    offers = reverse("mall:offer_new", args=[entrant.id, "1"])
    supplier.post(offers, "lists what it delivers", **OFFER)
    rival.sees_nothing(offers, "cannot sell")
    supplier.post(f"{page}entries/{entrant.id}/leave", "leaves", reason="停产。")
    supplier.post(offers, "sells no more", expect=422, **{**OFFER, "model": "QZ-15"})
    assert Offer.objects.count() == 1

    at(made.ends_at)
    late = rival.client.post(f"{page}enter", {"statement": "满足条件", "credential": "{}"})
    assert (late.status_code, "enter" in rival.json(page)) == (409, False)
    assert frameworks.over(tender_id=tender.id)
    journal.clock("the term is over", frameworks.OVER_TIMER)
    assert tender_facts(tender.id).status == "contracted"
    journal.finish()


def test_a_framework_that_nobody_enters_has_failed(journey: Any, cast: Any, at: Any) -> None:
    _, tender, made = invited(journey("open_framework", ""), cast)
    assert not frameworks.over(tender_id=tender.id)
    at(made.ends_at)
    assert frameworks.over(tender_id=tender.id)
    assert tender_facts(tender.id).status == "failed"
    assert Notice.objects.get(type="failure").facts["rule"] == "F-05"
