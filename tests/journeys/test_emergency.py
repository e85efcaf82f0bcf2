"""An emergency purchase (紧急采购): decided by an authority for its days, begun at once, recorded, public with the award."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from contracting.selectors import contract_facts
from contracting.services.extras import room_for_supplements
from core.audit.models import Entry
from core.money import Yuan
from disclosure.models import Notice
from evaluation.services import deals
from evaluation.timers import deal_contracted
from parties.models import Organisation
from tendering.models import Emergency
from tendering.selectors import tender_facts
from tendering.services import emergency
from tendering.services.publishing import NotReady, readiness
from tests.factories import parties
from tests.journeys.conftest import from_budget_to_draft

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = datetime(2026, 9, 28, 2, 0, tzinfo=UTC)
DAY = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)


def codes(tender: Any, cast: Any, now: datetime) -> set[str]:
    return {row.code for row in readiness(tender_facts(tender.id), cast.purchaser, now)[0] if row.blocking}


def test_it_is_decided_begun_recorded_and_published_afterwards(journey: Any, cast: Any, at: Any) -> None:
    journal = journey("emergency", "Emergency purchase (紧急采购)")
    at(BEFORE)
    buyer = journal.person("purchaser", cast.purchaser)
    draft = from_budget_to_draft(buyer, "emergency", "1000000.00", "防汛指挥终端紧急采购")
    page, path = f"/tenders/{draft.id}/emergency/", f"/tenders/{draft.id}/"
    buyer.post(
        f"{path}edit/", "completes the basics", version=draft.version, title=draft.title, need=draft.need,
        delivery="当日送达。", budget="1000000.00", ceiling="", gathering_seconds=60,
    )  # fmt: skip
    assert codes(draft, cast, BEFORE) == {"emergency-not-in-force", "no-emergency"}
    at(DAY)
    assert codes(draft, cast, DAY) == {"no-emergency"}
    said = {
        "event": "台风“示例”防汛抢险", "authority": "杭州市人民政府防汛防台抗旱指挥部", "number": "杭防指〔2026〕7号",
        "decided_on": "2026-10-10", "begins_on": "2026-10-10", "ends_on": "2026-10-11",
        "supplier_id": str(cast.supplier_a.org_id), "reason": "当日可以交付全部数量。",
        "asked_1": cast.supplier_b.org_name, "said_1": "三日后方可供货，单价 4700 元",
    }  # fmt: skip
    buyer.post(page, "states the emergency without the decision’s document", expect=422, **said)
    assert Emergency.objects.count() == 0
    paper = SimpleUploadedFile("决定.pdf", b"%PDF-1.7 x")
    buyer.post(page, "records the decision of the authority", **said, file=paper)
    assert codes(draft, cast, DAY) == {"emergency-over"}
    before = Entry.objects.count()
    with pytest.raises(NotReady):
        emergency.begin(actor=cast.purchaser, tender_id=draft.id)
    assert (Entry.objects.count(), tender_facts(draft.id).status) == (before, "draft")
    buyer.post(page, "names a last day before the first", expect=422, **{**said, "ends_on": "2026-10-09"})
    buyer.post(page, "records a decision that covers today", **{**said, "ends_on": "2026-10-20"})
    shown = buyer.page(page)
    assert "财库〔2026〕12号" in shown
    assert "第八十五条" in shown
    assert "台风“示例”防汛抢险" in buyer.page(f"{path}preview/")

    buyer.post(f"{path}publish/", "begins the purchase; nothing is announced")
    tender = tender_facts(draft.id)
    assert (tender.status, tender.published_at, Notice.objects.count()) == ("negotiating", None, 0)
    deal = f"{path}deal/"
    supplier, rival = (
        journal.person("the supplier", cast.supplier_a),
        journal.person("another supplier", cast.supplier_b),
    )
    rival.sees_nothing(deal, "does not see the record")
    rival.sees_nothing(f"{page}decision", "does not see the decision before it is published")
    buyer.post(
        deal, "writes down what was agreed", held_on="2026-10-12", place="现场指挥部", staff="李示例",
        costs="市场价格与进货发票", terms="当日交付", **{"price_1-1": "4600.00"},
    )  # fmt: skip
    for person in (supplier, buyer):
        person.touch(f"{deal}sign", person.json(deal)["sign"], "signs the record with the passkey")
    buyer.touch(f"{deal}decide", buyer.json(deal)["decision"], "decides; all of it is published now")

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
    contract = contract_facts(buyer.json(deal)["contract"])
    assert room_for_supplements(contract) == Yuan(contract.amount.amount * 3 / 10)
    colleague = journal.person(
        "contract signer", parties.member(Organisation.objects.get(pk=cast.purchaser.org_id), "合同审核人")
    )
    offer = {"payload_hash": contract.terms_hash, "purpose": f"contract.{contract.id}"}
    supplier.touch(f"/contracts/{contract.id}/sign", offer, "signs the contract")
    colleague.touch(f"/contracts/{contract.id}/sign", offer, "signs the contract for the purchaser")
    deal_contracted(contract.source)
    journal.clock("the procedure is contracted", deals.CONTRACTED_TIMER)
    assert tender_facts(draft.id).status == "contracted"
    journal.finish()
