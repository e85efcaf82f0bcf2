"""An emergency purchase (紧急采购): decided by an authority for its days, begun at once, recorded, public with the award."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from contracting.selectors import contract_facts
from contracting.services.extras import room_for_supplements
from core.audit.models import Entry
from core.canonical import digest
from core.money import Yuan
from disclosure.models import Notice
from evaluation.services import deals
from tendering.models import Emergency
from tendering.selectors import tender_facts
from tendering.services import emergency
from tendering.services.publishing import NotReady, readiness
from tests.factories import evaluation as evaluate
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
BEFORE = datetime(2026, 9, 28, 2, 0, tzinfo=UTC)
DAY = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)


def codes(tender: Any, cast: Any, now: datetime) -> set[str]:
    return {row.code for row in readiness(tender_facts(tender.id), cast.purchaser, now)[0] if row.blocking}


def test_it_is_decided_begun_recorded_and_published_afterwards(
    cast: Any, at: Any, settings: Any, signed_in: Any
) -> None:
    evaluate.begin_spring(settings, at)
    at(BEFORE)
    draft = make.complete_draft(cast.purchaser, make.plan(cast.purchaser, method="emergency"))
    assert {"emergency-not-in-force", "no-emergency"} <= codes(draft, cast, BEFORE)
    at(DAY)
    assert codes(draft, cast, DAY) == {"no-emergency"}
    buyer, page = signed_in(cast.purchaser), reverse("tendering:emergency", args=[draft.id])
    said = {
        "event": "台风“示例”防汛抢险", "authority": "杭州市人民政府防汛防台抗旱指挥部", "number": "杭防指〔2026〕7号",
        "decided_on": "2026-10-10", "begins_on": "2026-10-10", "ends_on": "2026-10-11",
        "supplier_id": str(cast.supplier_a.org_id), "reason": "当日可以交付全部数量。",
        "asked_1": cast.supplier_b.org_name, "said_1": "三日后方可供货，单价 4700 元",
    }  # fmt: skip
    without = buyer.post(page, said)
    assert (without.status_code, Emergency.objects.count()) == (422, 0)
    assert "杭防指〔2026〕7号" in without.content.decode()
    paper = SimpleUploadedFile("决定.pdf", b"%PDF-1.7 x")
    assert buyer.post(page, {**said, "file": paper}).status_code == 303
    assert codes(draft, cast, DAY) == {"emergency-over"}
    before = Entry.objects.count()
    with pytest.raises(NotReady):
        emergency.begin(actor=cast.purchaser, tender_id=draft.id)
    assert (Entry.objects.count(), tender_facts(draft.id).status) == (before, "draft")
    assert buyer.post(page, {**said, "ends_on": "2026-10-09"}).status_code == 422
    assert buyer.post(page, {**said, "ends_on": "2026-10-20"}).status_code == 303, (
        "the decision stays on record"
    )
    shown = buyer.get(page).content.decode()
    assert "财库〔2026〕12号" in shown
    assert "第八十五条" in shown
    preview = buyer.get(reverse("tendering:preview", args=[draft.id])).content.decode()
    assert "台风“示例”防汛抢险" in preview

    assert buyer.post(reverse("tendering:publish", args=[draft.id])).status_code == 303
    tender = tender_facts(draft.id)
    assert (tender.status, tender.published_at, Notice.objects.count()) == ("negotiating", None, 0)
    deal = reverse("evaluation:deal", args=[draft.id])
    assert signed_in(cast.supplier_a).get(deal).status_code == 200
    assert signed_in(cast.supplier_b).get(deal).status_code == 404
    decision = reverse("tendering:emergency_file", args=[draft.id])
    assert signed_in(cast.supplier_b).get(decision).status_code == 404
    assert signed_in(cast.purchaser).get(decision).status_code == 200
    deals.write(
        actor=cast.purchaser, tender_id=draft.id, held_on=date(2026, 10, 12), place="现场指挥部", staff="李示例",
        costs="市场价格与进货发票", terms="当日交付", prices={"1-1": "4600.00"},
    )  # fmt: skip
    made = evaluate.Evaluation(tender, cast.purchaser)
    for actor in (cast.supplier_a, cast.purchaser):
        row = deals.deal_of(draft.id)
        touched = made.credential(
            actor.user_id, bytes.fromhex(row.digest), deals.purpose_of(draft.id, "deal")
        )
        deals.sign(actor=actor, tender_id=draft.id, credential=touched)
    body = digest(deals.decision_of(deals.deal_of(draft.id)))
    touched = made.credential(cast.purchaser.user_id, body, deals.purpose_of(draft.id, "deal-award"))
    deals.decide(actor=cast.purchaser, tender_id=draft.id, credential=touched)

    award = Notice.objects.get()
    sections = json.dumps(award.sections, ensure_ascii=False)
    for told in (
        "杭防指〔2026〕7号",
        cast.supplier_b.org_name,
        "三日后方可供货",
        "财库〔2026〕12号",
        "secondary source",
    ):
        assert told in sections, told
    assert tender_facts(draft.id).published_at is not None
    contract = contract_facts(deals.deal_of(draft.id).contract_id)
    assert room_for_supplements(contract) == Yuan(contract.amount.amount * 3 / 10)
